/// A place in a text.
package struct JSONPosition: Equatable, Comparable, Sendable {
  /// The line, counted from 1.
  package var line: Int
  /// The column, counted in bytes from 1.
  package var column: Int

  /// Makes a position.
  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// Finds the line and column of a byte.
  init(of offset: Int, in bytes: Span<UInt8>) {
    line = 1
    var lineStart = 0
    for index in 0..<min(offset, bytes.count) where bytes[index] == UInt8(ascii: "\n") {
      line += 1
      lineStart = index + 1
    }
    column = offset - lineStart + 1
  }

  /// Whether a place comes before another one.
  package static func < (left: Self, right: Self) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}

/// Why a text is not a JSON document (RFC 8259), and where.
package struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Where the text goes wrong.
  package var position: JSONPosition
  /// What is wrong, in lower case.
  package var message: String

  /// The error as `line:column: message`.
  package var description: String { "\(position.line):\(position.column): \(message)" }
}

/// Writes JSON texts (RFC 8259), with only the escape sequences that the RFC demands. The caller writes one value; the
/// writer adds commas, colons and, if asked to, line breaks and indentation.
package struct JSONWriter: Sendable {
  /// How a text is laid out.
  package enum Style: Equatable, Sendable {
    /// Without any white space.
    case compact
    /// One line for each value, indented by a text for each level, as Go's `json.MarshalIndent` does.
    case pretty(indentation: String)
  }

  /// The text so far.
  package private(set) var bytes: [UInt8] = []
  private let indentation: [UInt8]?
  private var depth = 0
  /// Whether the innermost container has something in it.
  private var hasContent = false
  /// Whether a member's name was written and its value wasn't.
  private var isMember = false

  /// Makes a writer for one text.
  package init(_ style: Style = .compact) {
    switch style {
    case .compact: indentation = nil
    case .pretty(let text): indentation = Array(text.utf8)
    }
  }

  /// Starts an object.
  package mutating func beginObject() { begin(UInt8(ascii: "{")) }

  /// Ends the innermost object.
  package mutating func endObject() { end(UInt8(ascii: "}")) }

  /// Starts an array.
  package mutating func beginArray() { begin(UInt8(ascii: "[")) }

  /// Ends the innermost array.
  package mutating func endArray() { end(UInt8(ascii: "]")) }

  /// Writes the name of an object's next member. Its value must follow.
  package mutating func name(_ name: String) {
    separate()
    Self.append(name, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    if indentation != nil { bytes.append(UInt8(ascii: " ")) }
    isMember = true
  }

  /// Writes a string.
  package mutating func string(_ value: String) {
    separate()
    Self.append(value, to: &bytes)
  }

  /// Writes a number.
  package mutating func integer(_ value: Int64) {
    separate()
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    appendDigits(value.magnitude)
  }

  /// Writes a number.
  package mutating func integer(_ value: UInt64) {
    separate()
    appendDigits(value)
  }

  /// Writes `true` or `false`.
  package mutating func boolean(_ value: Bool) { word(value ? "true" : "false") }

  /// Writes `null`.
  package mutating func null() { word("null") }

  /// Writes a value that is a JSON text already, as it is.
  package mutating func raw(_ text: [UInt8]) {
    separate()
    bytes.append(contentsOf: text)
  }

  private mutating func word(_ word: String) {
    separate()
    bytes.append(contentsOf: word.utf8)
  }

  private mutating func begin(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    depth += 1
    hasContent = false
  }

  private mutating func end(_ bracket: UInt8) {
    depth -= 1
    if hasContent { breakLine() }
    bytes.append(bracket)
    hasContent = true
  }

  /// Puts what has to stand between the text so far and the next name or value.
  private mutating func separate() {
    if isMember {
      isMember = false
      return
    }
    if hasContent { bytes.append(UInt8(ascii: ",")) }
    hasContent = true
    if depth > 0 { breakLine() }
  }

  private mutating func breakLine() {
    guard let indentation else { return }
    bytes.append(UInt8(ascii: "\n"))
    for _ in 0..<depth { bytes.append(contentsOf: indentation) }
  }

  private mutating func appendDigits(_ value: UInt64) {
    var rest = value
    let start = bytes.count
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    bytes[start...].reverse()
  }

  /// A text as a JSON string, quotes included: for messages that show what was found.
  package static func quote(_ text: String) -> String {
    var quoted: [UInt8] = []
    append(text, to: &quoted)
    return String(decoding: quoted, as: UTF8.self)
  }

  private static func append(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
      bytes.append(contentsOf: text.utf8)
    } else {
      appendEscaped(text, to: &bytes)
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static func appendEscaped(_ text: String, to bytes: inout [UInt8]) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0x20...: bytes.append(byte)
      case 0x08: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "b")])
      case 0x09: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "t")])
      case 0x0A: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "n")])
      case 0x0C: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "f")])
      case 0x0D: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "r")])
      default:
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(UInt8(ascii: "0") + byte >> 4)
        bytes.append(byte & 15 < 10 ? UInt8(ascii: "0") + byte & 15 : UInt8(ascii: "a") + byte & 15 - 10)
      }
    }
  }
}

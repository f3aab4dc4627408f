package import JSON

/// One thing that is wrong with a document.
package struct SpecViolation: Equatable, Sendable {
  /// Which value is wrong; for a missing property, where it belongs.
  package var path: JSONPath
  /// Where the value, or what should contain it, starts in the document's text. Nil without a text.
  package var position: JSONPosition?
  /// What is wrong, in lower case, with what was found: `must be an absolute path (got "data")`.
  package var message: String

  /// Makes a violation.
  package init(path: JSONPath, position: JSONPosition? = nil, message: String) {
    self.path = path
    self.position = position
    self.message = message
  }

  /// The violation as `file:line:column: path: message`.
  package func line(in fileName: String) -> String {
    var text = fileName
    if let position { text += ":\(position.line):\(position.column)" }
    if !path.components.isEmpty { text += ": \(path)" }
    return "\(text): \(message)"
  }
}

/// Everything that is wrong with a document, in the order of its text.
package struct SpecError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The document's name in messages.
  package var fileName: String
  /// What is wrong. Never empty.
  package var violations: [SpecViolation]

  /// One line for each violation: `config.json:31:14: mounts[2].destination: must be an absolute path (got "data")`.
  package var lines: [String] { violations.map { $0.line(in: fileName) } }

  /// All violations in one line.
  package var description: String { lines.joined(separator: "; ") }
}

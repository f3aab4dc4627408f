/// One value, or one member's name, of a document. Nodes lie in one flat array in the order of the text, so that a
/// document costs two allocations however many values it has.
struct JSONNode {
  /// What the text at the node is.
  enum Kind: UInt8 {
    case object
    case array
    /// A string whose bytes are its text.
    case string
    /// A string with escape sequences.
    case escapedString
    case number
    case `true`
    case `false`
    case null
  }

  /// The offset of the value's first byte; for strings, of the byte after the opening quote.
  var start: UInt32
  /// The offset after the last byte, for strings of the closing quote. For containers the number of elements or members.
  var end: UInt32
  /// The index of the node that follows this value and all that it contains.
  var next: UInt32
  var kind: Kind
}

import JSON

/// Texts of a document in messages: quoted, escaped, and short enough for one line.
enum Quoted {
  private static let longest = 80

  /// A text in quotes.
  static func text(_ text: String) -> String { JSONWriter.quote(bounded(text)) }

  /// A text cut to a bearable length.
  static func bounded(_ text: String) -> String {
    text.utf8.count <= longest ? text : "\(text.prefix(longest))..."
  }
}

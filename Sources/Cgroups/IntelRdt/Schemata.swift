/// A `schemata` file of resctrl: a line for each resource, `NAME:ID=VALUE;ID=VALUE`.
struct Schemata {
  private var lines: [(name: String, values: [(id: UInt64, value: String)])] = []

  /// Reads what has that form, and leaves out what has not.
  init(_ text: String) {
    for line in text.split(separator: "\n") {
      if let line = Self.line(line) { lines.append(line) }
    }
  }

  /// Whether the file says of each cache that `line` names what the line says.
  ///
  /// The kernel shows numbers in another form than they were written in, and rounds a bandwidth up to a multiple of
  /// `granularity`.
  func matches(_ line: String, granularity: UInt64?) -> Bool {
    guard let wanted = Self.line(Substring(line)), let present = lines.first(where: { $0.name == wanted.name }) else {
      return false
    }
    return wanted.values.allSatisfy { entry in
      guard let other = present.values.first(where: { $0.id == entry.id }) else { return false }
      if other.value == entry.value { return true }
      guard wanted.name == "MB", let granularity, granularity > 0, let value = UInt64(entry.value),
        value <= UInt64.max - granularity
      else { return false }
      return UInt64(other.value) == (value + granularity - 1) / granularity * granularity
    }
  }

  private static func line(_ text: Substring) -> (name: String, values: [(id: UInt64, value: String)])? {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    var values: [(id: UInt64, value: String)] = []
    for part in parts[1].split(separator: ";") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2, let id = UInt64(trimmed(pair[0])) else { return nil }
      values.append((id, normal(trimmed(pair[1]))))
    }
    return values.isEmpty ? nil : (String(trimmed(parts[0])), values)
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return text
  }

  /// A number without a prefix, zeros in front and capitals.
  private static func normal(_ number: Substring) -> String {
    var digits = number.lowercased()[...]
    if digits.hasPrefix("0x") { digits = digits.dropFirst(2) }
    digits = digits.drop { $0 == "0" }
    return digits.isEmpty ? "0" : String(digits)
  }
}

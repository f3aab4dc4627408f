/// Versions in the form of SemVer 2.0.0.
enum SemanticVersion {
  /// The major version, or nil where the text has another form. A major version too large for a byte is 255.
  static func major(of text: String) -> UInt8? {
    var rest = text.utf8[...]
    guard let major = number(&rest), skip(&rest, "."), number(&rest) != nil, skip(&rest, "."), number(&rest) != nil
    else { return nil }
    if skip(&rest, "-"), !identifiers(&rest) { return nil }
    if skip(&rest, "+"), !identifiers(&rest) { return nil }
    return rest.isEmpty ? major : nil
  }

  private static func skip(_ rest: inout Substring.UTF8View, _ separator: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: separator) else { return false }
    rest.removeFirst()
    return true
  }

  /// Digits without a leading zero.
  private static func number(_ rest: inout Substring.UTF8View) -> UInt8? {
    var value: UInt8?
    while let byte = rest.first, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
      if value == 0 { return nil }
      let digit = byte - UInt8(ascii: "0")
      let (product, overflow) = (value ?? 0).multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(digit)
      value = overflow || carry || value == 255 ? 255 : sum
      rest.removeFirst()
    }
    return value
  }

  /// Words of letters, digits and hyphens with dots between them.
  private static func identifiers(_ rest: inout Substring.UTF8View) -> Bool {
    repeat {
      let word = rest.prefix { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
      guard !word.isEmpty else { return false }
      rest = rest[word.endIndex...]
    } while skip(&rest, ".")
    return true
  }
}

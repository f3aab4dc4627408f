/// A version in the form of SemVer 2.0.0.
struct SemanticVersion {
  let major: Substring
  let minor: Substring
  let patch: Substring

  init?(_ text: String) {
    let isIdentifierByte = { (byte: UInt8) in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    let isNumber = { (text: Substring) in
      !text.isEmpty && text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        && (text.utf8.count == 1 || text.utf8.first != UInt8(ascii: "0"))
    }
    let areIdentifiers = { (text: Substring) in
      text.split(separator: ".", omittingEmptySubsequences: false)
        .allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isIdentifierByte) }
    }
    let build = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
    let version = build[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let numbers = version[0].split(separator: ".", omittingEmptySubsequences: false)
    guard numbers.count == 3, numbers.allSatisfy(isNumber) else { return nil }
    if version.count > 1, !areIdentifiers(version[1]) { return nil }
    if build.count > 1, !areIdentifiers(build[1]) { return nil }
    (major, minor, patch) = (numbers[0], numbers[1], numbers[2])
  }
}

/// A list of CPUs or memory nodes of the form `0-3,7` (config.md, `execCPUAffinity`; config-linux.md, `memoryPolicy`;
/// cpuset(7), «List format»).
package struct NumberList: Equatable, Sendable {
  /// The largest number of a list: far above the kernel's own bounds, and small enough for a bit set.
  package static let largest = 65535

  /// The ranges in the order of the text. They may overlap.
  package let ranges: [ClosedRange<Int>]

  /// Parses a list, or gives nil where the text is none. White space around the list's entries is not taken.
  package init?(_ text: String) {
    var ranges: [ClosedRange<Int>] = []
    var first: Int?
    var number: Int?
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        let next = (number ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
        guard next <= Self.largest else { return nil }
        number = next
      case UInt8(ascii: "-"):
        guard first == nil, let number else { return nil }
        first = number
      case UInt8(ascii: ","):
        guard let number, first ?? number <= number else { return nil }
        ranges.append((first ?? number)...number)
        first = nil
      default: return nil
      }
      if byte == UInt8(ascii: "-") || byte == UInt8(ascii: ",") { number = nil }
    }
    guard let number, first ?? number <= number else { return nil }
    ranges.append((first ?? number)...number)
    self.ranges = ranges
  }
}

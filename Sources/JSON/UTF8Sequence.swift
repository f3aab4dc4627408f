/// Well-formed UTF-8 byte sequences (The Unicode Standard, table 3-7): no overlong forms, no surrogates, nothing above
/// U+10FFFF.
enum UTF8Sequence {
  /// The length of the sequence that starts with a non-ASCII byte, or nil where it is ill-formed.
  static func length(_ bytes: Span<UInt8>, at index: Int) -> Int? {
    let first = bytes[index]
    var second: ClosedRange<UInt8> = 0x80...0xBF
    let length: Int
    switch first {
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: length = 4
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return nil
    }
    guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { return nil }
    for offset in 2..<max(length, 2) where bytes[index + offset] & 0xC0 != 0x80 { return nil }
    return length
  }
}

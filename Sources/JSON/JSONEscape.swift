/// Escape sequences in strings (RFC 8259, section 7).
enum JSONEscape {
  /// Checks the sequence that starts at a backslash and returns the offset after it. A surrogate pair is one sequence.
  static func check(_ bytes: Span<UInt8>, at backslash: Int) throws(JSONReader.Failure) -> Int {
    guard backslash + 1 < bytes.count else {
      throw JSONReader.Failure(offset: bytes.count, message: "expected an escape sequence, found the end of the text")
    }
    switch bytes[backslash + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return backslash + 2
    case UInt8(ascii: "u"):
      guard let unit = unit(bytes, at: backslash) else { break }
      guard unit & 0xF800 == 0xD800 else { return backslash + 6 }
      guard unit < 0xDC00, let low = self.unit(bytes, at: backslash + 6), low & 0xFC00 == 0xDC00 else {
        throw JSONReader.Failure(offset: backslash, message: "unpaired surrogate in a string")
      }
      return backslash + 12
    default: break
    }
    throw JSONReader.Failure(offset: backslash, message: "invalid escape sequence in a string")
  }

  /// The code unit of `\uXXXX` at an offset, or nil where there is none.
  private static func unit(_ bytes: Span<UInt8>, at index: Int) -> UInt32? {
    guard index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") else {
      return nil
    }
    var unit: UInt32 = 0
    for offset in 2..<6 {
      let byte = bytes[index + offset]
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: return nil
      }
      unit = unit << 4 | UInt32(digit)
    }
    return unit
  }

  /// The text of a string that `check` has accepted, without its escape sequences.
  static func decode(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(range.count)
    var index = range.lowerBound
    while index < range.upperBound {
      let byte = bytes[index]
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        index += 1
        continue
      }
      switch bytes[index + 1] {
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "u"):
        var code = unit(bytes, at: index) ?? 0xFFFD
        index += 4
        if code & 0xFC00 == 0xD800, let low = unit(bytes, at: index + 2) {
          code = 0x10000 + (code & 0x3FF) << 10 + (low & 0x3FF)
          index += 6
        }
        if let scalar = Unicode.Scalar(code) { text.append(contentsOf: UTF8.encode(scalar) ?? .init()) }
      default: text.append(bytes[index + 1])
      }
      index += 2
    }
    return text
  }
}

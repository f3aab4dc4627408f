/// Reads a whole number: digits only, the whole text, no sign, no space. Nil when it is anything else or above `maximum`.
/// All numbers that a user gives go through this one reader, so that `-u 1x` or `-u ''` can never become root.
func parseInteger(_ text: String, maximum: UInt64) -> UInt64? {
  if text.isEmpty {
    return nil
  }
  var number: UInt64 = 0
  for byte in text.utf8 {
    guard byte >= 0x30, byte <= 0x39 else {
      return nil
    }
    let (product, overflowed) = number.multipliedReportingOverflow(by: 10)
    let (sum, carried) = product.addingReportingOverflow(UInt64(byte - 0x30))
    if overflowed || carried {
      return nil
    }
    number = sum
  }
  return number <= maximum ? number : nil
}

/// Reads a user or group id, 0 to 4294967294: the all-ones id means "no change" to the kernel.
func parseID(_ text: String) -> UInt32? {
  parseInteger(text, maximum: 4_294_967_294).map { UInt32(truncatingIfNeeded: $0) }
}

/// Reads a whole number that may have a minus in front.
func parseSignedInteger(_ text: String) -> Int? {
  if text.utf8.first == UInt8(ascii: "-") {
    return parseInteger(String(text.dropFirst()), maximum: UInt64(Int.max)).map { -Int(truncatingIfNeeded: $0) }
  }
  return parseInteger(text, maximum: UInt64(Int.max)).map { Int(truncatingIfNeeded: $0) }
}

/// Reads a boolean in the spellings that Go's strconv.ParseBool knows.
func parseBoolean(_ text: String) -> Bool? {
  switch text {
  case "1", "t", "T", "true", "TRUE", "True": true
  case "0", "f", "F", "false", "FALSE", "False": false
  default: nil
  }
}

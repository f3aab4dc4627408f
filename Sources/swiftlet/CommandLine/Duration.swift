/// Reads a duration as Go's time.ParseDuration does, without a sign: numbers with a unit, `5s`, `1m30s`, `1.5h`, or `0`.
/// Units are ns, us, µs, ms, s, m and h. The result is in nanoseconds; nil when the text is anything else or too long.
func parseDuration(_ text: String) -> Int64? {
  if text == "0" {
    return 0
  }
  if text.isEmpty {
    return nil
  }
  var rest = text[...].utf8
  var total: Int64 = 0
  while !rest.isEmpty {
    guard let part = takeDurationPart(&rest) else {
      return nil
    }
    let (sum, overflowed) = total.addingReportingOverflow(part)
    if overflowed {
      return nil
    }
    total = sum
  }
  return total
}

/// Takes one number and its unit off the front: its nanoseconds.
private func takeDurationPart(_ rest: inout Substring.UTF8View) -> Int64? {
  let isDigit = { (byte: UInt8) in byte >= 0x30 && byte <= 0x39 }
  let whole = rest.prefix(while: isDigit)
  rest = rest.dropFirst(whole.count)
  var fraction = rest.prefix(0)
  if rest.first == UInt8(ascii: ".") {
    fraction = rest.dropFirst().prefix(while: isDigit)
    rest = rest.dropFirst(1 + fraction.count)
  }
  if whole.isEmpty && fraction.isEmpty {
    return nil
  }
  let unit = rest.prefix { !isDigit($0) && $0 != UInt8(ascii: ".") }
  rest = rest.dropFirst(unit.count)
  guard let scale = nanoseconds(inUnit: String(Substring(unit))),
    let number = parseInteger(whole.isEmpty ? "0" : String(Substring(whole)), maximum: UInt64(Int64.max))
  else {
    return nil
  }
  let (product, overflowed) = Int64(number).multipliedReportingOverflow(by: scale)
  if overflowed {
    return nil
  }
  var below: Int64 = 0
  var step = scale
  for digit in fraction {
    step /= 10
    below += Int64(digit - 0x30) * step
  }
  let (sum, carried) = product.addingReportingOverflow(below)
  return carried ? nil : sum
}

private func nanoseconds(inUnit unit: String) -> Int64? {
  switch unit {
  case "ns": 1
  case "us", "\u{b5}s", "\u{3bc}s": 1000
  case "ms": 1_000_000
  case "s": 1_000_000_000
  case "m": 60_000_000_000
  case "h": 3_600_000_000_000
  default: nil
  }
}

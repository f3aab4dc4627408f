/// A size as runc's flags take it (docker/go-units, RAMInBytes): a number with an optional fraction and an optional unit
/// `b`, `k`, `m`, `g`, `t` or `p`, each also as `kb` or `kib`, in powers of 1024, in either case.
enum SizeArgument {
  /// The number of bytes; nil for anything else, a negative number, and one that is too large.
  static func parse(_ text: String) -> Int64? {
    var rest = text[...]
    let whole = takeDigits(&rest)
    guard !whole.isEmpty, let number = parseInteger(String(whole), maximum: UInt64(Int64.max)) else { return nil }
    var fraction = rest[rest.startIndex..<rest.startIndex]
    if rest.utf8.first == UInt8(ascii: ".") {
      rest.removeFirst()
      fraction = takeDigits(&rest)
      if fraction.isEmpty { return nil }
    }
    if rest.utf8.first == UInt8(ascii: " ") { rest.removeFirst() }
    guard let shift = shift(of: rest) else { return nil }
    guard number <= UInt64(Int64.max) >> UInt64(shift) else { return nil }
    return Int64(number << UInt64(shift) | below(fraction, shift: shift))
  }

  private static func takeDigits(_ rest: inout Substring) -> Substring {
    let digits = rest.prefix { ("0"..."9").contains($0) }
    rest = rest.dropFirst(digits.count)
    return digits
  }

  /// The bytes of a fraction, rounded down: nine decimal places are more than anybody means.
  private static func below(_ fraction: Substring, shift: Int) -> UInt64 {
    var value: UInt64 = 0
    var scale: UInt64 = 1
    for digit in fraction.utf8.prefix(9) {
      value = value * 10 + UInt64(digit - 48)
      scale *= 10
    }
    let product = value.multipliedFullWidth(by: 1 << UInt64(shift))
    return scale.dividingFullWidth(product).quotient
  }

  private static func shift(of unit: Substring) -> Int? {
    let lower = unit.lowercased()
    if lower.isEmpty || lower == "b" { return 0 }
    guard let first = lower.first, let index = Array("kmgtp").firstIndex(of: first),
      ["", "b", "ib"].contains(lower.dropFirst())
    else { return nil }
    return 10 * (index + 1)
  }
}

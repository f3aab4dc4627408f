package import Linux

/// Values in GVariant's text format, in which annotations give properties: numbers, `true`, 'texts', [arrays], (tuples)
/// and <variants>, with a type in front where need be, as in `uint64 5` or `@as []`. Dictionaries are left out: no
/// property of a scope is one.
package enum VariantText {
  private static let longest = 65536

  /// A number without a type is an int32, or an int64 if too large for that; with a `.` or an exponent a double.
  package static func parse(_ text: String) throws(Failure) -> BusValue {
    guard text.utf8.count <= longest else { throw Failure("value of \(text.utf8.count) bytes") }
    var parser = VariantParser(Array(text.utf8))
    return try parser.whole()
  }
}

private struct VariantParser {
  let bytes: [UInt8]
  var position = 0

  private static let deepest = 16
  private static let keywords: [(name: String, type: BusType)] = [
    ("boolean", .boolean), ("byte", .byte), ("int16", .int16), ("uint16", .uint16), ("int32", .int32),
    ("uint32", .uint32), ("int64", .int64), ("uint64", .uint64), ("double", .double), ("string", .string),
    ("objectpath", .objectPath), ("signature", .signature),
  ]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func whole() throws(Failure) -> BusValue {
    let value = try value(nil, 0)
    skipBlanks()
    guard position == bytes.count else { throw Failure("unexpected text after the value") }
    return value
  }

  private mutating func value(_ expected: BusType?, _ depth: Int) throws(Failure) -> BusValue {
    guard depth <= Self.deepest else { throw Failure("values are nested too deeply") }
    skipBlanks()
    guard position < bytes.count else { throw Failure("the value ends early") }
    switch bytes[position] {
    case UInt8(ascii: "@"): return try annotated(expected, depth)
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return try textValue(expected)
    case UInt8(ascii: "["): return try array(expected, depth)
    case UInt8(ascii: "("): return try tuple(expected, depth)
    case UInt8(ascii: "<"):
      try check(.variant, expected)
      position += 1
      let inner = try value(nil, depth + 1)
      try expect(">")
      return .variant(inner)
    default: return try word(expected, depth)
    }
  }

  private func check(_ type: BusType, _ expected: BusType?) throws(Failure) {
    if let expected, expected != type {
      throw Failure("a value of type \"\(type.code)\" is not one of \"\(expected.code)\"")
    }
  }

  private mutating func skipBlanks() {
    while position < bytes.count, [9, 10, 13, 32].contains(bytes[position]) { position += 1 }
  }

  private mutating func takeIf(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(Failure) {
    guard takeIf(character) else { throw Failure("expected \"\(character)\"") }
  }

  /// What follows up to a blank or a bracket.
  private mutating func token() -> String {
    let start = position
    while position < bytes.count, !" \t\r\n,[]()<>{}'\"".utf8.contains(bytes[position]) { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func annotated(_ expected: BusType?, _ depth: Int) throws(Failure) -> BusValue {
    position += 1
    let start = position
    while position < bytes.count, ![9, 10, 13, 32].contains(bytes[position]) { position += 1 }
    let type = try BusType.single(String(decoding: bytes[start..<position], as: UTF8.self))
    try check(type, expected)
    return try value(type, depth + 1)
  }

  private mutating func word(_ expected: BusType?, _ depth: Int) throws(Failure) -> BusValue {
    let word = token()
    if word == "true" || word == "false" {
      try check(.boolean, expected)
      return .boolean(word == "true")
    }
    if let keyword = Self.keywords.first(where: { $0.name == word }) {
      try check(keyword.type, expected)
      return try value(keyword.type, depth + 1)
    }
    return try NumberText.value(word, expected)
  }

  private mutating func textValue(_ expected: BusType?) throws(Failure) -> BusValue {
    let text = try string()
    switch expected {
    case nil, .string: return .string(text)
    case .objectPath:
      guard BusValue.isObjectPath(text) else { throw Failure("\"\(text)\" is no object path") }
      return .objectPath(text)
    case .signature:
      _ = try BusType.parse(text)
      return .signature(text)
    case let other?: throw Failure("a text is not a value of type \"\(other.code)\"")
    }
  }

  private mutating func string() throws(Failure) -> String {
    let quote = bytes[position]
    position += 1
    var content: [UInt8] = []
    while position < bytes.count, bytes[position] != quote {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\\") { try escape(into: &content) } else { content.append(byte) }
    }
    guard position < bytes.count else { throw Failure("a text has no closing quote") }
    position += 1
    return String(decoding: content, as: UTF8.self)
  }

  private mutating func escape(into content: inout [UInt8]) throws(Failure) {
    guard position < bytes.count else { throw Failure("a text has no closing quote") }
    let letter = bytes[position]
    position += 1
    switch Unicode.Scalar(letter) {
    case "n": content.append(10)
    case "t": content.append(9)
    case "r": content.append(13)
    case "a": content.append(7)
    case "b": content.append(8)
    case "f": content.append(12)
    case "v": content.append(11)
    case "u", "U":
      let count = letter == UInt8(ascii: "u") ? 4 : 8
      guard bytes.count - position >= count,
        let code = UInt32(String(decoding: bytes[position..<(position + count)], as: UTF8.self), radix: 16),
        code != 0, let scalar = Unicode.Scalar(code)
      else { throw Failure("a text has a malformed escape") }
      position += count
      content += Array(String(Character(scalar)).utf8)
    default: content.append(letter)
    }
  }

  private mutating func array(_ expected: BusType?, _ depth: Int) throws(Failure) -> BusValue {
    var element: BusType?
    if let expected {
      guard case .array(let type) = expected else { throw Failure("an array is not of type \"\(expected.code)\"") }
      element = type
    }
    position += 1
    var values: [BusValue] = []
    if !takeIf("]") {
      repeat {
        let value = try value(element, depth + 1)
        element = element ?? value.type
        values.append(value)
      } while takeIf(",")
      try expect("]")
    }
    guard let element else { throw Failure("an empty array needs its type, as in \"@as []\"") }
    return .array(of: element, values)
  }

  private mutating func tuple(_ expected: BusType?, _ depth: Int) throws(Failure) -> BusValue {
    var types: [BusType]?
    if let expected {
      guard case .structure(let members) = expected else {
        throw Failure("a tuple is not of type \"\(expected.code)\"")
      }
      types = members
    }
    position += 1
    var values: [BusValue] = []
    while !takeIf(")") {
      if !values.isEmpty { try expect(",") }
      // A tuple of one is written with a comma behind it.
      if values.count == 1, takeIf(")") { break }
      if let types, values.count >= types.count { throw Failure("a tuple has too many values") }
      values.append(try value(types?[values.count], depth + 1))
    }
    guard !values.isEmpty, types == nil || types?.count == values.count else {
      throw Failure("a tuple has too few values")
    }
    return .structure(values)
  }
}

/// Numbers of GVariant's text format.
private enum NumberText {
  static func value(_ word: String, _ expected: BusType?) throws(Failure) -> BusValue {
    let value: BusValue? =
      switch expected {
      case nil: number(word)
      case .byte: integer(word).map { .byte($0) }
      case .int16: integer(word).map { .int16($0) }
      case .uint16: integer(word).map { .uint16($0) }
      case .int32: integer(word).map { .int32($0) }
      case .uint32: integer(word).map { .uint32($0) }
      case .int64: integer(word).map { .int64($0) }
      case .uint64: integer(word).map { .uint64($0) }
      case .double: finite(word).map { .double($0) }
      default: nil
      }
    guard let value else {
      throw Failure("\"\(word)\" is no value\(expected.map { " of type \"\($0.code)\"" } ?? "")")
    }
    return value
  }

  private static func number(_ word: String) -> BusValue? {
    if let value: Int32 = integer(word) { return .int32(value) }
    if let value: Int64 = integer(word) { return .int64(value) }
    if let value: UInt64 = integer(word) { return .uint64(value) }
    return word.utf8.contains { ".eE".utf8.contains($0) } ? finite(word).map { .double($0) } : nil
  }

  private static func finite(_ word: String) -> Double? {
    guard let first = word.utf8.first,
      first == UInt8(ascii: "-") || first == UInt8(ascii: "+")
        || first == UInt8(ascii: ".") || (48...57).contains(first), let value = Double(word), value.isFinite
    else { return nil }
    return value
  }

  /// Decimal, hexadecimal after `0x`, octal after another `0`.
  private static func integer<Value: FixedWidthInteger>(_ word: String) -> Value? {
    var digits = Substring(word)
    var sign = ""
    if let first = digits.first, first == "-" || first == "+" {
      sign = first == "-" ? "-" : ""
      digits = digits.dropFirst()
    }
    guard let first = digits.first, first != "-", first != "+" else { return nil }
    if digits.hasPrefix("0x") || digits.hasPrefix("0X") {
      let rest = digits.dropFirst(2)
      guard rest.first?.isHexDigit == true else { return nil }
      return Value(sign + rest, radix: 16)
    }
    if digits.count > 1, first == "0" { return Value(sign + digits.dropFirst(), radix: 8) }
    return Value(sign + digits)
  }
}

import Linux

/// Marshals values, little endian (D-Bus Specification, «Marshaling (Wire Format)»). Alignment counts from the first
/// byte of `bytes`.
struct BusWriter {
  private(set) var bytes: [UInt8] = []

  /// An array's values may take 64 MiB; no message of ours comes near.
  private static let longestArray = 1 << 26

  mutating func align(_ boundary: Int) {
    while bytes.count % boundary != 0 { bytes.append(0) }
  }

  mutating func append(raw: [UInt8]) {
    bytes += raw
  }

  mutating func integer<Value: FixedWidthInteger>(_ value: Value) {
    let size = Value.bitWidth / 8
    align(size)
    for index in 0..<size { bytes.append(UInt8(truncatingIfNeeded: value >> Value(8 * index))) }
  }

  /// Throws for a text with a NUL character and a malformed path or signature, and for elements of another type than
  /// their array's.
  mutating func write(_ value: BusValue) throws(Failure) {
    switch value {
    case .byte(let value): bytes.append(value)
    case .boolean(let value): integer(value ? UInt32(1) : 0)
    case .int16(let value): integer(value)
    case .uint16(let value): integer(value)
    case .int32(let value): integer(value)
    case .uint32(let value): integer(value)
    case .int64(let value): integer(value)
    case .uint64(let value): integer(value)
    case .double(let value): integer(value.bitPattern)
    case .string(let text): try string(text)
    case .objectPath(let path):
      guard BusValue.isObjectPath(path) else { throw Failure("\"\(path)\" is no D-Bus object path") }
      try string(path)
    case .signature(let text): try signature(text)
    case .variant(let value):
      try signature(value.type.code)
      try write(value)
    case .array(let element, let values): try array(element, values)
    case .structure(let members):
      align(8)
      for member in members { try write(member) }
    case .dictionaryEntry(let key, let value):
      align(8)
      try write(key)
      try write(value)
    }
  }

  private mutating func string(_ text: String) throws(Failure) {
    guard !text.utf8.contains(0) else { throw Failure("a D-Bus string holds no NUL character") }
    guard let size = UInt32(exactly: text.utf8.count) else { throw Failure("D-Bus string", .messageTooLong) }
    integer(size)
    bytes += text.utf8
    bytes.append(0)
  }

  private mutating func signature(_ text: String) throws(Failure) {
    _ = try BusType.parse(text)
    bytes.append(UInt8(text.utf8.count))
    bytes += text.utf8
    bytes.append(0)
  }

  private mutating func array(_ element: BusType, _ values: [BusValue]) throws(Failure) {
    integer(UInt32(0))
    let lengthPosition = bytes.count - 4
    align(element.alignment)
    let start = bytes.count
    for value in values {
      guard value.type == element else {
        throw Failure("D-Bus array of \"\(element.code)\" with a value of type \"\(value.type.code)\"")
      }
      try write(value)
    }
    let length = bytes.count - start
    guard length <= Self.longestArray else { throw Failure("D-Bus array", .messageTooLong) }
    for index in 0..<4 { bytes[lengthPosition + index] = UInt8(truncatingIfNeeded: length >> (8 * index)) }
  }
}

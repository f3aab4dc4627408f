import Linux

/// Reads marshalled values, little endian (D-Bus Specification, «Marshaling (Wire Format)»). What it reads was written
/// by others: every length is checked against what is there, padding is zero, texts are UTF-8, and nesting is bounded.
struct BusReader {
  let bytes: [UInt8]
  private(set) var position: Int
  private let end: Int

  /// Arrays, structures and variants inside each other.
  private static let deepest = 64

  /// Alignment counts from the first byte of `bytes`.
  init(_ bytes: [UInt8], from start: Int = 0, to end: Int? = nil) {
    self.bytes = bytes
    position = start
    self.end = end ?? bytes.count
  }

  var isAtEnd: Bool { position == end }

  mutating func align(_ boundary: Int) throws(Failure) {
    while position % boundary != 0 {
      guard try take() == 0 else { throw Failure("D-Bus message: padding is not zero") }
    }
  }

  mutating func take() throws(Failure) -> UInt8 {
    guard position < end else { throw Self.cut }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws(Failure) -> Value {
    let size = Value.bitWidth / 8
    try align(size)
    guard end - position >= size else { throw Self.cut }
    var value: Value = 0
    for index in 0..<size { value |= Value(truncatingIfNeeded: bytes[position + index]) << Value(8 * index) }
    position += size
    return value
  }

  mutating func read(_ type: BusType, depth: Int = 0) throws(Failure) -> BusValue {
    guard depth <= Self.deepest else { throw Failure("D-Bus message: values are nested too deeply") }
    switch type {
    case .byte: return .byte(try take())
    case .boolean:
      switch try integer(UInt32.self) {
      case 0: return .boolean(false)
      case 1: return .boolean(true)
      default: throw Failure("D-Bus message: a boolean is neither 0 nor 1")
      }
    case .int16: return .int16(try integer(Int16.self))
    case .uint16: return .uint16(try integer(UInt16.self))
    case .int32: return .int32(try integer(Int32.self))
    case .uint32: return .uint32(try integer(UInt32.self))
    case .int64: return .int64(try integer(Int64.self))
    case .uint64: return .uint64(try integer(UInt64.self))
    case .double: return .double(Double(bitPattern: try integer(UInt64.self)))
    case .string: return .string(try text(try integer(UInt32.self)))
    case .objectPath:
      let path = try text(try integer(UInt32.self))
      guard BusValue.isObjectPath(path) else { throw Failure("D-Bus message: malformed object path") }
      return .objectPath(path)
    case .signature: return .signature(try signature())
    case .variant:
      let inner = try BusType.single(try text(UInt32(try take())))
      return .variant(try read(inner, depth: depth + 1))
    case .array(let element): return .array(of: element, try array(element, depth))
    case .structure(let members):
      try align(8)
      var values: [BusValue] = []
      for member in members { values.append(try read(member, depth: depth + 1)) }
      return .structure(values)
    case .dictionaryEntry(let key, let value):
      try align(8)
      return .dictionaryEntry(try read(key, depth: depth + 1), try read(value, depth: depth + 1))
    }
  }

  private mutating func signature() throws(Failure) -> String {
    let text = try text(UInt32(try take()))
    _ = try BusType.parse(text)
    return text
  }

  /// A text of `size` bytes and the NUL after it.
  private mutating func text(_ size: UInt32) throws(Failure) -> String {
    guard UInt64(end - position) > UInt64(size) else { throw Self.cut }
    let content = bytes[position..<(position + Int(size))]
    guard bytes[content.endIndex] == 0, !content.contains(0) else {
      throw Failure("D-Bus message: a NUL is missing at the end of a text, or is inside it")
    }
    guard let text = String(validating: content, as: UTF8.self) else {
      throw Failure("D-Bus message: a text is not UTF-8")
    }
    position += Int(size) + 1
    return text
  }

  private mutating func array(_ element: BusType, _ depth: Int) throws(Failure) -> [BusValue] {
    let size = try integer(UInt32.self)
    try align(element.alignment)
    guard UInt64(end - position) >= UInt64(size) else { throw Self.cut }
    let last = position + Int(size)
    var values: [BusValue] = []
    // Every value takes a byte or more, so their number is bounded by the message's size.
    while position < last { values.append(try read(element, depth: depth + 1)) }
    guard position == last else { throw Failure("D-Bus message: an array ends inside a value") }
    return values
  }

  private static var cut: Failure { Failure("D-Bus message is cut off") }
}

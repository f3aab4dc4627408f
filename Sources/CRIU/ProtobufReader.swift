internal import Linux

/// Reads messages in the wire format of Protocol Buffers («Encoding»), field by field. Every length is checked against
/// what is there.
struct ProtobufReader {
  /// A field's value, before the message's definition says what it means.
  enum Value: Equatable {
    case varint(UInt64)
    case delimited(ArraySlice<UInt8>)
    /// Types that rpc.proto does not use.
    case skipped
  }

  struct Field: Equatable {
    var number: UInt64
    var value: Value

    /// An int32 or enumeration; a negative one was written with 64 bits.
    var int32: Int32? {
      guard case .varint(let bits) = value else { return nil }
      return Int32(truncatingIfNeeded: Int64(bitPattern: bits))
    }

    var boolean: Bool? {
      guard case .varint(let bits) = value else { return nil }
      return bits != 0
    }

    var text: String? {
      guard case .delimited(let bytes) = value else { return nil }
      return String(decoding: bytes, as: UTF8.self)
    }

    var message: ProtobufReader? {
      guard case .delimited(let bytes) = value else { return nil }
      return ProtobufReader(bytes)
    }
  }

  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) {
    rest = bytes
  }

  private static var malformed: Failure { Failure("malformed message") }

  private mutating func varint() throws(Failure) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard let byte = rest.popFirst() else { throw Self.malformed }
      // The tenth byte has one bit left.
      guard shift < 63 || byte <= 1 else { throw Self.malformed }
      value |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 { return value }
    }
    throw Self.malformed
  }

  private mutating func take(_ count: UInt64) throws(Failure) -> ArraySlice<UInt8> {
    guard let count = Int(exactly: count), count <= rest.count else { throw Self.malformed }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  /// The next field; nil at the end of the message.
  mutating func next() throws(Failure) -> Field? {
    if rest.isEmpty { return nil }
    let tag = try varint()
    let number = tag >> 3
    guard number > 0 else { throw Self.malformed }
    switch tag & 7 {
    case 0: return Field(number: number, value: .varint(try varint()))
    case 1:
      _ = try take(8)
      return Field(number: number, value: .skipped)
    case 2: return Field(number: number, value: .delimited(try take(try varint())))
    case 5:
      _ = try take(4)
      return Field(number: number, value: .skipped)
    default: throw Self.malformed
    }
  }
}

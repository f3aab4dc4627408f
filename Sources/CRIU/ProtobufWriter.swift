/// Writes messages in the wire format of Protocol Buffers, version 2 («Encoding»): only the types that rpc.proto uses.
/// A value of nil is an optional field that is not there.
struct ProtobufWriter {
  private(set) var bytes: [UInt8] = []

  /// What follows a field's tag.
  private enum WireType: UInt64 {
    case varint = 0
    case delimited = 2
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  private mutating func tag(_ field: UInt64, _ type: WireType) {
    varint(field << 3 | type.rawValue)
  }

  /// int32, uint32 and enumerations; a negative one takes ten bytes.
  mutating func integer(_ field: UInt64, _ value: Int64?) {
    guard let value else { return }
    tag(field, .varint)
    varint(UInt64(bitPattern: value))
  }

  mutating func integer(_ field: UInt64, _ value: Int32?) {
    integer(field, value.map { Int64($0) })
  }

  mutating func boolean(_ field: UInt64, _ value: Bool?) {
    integer(field, value.map { $0 ? Int64(1) : 0 })
  }

  mutating func text(_ field: UInt64, _ value: String?) {
    guard let value else { return }
    tag(field, .delimited)
    varint(UInt64(value.utf8.count))
    bytes += value.utf8
  }

  mutating func texts(_ field: UInt64, _ values: [String]) {
    for value in values { text(field, value) }
  }

  /// A message inside of this one.
  mutating func message(_ field: UInt64, _ body: (inout ProtobufWriter) -> Void) {
    var inner = ProtobufWriter()
    body(&inner)
    tag(field, .delimited)
    varint(UInt64(inner.bytes.count))
    bytes += inner.bytes
  }
}

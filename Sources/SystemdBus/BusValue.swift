/// One value of the D-Bus type system (D-Bus Specification, «Type System»).
package indirect enum BusValue: Equatable, Sendable {
  case byte(UInt8)
  case boolean(Bool)
  case int16(Int16)
  case uint16(UInt16)
  case int32(Int32)
  case uint32(UInt32)
  case int64(Int64)
  case uint64(UInt64)
  case double(Double)
  case string(String)
  case objectPath(String)
  case signature(String)
  case variant(BusValue)
  case array(of: BusType, [BusValue])
  case structure([BusValue])
  case dictionaryEntry(BusValue, BusValue)

  /// The value's type.
  package var type: BusType {
    switch self {
    case .byte: .byte
    case .boolean: .boolean
    case .int16: .int16
    case .uint16: .uint16
    case .int32: .int32
    case .uint32: .uint32
    case .int64: .int64
    case .uint64: .uint64
    case .double: .double
    case .string: .string
    case .objectPath: .objectPath
    case .signature: .signature
    case .variant: .variant
    case .array(let element, _): .array(element)
    case .structure(let members): .structure(members.map(\.type))
    case .dictionaryEntry(let key, let value): .dictionaryEntry(key.type, value.type)
    }
  }

  /// An array of strings.
  package static func strings(_ values: [String]) -> BusValue {
    .array(of: .string, values.map { .string($0) })
  }

  /// An array of bytes.
  package static func bytes(_ values: [UInt8]) -> BusValue {
    .array(of: .byte, values.map { .byte($0) })
  }

  /// The text of a string; nil of anything else.
  package var text: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// An object path: `/`, or names of letters, digits and underscores, each after a `/` («Valid Object Paths»).
  static func isObjectPath(_ text: String) -> Bool {
    if text == "/" { return true }
    var previous = UInt8(ascii: "x")
    for (index, byte) in text.utf8.enumerated() {
      let isSlash = byte == UInt8(ascii: "/")
      if index == 0, !isSlash { return false }
      if isSlash, previous == byte { return false }
      guard isSlash || BusValue.isNameByte(byte) else { return false }
      previous = byte
    }
    return !text.isEmpty && previous != UInt8(ascii: "/")
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}

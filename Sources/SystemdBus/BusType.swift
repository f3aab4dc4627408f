package import Linux

/// One complete type of the D-Bus type system (D-Bus Specification, «Type System»). Descriptors (`h`) are not among
/// them: systemd needs none of them for scopes.
package indirect enum BusType: Equatable, Sendable {
  case byte, boolean, int16, uint16, int32, uint32, int64, uint64, double, string, objectPath, signature, variant
  case array(BusType)
  case structure([BusType])
  /// Only as the element of an array; the key is of a basic type.
  case dictionaryEntry(BusType, BusType)

  /// The longest signature, in bytes.
  static let longestSignature = 255
  /// How deep arrays, and structures, may each be nested.
  static let deepest = 32

  /// The type in a signature.
  package var code: String {
    switch self {
    case .byte: "y"
    case .boolean: "b"
    case .int16: "n"
    case .uint16: "q"
    case .int32: "i"
    case .uint32: "u"
    case .int64: "x"
    case .uint64: "t"
    case .double: "d"
    case .string: "s"
    case .objectPath: "o"
    case .signature: "g"
    case .variant: "v"
    case .array(let element): "a" + element.code
    case .structure(let members): "(" + members.map(\.code).joined() + ")"
    case .dictionaryEntry(let key, let value): "{" + key.code + value.code + "}"
    }
  }

  /// Values of the type begin at a multiple of this.
  var alignment: Int {
    switch self {
    case .byte, .signature, .variant: 1
    case .int16, .uint16: 2
    case .boolean, .int32, .uint32, .string, .objectPath, .array: 4
    case .int64, .uint64, .double, .structure, .dictionaryEntry: 8
    }
  }

  /// Neither a container nor a variant.
  var isBasic: Bool {
    switch self {
    case .variant, .array, .structure, .dictionaryEntry: false
    default: true
    }
  }

  /// The types of a signature, any number of them.
  package static func parse(_ signature: String) throws(Failure) -> [BusType] {
    var parser = SignatureParser(Array(signature.utf8))
    return try parser.all()
  }

  /// The one type of a signature. Throws for none and for several.
  package static func single(_ signature: String) throws(Failure) -> BusType {
    let types = try parse(signature)
    guard types.count == 1 else { throw Failure("signature \"\(signature)\" is not that of one value") }
    return types[0]
  }
}

private struct SignatureParser {
  let bytes: [UInt8]
  var position = 0
  var arrays = 0
  var structures = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func all() throws(Failure) -> [BusType] {
    guard bytes.count <= BusType.longestSignature else { throw Failure("signature of \(bytes.count) bytes") }
    var types: [BusType] = []
    while position < bytes.count { types.append(try one()) }
    return types
  }

  private mutating func one() throws(Failure) -> BusType {
    guard position < bytes.count else { throw malformed }
    let code = bytes[position]
    position += 1
    if let type = Self.simple(code) { return type }
    switch code {
    case UInt8(ascii: "a"):
      arrays += 1
      guard arrays <= BusType.deepest else { throw malformed }
      let element = try isNext("{") ? entry() : one()
      arrays -= 1
      return .array(element)
    case UInt8(ascii: "("):
      structures += 1
      guard structures <= BusType.deepest else { throw malformed }
      var members: [BusType] = []
      while try !isNext(")") { members.append(try one()) }
      position += 1
      structures -= 1
      guard !members.isEmpty else { throw malformed }
      return .structure(members)
    default:
      throw malformed
    }
  }

  private mutating func entry() throws(Failure) -> BusType {
    position += 1
    structures += 1
    guard structures <= BusType.deepest else { throw malformed }
    let key = try one()
    let value = try one()
    guard key.isBasic, try isNext("}") else { throw malformed }
    position += 1
    structures -= 1
    return .dictionaryEntry(key, value)
  }

  private func isNext(_ character: Unicode.Scalar) throws(Failure) -> Bool {
    guard position < bytes.count else { throw malformed }
    return bytes[position] == UInt8(ascii: character)
  }

  private static func simple(_ code: UInt8) -> BusType? {
    switch Unicode.Scalar(code) {
    case "y": .byte
    case "b": .boolean
    case "n": .int16
    case "q": .uint16
    case "i": .int32
    case "u": .uint32
    case "x": .int64
    case "t": .uint64
    case "d": .double
    case "s": .string
    case "o": .objectPath
    case "g": .signature
    case "v": .variant
    default: nil
    }
  }

  private var malformed: Failure { Failure("malformed or unsupported D-Bus signature") }
}

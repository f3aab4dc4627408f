package import Linux

/// A D-Bus message (D-Bus Specification, «Message Protocol»).
package struct BusMessage: Equatable, Sendable {
  package enum Kind: UInt8, Sendable {
    case methodCall = 1
    case methodReturn, error, signal
  }

  package var kind: Kind
  /// Set by the connection that sends it; never 0.
  package var serial: UInt32 = 0
  package var path: String?
  package var interface: String?
  package var member: String?
  package var errorName: String?
  package var replySerial: UInt32?
  package var destination: String?
  package var sender: String?
  package var body: [BusValue] = []

  package init(_ kind: Kind) {
    self.kind = kind
  }

  /// A call of a method.
  package static func call(
    _ member: String, of path: String, _ interface: String, at destination: String, _ body: [BusValue] = []
  ) -> BusMessage {
    var message = BusMessage(.methodCall)
    message.path = path
    message.interface = interface
    message.member = member
    message.destination = destination
    message.body = body
    return message
  }

  /// The size of the header's fixed part: enough to tell the message's size.
  static let prefix = 16
  /// The largest message that is read or sent, in bytes; the protocol allows 128 MiB, systemd needs some kilobytes.
  static let largest = 1 << 20

  private enum Field: UInt8 {
    case path = 1
    case interface, member, errorName, replySerial, destination, sender, signature, descriptors
  }

  /// The message's bytes. Throws for what a message may not hold, and for one that is too large.
  package func encode() throws(Failure) -> [UInt8] {
    var content = BusWriter()
    for value in body { try content.write(value) }
    var fields: [BusValue] = []
    func add(_ field: Field, _ value: BusValue?) {
      if let value { fields.append(.structure([.byte(field.rawValue), .variant(value)])) }
    }
    add(.path, path.map { .objectPath($0) })
    add(.interface, interface.map { .string($0) })
    add(.member, member.map { .string($0) })
    add(.errorName, errorName.map { .string($0) })
    add(.replySerial, replySerial.map { .uint32($0) })
    add(.destination, destination.map { .string($0) })
    add(.sender, sender.map { .string($0) })
    if !body.isEmpty { add(.signature, .signature(body.map(\.type.code).joined())) }
    var writer = BusWriter()
    writer.append(raw: [UInt8(ascii: "l"), kind.rawValue, 0, 1])
    writer.integer(UInt32(truncatingIfNeeded: content.bytes.count))
    writer.integer(serial)
    try writer.write(.array(of: Self.fieldType, fields))
    writer.align(8)
    writer.append(raw: content.bytes)
    guard writer.bytes.count <= Self.largest else {
      throw Failure("D-Bus message of \(writer.bytes.count) bytes", .messageTooLong)
    }
    return writer.bytes
  }

  private static var fieldType: BusType { .structure([.byte, .variant]) }

  /// The size of the whole message that begins with these `prefix` bytes.
  static func size(_ bytes: [UInt8]) throws(Failure) -> Int {
    guard bytes.count >= prefix else { throw Failure("D-Bus message is cut off") }
    guard bytes[0] == UInt8(ascii: "l") else { throw Failure("D-Bus message is not little endian") }
    guard bytes[3] == 1 else { throw Failure("D-Bus message of protocol version \(bytes[3])") }
    var reader = BusReader(bytes, from: 4)
    let body = UInt64(try reader.integer(UInt32.self))
    _ = try reader.integer(UInt32.self)
    let fields = UInt64(try reader.integer(UInt32.self))
    let size = (UInt64(prefix) + fields + 7) / 8 * 8 + body
    guard size <= UInt64(largest) else { throw Failure("D-Bus message of \(size) bytes", .messageTooLong) }
    return Int(size)
  }

  /// Reads one message; `bytes` are all of it and nothing else. nil for a message of a kind that is not known, which
  /// must be ignored.
  package static func decode(_ bytes: [UInt8]) throws(Failure) -> BusMessage? {
    guard try size(bytes) == bytes.count else { throw Failure("D-Bus message is not of the size that it tells") }
    guard bytes[1] != 0 else { throw Failure("D-Bus message of no kind") }
    guard let kind = Kind(rawValue: bytes[1]) else { return nil }
    var message = BusMessage(kind)
    var reader = BusReader(bytes, from: 8)
    message.serial = try reader.integer(UInt32.self)
    guard message.serial != 0 else { throw Failure("D-Bus message with serial number 0") }
    guard case .array(_, let fields) = try reader.read(.array(fieldType)) else { return nil }
    var signature = ""
    var seen: [UInt8] = []
    for field in fields {
      guard case .structure(let parts) = field, case .byte(let code) = parts[0], case .variant(let value) = parts[1]
      else { continue }
      guard code != 0, !seen.contains(code) else { throw Failure("D-Bus message: header field \(code)") }
      seen.append(code)
      if let text = try message.setField(code, value) { signature = text }
    }
    try message.checkFields()
    try reader.align(8)
    for type in try BusType.parse(signature) { message.body.append(try reader.read(type)) }
    guard reader.isAtEnd else { throw Failure("D-Bus message: its body is longer than its signature") }
    return message
  }

  /// Takes one header field; returns the body's signature when it is that. Unknown fields are ignored.
  private mutating func setField(_ code: UInt8, _ value: BusValue) throws(Failure) -> String? {
    switch (Field(rawValue: code), value) {
    case (.path, .objectPath(let text)): path = text
    case (.interface, .string(let text)): interface = text
    case (.member, .string(let text)): member = text
    case (.errorName, .string(let text)): errorName = text
    case (.replySerial, .uint32(let number)): replySerial = number
    case (.destination, .string(let text)): destination = text
    case (.sender, .string(let text)): sender = text
    case (.signature, .signature(let text)): return text
    case (.descriptors, .uint32(0)), (nil, _): break
    default: throw Failure("D-Bus message: header field \(code) is not of its type")
    }
    return nil
  }

  /// The fields that each kind must have.
  private func checkFields() throws(Failure) {
    let complete =
      switch kind {
      case .methodCall: path != nil && member != nil
      case .methodReturn: replySerial != nil
      case .error: replySerial != nil && errorName != nil
      case .signal: path != nil && interface != nil && member != nil
      }
    guard complete else { throw Failure("D-Bus message: a required header field is missing") }
  }
}

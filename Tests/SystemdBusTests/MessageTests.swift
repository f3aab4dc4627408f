import Linux
import Testing

@testable import SystemdBus

/// D-Bus Specification, «Message Protocol».
struct MessageTests {
  /// The first message on every bus, byte for byte.
  @Test func hello() throws {
    var message = BusMessage.call(
      "Hello", of: "/org/freedesktop/DBus", "org.freedesktop.DBus", at: "org.freedesktop.DBus")
    message.serial = 1
    func text(_ field: UInt8, _ type: String, _ text: String) -> [UInt8] {
      [field, 1] + type.utf8 + [0, UInt8(text.utf8.count), 0, 0, 0] + text.utf8 + [0]
    }
    let bytes: [UInt8] =
      [0x6c, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 109, 0, 0, 0]
      + text(1, "o", "/org/freedesktop/DBus") + [0, 0]
      + text(2, "s", "org.freedesktop.DBus") + [0, 0, 0]
      + text(3, "s", "Hello") + [0, 0]
      + text(6, "s", "org.freedesktop.DBus") + [0, 0, 0]
    #expect(try message.encode() == bytes)
    #expect(try BusMessage.decode(bytes) == message)
    #expect(try BusMessage.size(Array(bytes.prefix(16))) == bytes.count)
  }

  static let signal: BusMessage = {
    var message = BusMessage(.signal)
    message.serial = 77
    message.path = "/org/freedesktop/systemd1"
    message.interface = "org.freedesktop.systemd1.Manager"
    message.member = "JobRemoved"
    message.sender = ":1.1"
    message.body = [.uint32(3), .objectPath("/org/freedesktop/systemd1/job/3"), .string("a.scope"), .string("done")]
    return message
  }()

  @Test func everyKind() throws {
    var reply = BusMessage(.methodReturn)
    reply.serial = 9
    reply.replySerial = 2
    reply.body = [.variant(.string("252"))]
    var error = BusMessage(.error)
    error.serial = 10
    error.replySerial = 3
    error.errorName = "org.freedesktop.systemd1.UnitExists"
    error.body = [.string("Unit a.scope was already loaded")]
    for message in [Self.signal, reply, error] {
      #expect(try BusMessage.decode(try message.encode()) == message)
    }
  }

  @Test func everyCutIsRefused() throws {
    let bytes = try Self.signal.encode()
    for length in 0..<bytes.count {
      #expect(throws: Failure.self) { try BusMessage.decode(Array(bytes.prefix(length))) }
    }
    #expect(throws: Failure.self) { try BusMessage.decode(bytes + [0]) }
  }

  /// Whatever a byte is changed to, reading ends, and with a message or an error.
  @Test func mutations() throws {
    let bytes = try Self.signal.encode()
    var refused = 0
    for index in bytes.indices {
      for change: UInt8 in [0, 1, 0x7f, 0x80, 0xff, bytes[index] &+ 1] {
        var changed = bytes
        changed[index] = change
        do { _ = try BusMessage.decode(changed) } catch { refused += 1 }
      }
    }
    #expect(refused > bytes.count)
  }

  @Test(
    arguments: [
      // Byte order, version, kind, serial.
      (0, UInt8(ascii: "B")), (3, 2), (1, 0), (8, 0),
    ] as [(Int, UInt8)])
  func headersAreChecked(_ index: Int, _ byte: UInt8) throws {
    var bytes = try Self.signal.encode()
    bytes[index] = byte
    #expect(throws: Failure.self) { try BusMessage.decode(bytes) }
  }

  @Test func unknownKindsAreIgnored() throws {
    var bytes = try Self.signal.encode()
    bytes[1] = 99
    #expect(try BusMessage.decode(bytes) == nil)
  }

  @Test(
    arguments: [
      [0x6c, 4, 0, 1, 0xff, 0xff, 0xff, 0x7f, 1, 0, 0, 0, 0, 0, 0, 0],
      [0x6c, 4, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
      [0x6c, 4, 0, 1, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
    ] as [[UInt8]])
  func hugeMessagesAreRefusedByTheirHeader(_ header: [UInt8]) {
    let failure = #expect(throws: Failure.self) { try BusMessage.size(header) }
    #expect(failure?.errno == .messageTooLong)
  }

  @Test func missingAndDoubleFieldsAreRefused() throws {
    var signal = Self.signal
    signal.member = nil
    let bytes = try signal.encode()
    #expect(throws: Failure.self) { try BusMessage.decode(bytes) }
    // A header with the same field twice.
    var writer = BusWriter()
    writer.append(raw: [0x6c, 2, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0])
    let field = BusValue.structure([.byte(5), .variant(.uint32(1))])
    try writer.write(.array(of: .structure([.byte, .variant]), [field, field]))
    writer.align(8)
    #expect(throws: Failure.self) { try BusMessage.decode(writer.bytes) }
  }

  @Test func aBodyMustMatchItsSignature() throws {
    var bytes = try Self.signal.encode()
    bytes[4] += 8  // the body's length
    bytes += [UInt8](repeating: 0, count: 8)
    #expect(throws: Failure.self) { try BusMessage.decode(bytes) }
  }
}

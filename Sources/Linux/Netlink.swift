internal import CShim
internal import Glibc

/// A request or an answer of rtnetlink(7): a header of its kind, and attributes.
struct NetlinkMessage {
  /// RTM_*.
  var type: UInt16
  /// What follows the header: `struct ifinfomsg` or `struct ifaddrmsg`, then attributes.
  var body: [UInt8]

  /// The attributes that follow the first `start` bytes of the body, struct rtattr.
  func attributes(from start: Int) -> [(type: UInt16, value: ArraySlice<UInt8>)] {
    var found: [(type: UInt16, value: ArraySlice<UInt8>)] = []
    var offset = start
    while offset + 4 <= body.count {
      let length = Int(NetlinkBytes.number16(body, offset))
      guard length >= 4, offset + length <= body.count else { break }
      // The two highest bits are flags.
      let type = NetlinkBytes.number16(body, offset + 2) & 0x3FFF
      found.append((type, body[(offset + 4)..<(offset + length)]))
      offset += (length + 3) & ~3
    }
    return found
  }

  /// Reads a datagram of the kernel's, and appends the messages in it. Returns whether the answer is complete with them.
  ///
  /// Throws what the kernel answers with an error.
  static func read(_ bytes: [UInt8], into messages: inout [NetlinkMessage]) throws(Failure) -> Bool {
    var offset = 0
    while offset + 16 <= bytes.count {
      let length = Int(NetlinkBytes.number32(bytes, offset))
      guard length >= 16, offset + length <= bytes.count else { throw Failure("netlink: a message is cut") }
      let type = NetlinkBytes.number16(bytes, offset + 4)
      switch type {
      case 3: return true  // NLMSG_DONE
      case 2:  // NLMSG_ERROR: 0, or -errno
        guard length >= 20 else { throw Failure("netlink: a message is cut") }
        let code = Int32(bitPattern: NetlinkBytes.number32(bytes, offset + 16))
        if code == 0 { return true }
        throw Failure("", Errno(rawValue: 0 &- code))
      default: messages.append(NetlinkMessage(type: type, body: Array(bytes[(offset + 16)..<(offset + length)])))
      }
      offset += (length + 3) & ~3
    }
    return false
  }

  mutating func append(_ type: UInt16, _ value: [UInt8]) {
    body += NetlinkBytes.bytes(UInt16(4 + value.count)) + NetlinkBytes.bytes(type) + value
    while body.count % 4 != 0 { body.append(0) }
  }
}

/// Numbers in netlink messages, in the machine's order of bytes.
enum NetlinkBytes {
  static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    let little = number.littleEndian
    return (0..<(Number.bitWidth / 8)).map { UInt8(truncatingIfNeeded: little >> Number($0 * 8)) }
  }

  static func number16(_ bytes: [UInt8], _ offset: Int) -> UInt16 {
    UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8
  }

  static func number32(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
    UInt32(number16(bytes, offset)) | UInt32(number16(bytes, offset + 2)) << 16
  }

  /// A number that an attribute holds; nil when it is too short.
  static func number32(_ value: ArraySlice<UInt8>) -> UInt32? {
    value.count >= 4 ? number32(Array(value), 0) : nil
  }

  /// A text that an attribute holds.
  static func text(_ value: ArraySlice<UInt8>) -> String {
    String(decoding: value.prefix { $0 != 0 }, as: UTF8.self)
  }
}

/// A socket to the kernel's tables of the network namespace that it was made in, rtnetlink(7).
struct NetlinkSocket: ~Copyable {
  private let socket: FileDescriptor

  init() throws(Failure) {
    socket = FileDescriptor(
      owning: try check(sw_socket(AF_NETLINK, Int32(SOCK_RAW.rawValue), 0 /* NETLINK_ROUTE */), "netlink socket"))
  }

  /// Has the kernel do what `message` says, and waits until it has.
  borrowing func request(
    _ message: NetlinkMessage, flags: UInt16 = 0, _ what: @autoclosure () -> String
  ) throws(Failure) {
    // NLM_F_REQUEST | NLM_F_ACK
    try send(message, flags: 0x5 | flags)
    _ = try within(what()) { () throws(Failure) in try receive() }
  }

  /// What the kernel lists in answer to `message`.
  borrowing func list(_ message: NetlinkMessage, _ what: @autoclosure () -> String) throws(Failure) -> [NetlinkMessage]
  {
    // NLM_F_REQUEST | NLM_F_DUMP
    try send(message, flags: 0x301)
    return try within(what()) { () throws(Failure) in try receive() }
  }

  private borrowing func send(_ message: NetlinkMessage, flags: UInt16) throws(Failure) {
    let header =
      NetlinkBytes.bytes(UInt32(16 + message.body.count)) + NetlinkBytes.bytes(message.type) + NetlinkBytes.bytes(flags)
      + [UInt8](repeating: 0, count: 8)
    try socket.write(header + message.body, "netlink socket")
  }

  /// All messages up to the one that ends the answer.
  private borrowing func receive() throws(Failure) -> [NetlinkMessage] {
    var messages: [NetlinkMessage] = []
    while true {
      let bytes = try socket.readSome(1 << 16, "netlink socket")
      if try NetlinkMessage.read(bytes, into: &messages) { return messages }
      if bytes.isEmpty { throw Failure("netlink: no answer") }
    }
  }
}

package import Linux

/// What a method call came to.
package enum BusReply: Equatable, Sendable {
  case returned([BusValue])
  /// An error reply: its name, and its text for people.
  case failed(name: String, text: String)
}

/// A connection to a bus, or to systemd itself. No operation takes longer than its time limit.
package struct BusConnection: ~Copyable {
  private let socket: FileDescriptor
  private let address: BusAddress
  private var received: [UInt8] = []
  private var serial: UInt32 = 0
  /// Signals that came while a reply was awaited.
  private var signals: [BusMessage] = []

  /// How long connecting and one call may take, in milliseconds.
  package static let patience: Int64 = 10_000
  /// Older signals are dropped when nobody takes them.
  private static let mostSignals = 4096
  /// The longest line of authentication.
  private static let longestLine = 16384

  private init(_ socket: consuming FileDescriptor, _ address: BusAddress) {
    self.socket = socket
    self.address = address
  }

  /// Connects to the first of `addresses` that answers. The error is that of the first one.
  package static func open(_ addresses: [BusAddress]) throws(Failure) -> BusConnection {
    var failure: Failure?
    for address in addresses {
      do throws(Failure) {
        return try BusConnection.open(address)
      } catch {
        failure = failure ?? error
      }
    }
    throw failure ?? Failure("no bus address")
  }

  /// First with the user's number; a bus outside of this process's user namespace knows another one, and takes the
  /// kernel's word when none is given.
  private static func open(_ address: BusAddress) throws(Failure) -> BusConnection {
    let deadline = Clock.monotonicMilliseconds + patience
    let number = String(Processes.effectiveUserID).utf8.map { "3" + String($0 - 48) }.joined()
    if let connection = try open(address, "AUTH EXTERNAL \(number)\r\n", by: deadline) { return connection }
    if let connection = try open(address, "AUTH EXTERNAL\r\nDATA\r\n", by: deadline) { return connection }
    throw Failure("bus \(address.text): authentication was refused")
  }

  /// nil when the bus rejects these credentials.
  private static func open(
    _ address: BusAddress, _ credentials: String, by deadline: Int64
  ) throws(Failure) -> BusConnection? {
    var connection = BusConnection(try connect(address, by: deadline), address)
    do throws(Failure) {
      guard try connection.authenticate(credentials, by: deadline) else { return nil }
      if !address.isDirect {
        let hello = BusMessage.call("Hello", of: "/org/freedesktop/DBus", Self.bus, at: Self.bus)
        try connection.expectReturn(hello)
      }
    } catch {
      throw error.within("bus \(address.text)")
    }
    return connection
  }

  private static let bus = "org.freedesktop.DBus"

  /// A queue that is full for the moment is tried again.
  private static func connect(_ address: BusAddress, by deadline: Int64) throws(Failure) -> FileDescriptor {
    while true {
      do throws(Failure) {
        return try Sockets.connectNonBlocking(address.name, isAbstract: address.isAbstract)
      } catch {
        guard error.errno == .again, Clock.monotonicMilliseconds < deadline else { throw error }
        _ = try Poll.wait([], milliseconds: 20)
      }
    }
  }

  // MARK: Authentication

  /// D-Bus Specification, «Authentication Protocol», EXTERNAL. False when it is rejected.
  ///
  /// BEGIN goes with the credentials, as systemd's own clients send it: when systemd reads the first message together
  /// with BEGIN, it lets the message lie until more comes.
  private mutating func authenticate(_ credentials: String, by deadline: Int64) throws(Failure) -> Bool {
    try send([0] + Array((credentials + "BEGIN\r\n").utf8), by: deadline)
    var line = try readLine(by: deadline)
    if line == "DATA" { line = try readLine(by: deadline) }
    if line.hasPrefix("REJECTED") { return false }
    guard line.hasPrefix("OK ") || line == "OK" else { throw Failure("authentication was refused") }
    return true
  }

  private mutating func readLine(by deadline: Int64) throws(Failure) -> String {
    while true {
      if let end = received.firstIndex(of: 10) {
        let line = received[..<end]
        received.removeSubrange(...end)
        guard line.last == 13 else { throw Failure("malformed answer to authentication") }
        return String(decoding: line.dropLast(), as: UTF8.self)
      }
      guard received.count < Self.longestLine else { throw Failure("malformed answer to authentication") }
      try receive(by: deadline)
    }
  }

  // MARK: Messages

  /// Calls a method and waits for its reply.
  package mutating func call(
    _ message: BusMessage, milliseconds: Int64 = BusConnection.patience
  ) throws(Failure) -> BusReply {
    let deadline = Clock.monotonicMilliseconds + milliseconds
    var message = message
    serial = serial == .max ? 1 : serial + 1
    message.serial = serial
    try send(try message.encode(), by: deadline)
    while true {
      guard let reply = try next(by: deadline) else { continue }
      switch reply.kind {
      case .signal: keep(reply)
      case .methodReturn where reply.replySerial == message.serial: return .returned(reply.body)
      case .error where reply.replySerial == message.serial:
        return .failed(name: reply.errorName ?? "", text: reply.body.first?.text ?? "")
      // Nobody calls us for anything that must be answered, and replies to calls that were given up are late.
      default: break
      }
    }
  }

  /// As `call`, but throws for an error reply.
  @discardableResult
  package mutating func expectReturn(_ message: BusMessage) throws(Failure) -> [BusValue] {
    switch try call(message) {
    case .returned(let values): return values
    case .failed(let name, let text): throw Failure("\(message.member ?? ""): \(text.isEmpty ? name : text)")
    }
  }

  /// Waits for a signal that `isWanted`, of those that came and those to come. Throws ETIMEDOUT.
  package mutating func waitForSignal(
    milliseconds: Int64, where isWanted: (BusMessage) -> Bool
  ) throws(Failure) -> BusMessage {
    let deadline = Clock.monotonicMilliseconds + milliseconds
    if let index = signals.firstIndex(where: isWanted) { return signals.remove(at: index) }
    while true {
      guard let message = try next(by: deadline), message.kind == .signal else { continue }
      if isWanted(message) { return message }
      keep(message)
    }
  }

  /// Asks a bus for the signals that match `rule` (D-Bus Specification, «Match Rules»); systemd itself sends its own
  /// without being asked.
  package mutating func subscribe(_ rule: String) throws(Failure) {
    if address.isDirect { return }
    try expectReturn(.call("AddMatch", of: "/org/freedesktop/DBus", Self.bus, at: Self.bus, [.string(rule)]))
  }

  private mutating func keep(_ signal: BusMessage) {
    if signals.count >= Self.mostSignals { signals.removeFirst() }
    signals.append(signal)
  }

  /// The next message; nil for one of a kind that is to be ignored.
  private mutating func next(by deadline: Int64) throws(Failure) -> BusMessage? {
    // A flood of signals must not outlast the time limit.
    guard Clock.monotonicMilliseconds < deadline else { throw Failure("no answer", .timedOut) }
    while received.count < BusMessage.prefix { try receive(by: deadline) }
    let size = try BusMessage.size(received)
    while received.count < size { try receive(by: deadline) }
    let message = Array(received[..<size])
    received.removeSubrange(..<size)
    return try BusMessage.decode(message)
  }

  // MARK: Bytes

  private func send(_ bytes: [UInt8], by deadline: Int64) throws(Failure) {
    var done = 0
    while done < bytes.count {
      let before = done
      done = try Sockets.sendSome(bytes, from: done, over: socket)
      if done == before { try wait(.writable, by: deadline) }
    }
  }

  private mutating func receive(by deadline: Int64) throws(Failure) {
    while true {
      do throws(Failure) {
        let got = try socket.readSome(65536, "reply")
        guard !got.isEmpty else { throw Failure("the connection was closed") }
        received += got
        return
      } catch {
        guard error.errno == .again else { throw error }
        try wait(.readable, by: deadline)
      }
    }
  }

  private func wait(_ event: Poll.Events, by deadline: Int64) throws(Failure) {
    let left = deadline - Clock.monotonicMilliseconds
    guard left > 0 else { throw Failure("no answer", .timedOut) }
    _ = try Poll.wait([(socket.raw, event)], milliseconds: left)
  }
}

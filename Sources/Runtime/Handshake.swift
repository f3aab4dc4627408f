internal import Linux

/// The conversation between the runtime P and the child C that becomes the container's process, over one SOCK_SEQPACKET
/// pair. Either side takes only the message that its step expects, or a failure; anything else is an error.
///
///     P                                    C
///       proceed                       ->       when C has to be moved into its cgroup
///              <- needMapping                 with a new user namespace
///       mapped                        ->
///              <- mounted                     with prestart or createRuntime hooks
///       hooksDone                     ->
///              <- ready                       everything is done but the exec
///       go                            ->
///              <- (end of file)               the exec closed C's end; or a failure, in `run` and `exec`
struct Handshake: ~Copyable {
  enum Message: UInt8 {
    case proceed = 1
    case needMapping
    case mapped
    case mounted
    case hooksDone
    case ready
    case go
    case failure
  }

  /// The longest text of a failure; the rest is cut.
  private static let limit = 8192

  private let socket: FileDescriptor

  init(_ socket: consuming FileDescriptor) {
    self.socket = socket
  }

  var descriptor: Int32 { socket.raw }

  borrowing func send(_ message: Message) throws(Failure) {
    try Sockets.send([message.rawValue], over: socket)
  }

  /// A failure travels whole: type, errno in four bytes, text.
  borrowing func send(_ failure: Failure) {
    let code = failure.errno?.rawValue ?? 0
    var bytes: [UInt8] = [Message.failure.rawValue]
    for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: code >> Int32(shift))) }
    bytes += failure.message.utf8.prefix(Self.limit - bytes.count)
    try? Sockets.send(bytes, over: socket)
  }

  /// Waits for `expected`. Throws the failure that came in its place.
  borrowing func expect(_ expected: Message) throws(Failure) {
    guard try next(expected) else {
      throw Failure("the other process ended before it was done (expected \(expected))")
    }
  }

  /// Waits for the other side to close its end, which an exec does. Throws the failure that came in its place.
  borrowing func expectEnd() throws(Failure) {
    while try next(nil) {}
  }

  /// Tells of a process that the sender made for the other side.
  borrowing func send(born child: borrowing ProcessDescriptor) throws(Failure) {
    try Sockets.send(Array("\(child.pid)".utf8), descriptors: [child.descriptor.raw], over: socket)
  }

  /// Waits for the process that `send(born:)` tells of. Throws the failure that came in its place.
  borrowing func expectBirth() throws(Failure) -> ProcessDescriptor {
    var received = try Sockets.receive(limit: Self.limit, over: socket)
    if let descriptor = received.descriptor.take(), let pid = Int32(String(decoding: received.bytes, as: UTF8.self)) {
      return ProcessDescriptor(pid: pid, descriptor: descriptor)
    }
    throw Self.failure(received.bytes) ?? Failure("the other process ended before it was done")
  }

  /// Closes this side's end.
  consuming func close() {}

  /// As `expect`, but false when the other side closed its end.
  private borrowing func next(_ expected: Message?) throws(Failure) -> Bool {
    let received = try Sockets.receive(limit: Self.limit, over: socket)
    guard let type = received.bytes.first else { return false }
    if let failure = Self.failure(received.bytes) { throw failure }
    guard let expected, type == expected.rawValue, received.bytes.count == 1 else {
      throw Failure("unexpected message \(type) from the other process")
    }
    return true
  }

  /// The failure that a message is, if it is one.
  private static func failure(_ bytes: [UInt8]) -> Failure? {
    guard bytes.count >= 5, bytes[0] == Message.failure.rawValue else { return nil }
    var code: Int32 = 0
    for index in 0..<4 { code |= Int32(bytes[1 + index]) << Int32(8 * index) }
    return Failure(String(decoding: bytes.dropFirst(5), as: UTF8.self), code == 0 ? nil : Errno(rawValue: code))
  }
}

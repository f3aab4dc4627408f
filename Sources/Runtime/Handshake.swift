internal import Linux
internal import Rootfs

/// The conversation between the runtime P and the child C that becomes the container's process, over one SOCK_SEQPACKET
/// pair. Either side takes only the message that its step expects, or a failure; anything else is an error.
///
///     P                                    C
///       proceed                       ->       when C has to be moved into its cgroup
///              <- needMapping                 with a new user namespace
///       mapped                        ->
///              <- mounted                     when P has work to do then
///       hooksDone                     ->
///              <- ready                       everything is done but the exec; with what there is to warn of
///       go                            ->
///              <- (end of file)               the exec closed C's end; or a failure, in `run` and `exec`
///
/// Before `mounted` and `ready` C may ask for the sources of mounts that it cannot reach itself (`needSource`), and gets
/// each with a `source`.
///
/// Before `ready` C may be asked for the listener of its seccomp filter (`ListenerHandover`). In `exec`, C tells in place
/// of its first message which process goes on in its place (`successor`).
struct Handshake: ~Copyable {
  enum Message: UInt8 {
    case proceed = 1
    case needMapping
    case mapped
    case mounted
    case hooksDone
    case ready
    case go
    case successor
    case listener
    case needSource
    case source
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
    try deliver([message.rawValue])
  }

  /// Tells that only the exec is left to do, with what there is to warn of.
  borrowing func send(readyWith warnings: [String]) throws(Failure) {
    var bytes = [Message.ready.rawValue]
    for warning in warnings where bytes.count + warning.utf8.count < Self.limit { bytes += [0] + warning.utf8 }
    try deliver(bytes)
  }

  /// A failure travels whole: type, errno in four bytes, text.
  borrowing func send(_ failure: Failure) {
    let code = failure.errno?.rawValue ?? 0
    var bytes = [Message.failure.rawValue] + Self.bytes(code)
    bytes += failure.message.utf8.prefix(Self.limit - bytes.count)
    try? Sockets.send(bytes, over: socket)
  }

  /// Tells that the process `pid` (in the receiver's pid namespace) goes on in this one's place.
  borrowing func send(successor pid: Int32) throws(Failure) {
    try deliver([Message.successor.rawValue] + Self.bytes(pid))
  }

  /// Waits for `send(successor:)`, and returns the pid. Throws the failure that came in its place.
  borrowing func expectSuccessor() throws(Failure) -> Int32 {
    guard let bytes = try receive() else {
      throw Self.brokenOff("expected \(Message.successor)")
    }
    guard bytes.first == Message.successor.rawValue, bytes.count == 5 else { throw Self.unexpected(bytes) }
    return Self.number(bytes)
  }

  /// Waits for `expected`, and sends what `answer` gives for each position that is asked for meanwhile. Returns the
  /// warnings that come with `ready`. Throws the failure that came in its place.
  @discardableResult
  borrowing func expect(
    _ expected: Message,
    answering answer: (Int) throws(Failure) -> FileDescriptor = { (_) throws(Failure) in throw unexpected(.needSource) }
  ) throws(Failure) -> [String] {
    while true {
      guard let bytes = try receive() else {
        throw Self.brokenOff("expected \(expected)")
      }
      if bytes == [expected.rawValue] { return [] }
      if expected == .ready, bytes.first == Message.ready.rawValue {
        return bytes.dropFirst(2).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
      }
      guard bytes.first == Message.needSource.rawValue, bytes.count == 5 else { throw Self.unexpected(bytes) }
      let source = try answer(Int(Self.number(bytes)))
      try deliver([Message.source.rawValue], descriptors: [source.raw])
    }
  }

  /// A function that asks for the source of the mount at a position, which the other side answers by
  /// `expect(_:answering:)`. It may be called for as long as this value is there.
  var sourceRequest: AskParent {
    let number = socket.raw
    return { (position: Int) throws(Failure) -> FileDescriptor in
      let handshake = Handshake(FileDescriptor(owning: number))
      let answer: Result<Int32, Failure>
      do throws(Failure) {
        answer = .success(try handshake.askForSource(position).release())
      } catch {
        answer = .failure(error)
      }
      handshake.giveBack()
      return FileDescriptor(owning: try answer.get())
    }
  }

  private borrowing func askForSource(_ position: Int) throws(Failure) -> FileDescriptor {
    try deliver([Message.needSource.rawValue] + Self.bytes(Int32(position)))
    var received = try Sockets.receive(limit: Self.limit, over: socket)
    guard received.bytes == [Message.source.rawValue], let source = received.descriptor.take() else {
      throw Self.failure(received.bytes) ?? Self.unexpected(received.bytes)
    }
    return source
  }

  /// Ends the value, but not the socket, which is another's.
  private consuming func giveBack() { _ = socket.release() }

  /// Waits for the other side to close its end, which an exec does. Throws the failure that came in its place.
  borrowing func expectEnd() throws(Failure) {
    if let bytes = try receive() { throw Self.unexpected(bytes) }
  }

  /// Tells of a process that the sender made for the other side.
  borrowing func send(born child: borrowing ProcessDescriptor) throws(Failure) {
    try deliver(Array("\(child.pid)".utf8), descriptors: [child.descriptor.raw])
  }

  /// Waits for the process that `send(born:)` tells of. Throws the failure that came in its place.
  borrowing func expectBirth() throws(Failure) -> ProcessDescriptor {
    var received = try Sockets.receive(limit: Self.limit, over: socket)
    if let descriptor = received.descriptor.take(), let pid = Int32(String(decoding: received.bytes, as: UTF8.self)) {
      return ProcessDescriptor(pid: pid, descriptor: descriptor)
    }
    throw Self.failure(received.bytes) ?? Self.brokenOff("expected a descriptor")
  }

  /// Sends the listener of a seccomp filter.
  borrowing func send(listener: borrowing FileDescriptor) throws(Failure) {
    try deliver([Message.listener.rawValue], descriptors: [listener.raw])
  }

  /// Waits for `send(listener:)`. Throws the failure that came in its place.
  borrowing func expectListener() throws(Failure) -> FileDescriptor {
    var received = try Sockets.receive(limit: Self.limit, over: socket)
    if received.bytes == [Message.listener.rawValue], let listener = received.descriptor.take() { return listener }
    throw Self.failure(received.bytes) ?? Self.brokenOff("expected a descriptor")
  }

  /// Closes this side's end.
  consuming func close() {}

  /// The next message; nil when the other side closed its end. Throws a failure that was sent.
  private borrowing func receive() throws(Failure) -> [UInt8]? {
    let received = try Sockets.receive(limit: Self.limit, over: socket)
    if received.bytes.isEmpty { return nil }
    if let failure = Self.failure(received.bytes) { throw failure }
    return received.bytes
  }

  private borrowing func deliver(_ bytes: [UInt8], descriptors: [Int32] = []) throws(Failure) {
    do throws(Failure) {
      try Sockets.send(bytes, descriptors: descriptors, over: socket)
    } catch {
      guard error.errno == .brokenPipe else { throw error }
      throw Self.brokenOff("it was to be sent message \(bytes.first ?? 0)")
    }
  }

  /// That the other side is gone without a word; `ProcessDescriptor.explain` knows more where that was a child.
  private static func brokenOff(_ detail: String) -> Failure {
    Failure("\(brokenOffText) (\(detail))")
  }

  private static let brokenOffText = "the other process ended before it was done"

  /// Whether a failure says no more than that the other side is gone.
  static func isBrokenOff(_ failure: Failure) -> Bool { failure.message.utf8.starts(with: brokenOffText.utf8) }

  private static func unexpected(_ message: Message) -> Failure { unexpected([message.rawValue]) }

  private static func unexpected(_ bytes: [UInt8]) -> Failure {
    Failure("unexpected message \(bytes.first ?? 0) from the other process")
  }

  /// A number in four bytes, the lowest first.
  private static func bytes(_ number: Int32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  /// The number in the four bytes after a message's type.
  private static func number(_ message: [UInt8]) -> Int32 {
    (0..<4).reduce(0) { $0 | Int32(message[1 + $1]) << Int32(8 * $1) }
  }

  /// The failure that a message is, if it is one.
  private static func failure(_ bytes: [UInt8]) -> Failure? {
    guard bytes.count >= 5, bytes[0] == Message.failure.rawValue else { return nil }
    let code = number(bytes)
    return Failure(String(decoding: bytes.dropFirst(5), as: UTF8.self), code == 0 ? nil : Errno(rawValue: code))
  }
}

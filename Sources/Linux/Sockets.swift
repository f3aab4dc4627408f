internal import CShim
internal import Glibc

/// The two ends of a pipe or of a socket pair. Taking one out leaves a hole, so that each end has one owner.
package struct DescriptorPair: ~Copyable {
  private var firstEnd: FileDescriptor?
  private var secondEnd: FileDescriptor?

  init(first: consuming FileDescriptor, second: consuming FileDescriptor) {
    firstEnd = consume first
    secondEnd = consume second
  }

  /// The reading end of a pipe. Traps when it was taken before.
  package mutating func takeFirst() -> FileDescriptor {
    guard let end = firstEnd.take() else { preconditionFailure("this end was taken before") }
    return end
  }

  /// The writing end of a pipe. Traps when it was taken before.
  package mutating func takeSecond() -> FileDescriptor {
    guard let end = secondEnd.take() else { preconditionFailure("this end was taken before") }
    return end
  }
}

/// One message with the descriptor that came along.
package struct ReceivedMessage: ~Copyable {
  package let bytes: [UInt8]
  package var descriptor: FileDescriptor?
}

/// Unix sockets and pipes.
package enum Sockets {
  /// Two connected sockets that keep the borders of messages, socketpair(2) SOCK_SEQPACKET.
  package static func messagePair() throws(Failure) -> DescriptorPair {
    var pair: [Int32] = [-1, -1]
    try check(unsafe sw_socketpair(Int32(SOCK_SEQPACKET.rawValue), &pair), "socketpair")
    return DescriptorPair(first: FileDescriptor(owning: pair[0]), second: FileDescriptor(owning: pair[1]))
  }

  /// A pipe, pipe(2): what is written to `second` is read from `first`.
  package static func pipe() throws(Failure) -> DescriptorPair {
    var pair: [Int32] = [-1, -1]
    try check(unsafe sw_pipe2(&pair, O_CLOEXEC), "pipe")
    return DescriptorPair(first: FileDescriptor(owning: pair[0]), second: FileDescriptor(owning: pair[1]))
  }

  /// Connects to the stream socket at `path`, however long the path is.
  package static func connect(_ path: String) throws(Failure) -> FileDescriptor {
    let socket = FileDescriptor(
      owning: try check(sw_socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0), "socket"))
    if path.utf8.count < 108 {
      try check(unsafe sw_connect_unix(socket.raw, path), "connect to \(path)")
    } else {
      let file = try Files.open(path, .path)
      try check(unsafe sw_connect_unix(socket.raw, "/proc/self/fd/\(file.raw)"), "connect to \(path)")
    }
    return socket
  }

  /// A datagram socket bound to `path`, which must not exist.
  package static func bindDatagram(_ path: String) throws(Failure) -> FileDescriptor {
    let socket = FileDescriptor(
      owning: try check(sw_socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0), "socket"))
    try check(unsafe sw_bind_unix(socket.raw, path), "bind \(path)")
    return socket
  }

  /// A datagram socket connected to `path`; a leading `@` means the abstract namespace and is not supported.
  package static func connectDatagram(_ path: String) throws(Failure) -> FileDescriptor {
    let socket = FileDescriptor(
      owning: try check(sw_socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0), "socket"))
    try check(unsafe sw_connect_unix(socket.raw, path), "connect to \(path)")
    return socket
  }

  /// Sends `bytes` as one message together with at most 16 descriptors, unix(7) SCM_RIGHTS.
  package static func send(
    _ bytes: [UInt8], descriptors: [Int32] = [], over socket: borrowing FileDescriptor
  ) throws(Failure) {
    var result: Int
    repeat {
      result = unsafe sw_send_descriptors(socket.raw, bytes, bytes.count, descriptors, descriptors.count, 0)
    } while result == -Int(EINTR)
    try check(result, "send message")
  }

  /// Receives one message of at most `limit` bytes with at most one descriptor; a longer one is EMSGSIZE. Empty without
  /// a descriptor: the other end was closed.
  package static func receive(
    limit: Int, over socket: borrowing FileDescriptor
  ) throws(Failure) -> ReceivedMessage {
    var descriptor: Int32 = -1
    var count = 1
    var size = 0
    let raw = socket.raw
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, filled in
      repeat {
        count = 1
        size = unsafe sw_receive_descriptors(raw, buffer.baseAddress, limit, &descriptor, &count, 0)
      } while size == -Int(EINTR)
      filled = max(size, 0)
    }
    try check(size, "receive message")
    return ReceivedMessage(bytes: bytes, descriptor: count == 1 ? FileDescriptor(owning: descriptor) : nil)
  }

  /// Reads give EAGAIN after this time without data.
  package static func setReceiveTimeout(_ socket: borrowing FileDescriptor, milliseconds: Int64) throws(Failure) {
    try check(sw_set_receive_timeout(socket.raw, milliseconds), "set receive timeout")
  }
}

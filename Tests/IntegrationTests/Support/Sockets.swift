import Glibc

/// A pipe of the test, closed at its end.
final class Pipe {
  let reading: Int32
  let writing: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw TestFailure("pipe: \(String(cString: strerror(errno)))") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (reading, writing) = (ends[0], ends[1])
  }

  func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.write(writing, bytes, bytes.count)
  }

  deinit {
    close(reading)
    close(writing)
  }
}

/// Unix socket addresses.
enum SocketAddress {
  static func with<Result>(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Result
  ) throws -> Result {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw TestFailure("\(path) is too long for a socket")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    return try withUnsafePointer(to: &address) { pointer in
      try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { try body($0, size) }
    }
  }

  static func socket(_ type: __socket_type) throws -> Int32 {
    let descriptor = Glibc.socket(AF_UNIX, Int32(type.rawValue), 0)
    guard descriptor >= 0 else { throw TestFailure("socket: \(String(cString: strerror(errno)))") }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    return descriptor
  }
}

/// A socket that takes the place of systemd's for notifications.
final class DatagramSocket {
  let path: String
  /// What was received.
  private(set) var text = ""
  private let descriptor: Int32

  init(path: String) throws {
    self.path = path
    descriptor = try SocketAddress.socket(SOCK_DGRAM)
    let bound = try SocketAddress.with(path) { bind(descriptor, $0, $1) }
    guard bound == 0 else { throw TestFailure("bind \(path): \(String(cString: strerror(errno)))") }
  }

  /// Takes what has arrived, without waiting.
  func receive() {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      guard count > 0 else { return }
      text += String(decoding: buffer.prefix(count), as: UTF8.self) + "\n"
    }
  }

  static func send(_ text: String, to path: String) throws {
    let descriptor = try SocketAddress.socket(SOCK_DGRAM)
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    let sent = try SocketAddress.with(path) { sendto(descriptor, bytes, bytes.count, 0, $0, $1) }
    guard sent == bytes.count else { throw TestFailure("send to \(path): \(String(cString: strerror(errno)))") }
  }

  deinit {
    close(descriptor)
  }
}

/// A listening socket that gets one descriptor by SCM_RIGHTS: `--console-socket` and `--pidfd-socket`.
final class DescriptorReceiver {
  let path: String
  private let listener: Int32

  init(path: String) throws {
    self.path = path
    listener = try SocketAddress.socket(SOCK_STREAM)
    let bound = try SocketAddress.with(path) { bind(listener, $0, $1) }
    guard bound == 0, listen(listener, 4) == 0 else {
      throw TestFailure("listen on \(path): \(String(cString: strerror(errno)))")
    }
  }

  /// What one connection brought: the descriptors of its first message, which the caller owns, and the message.
  func receive(seconds: Double = 10) throws -> (descriptors: [Int32], message: String) {
    let milliseconds = Int32(seconds * Patience.factor * 1000)
    var poll = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
    guard Glibc.poll(&poll, 1, milliseconds) == 1 else { throw TestFailure("nobody connected to \(path)") }
    let connection = accept(listener, nil, nil)
    defer { close(connection) }
    poll = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
    guard Glibc.poll(&poll, 1, milliseconds) == 1 else { throw TestFailure("nothing was sent to \(path)") }
    return try Self.read(connection)
  }

  /// One message with its descriptors, which the caller owns.
  static func read(_ connection: Int32) throws -> (descriptors: [Int32], message: String) {
    var data = [UInt8](repeating: 0, count: 4096)
    var control = [UInt64](repeating: 0, count: 32)
    let (count, length) = data.withUnsafeMutableBytes { data in
      control.withUnsafeMutableBytes { control in
        var vector = iovec(iov_base: data.baseAddress, iov_len: data.count)
        return withUnsafeMutablePointer(to: &vector) { vector in
          var message = msghdr()
          message.msg_iov = vector
          message.msg_iovlen = 1
          message.msg_control = control.baseAddress
          message.msg_controllen = control.count
          let count = recvmsg(connection, &message, Int32(MSG_CMSG_CLOEXEC))
          return (count, message.msg_controllen)
        }
      }
    }
    guard count >= 0 else { throw TestFailure("recvmsg: \(String(cString: strerror(errno)))") }
    let text = String(decoding: data.prefix(count), as: UTF8.self)
    // struct cmsghdr: length, level and type; then the descriptors.
    let descriptors = control.withUnsafeBytes { bytes -> [Int32] in
      guard length >= 16 else { return [] }
      let size = bytes.load(as: Int.self)
      return stride(from: 16, to: size, by: 4).map { bytes.load(fromByteOffset: $0, as: Int32.self) }
    }
    return (descriptors, text)
  }

  deinit {
    close(listener)
  }
}

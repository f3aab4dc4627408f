internal import CShim
internal import Glibc

extension Sockets {
  /// Connects a stream socket that does not block, to a path or to a name in the abstract namespace, unix(7).
  ///
  /// Throws EAGAIN when the listener's queue is full.
  package static func connectNonBlocking(_ name: String, isAbstract: Bool) throws(Failure) -> FileDescriptor {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue)
    let socket = FileDescriptor(owning: try check(sw_socket(AF_UNIX, type, 0), "socket"))
    if isAbstract {
      try check(unsafe sw_connect_abstract(socket.raw, name, name.utf8.count), "connect to @\(name)")
    } else {
      try check(unsafe sw_connect_unix(socket.raw, name), "connect to \(name)")
    }
    return socket
  }

  /// Sends what follows the first `start` of `bytes`, without a signal when the other end is closed; returns how many
  /// are sent in all. For sockets that do not block.
  package static func sendSome(
    _ bytes: [UInt8], from start: Int, over socket: borrowing FileDescriptor
  ) throws(Failure) -> Int {
    let number = socket.raw
    let result = unsafe bytes.withUnsafeBytes { buffer in
      unsafe sw_send_descriptors(number, buffer.baseAddress?.advanced(by: start), bytes.count - start, nil, 0, 0)
    }
    if result == -Int(EAGAIN) || result == -Int(EINTR) { return start }
    return start + (try check(result, "send"))
  }

  /// Sends all of `bytes` over a stream socket, with a descriptor in the first sendmsg(2).
  package static func send(
    _ bytes: [UInt8], with descriptor: borrowing FileDescriptor, over socket: borrowing FileDescriptor
  ) throws(Failure) {
    let (number, passed) = (socket.raw, [descriptor.raw])
    var done = 0
    repeat {
      let result = unsafe sw_send_descriptors(number, bytes, bytes.count, passed, 1, 0)
      if result != -Int(EINTR) { done = try check(result, "send") }
    } while done == 0
    while done < bytes.count { done = try sendSome(bytes, from: done, over: socket) }
  }
}

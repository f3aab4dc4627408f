internal import Linux
internal import RuntimeSpec

/// Where the payload's terminal goes: to the caller's console socket, or, in the foreground, to the runtime itself.
struct TerminalTransfer: ~Copyable {
  private var socket: FileDescriptor?
  private var receiving: FileDescriptor?

  /// Checks that what is wanted fits together, with runc's words, and connects the console socket.
  init(wanted: Bool, socket path: String?, detached: Bool) throws(Failure) {
    socket = nil
    receiving = nil
    if let path {
      guard wanted, detached else {
        throw Failure("cannot use console socket if swiftlet will not detach or allocate tty")
      }
      socket = try within("console socket") { () throws(Failure) in try Sockets.connect(path) }
    } else if wanted {
      guard !detached else {
        throw Failure("cannot allocate tty if swiftlet will detach without setting console socket")
      }
      var pair = try Sockets.messagePair()
      socket = pair.takeFirst()
      receiving = pair.takeSecond()
    }
  }

  /// Gives a process in the foreground the size of the caller's terminal from its first instruction on, and not when this
  /// side gets to it; unless it has one of its own.
  static func giveSize(to process: inout RuntimeSpec.Process) {
    guard process.terminal, process.consoleSize == nil, let size = Terminals.size(of: 0) else { return }
    process.consoleSize = Box(height: UInt32(size.rows), width: UInt32(size.columns))
  }

  /// The end for the child.
  mutating func takeSocket() -> FileDescriptor? {
    socket.take()
  }

  /// The terminal that the child sent to the runtime; nil when it went elsewhere or there is none.
  mutating func receiveMaster() throws(Failure) -> FileDescriptor? {
    guard let end = receiving.take() else { return nil }
    var message = try Sockets.receive(limit: 4096, over: end)
    guard let master = message.descriptor.take() else { throw Failure("the container sent no terminal") }
    return master
  }
}

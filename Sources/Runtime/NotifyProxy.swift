internal import Linux
internal import RuntimeSpec

/// Passes sd_notify(3) messages of the container on to the service manager that started the runtime.
///
/// The container gets a socket of its own below the state directory, bound to /run/notify, so that it never reaches the
/// manager's: of its messages only READY=1 is passed on, with the container's process as MAINPID.
struct NotifyProxy: ~Copyable {
  static let directory = "notify"
  static let containerDirectory = "/run/notify"
  static let variable = "NOTIFY_SOCKET=/run/notify/notify.sock"

  /// The directory with the socket, as one more mount of the container.
  static func mount(_ options: CreateOptions) -> Mount {
    Mount(
      destination: containerDirectory, type: "bind", source: "\(options.root)/\(options.id)/\(directory)",
      options: ["bind", "nosuid", "noexec", "nodev", "ro"])
  }

  private let socket: FileDescriptor
  private let manager: String

  /// Makes the directory that is bound into the container.
  static func makeDirectory(_ state: borrowing StateDirectory) throws(Failure) {
    try Files.makeDirectory(directory, at: state.descriptor, mode: 0o755)
  }

  /// Makes the socket in it, for every user of the container, when the container is started.
  init(_ state: borrowing StateDirectory, manager: String) throws(Failure) {
    let path = state.path + "/" + Self.directory
    let socket = try Sockets.bindDatagram(path + "/notify.sock")
    try Files.changeMode(path + "/notify.sock", at: .workingDirectory, 0o777)
    self.socket = socket
    self.manager = manager
  }

  /// Waits for READY=1 or the end of `process`, and passes it on.
  borrowing func forwardReady(of process: borrowing ProcessDescriptor) throws(Failure) {
    while true {
      let events = try Poll.wait(
        [(socket.raw, .readable), (process.descriptor.raw, .readable)], milliseconds: -1)
      if !events[0].isEmpty {
        let message = try socket.readSome(4096, "notify socket")
        if message.split(separator: 10).contains(where: { $0.elementsEqual("READY=1".utf8) }) {
          try send("READY=1\nMAINPID=\(process.pid)\n")
          return
        }
      } else if !events[1].isEmpty {
        return
      }
    }
  }

  private borrowing func send(_ text: String) throws(Failure) {
    let target = try Sockets.connectDatagram(manager)
    try target.write(text, manager)
  }
}

package import Linux
internal import RuntimeSpec

/// `start` (runtime.md, «start»): lets a created container's process execute its program.
package enum StartContainer {
  /// Opens exec.fifo, which the container's process waits for, then reads until it ends: the exec closes the other end,
  /// and an error comes through it as text. Then the poststart hooks run; when one fails the container is stopped.
  /// With `notifySocket`, the caller's NOTIFY_SOCKET, and a container that was created with one, it waits for READY=1 too.
  package static func run(_ container: inout Container, notifySocket: String?) throws(Failure) {
    switch try container.status() {
    case .created: break
    case .stopped: throw Failure("cannot start a container that has stopped")
    case .creating: throw Failure("cannot start a container that is still being created")
    case .running, .paused: throw Failure("cannot start an already running container")
    }
    guard let process = try container.process() else {
      throw Failure("cannot start a container that has stopped")
    }
    var notify: NotifyProxy?
    if let notifySocket, container.directory.hasNotifyDirectory() {
      notify = try NotifyProxy(container.directory, manager: notifySocket)
    }
    let fifo = try Files.open(
      StateDirectory.fifo, at: container.directory.descriptor, [.read, .nonBlocking, .noFollow])
    let text = try readUntilClosed(fifo, process)
    try container.directory.removeFifo()
    // What follows may take as long as hooks and the payload please: others must be able to kill and delete meanwhile.
    try container.directory.releaseLock()
    if !text.isEmpty { throw Failure(text) }
    try runPoststartHooks(container)
    if let proxy = notify.take() { try proxy.forwardReady(of: process) }
  }

  /// What the container's process says before it closes its end; usually nothing.
  private static func readUntilClosed(
    _ fifo: borrowing FileDescriptor, _ process: borrowing ProcessDescriptor
  ) throws(Failure) -> String {
    var text: [UInt8] = []
    while true {
      let events = try Poll.wait(
        [(fifo.raw, .readable), (process.descriptor.raw, .readable)], milliseconds: -1)
      if !events[0].isEmpty {
        let bytes = try fifo.readSome(4096, StateDirectory.fifo)
        if bytes.isEmpty { return String(decoding: text, as: UTF8.self) }
        text += bytes.prefix(8192 - text.count)
      } else if !events[1].isEmpty {
        // The process is gone, and its end of the fifo with it: what it wrote before is still to be read.
        while let bytes = try? fifo.readSome(4096, StateDirectory.fifo), !bytes.isEmpty {
          text += bytes.prefix(8192 - text.count)
        }
        if text.isEmpty { throw Failure("cannot start a container that has stopped") }
        return String(decoding: text, as: UTF8.self)
      }
    }
  }

  private static func runPoststartHooks(_ container: borrowing Container) throws(Failure) {
    guard container.record.hasLateHooks else { return }
    let hooks = try container.configuration().hooks.poststart
    try Poststart.run(hooks, container.record)
  }
}

/// The hooks that run after the container's program was started.
enum Poststart {
  /// Runs them with the state `running`; when one fails the container's process is killed.
  static func run(_ hooks: [Hook], _ record: ContainerRecord) throws(Failure) {
    guard !hooks.isEmpty else { return }
    do {
      let state = Container.state(record, status: .running)
      try HookRunner.run(hooks, .poststart, state: state, bundle: record.bundle)
    } catch {
      if let process = try Container.liveProcess(record) { try? process.signal(Signals.kill) }
      throw error
    }
  }
}

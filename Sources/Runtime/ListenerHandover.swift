internal import Linux
internal import RuntimeSpec

/// How the descriptor through which a filter's notifications are answered, seccomp_unotify(2), gets to the agent that
/// answers them (config-linux.md, `listenerPath`, «The Container Process State»).
///
/// The process that has loaded the filter must not need a system call for it: any may wait for the agent's answer already,
/// or be forbidden. So it writes the descriptor's number into memory that it shares with the runtime, and goes on when it
/// finds the runtime's word there. The runtime copies the descriptor, pidfd_getfd(2), and sends it to the agent. An
/// ordinary user's runtime may not copy it: it asks the process to send it, which takes a sendmsg(2) after all.
struct ListenerHandover: Sendable {
  private enum Answer {
    static let sent = 1
    static let sendIt = 2
  }

  private let path: String
  private let metadata: String?
  /// Whether the process can send the descriptor.
  private let maySend: Bool
  /// The descriptor's number plus 1, from the process; an `Answer` from the runtime.
  private let numbers: SharedNumbers

  /// To be made before the process is. `profile` has a listener.
  init(_ profile: LinuxSeccomp) throws(Failure) {
    guard let path = profile.listenerPath else { throw Failure("seccomp: listenerPath is not set") }
    self.path = path
    metadata = profile.listenerMetadata
    maySend = !profile.syscalls.contains { $0.action == .notify && $0.names.contains("sendmsg") }
    numbers = try SharedNumbers()
  }

  /// The process's side, directly after loading the filter: returns once the agent has the listener. The runtime ends a
  /// process whose listener it could not send, and the kernel one whose runtime has ended.
  func offer(_ listener: consuming FileDescriptor, to handshake: borrowing Handshake) throws(Failure) {
    numbers[0] = Int(listener.raw) + 1
    while numbers[1] == 0 {}
    if numbers[1] == Answer.sendIt {
      numbers[1] = 0
      try handshake.send(listener: listener)
      while numbers[1] == 0 {}
    }
    // Closed by the exec: to close it here might have to wait for the agent.
    _ = listener.release()
  }

  /// The runtime's side: waits for the listener and sends it. Returns without when the process ended before, which then
  /// has told why.
  func pass(
    from process: borrowing ProcessDescriptor, _ handshake: borrowing Handshake, _ state: State
  ) throws(Failure) {
    while numbers[0] == 0 {
      if try process.waitUntilGone(milliseconds: 1), numbers[0] == 0 { return }
    }
    do throws(Failure) {
      let listener = try receive(from: process, handshake)
      let document = ContainerProcessState(pid: process.pid, metadata: metadata, state: state).encoded()
      let socket = try Sockets.connect(path)
      try Sockets.send(document, with: listener, over: socket)
    } catch {
      throw error.within("seccomp listener")
    }
    numbers[1] = Answer.sent
  }

  private func receive(
    from process: borrowing ProcessDescriptor, _ handshake: borrowing Handshake
  ) throws(Failure) -> FileDescriptor {
    do throws(Failure) {
      return try process.copyDescriptor(Int32(numbers[0] - 1))
    } catch {
      guard error.errno == .notPermitted, maySend else { throw error }
    }
    numbers[1] = Answer.sendIt
    return try handshake.expectListener()
  }
}

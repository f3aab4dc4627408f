internal import Linux
internal import RuntimeSpec

/// How the descriptor through which a filter's notifications are answered, seccomp_unotify(2), gets to the agent that
/// answers them (config-linux.md, `listenerPath`, «The Container Process State»).
///
/// The process that has loaded the filter must not need a system call for it: any may wait for the agent's answer already,
/// or be forbidden. So it writes the descriptor's number into memory that it shares with the runtime, and goes on when it
/// finds the runtime's word there. The runtime copies the descriptor, pidfd_getfd(2), and sends it to the agent.
struct ListenerHandover: Sendable {
  private let path: String
  private let metadata: String?
  /// The descriptor's number plus 1, from the process; 1 from the runtime once the agent has the descriptor.
  private let numbers: SharedNumbers

  /// To be made before the process is. `profile` has a listener.
  init(_ profile: LinuxSeccomp) throws(Failure) {
    guard let path = profile.listenerPath else { throw Failure("seccomp: listenerPath is not set") }
    self.path = path
    metadata = profile.listenerMetadata
    numbers = try SharedNumbers()
  }

  /// The process's side, directly after loading the filter: returns once the agent has the listener. The runtime ends a
  /// process whose listener it could not send, and the kernel one whose runtime has ended.
  func offer(_ listener: consuming FileDescriptor) {
    // Closed by the exec: to close it here might have to wait for the agent.
    numbers[0] = Int(listener.release()) + 1
    while numbers[1] == 0 {}
  }

  /// The runtime's side: waits for the listener and sends it. Returns without when the process ended before, which then
  /// has told why.
  func pass(from process: borrowing ProcessDescriptor, _ state: State) throws(Failure) {
    while numbers[0] == 0 {
      if try process.waitUntilGone(milliseconds: 1), numbers[0] == 0 { return }
    }
    do throws(Failure) {
      let listener = try process.copyDescriptor(Int32(numbers[0] - 1))
      let document = ContainerProcessState(pid: process.pid, metadata: metadata, state: state).encoded()
      let socket = try Sockets.connect(path)
      try Sockets.send(document, with: listener, over: socket)
    } catch {
      throw error.within("seccomp listener")
    }
    numbers[1] = 1
  }
}

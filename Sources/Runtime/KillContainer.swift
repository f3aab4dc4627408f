internal import Cgroups
package import Linux

/// `kill` (runtime.md, «kill»). It takes no lock: a pidfd cannot hit another process, and a container whose hook hangs
/// in `start` must be killable.
package enum KillContainer {
  /// Sends `signal` to the container's process; with `all`, to every process in its cgroup.
  ///
  /// Throws `container not running`, which engines look for, when it has stopped; with `all` that is no error.
  package static func run(_ container: borrowing Container, signal: Int32, all: Bool) throws(Failure) {
    if all {
      try container.cgroup().signalAll(signal)
      return
    }
    guard let process = try container.process() else { throw Failure("container not running") }
    do {
      try process.signal(signal)
    } catch {
      if error.errno == .noSuchProcess { throw Failure("container not running") }
      throw error
    }
    // A process that is frozen takes no signal: the kernel delivers SIGKILL when it is thawed (v1).
    if signal == Signals.kill, container.isPaused() { try? container.cgroup().thaw() }
  }
}

import Cgroups
import Linux

extension ProcessDescriptor {
  /// What to say when the conversation with this child broke off with `failure`: how the child ended, where the failure
  /// says no more than that it did. `cgroup` is the one that the child is in.
  borrowing func explain(_ failure: Failure, _ cgroup: Cgroup) -> Failure {
    guard Handshake.isBrokenOff(failure), (try? waitUntilGone(milliseconds: 1000)) == true, let end = try? peek() else {
      return failure
    }
    switch end {
    case .signalled(Signals.kill) where ((try? cgroup.outOfMemoryKills()) ?? 0) > 0:
      return Failure("the container's process was killed for want of memory: is the memory limit too low?")
    case .signalled(let signal):
      return Failure("the container's process was killed by signal \(signal) before it ran its program")
    case .exited(let code):
      return Failure("the container's process ended with exit code \(code) before it ran its program")
    }
  }
}

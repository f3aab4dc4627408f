internal import Cgroups
package import Linux
internal import RuntimeSpec

/// `pause` and `resume`: the cgroup's freezer.
package enum PauseContainer {
  /// Freezes every process of a created or running container.
  ///
  /// Throws `container not running` for any other.
  package static func pause(_ container: borrowing Container) throws(Failure) {
    let status = try container.status()
    guard status == .running || status == .created else { throw Failure("container not running") }
    try container.cgroup().freeze()
  }

  /// Throws `container not paused` for a container that is not.
  package static func resume(_ container: borrowing Container) throws(Failure) {
    guard try container.status() == .paused || container.isPaused() else { throw Failure("container not paused") }
    try container.cgroup().thaw()
  }
}

package import Linux
package import RuntimeSpec

/// What the runtime needs of a container's cgroup, whoever makes it: the cgroupfs driver (`Cgroup`) on v1, v2 and
/// hybrid machines; the systemd driver, which asks systemd for the directories and then works on them as `Cgroup`.
///
/// The order of calls in a container's life: `create`, `apply`, then the process is born in `openForClone` or moved by
/// `add`, so that limits hold before its first instruction; later `add` for exec, `apply` for update, `freeze` and
/// `thaw`, `processes`, `signalAll`; at the end `destroy`. Statistics and out-of-memory events will join them.
package protocol CgroupDriver: Sendable {
  /// The container's directories, as runc's state.json keeps them in `cgroup_paths`: by controller for v1, under the
  /// empty name for v2.
  var paths: [(controller: String, path: String)] { get }

  /// Makes the cgroup in every hierarchy, with the controllers that `resources` needs; on failure nothing is left.
  ///
  /// - Parameter skippingForbidden: leave out each hierarchy in which the caller may not make one.
  /// - Throws: when a cgroup of that name exists and holds processes or is frozen.
  mutating func create(for resources: LinuxResources, skippingForbidden: Bool) throws(Failure)

  /// Sets the limits that are present in `resources`; nothing else changes.
  func apply(_ resources: LinuxResources, devices: DeviceHandling) throws(Failure)

  /// The v2 directory for clone3(2) CLONE_INTO_CGROUP; nil when there is no v2 hierarchy.
  func openForClone() throws(Failure) -> FileDescriptor?

  /// Moves a process into the cgroup of every hierarchy, but not v2 when it was `bornInUnified`. With the systemd driver
  /// the first one brings the cgroup into being, limits and all.
  mutating func add(_ pid: Int32, bornInUnified: Bool) throws(Failure)

  /// Gives a v2 cgroup to the container's root user, who may then make cgroups below it and move processes among them
  /// (cgroup-v2.rst, «Delegation»); nothing on v1, where that is not safe.
  func delegate(to uid: UInt32) throws(Failure)

  /// Whether the cgroup exists.
  func exists() throws(Failure) -> Bool

  /// Stops all processes, and waits until they are.
  func freeze() throws(Failure)

  /// Lets all processes go on.
  func thaw() throws(Failure)

  /// Whether the cgroup was told to freeze; false when it is gone.
  func isFrozen() throws(Failure) -> Bool

  /// The ids of all processes in the cgroup and those below it, in the caller's pid namespace.
  func processes() throws(Failure) -> [Int32]

  /// Sends a signal to all processes. After SIGKILL none is left, even of a frozen cgroup, or it throws.
  func signalAll(_ signal: Int32) throws(Failure)

  /// Removes the container's cgroups and those that it made below them, never one above; missing ones are fine.
  func destroy() throws(Failure)
}

/// What `apply` does about devices.
package enum DeviceHandling: Sendable, Equatable {
  /// Set the rules, on a cgroup that was just created.
  case set
  /// Set the rules, on a cgroup in use: no device that stays allowed is denied for a moment.
  case update
  /// As `set`, but leave out what the caller lacks the privilege for (rootless).
  case attempt
  /// Leave the devices alone.
  case keep
}

extension Failure {
  /// Whether the caller lacks the privilege for what it tried with a cgroup. A rootless runtime goes on without a
  /// cgroup then, if none was asked for.
  package var isForbidden: Bool {
    errno == .notPermitted || errno == .accessDenied || errno == .readOnlyFileSystem
  }
}

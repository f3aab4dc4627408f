internal import Cgroups
package import Linux
internal import RuntimeSpec

/// `delete` (runtime.md, «delete»): undoes what `create` made.
package enum DeleteContainer {
  /// How long a killed process may take to end.
  private static let patience: Int64 = 10_000

  /// Deletes a stopped container; with `force` one in any state, after killing every process of it. Returns warnings:
  /// poststop hooks that failed.
  package static func run(_ id: ContainerID, root: String, force: Bool) throws(Failure) -> [String] {
    guard let directory = try StateDirectory.openIfPresent(id, root: root) else {
      if force { return [] }
      throw StateDirectory.missing
    }
    // A command that hangs in a hook holds the lock: without its container it fails, and lets go.
    if force { killIfRecorded(directory) }
    guard try directory.acquireLockIfPresent() else {
      if force { return [] }
      throw StateDirectory.missing
    }
    guard let bytes = try directory.read(StateDirectory.record),
      let record = try? ContainerRecord(decoding: bytes, file: directory.path)
    else {
      // `create` was killed before it wrote anything else.
      guard force else { throw StateDirectory.missing }
      try directory.remove()
      return []
    }
    return try delete(directory, record, force: force)
  }

  private static func killIfRecorded(_ directory: borrowing StateDirectory) {
    guard let bytes = try? directory.read(StateDirectory.record),
      let record = try? ContainerRecord(decoding: bytes, file: directory.path),
      let process = try? Container.liveProcess(record)
    else { return }
    try? process.signal(Signals.kill)
  }

  private static func delete(
    _ directory: borrowing StateDirectory, _ record: ContainerRecord, force: Bool
  ) throws(Failure) -> [String] {
    let cgroup = try record.cgroup()
    if let process = try Container.liveProcess(record) {
      let created = directory.hasFifo()
      guard force || created else {
        let status = (try? cgroup.isFrozen()) == true ? "paused" : "running"
        throw Failure("cannot delete container \(record.id) that is not stopped: \(status)")
      }
      try? process.signal(Signals.kill)
      try? cgroup.thaw()
      if try !process.waitUntilGone(milliseconds: patience) {
        throw Failure("container process \(record.pid) is still alive \(patience / 1000) s after SIGKILL")
      }
    }
    return try clean(directory, record, cgroup, hooks: record.hasLateHooks ? poststopHooks(directory) : [])
  }

  /// Deletes the container of `run`, whose process has just ended. Another `delete` may have been faster.
  static func afterEnd(
    _ directory: borrowing StateDirectory, _ record: ContainerRecord, hooks: [Hook]
  ) throws(Failure) -> [String] {
    guard try directory.acquireLockIfPresent() else { return [] }
    return try clean(directory, record, record.cgroup(), hooks: hooks)
  }

  /// Deletes a container whose processes criu has ended after it had dumped them.
  static func afterDump(
    _ directory: borrowing StateDirectory, _ record: ContainerRecord
  ) throws(Failure) -> [String] {
    if let process = try Container.liveProcess(record), try !process.waitUntilGone(milliseconds: patience) {
      throw Failure("container process \(record.pid) is still alive after it was dumped")
    }
    return try clean(directory, record, record.cgroup(), hooks: record.hasLateHooks ? poststopHooks(directory) : [])
  }

  private static func clean(
    _ directory: borrowing StateDirectory, _ record: ContainerRecord, _ cgroup: ContainerCgroup, hooks: [Hook]
  ) throws(Failure) -> [String] {
    if !cgroup.removeIfEmpty() {
      // Without a pid namespace of its own the container may have left processes behind.
      try cgroup.signalAll(Signals.kill)
      try cgroup.destroy()
    }
    if let group = record.intelRdt { try group.destroy(in: group.tree) }
    let warning = try record.removeHostRootMount()
    try directory.remove()
    return (warning.map { [$0] } ?? []) + Poststop.run(hooks, record)
  }

  private static func poststopHooks(_ directory: borrowing StateDirectory) -> [Hook] {
    guard let bytes = try? directory.read(StateDirectory.configuration),
      let text = try? Configuration.text(bytes, file: StateDirectory.configuration),
      let spec = try? Configuration.decode(text, skipping: .seccomp)
    else { return [] }
    return spec.hooks.poststop
  }
}

/// The hooks that run after the container was destroyed.
enum Poststop {
  /// Runs all of them; a failing one becomes a warning, and the next follows (runtime.md, «Lifecycle» 13).
  static func run(_ hooks: [Hook], _ record: ContainerRecord) -> [String] {
    guard !hooks.isEmpty else { return [] }
    let state = Container.state(record, status: .stopped)
    var warnings: [String] = []
    for hook in hooks {
      do {
        try HookRunner.run([hook], .poststop, state: state, bundle: record.bundle)
      } catch {
        warnings.append(error.description)
      }
    }
    return warnings
  }
}

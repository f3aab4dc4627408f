internal import Cgroups
package import Linux
package import RuntimeSpec

/// An existing container: its state directory, what was recorded of it, and its status, which is computed each time.
package struct Container: ~Copyable {
  package var directory: StateDirectory
  package var record: ContainerRecord

  /// Loads a container. With `locked`, other commands that change it wait until this value is gone. Another user's can
  /// only be had with `isOnlyRead`, to report of it.
  package init(_ id: ContainerID, root: String, locked: Bool, isOnlyRead: Bool = false) throws(Failure) {
    let directory = try StateDirectory.open(id, root: root, isOnlyRead: isOnlyRead)
    if locked { try directory.acquireLock() }
    guard let bytes = try directory.read(StateDirectory.record) else {
      throw StateDirectory.missing
    }
    self.record = try ContainerRecord(decoding: bytes, file: directory.path + "/" + StateDirectory.record)
    self.directory = directory
  }

  /// The container's process while it lives: the one with the recorded start time, in the recorded boot.
  package borrowing func process() throws(Failure) -> ProcessDescriptor? {
    try Self.liveProcess(record)
  }

  static func liveProcess(_ record: ContainerRecord) throws(Failure) -> ProcessDescriptor? {
    guard record.pid > 0, record.bootID == Processes.bootID() else { return nil }
    // First the descriptor, then the start time: the pid cannot change its owner in between unnoticed.
    guard let process = try ProcessDescriptor.open(record.pid),
      Processes.startTime(of: record.pid) == record.processStart
    else { return nil }
    return process
  }

  package borrowing func status() throws(Failure) -> ContainerStatus {
    if record.pid == 0 { return .creating }
    guard record.bootID == Processes.bootID(), Processes.startTime(of: record.pid) == record.processStart else {
      return .stopped
    }
    if !record.isReady { return .creating }
    if isPaused() { return .paused }
    return directory.hasFifo() ? .created : .running
  }

  /// The cgroup's own word: a container that somebody else froze is paused too.
  package borrowing func isPaused() -> Bool {
    (try? cgroup().isFrozen()) ?? false
  }

  /// The name of the user whose state directory it is, as `list` shows it.
  package borrowing func ownerName() throws(Failure) -> String {
    Accounts.name(of: try FileStatus.of(at: directory.descriptor).uid)
  }

  /// The ids of the processes in the container's cgroup and below.
  package borrowing func processes() throws(Failure) -> [Int32] {
    if record.cgroupPaths.isEmpty { return try processesOfNamespace() }
    return try cgroup().processes()
  }

  /// Those in the pid namespace of the container's process: what can be known of a rootless container without a cgroup.
  private borrowing func processesOfNamespace() throws(Failure) -> [Int32] {
    guard try process() != nil else { return [] }
    let own = try? Files.readLink("/proc/self/ns/pid")
    guard let namespace = try? Files.readLink("/proc/\(record.pid)/ns/pid"), namespace != own else {
      return [record.pid]
    }
    return try Files.list(Files.open("/proc", .directory), "/proc").compactMap { Int32($0) }.filter { pid in
      (try? Files.readLink("/proc/\(pid)/ns/pid")) == namespace
    }.sorted()
  }

  /// The container's cgroup, by its recorded directories.
  borrowing func cgroup() -> Cgroup {
    Cgroup(paths: record.cgroupPaths.map { ($0.key, $0.value) })
  }

  /// The configuration as it was at create, without `linux.seccomp`: its filter was compiled then.
  package borrowing func configuration() throws(Failure) -> Spec {
    try Configuration.decode(configurationText(), skipping: .seccomp)
  }

  /// The text of the configuration as it was at create.
  borrowing func configurationText() throws(Failure) -> ConfigurationText {
    guard let bytes = try directory.read(StateDirectory.configuration) else {
      throw Failure("\(directory.path)/\(StateDirectory.configuration)", .notFound)
    }
    return try Configuration.text(bytes, file: "\(directory.path)/\(StateDirectory.configuration)")
  }

  /// The state as hooks get it (runtime.md, «State»).
  static func state(_ record: ContainerRecord, status: ContainerStatus) -> [UInt8] {
    stateDocument(record, status: status).encoded()
  }

  static func stateDocument(_ record: ContainerRecord, status: ContainerStatus) -> State {
    State(
      ociVersion: record.ociVersion, id: record.id, status: status, pid: status == .stopped ? 0 : record.pid,
      bundle: record.bundle, annotations: OrderedMap(record.annotations))
  }

  /// What `state` and `list` print.
  package borrowing func report() throws(Failure) -> ContainerReport {
    let status = try status()
    return ContainerReport(
      state: State(
        ociVersion: record.ociVersion, id: record.id, status: status, pid: status == .stopped ? 0 : record.pid,
        bundle: record.bundle, annotations: OrderedMap(record.annotations)),
      rootfs: record.rootfs, created: record.created, owner: record.owner)
  }
}

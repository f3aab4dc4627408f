package import Linux
package import RuntimeSpec

/// A container's cgroup, by whichever driver it is made.
package enum ContainerCgroup: CgroupDriver, Equatable {
  case cgroupfs(Cgroup)
  case systemd(SystemdCgroup)

  /// The directories.
  package var files: Cgroup {
    switch self {
    case .cgroupfs(let cgroup): cgroup
    case .systemd(let cgroup): cgroup.files
    }
  }

  package var paths: [(controller: String, path: String)] { files.paths }

  package mutating func create(for resources: LinuxResources, skippingForbidden: Bool) throws(Failure) {
    switch self {
    case .cgroupfs(var cgroup):
      try cgroup.create(for: resources, skippingForbidden: skippingForbidden)
      self = .cgroupfs(cgroup)
    case .systemd(var cgroup):
      try cgroup.create(for: resources, skippingForbidden: skippingForbidden)
      self = .systemd(cgroup)
    }
  }

  package func apply(_ resources: LinuxResources, devices: DeviceHandling) throws(Failure) {
    switch self {
    case .cgroupfs(let cgroup): try cgroup.apply(resources, devices: devices)
    case .systemd(let cgroup): try cgroup.apply(resources, devices: devices)
    }
  }

  /// Changes limits of a cgroup in use; when one is refused, all are as they were before.
  package func update(_ resources: LinuxResources, devices: DeviceHandling) throws(Failure) {
    switch self {
    case .cgroupfs(let cgroup): try cgroup.update(resources, devices: devices)
    case .systemd(let cgroup): try cgroup.update(resources, devices: devices)
    }
  }

  package func openForClone() throws(Failure) -> FileDescriptor? {
    switch self {
    case .cgroupfs(let cgroup): try cgroup.openForClone()
    case .systemd(let cgroup): try cgroup.openForClone()
    }
  }

  /// The way in for a process that enters by itself; none when systemd moves it.
  package func openEntrance() throws(Failure) -> CgroupEntrance {
    switch self {
    case .cgroupfs(let cgroup): try cgroup.openEntrance()
    case .systemd: CgroupEntrance()
    }
  }

  /// Whether the process has to be moved by `place`, and cannot enter by itself.
  package var movesProcess: Bool {
    switch self {
    case .cgroupfs: false
    case .systemd: true
    }
  }

  /// Removes the directories when nobody is in them; false when somebody is, or systemd has to be asked.
  package func removeIfEmpty() -> Bool {
    switch self {
    case .cgroupfs(let cgroup): cgroup.removeIfEmpty()
    case .systemd: false
    }
  }

  /// Moves a process that could not be born in its cgroup, or that systemd is to move.
  package mutating func place(_ pid: Int32) throws(Failure) {
    switch self {
    case .cgroupfs(let cgroup): try cgroup.addToUnified(pid)
    case .systemd(var cgroup):
      defer { self = .systemd(cgroup) }
      try cgroup.add(pid)
    }
  }

  package mutating func add(_ pid: Int32, bornInUnified: Bool) throws(Failure) {
    switch self {
    case .cgroupfs(let cgroup): try cgroup.add(pid, bornInUnified: bornInUnified)
    case .systemd(var cgroup):
      defer { self = .systemd(cgroup) }
      try cgroup.add(pid, bornInUnified: bornInUnified)
    }
  }

  package func delegate(to uid: UInt32) throws(Failure) { try files.delegate(to: uid) }
  package func exists() throws(Failure) -> Bool { try files.exists() }
  package func freeze() throws(Failure) { try files.freeze() }
  package func thaw() throws(Failure) { try files.thaw() }
  package func isFrozen() throws(Failure) -> Bool { try files.isFrozen() }
  package func processes() throws(Failure) -> [Int32] { try files.processes() }
  package func signalAll(_ signal: Int32) throws(Failure) { try files.signalAll(signal) }

  package func destroy() throws(Failure) {
    switch self {
    case .cgroupfs(let cgroup): try cgroup.destroy()
    case .systemd(let cgroup): try cgroup.destroy()
    }
  }
}

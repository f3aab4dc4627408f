package import Linux
package import RuntimeSpec

extension Cgroup {
  package mutating func create(
    for resources: LinuxResources, skippingForbidden: Bool = false
  ) throws(Failure) {
    var made: [String] = []
    do throws(Failure) {
      var index = 0
      while index < directories.count {
        let before = made.count
        do throws(Failure) {
          try Self.make(directories[index], for: resources, isPureUnified: isPureUnified, &made)
          index += 1
        } catch {
          guard skippingForbidden, error.isForbidden else { throw error }
          Self.remove(&made, downTo: before)
          refusals.append(Refusal(controllers: directories[index].controllers, reason: error.description))
          directories.remove(at: index)
        }
      }
    } catch {
      Self.remove(&made, downTo: 0)
      throw error
    }
  }

  /// Removes what was made, the last first.
  private static func remove(_ made: inout [String], downTo count: Int) {
    while made.count > count, let path = made.popLast() {
      try? Files.remove(path, isDirectory: true)
    }
  }

  /// Takes over what systemd made: makes the directories in the hierarchies that it leaves alone, and gives controllers
  /// that are not its business.
  ///
  /// Throws ENOENT when systemd made the v2 cgroup elsewhere.
  func adopt(for resources: LinuxResources) throws(Failure) {
    var made: [String] = []
    for directory in directories {
      if directory.isUnified {
        _ = try CgroupDirectory(directory.path)
        try SubtreeControl.enable(directory, for: resources, isPureUnified: isPureUnified)
      } else {
        let isFresh = try Self.makeDirectory(directory.path, below: directory.mountPoint, &made)
        guard directory.controllers.contains("cpuset") else { continue }
        try CpusetInheritance.fill(
          directory.path, below: directory.mountPoint ?? "", with: resources.cpu, isFresh: isFresh)
      }
    }
  }

  /// Throws when the cgroup is there already and in use.
  func checkUnused() throws(Failure) {
    for directory in directories { try Self.checkUnused(directory) }
  }

  private static func make(
    _ directory: Directory, for resources: LinuxResources, isPureUnified: Bool, _ made: inout [String]
  ) throws(Failure) {
    let isFresh = try makeDirectory(directory.path, below: directory.mountPoint, &made)
    if !isFresh { try checkUnused(directory) }
    if directory.controllers.contains("cpuset") {
      try CpusetInheritance.fill(
        directory.path, below: directory.mountPoint ?? "", with: resources.cpu, isFresh: isFresh)
    }
    if directory.isUnified {
      try SubtreeControl.enable(directory, for: resources, isPureUnified: isPureUnified)
    }
  }

  /// Makes `path` and what is missing between it and the mount; false when `path` was there.
  private static func makeDirectory(
    _ path: String, below mountPoint: String?, _ made: inout [String]
  ) throws(Failure) -> Bool {
    do throws(Failure) {
      try Files.makeDirectory(path)
    } catch {
      if error.errno == .exists { return false }
      guard error.errno == .notFound, let mountPoint, let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")),
        path.utf8.distance(from: path.startIndex, to: slash) > mountPoint.utf8.count
      else { throw Failure("make cgroup \(path)", error.errno) }
      _ = try makeDirectory(String(path[..<slash]), below: mountPoint, &made)
      return try makeDirectory(path, below: nil, &made)
    }
    made.append(path)
    return true
  }

  /// A cgroup that is there already may be used when nobody else does: limits would hit foreign processes, and
  /// `delete` would kill them; in a frozen one the container would hang.
  private static func checkUnused(_ directory: Directory) throws(Failure) {
    guard let open = try CgroupDirectory.ifPresent(directory.path) else { return }
    let count = try CgroupTree.processes(open).count
    if count > 0 { throw Failure("container's cgroup is not empty: \(count) process(es) found in \(directory.path)") }
    if try Freezer.isFrozen(directory) { throw Failure("container's cgroup unexpectedly frozen: \(directory.path)") }
  }
}

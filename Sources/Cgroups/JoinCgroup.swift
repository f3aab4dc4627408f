package import Linux

extension Cgroup {
  package func openForClone() throws(Failure) -> FileDescriptor? {
    guard let unified else { return nil }
    return try CgroupDirectory(unified.path, isKnown: unified.isDetected).intoDescriptor()
  }

  package func add(_ pid: Int32, bornInUnified: Bool = false) throws(Failure) {
    for directory in directories where !(bornInUnified && directory.isUnified) {
      try Self.move(pid, into: directory)
    }
  }

  /// Where an exec goes that may not join the container's v2 cgroup: the kernel says EBUSY when the container gave
  /// controllers to cgroups below, as systemd in a container does. That is the cgroup that its init process is in.
  ///
  /// Throws when that one is not the container's own or below it.
  package func following(initProcess pid: Int32, in hierarchies: CgroupHierarchies) throws(Failure) -> Cgroup {
    guard let hierarchy = hierarchies.unified, let index = directories.firstIndex(where: { $0.isUnified }) else {
      return self
    }
    let text = try Files.read("/proc/\(pid)/cgroup")
    var components = OwnCgroups.parse(text).first { $0.controllers.isEmpty }?.path.pathNames ?? []
    let root = hierarchy.root.pathNames
    guard components.starts(with: root), !components.contains("..") else {
      throw Failure("the cgroup of process \(pid) is not visible below \(hierarchy.mountPoint)")
    }
    components.removeFirst(root.count)
    let path = hierarchy.mountPoint + "/" + components.joined(separator: "/")
    guard path.isPath(atOrBelow: directories[index].path) else {
      throw Failure("process \(pid) has left the container's cgroup \(directories[index].path)")
    }
    var result = self
    result.directories[index].path = path
    return result
  }

  package func delegate(to uid: UInt32) throws(Failure) {
    guard isPureUnified, let unified else { return }
    let directory = try CgroupDirectory(unified.path)
    try Self.changeOwner("", of: directory, uid)
    // Since Linux 4.15 the kernel lists the files that go with the directory.
    let names = (try? Files.read("/sys/kernel/cgroup/delegate")).map { CgroupDirectory.text($0) }
    for name in (names ?? "cgroup.procs\ncgroup.subtree_control\ncgroup.threads").split(separator: "\n") {
      do throws(Failure) {
        try Self.changeOwner(String(name), of: directory, uid)
      } catch {
        // Of controllers that the cgroup does not have.
        if error.errno != .notFound { throw error }
      }
    }
  }

  private static func changeOwner(
    _ file: String, of directory: borrowing CgroupDirectory, _ uid: UInt32
  ) throws(Failure) {
    do throws(Failure) {
      try Files.changeOwner(file, at: directory.descriptor, uid: uid, gid: .max)
    } catch {
      throw Failure("change owner of \(directory.path)\(file.isEmpty ? "" : "/")\(file)", error.errno)
    }
  }

  static func move(_ pid: Int32, into directory: Directory) throws(Failure) {
    var attempt = 0
    while true {
      do throws(Failure) {
        let file = try CgroupDirectory.open("cgroup.procs", of: directory.path, .write)
        try file.write(String(pid), "cgroup.procs")
        return
      } catch {
        attempt += 1
        // EINVAL may mean that the process is only just being born.
        if error.errno == .invalidArgument, attempt < 5 {
          try Sleep.milliseconds(10)
          continue
        }
        throw Failure("move process \(pid) into cgroup \(directory.path)", error.errno)
      }
    }
  }
}

extension CgroupDirectory {
  /// The descriptor alone.
  consuming func intoDescriptor() -> FileDescriptor { descriptor }
}

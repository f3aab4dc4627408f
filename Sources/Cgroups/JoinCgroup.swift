package import Linux

extension Cgroup {
  package func openForClone() throws(Failure) -> FileDescriptor? {
    guard let unified else { return nil }
    return try CgroupDirectory(unified.path).intoDescriptor()
  }

  package func add(_ pid: Int32, bornInUnified: Bool = false) throws(Failure) {
    for directory in directories where !(bornInUnified && directory.isUnified) {
      try Self.write(pid, to: directory)
    }
  }

  private static func write(_ pid: Int32, to directory: Directory) throws(Failure) {
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

import Linux

/// Walks over a cgroup and those below it, which the container may have made as many and as deep as it liked: one
/// descriptor at a time and no recursion.
enum CgroupTree {
  private struct Level {
    /// As the container chose it: the kernel takes any bytes but a newline.
    var name: PathBytes
    var path: String
    var children: [PathBytes]
  }

  /// Calls `enter` with each cgroup from the top down, and `leave` with the parent and name of each cgroup below the
  /// top one after all below it.
  private static func walk(
    _ top: borrowing CgroupDirectory,
    enter: (borrowing FileDescriptor, String) throws(Failure) -> Void,
    leave: (borrowing FileDescriptor, PathBytes, String) throws(Failure) -> Void
  ) throws(Failure) {
    try enter(top.descriptor, top.path)
    let children = try subgroups(top.descriptor, top.path)
    if children.isEmpty { return }
    var current = try top.descriptor.duplicate()
    var levels = [Level(name: PathBytes([]), path: top.path, children: children)]
    while let last = levels.indices.last {
      if let name = levels[last].children.popLast() {
        guard let next = try child(name, of: current) else { continue }
        current = next
        // Only the last two names: error messages need no more, and the whole would grow with the square of the depth.
        let path = last == 0 ? "\(top.path)/\(name)" : "\(top.path)/.../\(levels[last].name)/\(name)"
        levels.append(Level(name: name, path: path, children: []))
        try enter(current, path)
        levels[last + 1].children = try subgroups(current, path)
      } else {
        let done = levels.removeLast()
        guard last > 0 else { return }
        let parent = try Files.open("..", at: current, .directory, resolve: [.noCrossDevice, .noSymbolicLinks])
        current = parent
        try leave(current, done.name, done.path)
      }
    }
  }

  private static func child(_ name: PathBytes, of parent: borrowing FileDescriptor) throws(Failure) -> FileDescriptor? {
    try Files.openIfPresent(
      name, at: parent, [.directory, .noFollow], resolve: [.beneath, .noCrossDevice, .noSymbolicLinks])
  }

  private static func subgroups(_ directory: borrowing FileDescriptor, _ path: String) throws(Failure) -> [PathBytes] {
    // cgroupfs counts subdirectories in the links: most cgroups have none, and need no listing of their files.
    if try FileStatus.of(at: directory).links <= 2 { return [] }
    return try Files.listDirectories(directory, path)
  }

  /// The processes in the cgroup and all below it, without those that the caller's pid namespace does not show.
  static func processes(_ top: borrowing CgroupDirectory) throws(Failure) -> [Int32] {
    var result: [Int32] = []
    try walk(top) { (directory, path) throws(Failure) in
      try read(directory, path, "cgroup.procs", into: &result)
    } leave: { (_, _, _) throws(Failure) in
    }
    return result
  }

  private static func read(
    _ directory: borrowing FileDescriptor, _ path: String, _ file: String, into result: inout [Int32]
  ) throws(Failure) {
    let bytes: [UInt8]
    do throws(Failure) {
      bytes = try Files.open(file, at: directory, [.read, .noFollow]).readAll(limit: 1 << 26, "\(path)/\(file)")
    } catch {
      // Gone in the meantime; or a threaded v2 cgroup, whose processes are those of its domain.
      if error.errno == .notFound || error.errno == .noDevice { return }
      if error.errno == .notSupported, file == "cgroup.procs" {
        return try read(directory, path, "cgroup.threads", into: &result)
      }
      throw Failure("read \(path)/\(file)", error.errno)
    }
    var number: Int32 = 0
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        if number > 0 { result.append(number) }
        number = 0
      } else {
        number = number &* 10 &+ Int32(byte) &- 48
      }
    }
  }

  /// Removes all cgroups below `top`, the deepest first.
  static func removeChildren(_ top: borrowing CgroupDirectory, by deadline: Deadline) throws(Failure) {
    try walk(top) { (_, _) throws(Failure) in
    } leave: { (parent, name, path) throws(Failure) in
      var pause: Int64 = 1
      while true {
        do throws(Failure) {
          return try Files.remove(name, at: parent, isDirectory: true)
        } catch {
          if error.errno == .notFound { return }
          guard error.errno == .busy, !deadline.hasPassed else {
            throw Failure("remove cgroup \(path)", error.errno)
          }
          try Sleep.milliseconds(pause)
          pause = min(pause * 2, 64)
        }
      }
    }
  }
}

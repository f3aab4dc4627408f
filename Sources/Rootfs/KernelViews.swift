internal import Linux

/// The container's /proc and /sys as they were mounted: paths below them are resolved from these mounts and not by their
/// names.
///
/// Whoever shares the root file system can exchange the directory that a procfs is mounted on with another one, in the
/// container too. By name a path below it would be missing then, so that it is neither masked nor made read-only, while
/// the container finds the procfs under its new name (the race of CVE-2019-19921, against masks).
struct KernelViews: ~Copyable {
  /// What has to be found on a directory.
  private enum Expected: Equatable {
    case type(FileSystemType)
    /// A bind mount.
    case mount
  }

  private static let proc = ContainerPath("/proc")
  private static let sys = ContainerPath("/sys")

  private var expectedProc: Expected?
  private var expectedSys: Expected?
  private var openProc: RootDescriptor?
  private var openSys: RootDescriptor?

  /// What `mounts` put on /proc and /sys, the last of them on each.
  init(_ mounts: [MountOperation]) {
    for mount in mounts {
      if mount.destination == Self.proc {
        expectedProc = Self.expected(after: mount, before: expectedProc)
      } else if mount.destination == Self.sys {
        expectedSys = Self.expected(after: mount, before: expectedSys)
      }
    }
  }

  private static func expected(after mount: MountOperation, before: Expected?) -> Expected? {
    switch mount.kind {
    case .fileSystem("proc"): .type(.proc)
    case .fileSystem("sysfs"): .type(.sysfs)
    case .fileSystem, .cgroup: .mount
    case .remount: before
    // It may be left out; then what was there before is still a mount. Only a procfs is ever bound on /proc.
    case .bind where mount.extras.toleratesMissingSource: before == nil || before == .type(.proc) ? before : .mount
    case .bind: mount.destination == proc ? .type(.proc) : .mount
    }
  }

  /// Opens what is at `path`, as `RootDescriptor.resolve` does. Throws when it is below /proc or /sys and what was mounted
  /// there is not to be found.
  mutating func resolve(
    _ path: ContainerPath, _ flags: OpenFlags = .path, in root: borrowing RootDescriptor
  ) throws(Failure) -> FileDescriptor {
    if let expectedProc, let below = path.below(Self.proc) {
      if openProc == nil { openProc = try Self.open(Self.proc, expectedProc, root) }
      if let found = try openProc?.resolve(below, flags) { return found }
    } else if let expectedSys, let below = path.below(Self.sys) {
      if openSys == nil { openSys = try Self.open(Self.sys, expectedSys, root) }
      if let found = try openSys?.resolve(below, flags) { return found }
    }
    return try root.resolve(path, flags)
  }

  /// Tells that something was mounted on `path`: of what it covers, nothing is to be looked up any more.
  mutating func cover(_ path: ContainerPath, hides: Bool) {
    if path == Self.proc {
      openProc = nil
      if hides { expectedProc = nil }
    } else if path == Self.sys {
      openSys = nil
      if hides { expectedSys = nil }
    }
  }

  private static func open(
    _ path: ContainerPath, _ expected: Expected, _ root: borrowing RootDescriptor
  ) throws(Failure) -> RootDescriptor {
    let file = try root.resolve(path, [.path, .directory], links: expected == .mount ? .followed : .refused)
    switch expected {
    case .type(let type):
      guard try FileSystemType.of(file) == type else { throw Failure("\"\(path)\" is not what was mounted on it") }
    case .mount:
      guard try FileStatus.of(at: file).isMountRoot else { throw Failure("\"\(path)\" is not what was mounted on it") }
    }
    return RootDescriptor(file)
  }
}

extension ContainerPath {
  /// The rest of a path that lies below `other`; nil for any other path, and for `other` itself.
  fileprivate func below(_ other: ContainerPath) -> ContainerPath? {
    guard self != other, isAtOrBelow(other) else { return nil }
    return ContainerPath(String(text.dropFirst(other.text.count)))
  }
}

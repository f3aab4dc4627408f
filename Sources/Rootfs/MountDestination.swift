internal import Linux

/// Where an operation may mount (R2 and R5 of the security rules).
enum MountDestination {
  /// What may be mounted over single files of /proc: what lxcfs emulates.
  static let allowedInProc: Set<String> = [
    "/proc/cpuinfo", "/proc/diskstats", "/proc/loadavg", "/proc/meminfo", "/proc/slabinfo", "/proc/stat",
    "/proc/swaps", "/proc/uptime", "/proc/sys/crypto/fips_enabled", "/proc/sys/kernel/ns_last_pid",
  ]

  private static let proc = ContainerPath("/proc")

  /// What is wrong with mounting at `path`, a path without symbolic links; nil when nothing is. A bind mount on /proc
  /// itself has to be a procfs, which only `checkProc` can tell.
  static func problem(_ path: ContainerPath, _ kind: MountOperation.Kind) -> String? {
    if path.isRoot { return "\"/\" is the container's root itself" }
    guard path.isAtOrBelow(proc) else { return nil }
    if path == proc {
      switch kind {
      case .bind, .remount, .fileSystem("proc"): return nil
      default: return "\"\(path)\" cannot be mounted because it is not of type proc"
      }
    }
    if case .remount = kind { return nil }
    if allowedInProc.contains(path.text) { return nil }
    return "\"\(path)\" cannot be mounted because it is inside /proc"
  }

  /// Refuses to mount anything but a procfs on /proc: the container's processes and tools trust it.
  static func checkProc(_ path: ContainerPath, _ tree: borrowing FileDescriptor) throws(Failure) {
    guard path == proc, try FileSystemType.of(tree) != .proc else { return }
    throw Failure("\"/proc\" cannot be mounted because it is not of type proc")
  }

  /// Opens the directory for a file system, and makes it when it is missing.
  static func openDirectory(
    for operation: MountOperation, in root: borrowing RootDescriptor
  ) throws(Failure) -> Located {
    let mode = operation.extras.directoryMode
    guard operation.needsOrdinaryDirectory else {
      return try check(
        root.locate(operation.destination, orMake: .directory, directoryMode: mode, links: .followed), operation)
    }
    do {
      return try check(
        root.locate(operation.destination, orMake: .directory, directoryMode: mode, links: .refused), operation)
    } catch {
      switch error.errno {
      case .symbolicLinkLoop, .notDirectory:
        throw Failure("must be mounted on ordinary directory", .notDirectory)
      default: throw error
      }
    }
  }

  /// Opens the target of a bind mount; a missing one becomes an empty file or a directory, whichever `tree` is.
  static func open(
    for operation: MountOperation, like tree: borrowing FileDescriptor, in root: borrowing RootDescriptor
  ) throws(Failure) -> Located {
    if let place = try existing(operation, root) { return place }
    let isDirectory = try FileStatus.of(at: tree).kind == .directory
    return try check(
      root.locate(
        operation.destination, orMake: isDirectory ? .directory : .file(mode: 0o644),
        directoryMode: operation.extras.directoryMode, links: .followed),
      operation)
  }

  /// The target when it exists and is reached without symbolic links; or the link itself that the target is, where
  /// the options say so.
  private static func existing(
    _ operation: MountOperation, _ root: borrowing RootDescriptor
  ) throws(Failure) -> Located? {
    let flags: OpenFlags = operation.extras.keepsDestinationSymlink ? [.path, .noFollow] : .path
    do {
      let file = try root.resolve(operation.destination, flags, links: .refused)
      return try check(Located(file: file, path: operation.destination, isNew: false), operation)
    } catch {
      switch error.errno {
      case .notFound, .symbolicLinkLoop: return nil
      default: throw error
      }
    }
  }

  /// The rules once more, now that symbolic links are resolved.
  private static func check(
    _ place: consuming Located, _ operation: MountOperation
  ) throws(Failure) -> Located {
    if let problem = problem(place.path, operation.kind) { throw Failure(problem) }
    return place
  }
}

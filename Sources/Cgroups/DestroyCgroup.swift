package import Linux

extension Cgroup {
  /// Removes the cgroup if no process is in it and no cgroup below; false when there is something. That costs less than
  /// to look for processes first: rmdir(2) says EBUSY.
  package func removeIfEmpty() -> Bool {
    var isGone = true
    for directory in directories {
      do throws(Failure) {
        try Files.remove(directory.path, isDirectory: true)
      } catch {
        if error.errno != .notFound { isGone = false }
      }
    }
    return isGone
  }

  package func destroy() throws(Failure) {
    let deadline = Deadline(milliseconds: 2000)
    var failure: Failure?
    for directory in directories {
      do throws(Failure) {
        try Self.remove(directory, by: deadline)
      } catch {
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
  }

  private static func remove(_ directory: Directory, by deadline: Deadline) throws(Failure) {
    var pause: Int64 = 1
    while true {
      do throws(Failure) {
        return try Files.remove(directory.path, isDirectory: true)
      } catch {
        // A read-only mount says EROFS even of what is not there.
        guard let open = try CgroupDirectory.ifPresent(directory.path) else { return }
        guard error.errno == .busy, !deadline.hasPassed else {
          throw Failure("remove cgroup \(directory.path)\(Self.occupants(open))", error.errno)
        }
        // Busy: cgroups below, or processes that are about to end.
        try CgroupTree.removeChildren(open, by: deadline)
        if pause == 1, (try? Files.remove(directory.path, isDirectory: true)) != nil { return }
        if directory.isUnified {
          _ = try? UnifiedEvents.wait(for: "populated 0", in: open, milliseconds: min(deadline.left, pause))
        } else {
          try Sleep.milliseconds(pause)
        }
        pause = min(pause * 2, 64)
      }
    }
  }

  private static func occupants(_ directory: borrowing CgroupDirectory) -> String {
    guard let count = try? CgroupTree.processes(directory).count, count > 0 else { return "" }
    return ": \(count) process(es) are left in it"
  }
}

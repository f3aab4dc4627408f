internal import Linux

/// Namespaces that act on children only, so that the parent enters them around the clone: pid and time
/// (pid_namespaces(7), time_namespaces(7)).
struct ParentNamespaces: ~Copyable {
  private var ownPID: FileDescriptor?
  private var ownTime: FileDescriptor?

  /// Enters what `plan` has for the parent; does nothing when that is nothing.
  init(_ plan: NamespacePlan) throws(Failure) {
    ownPID = nil
    ownTime = nil
    for join in plan.joinedByParent {
      let namespace = try Namespaces.open(join.path, kind: join.kind)
      if join.kind == .pid {
        ownPID = try Files.open("/proc/self/ns/pid", .read)
      } else {
        ownTime = try Files.open("/proc/self/ns/time", .read)
      }
      do {
        try Namespaces.join(namespace, join.kind)
      } catch {
        throw Failure("join namespace \(join.path)", error.errno)
      }
    }
    if let offsets = plan.timeOffsets {
      ownTime = try Files.open("/proc/self/ns/time", .read)
      try Namespaces.unshare(.time)
      if !offsets.isEmpty {
        try within("set timeOffsets") { () throws(Failure) in
          try Files.write(offsets, to: "/proc/self/timens_offsets")
        }
      }
    }
  }

  /// Goes back.
  consuming func leave() throws(Failure) {
    if let namespace = ownPID.take() { try Namespaces.join(namespace, .pid) }
    if let namespace = ownTime.take() { try Namespaces.join(namespace, .time) }
  }
}

internal import Linux

/// A pid namespace to join acts on children only, pid_namespaces(7): the process that makes the child enters it.
struct PidNamespace: ~Copyable {
  private let path: String
  private let namespace: FileDescriptor
  private let own: FileDescriptor

  private init(path: String, namespace: consuming FileDescriptor, own: consuming FileDescriptor) {
    self.path = path
    self.namespace = namespace
    self.own = own
  }

  /// Opens the one to join and the caller's own.
  static func open(_ join: NamespacePlan.Join) throws(Failure) -> PidNamespace {
    PidNamespace(
      path: join.path, namespace: try Namespaces.open(join.path, kind: .pid),
      own: try Files.open("/proc/self/ns/pid", .read))
  }

  /// The next children of this process are in the namespace.
  borrowing func enter() throws(Failure) {
    try JoinedNamespaces.join(namespace, .pid, path)
  }

  /// The next ones are in the caller's again.
  borrowing func leave() throws(Failure) {
    try Namespaces.join(own, .pid)
  }
}

/// The time namespace of a container, time_namespaces(7) (config-linux.md, «Offset for Time Namespace»).
enum TimeNamespace {
  /// Makes one, gives it its offsets, which must come before any process is in it, and goes in.
  static func enter(offsets: String) throws(Failure) {
    try Namespaces.unshare(.time)
    let procfs = try Procfs(.processes)
    if !offsets.isEmpty {
      try within("set timeOffsets") { () throws(Failure) in try procfs.write(offsets, to: "self/timens_offsets") }
    }
    try Namespaces.join(try procfs.openNamespace("time_for_children"), .time)
  }
}

internal import Linux
internal import RuntimeSpec

/// The namespaces that a container joins by path, opened by the parent (config-linux.md, «Namespaces»).
struct JoinedNamespaces: ~Copyable {
  private let plan: NamespacePlan
  private var others = DescriptorList()
  private var user: FileDescriptor?
  /// The host's /proc, to read the mappings of the user namespace through: what is mounted there later may be anything.
  private var proc: FileDescriptor?

  init(_ plan: NamespacePlan) throws(Failure) {
    self.plan = plan
    for join in plan.joined { others.append(try Namespaces.open(join.path, kind: join.kind)) }
    if let join = plan.user {
      user = try Namespaces.open(join.path, kind: .user)
      proc = try Files.open("/proc", [.path, .directory])
    }
  }

  /// Every descriptor in it.
  var numbers: [Int32] { others.numbers + [Descriptors.number(user), Descriptors.number(proc)] }

  /// Joins what the caller may; what it is refused is left for a later call when `mayBeRefused`.
  mutating func joinOthers(mayBeRefused: Bool) throws(Failure) {
    for (index, join) in plan.joined.enumerated() {
      guard let namespace = others.take(index) else { continue }
      do {
        try Self.join(namespace, join.kind, join.path)
      } catch {
        guard mayBeRefused, error.errno == .notPermitted else { throw error }
        others.putBack(namespace, at: index)
      }
    }
  }

  /// Joins the user namespace, and checks that it has the mappings of the configuration, if that has any: files would
  /// otherwise get other owners than its author thinks.
  mutating func joinUser(_ linux: LinuxSection) throws(Failure) {
    guard let namespace = user.take(), let proc = proc.take(), let path = plan.user?.path else { return }
    try Self.join(namespace, .user, path)
    for (name, wanted) in [("uid", linux.uidMappings), ("gid", linux.gidMappings)] where !wanted.isEmpty {
      let map = try Files.open("self/\(name)_map", at: proc, .read)
      guard UserMapping.parse(try map.readAll(limit: 1 << 16, "\(name)_map")) == wanted else {
        throw Failure("linux.\(name)Mappings differ from those of the user namespace to join")
      }
    }
  }

  static func join(
    _ namespace: borrowing FileDescriptor, _ kind: Namespaces.Kinds, _ path: String
  ) throws(Failure) {
    do {
      try Namespaces.join(namespace, kind)
    } catch {
      throw Failure("join namespace \(path)", error.errno)
    }
  }
}

package import Linux
package import RuntimeSpec

/// Which process makes or joins which namespace, and when (config-linux.md, «Namespaces»). Pure, so that a table can
/// test it.
///
/// Without a new user namespace one clone3 makes every new one, except time (its offsets must be written before a
/// process is in it) and cgroup (it must come when the process is in its final cgroup). With a new user namespace only
/// that and pid are made by clone3: the child makes the rest once it is root inside, so that they belong to it.
package struct NamespacePlan: Equatable, Sendable {
  /// A namespace to join.
  package struct Join: Equatable, Sendable {
    package var kind: Namespaces.Kinds
    package var path: String
  }

  /// Made by clone3.
  package var cloned: Namespaces.Kinds = []
  /// Made by the child after its ids were mapped.
  package var unshared: Namespaces.Kinds = []
  /// Joined by the parent around clone3, and left again: pid and time act on children only.
  package var joinedByParent: [Join] = []
  /// Joined by the child, in this order.
  package var joinedByChild: [Join] = []
  /// The parent makes a time namespace for the child, with these offsets written as /proc/self/timens_offsets wants it.
  package var timeOffsets: String?
  /// The child makes its cgroup namespace last.
  package var newCgroup = false

  package init(_ linux: LinuxSection) {
    var new: Namespaces.Kinds = []
    var joins: [Join] = []
    for namespace in linux.namespaces {
      let kind = Namespaces.Kinds(namespace.type)
      if let path = namespace.path, !path.isEmpty {
        joins.append(Join(kind: kind, path: path))
      } else {
        new.insert(kind)
      }
    }
    newCgroup = new.remove(.cgroup) != nil
    if new.remove(.time) != nil { timeOffsets = Self.offsets(linux.timeOffsets) }
    if new.contains(.user) {
      cloned = new.intersection([.user, .pid])
      unshared = new.subtracting([.user, .pid])
    } else {
      cloned = new
    }
    joinedByParent = joins.filter { $0.kind == .pid || $0.kind == .time }
    // A joined user namespace comes first: it owns the others, and grants the right to join them.
    joinedByChild =
      joins.filter { $0.kind == .user } + joins.filter { ![.user, .pid, .time, .mount].contains($0.kind) }
      + joins.filter { $0.kind == .mount }
  }

  private static func offsets(_ offsets: OrderedMap<LinuxTimeOffset>) -> String {
    offsets.entries.map { "\($0.key) \($0.value.secs) \($0.value.nanosecs)\n" }.joined()
  }

  /// Whether the container has a mount namespace of its own, new or joined.
  package var hasMountNamespace: Bool { creates(.mount) || joins(.mount) }

  /// Whether a new namespace of this kind is made.
  package func creates(_ kind: Namespaces.Kinds) -> Bool {
    cloned.contains(kind) || unshared.contains(kind) || (kind == .cgroup && newCgroup)
      || (kind == .time && timeOffsets != nil)
  }

  /// Whether a namespace of this kind is joined by path.
  package func joins(_ kind: Namespaces.Kinds) -> Bool {
    (joinedByParent + joinedByChild).contains { $0.kind == kind }
  }
}

extension Namespaces.Kinds {
  /// The kernel's name for a kind of the specification.
  package init(_ type: LinuxNamespaceType) {
    switch type {
    case .pid: self = .pid
    case .network: self = .network
    case .mount: self = .mount
    case .ipc: self = .ipc
    case .uts: self = .uts
    case .user: self = .user
    case .cgroup: self = .cgroup
    case .time: self = .time
    }
  }
}

extension LinuxNamespaceType {
  /// The file's name below /proc/PID/ns, namespaces(7).
  package var procName: String {
    switch self {
    case .mount: "mnt"
    case .network: "net"
    default: rawValue
    }
  }

  /// The type's name in runc's state file, which other tools read.
  package var runcName: String {
    switch self {
    case .mount: "NEWNS"
    case .network: "NEWNET"
    case .pid: "NEWPID"
    case .ipc: "NEWIPC"
    case .uts: "NEWUTS"
    case .user: "NEWUSER"
    case .cgroup: "NEWCGROUP"
    case .time: "NEWTIME"
    }
  }
}

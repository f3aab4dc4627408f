package import Linux
package import RuntimeSpec

/// Which process makes or joins which namespace, and when (config-linux.md, «Namespaces»). Pure, so that a table can
/// test it.
///
/// Without a user namespace one clone3 makes every new one, except time (its offsets must be written before a process is
/// in it) and cgroup (it must come when the process is in its final cgroup). With a new user namespace only that and pid
/// are made by clone3: the child makes the rest once it is root inside, so that they belong to it.
///
/// Namespaces to join may belong to the host's user namespace or to the container's. The first kind wants the host's
/// rights, the second those inside: each is tried before the user namespace is entered, and what was refused then once
/// more after it.
package struct NamespacePlan: Equatable, Sendable {
  /// A namespace to join.
  package struct Join: Equatable, Sendable {
    package var kind: Namespaces.Kinds
    package var path: String
  }

  /// Who enters the container's user namespace.
  package enum UserEntry: Equatable, Sendable {
    /// There is none, or clone3 makes it.
    case byClone
    /// A process that goes in between, and makes the container's as its sibling: a pid namespace that is to belong to
    /// the user namespace can only be made by clone3, and not before the others are joined. Without a user namespace
    /// too, where a pid namespace is joined by who may not come back from it.
    case byHelper
    /// The child itself, when it has joined the others, and mounted what inside it had no right to.
    case byChild
  }

  /// Made by clone3.
  package var cloned: Namespaces.Kinds = []
  /// Made by the child when it is root in its user namespace.
  package var unshared: Namespaces.Kinds = []
  /// Joined by the process that makes the child, which alone it acts on.
  package var pid: Join?
  /// The user namespace to join.
  package var user: Join?
  /// The others to join, in this order.
  package var joined: [Join] = []
  package var userEntry = UserEntry.byClone
  /// The child makes a time namespace with these offsets, written as /proc/self/timens_offsets wants it.
  package var timeOffsets: String?
  /// The child makes its cgroup namespace last.
  package var newCgroup = false

  /// `isPrivileged`: the caller is root, and may join what belongs to its own user namespace. `ownsPid`: its own pid
  /// namespace is among that, which it is not for the root of a user namespace that an engine made; asked only where it
  /// matters.
  package init(_ linux: LinuxSection, isPrivileged: Bool, ownsPid: @autoclosure () -> Bool = true) {
    var new: Namespaces.Kinds = []
    for namespace in linux.namespaces {
      let kind = Namespaces.Kinds(namespace.type)
      guard let path = namespace.path, !path.isEmpty else {
        new.insert(kind)
        continue
      }
      switch kind {
      case .pid: pid = Join(kind: kind, path: path)
      case .user: user = Join(kind: kind, path: path)
      default: joined.append(Join(kind: kind, path: path))
      }
    }
    // What lies in a mount namespace, /proc above all, can be anything: it comes last.
    joined = joined.filter { $0.kind != .mount } + joined.filter { $0.kind == .mount }
    newCgroup = new.remove(.cgroup) != nil
    if new.remove(.time) != nil { timeOffsets = Self.offsets(linux.timeOffsets) }
    decideEntry(new, isPrivileged && (pid == nil || ownsPid()))
  }

  private mutating func decideEntry(_ new: Namespaces.Kinds, _ isPrivileged: Bool) {
    guard user != nil || new.contains(.user) else {
      cloned = new
      if pid != nil, !isPrivileged { userEntry = .byHelper }
      return
    }
    let isDirect = user == nil && pid == nil && joined.isEmpty && (new.contains(.pid) || !isPrivileged)
    if isDirect || new.contains(.pid) || !isPrivileged {
      userEntry = isDirect ? .byClone : .byHelper
      cloned = new.intersection([.user, .pid])
    } else {
      userEntry = .byChild
    }
    unshared = new.subtracting([.user, .pid])
  }

  private static func offsets(_ offsets: OrderedMap<LinuxTimeOffset>) -> String {
    offsets.entries.map { "\($0.key) \($0.value.secs) \($0.value.nanosecs)\n" }.joined()
  }

  /// Whether the user namespace is a new one.
  package var createsUser: Bool { cloned.contains(.user) || (userEntry == .byChild && user == nil) }

  /// Whether the container has a user namespace, new or joined.
  package var hasUser: Bool { user != nil || createsUser }

  /// Whether the container has a mount namespace of its own, new or joined.
  package var hasMountNamespace: Bool { creates(.mount) || joins(.mount) }

  /// Whether a new namespace of this kind is made.
  package func creates(_ kind: Namespaces.Kinds) -> Bool {
    switch kind {
    case .user: createsUser
    case .cgroup: newCgroup
    case .time: timeOffsets != nil
    default: cloned.contains(kind) || unshared.contains(kind)
    }
  }

  /// Whether a namespace of this kind is joined by path.
  package func joins(_ kind: Namespaces.Kinds) -> Bool {
    switch kind {
    case .pid: pid != nil
    case .user: user != nil
    default: joined.contains { $0.kind == kind }
    }
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

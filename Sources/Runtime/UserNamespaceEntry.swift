internal import Linux
internal import Rootfs
internal import RuntimeSpec

/// Making a container's process in a user namespace by a process in between: that joins the other namespaces, enters
/// the user namespace where it exists already (none that went in comes back), makes the child as its sibling, and ends.
enum UserNamespaceEntry {
  /// As `Processes.clone`: the child is one of this process, but its namespaces belong to the container's user namespace
  /// (user_namespaces(7)). `joined` and `mounts` are the child's then.
  static func clone(
    _ plan: ContainerPlan, _ joined: inout JoinedNamespaces, _ rootfs: RootfsPlan, _ mounts: inout PreparedMounts,
    preferring cgroup: borrowing FileDescriptor, wasRefused: inout Bool
  ) throws(Failure) -> Processes.Side {
    var pair = try Sockets.messagePair()
    let receiver = Handshake(pair.takeFirst())
    let sender = Handshake(pair.takeSecond())
    switch try Processes.clone([], preferring: cgroup, wasRefused: &wasRefused) {
    case .parent(let helper):
      sender.close()
      let child: Result<ProcessDescriptor, Failure>
      do {
        child = .success(try receiver.expectBirth())
      } catch {
        child = .failure(error)
      }
      _ = try? helper.wait()
      return .parent(try child.get())
    case .child:
      do throws(Failure) {
        if try makeSibling(plan, &joined, rootfs, &mounts, tellingOver: sender) { return .child }
        Processes.exit(0)
      } catch {
        sender.send(error)
        Processes.exit(1)
      }
    }
  }

  /// The helper's work; true in the process that it makes.
  private static func makeSibling(
    _ plan: ContainerPlan, _ joined: inout JoinedNamespaces, _ rootfs: RootfsPlan, _ mounts: inout PreparedMounts,
    tellingOver sender: borrowing Handshake
  ) throws(Failure) -> Bool {
    let namespaces = plan.namespaces
    let joinsUser = namespaces.user != nil
    let pid = if let join = namespaces.pid { try PidNamespace.open(join) } else { Optional<PidNamespace>.none }
    let isInPid = try enter(pid, mayBeRefused: joinsUser)
    try joined.joinOthers(mayBeRefused: joinsUser)
    plan.prepareForeignMounts(rootfs, &mounts, alsoProc: false)
    if joinsUser {
      try joined.joinUser(plan.spec.linux)
      try joined.joinOthers(mayBeRefused: false)
      if !isInPid { _ = try enter(pid, mayBeRefused: false) }
    }
    switch try Processes.clone(namespaces.cloned, siblingOfCaller: true) {
    case .child: return true
    case .parent(let child):
      try sender.send(born: child)
      return false
    }
  }

  /// Whether the pid namespace, if there is one, was entered.
  private static func enter(
    _ pid: borrowing PidNamespace?, mayBeRefused: Bool
  ) throws(Failure) -> Bool {
    switch pid {
    case .none: return true
    case .some(let pid):
      do {
        try pid.enter()
        return true
      } catch {
        guard mayBeRefused, error.errno == .notPermitted else { throw error }
        return false
      }
    }
  }
}

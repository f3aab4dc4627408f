internal import Linux

/// Making a container's process in a user namespace that exists already, as the containers of a pod with one do.
enum UserNamespaceEntry {
  /// As `Processes.clone`: the child is one of this process, but its new namespaces belong to the joined user namespace
  /// (user_namespaces(7)). Only a process that is inside can make them so, and none that went in comes back. Hence a
  /// helper goes in, makes the child as its sibling, and ends. Takes the user namespace out of `joined`.
  static func clone(
    _ plan: NamespacePlan, _ joined: inout DescriptorList, preferring cgroup: borrowing FileDescriptor,
    wasRefused: inout Bool
  ) throws(Failure) -> Processes.Side {
    guard let index = plan.joinedByChild.firstIndex(where: { $0.kind == .user }), let namespace = joined.take(index)
    else { throw Failure("no user namespace to join") }
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
        if try makeSibling(plan, namespace, join: plan.joinedByChild[index].path, tellingOver: sender) {
          return .child
        }
        Processes.exit(0)
      } catch {
        sender.send(error)
        Processes.exit(1)
      }
    }
  }

  /// The helper's work; true in the process that it makes.
  private static func makeSibling(
    _ plan: NamespacePlan, _ namespace: borrowing FileDescriptor, join path: String,
    tellingOver sender: borrowing Handshake
  ) throws(Failure) -> Bool {
    _ = try ParentNamespaces(plan)
    do {
      try Namespaces.join(namespace, .user)
    } catch {
      throw Failure("join namespace \(path)", error.errno)
    }
    switch try Processes.clone(plan.cloned, siblingOfCaller: true) {
    case .child: return true
    case .parent(let child):
      try sender.send(born: child)
      return false
    }
  }
}

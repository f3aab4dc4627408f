package import Linux
package import RuntimeSpec

/// Who a process of a container is and what it may do, and the one order in which that comes into force. `create` and
/// `exec` use the same.
///
/// The order: umask, setgroups, keep capabilities, bounding set, setgid, setuid, capset, ambient set, no_new_privs,
/// seccomp. Without no_new_privs the kernel takes a filter only from CAP_SYS_ADMIN, so there seccomp comes directly
/// before capset.
package struct Credentials: Sendable {
  /// The ids; already those of the container's user namespace.
  package var user: User
  /// The capability sets. Nil: they are left as setuid(2) and execve(2) leave them.
  package var capabilities: CapabilitySets?
  /// prctl(2) PR_SET_NO_NEW_PRIVS.
  package var noNewPrivileges: Bool
  /// Whether the supplementary groups stay those of the caller.
  package var keepsGroups: Bool

  package init(user: User, capabilities: CapabilitySets?, noNewPrivileges: Bool, keepsGroups: Bool = false) {
    self.user = user
    self.capabilities = capabilities
    self.noNewPrivileges = noNewPrivileges
    self.keepsGroups = keepsGroups
  }

  /// Brings them into force for the calling process, which must have one thread.
  ///
  /// `asUser` runs once the ids are the user's, with what capabilities setuid(2) leaves and without a filter: the
  /// place to enter a directory that only the user may enter. `loadSeccomp` runs where the filter has to be loaded;
  /// after it there are at most capset, capget and prctl calls.
  ///
  /// A change of user clears the parent-death signal. Returns warnings. After an error the process must end: it may
  /// have any part of the credentials.
  package func apply(
    asUser: () throws(Failure) -> Void = {}, loadSeccomp: () throws(Failure) -> Void = {}
  ) throws(Failure) -> [String] {
    var warnings: [String] = []
    if let umask = user.umask { Processes.setUmask(umask) }
    try setGroups(&warnings)
    if user.uid != 0 { try Processes.setKeepCapabilities(true) }
    if let capabilities { try Credentials.limitBounding(to: capabilities.bounding) }
    try setIDs()
    try asUser()
    if user.uid != 0 { try Processes.setKeepCapabilities(false) }
    if noNewPrivileges {
      if let capabilities { try set(capabilities, &warnings) }
      try Processes.setNoNewPrivileges()
      try loadSeccomp()
    } else {
      try withAllPermitted(loadSeccomp)
      if let capabilities { try set(capabilities, &warnings) }
    }
    return warnings
  }

  /// setgroups is called with an empty list too: groups of the caller's would otherwise stay. A user namespace that
  /// an unprivileged user made denies it. The kernel sorts them, but keeps what comes twice, as dockerd may give it.
  private func setGroups(_ warnings: inout [String]) throws(Failure) {
    if keepsGroups { return }
    do throws(Failure) {
      var groups: [UInt32] = []
      for group in user.additionalGids.sorted() where groups.last != group { groups.append(group) }
      try Processes.setGroups(groups)
    } catch {
      guard error.errno == .notPermitted, Credentials.groupsAreDenied else { throw error }
      if !user.additionalGids.isEmpty {
        warnings.append("additional groups are ignored: the user namespace denies setgroups")
      }
    }
  }

  /// Whether user_namespaces(7) /proc/PID/setgroups says so.
  private static var groupsAreDenied: Bool {
    do {
      let procfs = try Procfs(.processes)
      return try procfs.read("self/setgroups", limit: 64).starts(with: "deny".utf8)
    } catch {
      return false
    }
  }

  /// Drops from the bounding set what is not in `set`. Dropping without asking costs less than asking.
  private static func limitBounding(to set: CapabilitySet) throws(Failure) {
    for number in 0..<Int32(64) {
      guard CapabilityCalls.isKnown(number) else { return }
      if set.contains(number: number) { continue }
      do throws(Failure) {
        try CapabilityCalls.dropFromBounding(number)
      } catch {
        guard error.errno == .notPermitted, try !CapabilityCalls.isInBounding(number) else {
          throw Failure(
            "unable to apply bounding set: drop \(Capabilities.name(of: number) ?? "\(number)")", error.errno)
        }
      }
    }
  }

  private func setIDs() throws(Failure) {
    do throws(Failure) {
      try Processes.setGroup(user.gid)
    } catch {
      guard error.errno == .invalidArgument else { throw error }
      throw Failure("cannot setgid to unmapped gid \(user.gid) in user namespace")
    }
    do throws(Failure) {
      try Processes.setUser(user.uid)
    } catch {
      guard error.errno == .invalidArgument else { throw error }
      throw Failure("cannot setuid to unmapped uid \(user.uid) in user namespace")
    }
  }

  /// Runs `body` with every permitted capability effective, which setuid(2) to another user than root ended.
  private func withAllPermitted(_ body: () throws(Failure) -> Void) throws(Failure) {
    guard user.uid != 0 else { return try body() }
    let before = try ProcessCapabilities.current()
    var raised = before
    raised.effective = before.permitted
    try raised.set()
    try body()
    if capabilities == nil { try before.set() }
  }

  /// A capability that is asked for, but that the process does not have to give, is left out with a warning (config.md,
  /// `process.capabilities`).
  private func set(_ sets: CapabilitySets, _ warnings: inout [String]) throws(Failure) {
    var wanted = ProcessCapabilities(
      effective: sets.effective, permitted: sets.permitted, inheritable: sets.inheritable)
    do throws(Failure) {
      try wanted.set()
    } catch {
      let missing = try Credentials.ungrantable(of: sets)
      guard error.errno == .notPermitted, !missing.isEmpty else { throw Failure("unable to apply caps", error.errno) }
      warnings.append("ignoring capabilities that cannot be granted: \(missing.names.joined(separator: ", "))")
      wanted.effective.subtract(missing)
      wanted.permitted.subtract(missing)
      wanted.inheritable.subtract(missing)
      try within("unable to apply caps") { () throws(Failure) in try wanted.set() }
    }
    let refused = try Credentials.setAmbient(
      sets.ambient, raisable: wanted.permitted.intersection(wanted.inheritable)
    ).names
    if !refused.isEmpty {
      // One line: podman's builder gives all of its capabilities here, and none that is inheritable.
      warnings.append(
        "can't raise ambient \(refused.count == 1 ? "capability" : "capabilities") \(refused.joined(separator: ", ")): "
          + Errno.notPermitted.text)
    }
    guard try ProcessCapabilities.current() == wanted else {
      throw Failure("unable to apply caps: the kernel has set others than were asked for")
    }
  }

  /// Makes `wanted` the ambient set but for those that the kernel refuses, which it gives: what is not `raisable`,
  /// and all where SECBIT_NO_CAP_AMBIENT_RAISE is set.
  private static func setAmbient(
    _ wanted: CapabilitySet, raisable: CapabilitySet
  ) throws(Failure) -> CapabilitySet {
    try CapabilityCalls.clearAmbient()
    var refused = wanted.subtracting(raisable)
    for number in 0..<Int32(64) where wanted.contains(number: number) && raisable.contains(number: number) {
      do throws(Failure) {
        try CapabilityCalls.raiseAmbient(number)
      } catch {
        guard error.errno == .notPermitted else { throw error }
        refused.formUnion(CapabilitySet(rawValue: 1 << UInt64(number)))
      }
    }
    return refused
  }

  /// What of the sets the process has not to give: permitted ones that it lacks, and inheritable ones that it would
  /// have to take from the permitted and bounding sets and cannot.
  private static func ungrantable(of sets: CapabilitySets) throws(Failure) -> CapabilitySet {
    let current = try ProcessCapabilities.current()
    let source = current.permitted.intersection(sets.bounding)
    return sets.permitted.subtracting(current.permitted)
      .union(sets.inheritable.subtracting(current.inheritable.union(source)))
  }
}

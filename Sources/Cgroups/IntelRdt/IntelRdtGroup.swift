package import Linux
package import RuntimeSpec

/// The group of a resctrl file system that a container is in (config-linux.md, «IntelRdt»), and its monitoring group.
package struct IntelRdtGroup: Equatable, Sendable {
  /// Where the file system is mounted.
  package let root: String
  /// The group's name; empty for the default one, which is the file system's root.
  package let name: String
  /// The name of the container's monitoring group in it, when there is one.
  package let monitoringName: String?
  /// Whether the group goes with the container: the runtime made it, under the container's id.
  package private(set) var isOwn: Bool
  /// Whether this value has made the group, under whatever name.
  private var isMade = false
  private var isMonitoringMade = false

  /// The group's directory.
  package var path: String { name.isEmpty ? root : root + "/" + name }

  /// The monitoring group's directory.
  package var monitoringPath: String? { monitoring.map { root + "/" + $0 } }

  private var monitoring: String? { monitoringName.map { file("mon_groups/" + $0) } }

  private func file(_ name: String) -> String { self.name.isEmpty ? name : self.name + "/" + name }

  /// What the kernel has in the root beside groups.
  private static let reserved = ["info", "mon_data", "mon_groups"]

  /// The group that a configuration asks for; makes nothing.
  ///
  /// Throws when the file system has no such resource or no monitoring, when the group has to be there and is not, and
  /// when it has other limits.
  package init(_ config: LinuxIntelRdt, containerID: String, in tree: some ResctrlTree) throws(Failure) {
    let closID = config.closID.flatMap { $0.isEmpty ? nil : $0 }
    root = tree.root
    name = closID == "/" ? "" : closID ?? containerID
    monitoringName = config.enableMonitoring ? containerID : nil
    isOwn = false
    guard !Self.reserved.contains(name) else {
      throw Failure("\"\(name)\" is not the name of a group in \(root): set closID to another")
    }
    try config.checkResources(in: tree)
    let exists = try tree.exists(name)
    isOwn = closID == nil && !exists
    if closID != nil, config.schemas.isEmpty, !exists {
      throw Failure("closID: there is no group \(path), and no schema to make it with")
    }
    if closID != nil, exists { try checkMatch(config, tree) }
  }

  /// Rebuilds the value from what was stored; nil for a path that is not below the root.
  package init?(root: String, path: String, monitoringPath: String?, isOwn: Bool) {
    guard path.isPath(atOrBelow: root) else { return nil }
    self.root = root
    name = String(path.utf8.dropFirst(root.utf8.count + 1)) ?? ""
    monitoringName = monitoringPath.flatMap { $0.pathNames.last.map { String($0) } }
    self.isOwn = isOwn
  }

  /// Makes the group and the monitoring group, and sets the group's limits. On failure nothing is left.
  package mutating func create(_ config: LinuxIntelRdt, in tree: some ResctrlTree) throws(Failure) {
    do throws(Failure) {
      if !(try tree.exists(name)) { isMade = try tree.make(name) }
      if !isMade {
        // Somebody else may have been faster.
        isOwn = false
        if !(config.closID ?? "").isEmpty { try checkMatch(config, tree) }
      }
      let lines = config.schemas
      if !lines.isEmpty { try tree.write(lines.joined(separator: "\n") + "\n", to: file("schemata")) }
      if let monitoring {
        guard try tree.make(monitoring) else { throw Failure("monitoring group \(root)/\(monitoring)", .exists) }
        isMonitoringMade = true
      }
    } catch {
      undo(in: tree)
      throw error
    }
  }

  /// A group that others made has to have the limits that are asked for already.
  private func checkMatch(_ config: LinuxIntelRdt, _ tree: some ResctrlTree) throws(Failure) {
    let lines = [config.l3CacheSchema, config.memBwSchema].compactMap { $0 }.filter { !$0.isEmpty }
    if lines.isEmpty { return }
    let schemata = Schemata(try tree.read(file("schemata")))
    let granularity = (try? tree.read("info/MB/bandwidth_gran")).flatMap { UInt64($0) }
    for line in lines where !schemata.matches(line, granularity: granularity) {
      throw Failure("closID: the group \(path) is there and has other limits than \(line.debugDescription)")
    }
  }

  /// Moves a process, with its one thread, into the group and the monitoring group.
  package func add(_ pid: Int32, in tree: some ResctrlTree) throws(Failure) {
    try tree.write(String(pid), to: file("tasks"))
    if let monitoring { try tree.write(String(pid), to: monitoring + "/tasks") }
  }

  /// Changes the group's limits, and returns the text that brings the present ones back.
  package func update(_ lines: [String], in tree: some ResctrlTree) throws(Failure) -> String {
    let before = try tree.read(file("schemata"))
    try tree.write(lines.joined(separator: "\n") + "\n", to: file("schemata"))
    return before.split(separator: "\n").map { $0.drop { $0 == " " } + "\n" }.joined()
  }

  /// Writes back what `update` returned.
  package func restore(_ schemata: String, in tree: some ResctrlTree) throws(Failure) {
    try tree.write(schemata, to: file("schemata"))
  }

  /// Removes what goes with the container: its monitoring group, and the group if the runtime made it under the
  /// container's id.
  package func destroy(in tree: some ResctrlTree) throws(Failure) {
    if let monitoring { try tree.remove(monitoring) }
    if isOwn { try tree.remove(name) }
  }

  /// Removes all that `create` made, unless somebody else has come to use it: the kernel would move his tasks.
  package mutating func undo(in tree: some ResctrlTree) {
    if isMonitoringMade, let monitoring { try? tree.remove(monitoring) }
    isMonitoringMade = false
    if isMade, (try? tree.read(file("tasks"))) ?? "" == "" { try? tree.remove(name) }
    isMade = false
  }
}

extension LinuxIntelRdt {
  /// The lines for the schemata file, in the order that the specification wants.
  var schemas: [String] {
    [l3CacheSchema, memBwSchema].compactMap { $0 }.filter { !$0.isEmpty } + schemata.filter { !$0.isEmpty }
  }

  /// Throws when the machine lacks what a property needs.
  fileprivate func checkResources(in tree: some ResctrlTree) throws(Failure) {
    if !(l3CacheSchema ?? "").isEmpty { try IntelRdtResource.cache.check(in: tree) }
    if !(memBwSchema ?? "").isEmpty { try IntelRdtResource.bandwidth.check(in: tree) }
    if enableMonitoring, !(try tree.exists("mon_groups")) {
      throw Failure("enableMonitoring: this machine has no monitoring in \(tree.root)")
    }
  }
}

/// What limits can be set on, where the machine has it.
package enum IntelRdtResource: Sendable {
  /// Cache Allocation Technology for the L3 cache.
  case cache
  /// Memory Bandwidth Allocation.
  case bandwidth

  /// Throws when the machine has no such resource.
  package func check(in tree: some ResctrlTree) throws(Failure) {
    switch self {
    case .cache:
      guard try tree.exists("info/L3") else { throw Failure("Intel RDT/CAT: l3 cache schema is not enabled") }
    case .bandwidth:
      guard try tree.exists("info/MB") else {
        throw Failure("Intel RDT/MBA: memory bandwidth schema is not enabled")
      }
    }
  }
}

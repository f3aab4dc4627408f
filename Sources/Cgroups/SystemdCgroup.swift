package import Linux
package import RuntimeSpec
package import SystemdBus

/// A container's cgroup, made by systemd as a scope (or slice) at the request of the runtime, and then worked on by its
/// files as every other.
///
/// A scope needs a process, so nothing is made before `add`: `create` only checks, and keeps the limits; the first `add`
/// starts the unit with the process in it, and sets the limits before it returns.
package struct SystemdCgroup: CgroupDriver, Equatable {
  /// The unit.
  package let unit: SystemdUnit
  /// Where systemd is reached, in the order of trying.
  package let buses: [BusAddress]
  /// The directories.
  package private(set) var files: Cgroup
  private let extra: [UnitProperty]
  /// Whether it is a user's systemd: it sets no device rules, nor may its user.
  private let isUser: Bool
  private var pending: Pending?

  /// What `create` was told, until the unit is made.
  private struct Pending: Equatable {
    var resources: LinuxResources
    var devices: DeviceHandling
  }

  /// The place for a container's cgroup; makes nothing.
  ///
  /// - Parameters:
  ///   - properties: further properties of the unit, which no limit may contradict.
  ///   - isUser: whether `buses` lead to a user's systemd, whose units are below its own cgroup.
  /// - Throws: in bounded time when a user's systemd does not answer; the system's is asked later.
  package init(
    _ unit: SystemdUnit, properties: [UnitProperty], buses: [BusAddress], isUser: Bool,
    in hierarchies: CgroupHierarchies
  ) throws(Failure) {
    self.unit = unit
    self.buses = buses
    extra = properties
    self.isUser = isUser
    var base = ""
    if isUser {
      guard hierarchies.mode == .unified else {
        throw Failure("the systemd cgroup driver of an ordinary user needs cgroup v2 alone")
      }
      var manager = try SystemdManager(buses)
      base = try manager.property("ControlGroup")
    }
    files = try Cgroup(try CgroupsPath(base + (try unit.cgroup()), containerID: ""), in: hierarchies)
  }

  /// Rebuilds the value from what was stored.
  package init(
    unit: String, buses: String, paths: [(controller: String, path: String)]
  ) throws(Failure) {
    self.unit = SystemdUnit(storedName: unit)
    self.buses = try BusAddress.parse(buses)
    files = Cgroup(paths: paths)
    extra = []
    isUser = false
  }

  /// `buses` as text, to be stored.
  package var busText: String { buses.map(\.text).joined(separator: ";") }

  package var paths: [(controller: String, path: String)] { files.paths }

  package mutating func create(for resources: LinuxResources, skippingForbidden: Bool) throws(Failure) {
    try files.checkUnused()
    pending = Pending(resources: resources, devices: skippingForbidden || isUser ? .attempt : .set)
  }

  /// Before the unit is made this does nothing: `add` sets what `create` was told.
  package func apply(_ resources: LinuxResources, devices: DeviceHandling) throws(Failure) {
    if pending == nil { try update(resources, devices: devices) }
  }

  /// Changes limits, in the files and in the unit; when systemd or the kernel refuses one, all are as they were before.
  package func update(_ resources: LinuxResources, devices: DeviceHandling) throws(Failure) {
    // systemd denies all devices for a moment on v1, which processes must not see.
    let freezes = devices == .update && files.legacy("devices") != nil && (try? isFrozen()) == false
    if freezes { try freeze() }
    let result: Result<Void, Failure>
    var before: [UnitProperty] = []
    do throws(Failure) {
      result = .success(
        try files.update(
          resources, devices: devices,
          telling: { (complete) throws(Failure) in
            var manager = try SystemdManager(buses)
            let properties = try self.properties(complete, devices, &manager)
            if properties.isEmpty { return }
            before = try manager.currentProperties(of: unit.name, like: properties)
            try manager.setProperties(of: unit.name, properties)
          }, takingBack: { takeBack(before) }))
    } catch {
      result = .failure(error)
    }
    if freezes { try thaw() }
    try result.get()
  }

  /// After a refused update; a systemd that does not answer cannot be told.
  private func takeBack(_ properties: [UnitProperty]) {
    guard !properties.isEmpty, var manager = try? SystemdManager(buses) else { return }
    try? manager.setProperties(of: unit.name, properties)
  }

  /// nil: systemd moves the process.
  package func openForClone() throws(Failure) -> FileDescriptor? {
    pending == nil ? try files.openForClone() : nil
  }

  package mutating func add(_ pid: Int32, bornInUnified: Bool = false) throws(Failure) {
    if let pending {
      try start(with: pid, pending)
      return
    }
    try files.add(pid, bornInUnified: bornInUnified)
  }

  /// Lets systemd move a process into the cgroup or one below: an ordinary user may do that only from cgroups that are
  /// the user's own too (cgroup-v2.rst, «Delegation Containment»).
  package func attach(_ pid: Int32, in cgroup: Cgroup) throws(Failure) {
    let path = cgroup.unified?.path ?? ""
    let top = files.unified?.path ?? ""
    guard path.isPath(atOrBelow: top) else { throw Failure("\(path) is not below the container's cgroup") }
    let below = String(Substring(path.utf8.dropFirst(top.utf8.count)))
    var manager = try SystemdManager(buses)
    try manager.attach(pid, to: unit.name, subgroup: below.isEmpty ? "/" : below)
  }

  private mutating func start(with pid: Int32, _ pending: Pending) throws(Failure) {
    var manager = try SystemdManager(buses)
    var properties = unitProperties(pid)
    properties += extra
    properties += try self.properties(pending.resources, pending.devices, &manager)
    try manager.startTransient(unit.name, properties)
    self.pending = nil
    try files.adopt(for: pending.resources)
    try files.add(pid)
    // systemd's own device program, or list, is there already.
    try files.apply(pending.resources, devices: pending.devices == .set ? .update : pending.devices)
  }

  /// What makes the unit a container's.
  private func unitProperties(_ pid: Int32) -> [UnitProperty] {
    var properties = [UnitProperty("Description", .string("libcontainer container \(unit.containerName)"))]
    if unit.isSlice {
      properties.append(UnitProperty("Wants", .strings([unit.slice])))
    } else {
      properties.append(UnitProperty("Slice", .string(unit.slice)))
      properties.append(UnitProperty("Delegate", .boolean(true)))
      properties.append(UnitProperty("PIDs", .array(of: .uint32, [.uint32(UInt32(bitPattern: pid))])))
    }
    let inputOutput = files.isPureUnified ? "IOAccounting" : "BlockIOAccounting"
    for name in ["MemoryAccounting", "CPUAccounting", inputOutput, "TasksAccounting"] {
      properties.append(UnitProperty(name, .boolean(true)))
    }
    properties.append(UnitProperty("DefaultDependencies", .boolean(false)))
    return properties
  }

  private func properties(
    _ resources: LinuxResources, _ devices: DeviceHandling, _ manager: inout SystemdManager
  ) throws(Failure) -> [UnitProperty] {
    let hasNewer = resources.cpu != nil || !resources.unified.isEmpty
    let version = hasNewer ? SystemdManager.version(try manager.property("Version")) : 0
    var properties = SystemdProperties(isUnified: files.isPureUnified, version: version)
    try properties.add(resources)
    if devices == .set || devices == .update { properties.add(devices: try DeviceRules(resources.devices)) }
    return properties.list
  }

  package func delegate(to uid: UInt32) throws(Failure) { try files.delegate(to: uid) }
  package func exists() throws(Failure) -> Bool { try files.exists() }
  package func freeze() throws(Failure) { try files.freeze() }
  package func thaw() throws(Failure) { try files.thaw() }
  package func isFrozen() throws(Failure) -> Bool { try files.isFrozen() }
  package func processes() throws(Failure) -> [Int32] { try files.processes() }

  package func signalAll(_ signal: Int32) throws(Failure) {
    // What is at its place before is not the container's.
    if pending == nil { try files.signalAll(signal) }
  }

  /// The unit first: its end takes the directories along, but for those in hierarchies that systemd leaves alone. When
  /// systemd does not answer, as a user's does not after the end of the session, removing the directories is enough: a
  /// scope without a cgroup ends by itself.
  package func destroy() throws(Failure) {
    if pending != nil { return }
    do throws(Failure) {
      var manager = try SystemdManager(buses)
      try manager.stop(unit.name)
    } catch {
      // Told only if the directories cannot be removed either.
      if (try? files.destroy()) == nil { throw error }
      return
    }
    try files.destroy()
  }
}

internal import Cgroups
internal import Linux
internal import Rootfs
internal import RuntimeSpec
internal import Seccomp

/// The parent's side of making a container (DESIGN: P). What it has made it can unmake: a failure at any step leaves no
/// process, cgroup or file behind.
struct Creation: ~Copyable {
  let plan: ContainerPlan
  private var rootfs: RootfsPlan
  private let hierarchies: CgroupHierarchies
  var directory: StateDirectory
  var record: ContainerRecord
  var cgroup: ContainerCgroup
  var notify: NotifyProxy?
  /// What was left out.
  private(set) var warnings: [String]
  private var madeCgroup = false
  /// Whether the child waits to be moved into its cgroup.
  private var mustBePlaced = false
  private var wrotePidFile = false
  private var process: ProcessDescriptor?
  private var handover: ListenerHandover?
  private var handshake: Handshake?

  private init(
    _ plan: ContainerPlan, _ rootfs: RootfsPlan, _ directory: consuming StateDirectory,
    _ cgroup: ContainerCgroup, _ hierarchies: CgroupHierarchies
  ) {
    self.plan = plan
    self.rootfs = rootfs
    self.hierarchies = hierarchies
    self.directory = directory
    self.cgroup = cgroup
    warnings = plan.warnings() + rootfs.warnings
    record = ContainerRecord(plan)
    record.setCgroup(cgroup)
  }

  /// Makes the container up to its program, which is not executed yet. `console` is a connected socket that gets the
  /// terminal.
  static func perform(_ plan: ContainerPlan, console: consuming FileDescriptor?) throws(Failure) -> Creation {
    let filter = try plan.filter.program(plan.spec.linux.seccomp)
    let (cgroup, hierarchies) = try place(plan)
    let intelRdt = try plan.intelRdtGroup()
    let rootfs = try RootfsPlan(
      plan.spec, bundle: plan.bundle, cgroups: plan.cgroupView(cgroup.files, hierarchies),
      mountLabel: plan.spec.linux.mountLabel)
    var creation = Creation(
      plan, rootfs, try StateDirectory.create(plan.options.id, root: plan.options.root), cgroup,
      hierarchies)
    creation.record.intelRdt = intelRdt
    do {
      try creation.make(console, filter)
    } catch {
      creation.unwind()
      throw error
    }
    return creation
  }

  /// Where the container's cgroup is to be.
  static func place(_ plan: ContainerPlan) throws(Failure) -> (ContainerCgroup, CgroupHierarchies) {
    if plan.options.systemdCgroup {
      let hierarchies = try CgroupHierarchies.detect(ownCgroup: false)
      return (.systemd(try SystemdDriver.cgroup(plan, hierarchies)), hierarchies)
    }
    if plan.mayLackCgroup {
      let path = try CgroupsPath(nil, containerID: plan.options.id.text, isRelative: true)
      let hierarchies = try CgroupHierarchies.detect(ownCgroup: true)
      // Where its own cgroup is not known or not visible, an ordinary user has none.
      if let cgroup = try? Cgroup(path, in: hierarchies) { return (.cgroupfs(cgroup), hierarchies) }
    }
    let path = try CgroupsPath(plan.spec.linux.cgroupsPath, containerID: plan.options.id.text)
    let hierarchies = try CgroupHierarchies.detect(ownCgroup: !path.isAbsolute)
    return (.cgroupfs(try Cgroup(path, in: hierarchies)), hierarchies)
  }

  private mutating func make(_ console: consuming FileDescriptor?, _ filter: SeccompProgram?) throws(Failure) {
    try directory.make(StateDirectory.configuration, plan.configuration)
    try directory.replace(StateDirectory.record, record.encode())
    if let filter {
      try directory.writeFilter(filter)
      plan.filter.keep(filter)
    }
    if !plan.startsAtOnce { try directory.makeFifo() }
    if let manager = plan.notifySocket {
      try NotifyProxy.makeDirectory(directory)
      if plan.startsAtOnce { notify = try NotifyProxy(directory, manager: manager) }
    }
    let resources = plan.spec.linux.resources ?? LinuxResources()
    try cgroup.create(for: resources, skippingForbidden: plan.mayLackCgroup)
    madeCgroup = true
    record.setCgroup(cgroup)
    if plan.mayLackCgroup, rootfs.cgroups != nil {
      rootfs.cgroups = try plan.cgroupView(cgroup.files, hierarchies)
    }
    try cgroup.apply(resources, devices: plan.options.rootless ? .attempt : .set)
    if !cgroup.movesProcess { try plan.delegate(cgroup) }
    try makeIntelRdtGroup()
    if plan.mountsOnHost {
      record.hostRootMount = try HostRootMount.make(plan.rootPath)
      try directory.replace(StateDirectory.record, record.encode())
    }
    try spawn(console, filter)
    try accompany()
  }

  private mutating func makeIntelRdtGroup() throws(Failure) {
    guard var group = record.intelRdt, let config = plan.spec.linux.intelRdt else { return }
    defer { record.intelRdt = group }
    try within("linux.intelRdt") { () throws(Failure) in try group.create(config, in: group.tree) }
  }

  /// Makes the child.
  private mutating func spawn(_ console: consuming FileDescriptor?, _ filter: SeccompProgram?) throws(Failure) {
    var pair = try Sockets.messagePair()
    let own = pair.takeFirst()
    let theirs = pair.takeSecond()
    var joined = try JoinedNamespaces(plan.namespaces)
    var mounts = PreparedMounts()
    try plan.prepareMounts(rootfs, &mounts)
    let fifo: FileDescriptor? =
      plan.startsAtOnce ? nil : try Files.open(StateDirectory.fifo, at: directory.descriptor, [.path, .noFollow])
    let birthplace = try cgroup.openForClone() ?? FileDescriptor(owning: -1)
    let entrance = try cgroup.openEntrance()
    if let profile = plan.spec.linux.seccomp, filter?.hasListener == true { handover = try ListenerHandover(profile) }
    var wasRefused = false
    switch try clone(&joined, &mounts, preferring: birthplace, wasRefused: &wasRefused) {
    case .child:
      _ = own.release()
      let child = InitProcess(
        plan: plan, handshake: Handshake(theirs), joined: joined, mounts: mounts, console: console, fifo: fifo,
        filter: filter, handover: handover, rootfs: rootfs, entrance: entrance,
        mustBePlaced: wasRefused || cgroup.movesProcess, record: record)
      child.run()
    case .parent(let child):
      process = consume child
    }
    mustBePlaced = wasRefused || cgroup.movesProcess
    handshake = Handshake(own)
  }

  /// Makes the process with its new namespaces.
  private func clone(
    _ joined: inout JoinedNamespaces, _ mounts: inout PreparedMounts, preferring birthplace: borrowing FileDescriptor,
    wasRefused: inout Bool
  ) throws(Failure) -> Processes.Side {
    let namespaces = plan.namespaces
    if namespaces.userEntry == .byHelper {
      return try UserNamespaceEntry.clone(
        plan, &joined, rootfs, &mounts, preferring: birthplace, wasRefused: &wasRefused)
    }
    guard let join = namespaces.pid else {
      return try Processes.clone(namespaces.cloned, preferring: birthplace, wasRefused: &wasRefused)
    }
    let pid = try PidNamespace.open(join)
    try pid.enter()
    switch try Processes.clone(namespaces.cloned, preferring: birthplace, wasRefused: &wasRefused) {
    case .child: return .child
    case .parent(let child):
      try pid.leave()
      return .parent(child)
    }
  }
}

/// The conversation with the child.
extension Creation {
  /// Accompanies the child until it only waits for `go`.
  private mutating func accompany() throws(Failure) {
    guard let child = process.take(), let channel = handshake.take() else { return }
    let result: Result<Void, Failure>
    do {
      result = .success(try converse(child, channel))
    } catch {
      result = .failure(child.explain(error, cgroup.files))
    }
    process = consume child
    handshake = consume channel
    try result.get()
  }

  private mutating func converse(
    _ child: borrowing ProcessDescriptor, _ channel: borrowing Handshake
  ) throws(Failure) {
    record.pid = child.pid
    record.processStart = Processes.startTime(of: child.pid) ?? 0
    if mustBePlaced {
      try cgroup.place(child.pid)
      // systemd has made it only now.
      if cgroup.movesProcess { try plan.delegate(cgroup) }
      try channel.send(.proceed)
    }
    if let group = record.intelRdt { try group.add(child.pid, in: group.tree) }
    if plan.namespaces.createsUser {
      try channel.expect(.needMapping)
      try UserMapping.write(plan.spec.linux, of: child.pid, plan.options)
      try channel.send(.mapped)
    }
    if plan.isWorkedOnWhenMounted {
      try expect(.mounted, channel)
      if !plan.spec.linux.netDevices.isEmpty { try NetDevices.move(plan.spec.linux.netDevices, to: child.pid) }
      try runRuntimeHooks()
      try channel.send(.hooksDone)
    }
    try handover?.pass(from: child, channel, Container.stateDocument(record, status: .creating))
    warnings += try expect(.ready, channel)
    if plan.hasUserNamespace { try ProcessAttributes.setLimits(plan.process.rlimits, of: child.pid) }
    // An ordinary user's child has done that itself, if it may.
    if let score = plan.process.oomScoreAdj, plan.options.userID == 0 || !plan.namespaces.createsUser {
      try ProcessAttributes.setOOMScore(score, of: child.pid, rootless: plan.options.rootless)
    }
    record.isReady = true
    try directory.replace(StateDirectory.record, record.encode())
    if let path = plan.options.pidfdSocket { try ProcessReport.sendPidfd(child, to: path) }
    if let path = plan.options.pidFile {
      try ProcessReport.writePidFile(path, pid: child.pid)
      wrotePidFile = true
    }
  }

  /// Waits for the child, and opens sources of mounts for it if it asks for them.
  @discardableResult
  private func expect(_ message: Handshake.Message, _ channel: borrowing Handshake) throws(Failure) -> [String] {
    guard plan.parentOpensSources else { return try channel.expect(message) }
    return try channel.expect(message) { (position) throws(Failure) in
      if position == ContainerRoot.rootPosition { return try Mounts.copy(rootfs.rootPath, recursive: true) }
      guard let mount = rootfs.mounts.first(where: { $0.position == position }), mount.isForParent else {
        throw Failure("no mount for the parent at position \(position)")
      }
      return try mount.makeDetached()
    }
  }

  /// The hooks that see the container's namespaces and mounts, but run outside (config.md, «Prestart»,
  /// «CreateRuntime»). They may ask the runtime for the container's state.
  private mutating func runRuntimeHooks() throws(Failure) {
    if plan.spec.hooks.prestart.isEmpty, plan.spec.hooks.createRuntime.isEmpty { return }
    try directory.replace(StateDirectory.record, record.encode())
    let state = Container.state(record, status: .creating)
    try HookRunner.run(plan.spec.hooks.prestart, .prestart, state: state, bundle: plan.bundle)
    try HookRunner.run(plan.spec.hooks.createRuntime, .createRuntime, state: state, bundle: plan.bundle)
  }

  /// Lets the child go on: to wait for `start`, or, in `run`, to execute its program, which is waited for here.
  mutating func release() throws(Failure) {
    guard let channel = handshake.take() else { return }
    do {
      try channel.send(.go)
      if plan.startsAtOnce {
        try channel.expectEnd()
        try Poststart.run(plan.spec.hooks.poststart, record)
      }
    } catch {
      unwind()
      throw error
    }
  }

  /// The child, for whoever waits for it.
  mutating func takeProcess() -> ProcessDescriptor? {
    process.take()
  }

  /// Undoes what was done; see `ContainerPlan.unmake`.
  mutating func unwind() {
    plan.unmake(process.take(), record, madeCgroup ? cgroup : nil, directory, wrotePidFile: wrotePidFile)
    handshake = nil
  }
}

extension ContainerPlan {
  /// Ends the process of a container whose making failed and removes everything that was made: its `cgroup`, if one was,
  /// its state, its pid file. The hooks that follow a container's end run as they would after `delete`, once its process
  /// had been made (runtime.md, «Lifecycle» 3 to 13). Best effort: the first error is the one to tell.
  func unmake(
    _ process: consuming ProcessDescriptor?, _ record: ContainerRecord, _ cgroup: ContainerCgroup?,
    _ directory: borrowing StateDirectory, wrotePidFile: Bool
  ) {
    if let process {
      try? process.signal(Signals.kill)
      _ = try? process.wait()
    }
    if let cgroup {
      try? cgroup.signalAll(Signals.kill)
      try? cgroup.destroy()
    }
    if var group = record.intelRdt { group.undo(in: group.tree) }
    _ = try? record.removeHostRootMount()
    if wrotePidFile, let path = options.pidFile { try? Files.remove(path) }
    try? directory.remove()
    if record.pid > 0 { _ = Poststop.run(spec.hooks.poststop, record) }
  }
}

/// What making a container and restoring one have in common.
extension ContainerRecord {
  /// The record of a container that is about to be made.
  init(_ plan: ContainerPlan) {
    self.init(
      ociVersion: plan.spec.ociVersion, id: plan.options.id.text, bundle: plan.bundle, rootfs: plan.rootPath,
      created: Timestamp.now)
    annotations = plan.spec.annotations.entries
    bootID = Processes.bootID()
    hasLateHooks = !(plan.spec.hooks.poststart.isEmpty && plan.spec.hooks.poststop.isEmpty)
    rootless = plan.options.rootless
    noNewKeyring = plan.options.noNewKeyring
  }

  /// Takes away what the container has mounted on the host. Returns a warning when it could not be found any more.
  func removeHostRootMount() throws(Failure) -> String? {
    guard let hostRootMount, bootID == Processes.bootID(),
      try !HostRootMount.remove(rootfs, id: hostRootMount)
    else { return nil }
    return "the container's mounts on \(rootfs) are gone, or covered by another mount that keeps them"
  }

  mutating func setCgroup(_ cgroup: ContainerCgroup) {
    cgroupPaths = cgroup.paths.map { .init(key: $0.controller, value: $0.path) }
    guard case .systemd(let unit) = cgroup else { return }
    systemdUnit = unit.unit.name
    systemdBus = unit.busText
  }
}

extension ContainerPlan {
  /// Gives a cgroup that was just made to its owner in the container, where it is to have one.
  func delegate(_ cgroup: ContainerCgroup) throws(Failure) {
    guard let owner = cgroupOwner else { return }
    do throws(Failure) {
      try cgroup.delegate(to: owner)
    } catch {
      guard options.rootless, error.isForbidden else { throw error }
    }
  }
}

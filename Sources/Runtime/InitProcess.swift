internal import Cgroups
internal import Linux
internal import Rootfs
internal import RuntimeSpec
internal import Seccomp
internal import Security

/// The child's side of making a container (DESIGN: C): the process that becomes the container's. It is a copy of the
/// parent and has the plan as it was parsed; nothing is passed to it in another form.
struct InitProcess: ~Copyable {
  let plan: ContainerPlan
  let handshake: Handshake
  var joined: JoinedNamespaces
  /// Mounts that the parent opened, because the child's user could not.
  var mounts: PreparedMounts
  /// The connected console socket, when the payload has a terminal.
  var console: FileDescriptor?
  /// exec.fifo, opened with O_PATH; nil when the payload starts at once.
  var fifo: FileDescriptor?
  let filter: SeccompProgram?
  let handover: ListenerHandover?
  let rootfs: RootfsPlan
  /// The way into the cgroups.
  var entrance: CgroupEntrance
  /// Whether the parent moves this process into its cgroup first.
  let mustBePlaced: Bool
  var record: ContainerRecord
  /// A private procfs through which exec.fifo is opened.
  var procfs: Procfs?

  /// Becomes the payload, or tells the parent (later: `start`) why it could not, and ends.
  consuming func run() -> Never {
    var payload = Payload(
      process: plan.process, filter: filter, handover: handover, setsLimits: !plan.hasUserNamespace,
      keptDescriptors: plan.keptDescriptors,
      ignoredSignals: plan.ignoredSignals, keepsGroups: plan.spec.annotations[Payload.keepGroupsAnnotation] != nil)
    payload.process.env += plan.addedEnvironment
    let program: Payload.Program
    do {
      Processes.hideInvocation(as: "swiftlet")
      try closeOthers()
      try setUp()
      program = try payload.enter(handshake)
      try Processes.setParentDeathSignal(0)
      try handshake.send(readyWith: program.warnings)
      try handshake.expect(.go)
    } catch {
      handshake.send(error)
      Processes.exit(1)
    }
    var gate: FileDescriptor?
    do {
      gate = try waitForStart()
      let reporting = gateNumber(gate)
      try HookRunner.run(plan.spec.hooks.startContainer, .startContainer, state: state(.created))
      try payload.execute(program, reporting: reporting)
    } catch {
      report(error, gate)
      Processes.exit(1)
    }
  }

  /// Nothing of what the parent has open is the child's, but what was made for it and what the payload is to get; the
  /// state directory's lock least of all.
  private func closeOthers() throws(Failure) {
    let kept =
      [handshake.descriptor, Descriptors.number(console), Descriptors.number(fifo)] + joined.numbers + mounts.numbers
      + entrance.numbers
    try Descriptors.close(from: Int32(3 + plan.keptDescriptors), except: kept)
  }

  /// Everything that needs the runtime's rights.
  private mutating func setUp() throws(Failure) {
    try Processes.setParentDeathSignal(Signals.kill)
    if mustBePlaced { try handshake.expect(.proceed) }
    try entrance.enter()
    try enterNamespaces()
    try Processes.startSession()
    if !plan.options.noNewKeyring {
      _ = try SessionKeyring.create(
        for: plan.options.id.text, userNamespace: plan.hasUserNamespace,
        label: plan.process.selinuxLabel)
    }
    try nameHost()
    if let policy = plan.spec.linux.memoryPolicy { try ProcessAttributes.setMemoryPolicy(policy) }
    try makeRoot()
    if let personality = plan.spec.linux.personality { try ProcessAttributes.setPersonality(personality) }
    try KernelParameters.apply(plan.spec.linux.sysctl)
    if fifo != nil { procfs = try Procfs(.processes) }
  }

  private mutating func enterNamespaces() throws(Failure) {
    let namespaces = plan.namespaces
    // A process that went in between has joined all that there is.
    try joined.joinOthers(mayBeRefused: namespaces.user != nil)
    if namespaces.userEntry == .byChild {
      plan.prepareForeignMounts(rootfs, &mounts, alsoProc: true)
      if namespaces.createsUser { try Namespaces.unshare(.user) }
      try joined.joinUser(plan.spec.linux)
      try joined.joinOthers(mayBeRefused: false)
    }
    try becomeMapped()
    if plan.hasUserNamespace {
      try setIDs()
      if !namespaces.unshared.isEmpty { try Namespaces.unshare(namespaces.unshared) }
    }
    if namespaces.newCgroup { try Namespaces.unshare(.cgroup) }
    if namespaces.creates(.network) { try Namespaces.bringUp(interface: "lo") }
  }

  /// Has the parent write the mappings of a new user namespace, and writes the offsets of a new time namespace. An
  /// ordinary user may do so only while this process is dumpable: its files in /proc are root's otherwise.
  private func becomeMapped() throws(Failure) {
    let namespaces = plan.namespaces
    guard namespaces.createsUser || namespaces.timeOffsets != nil else { return }
    let isOrdinary = plan.options.userID != 0
    if isOrdinary { try Processes.setDumpable(true) }
    if namespaces.createsUser {
      try handshake.send(.needMapping)
      try handshake.expect(.mapped)
    }
    if let offsets = namespaces.timeOffsets { try TimeNamespace.enter(offsets: offsets) }
    if isOrdinary {
      if let score = plan.process.oomScoreAdj {
        try ProcessAttributes.setOOMScore(score, of: nil, rootless: true)
      }
      try Processes.setDumpable(false)
    }
  }

  /// Becomes root in the user namespace.
  private func setIDs() throws(Failure) {
    try Processes.setGroup(0)
    try Processes.setUser(0)
  }

  private func nameHost() throws(Failure) {
    if let name = plan.spec.hostname, !name.isEmpty { try Namespaces.setHostName(name) }
    if let name = plan.spec.domainname, !name.isEmpty { try Namespaces.setDomainName(name) }
  }
}

/// The root file system.
extension InitProcess {
  /// Makes the root, runs the hooks that want to see it before it becomes the root, and changes to it.
  private mutating func makeRoot() throws(Failure) {
    let ownsMounts = plan.namespaces.creates(.mount)
    let askParent = plan.parentOpensSources ? handshake.sourceRequest : nil
    var root =
      ownsMounts
      ? try ContainerRoot.prepare(rootfs, askParent: askParent) : try ContainerRoot.prepareShared(rootfs)
    try root.performMounts(&mounts, askParent: askParent)
    try root.makeDevices()
    if plan.isWorkedOnWhenMounted {
      try handshake.send(.mounted)
      try handshake.expect(.hooksDone)
    }
    if !plan.spec.hooks.createContainer.isEmpty {
      Processes.setUmask(root.umask)
      try root.makeWorkingDirectory()
      try HookRunner.run(plan.spec.hooks.createContainer, .createContainer, state: state(.creating))
      Processes.setUmask(0)
    }
    try root.enter(!ownsMounts ? .changeRoot : plan.options.noPivot ? .moveMount : .pivotRoot)
    if plan.process.terminal { try openTerminal(root.root) } else { try root.root.reopenNullStreams() }
    if plan.process.cwd != "/" { try makeWorkingDirectory(root.root) }
    try root.finish()
  }

  /// Makes the payload's terminal inside the container, so that its path there is right, and sends the master out.
  private mutating func openTerminal(_ root: borrowing RootDescriptor) throws(Failure) {
    let master = try Console.openMaster(root)
    let peer = try Terminals.openPeer(of: master)
    try root.attachConsole(peer: peer)
    try Console.adopt(peer, size: plan.process.consoleSize)
    if let socket = console.take() { try Console.send(master, over: socket) }
  }

  /// Makes the payload's working directory where it is missing, as the payload's user's.
  private func makeWorkingDirectory(_ root: borrowing RootDescriptor) throws(Failure) {
    let path = ContainerPath(plan.process.cwd)
    guard try root.resolveIfPresent(path, [.path]) == nil else { return }
    let directory = try within("make cwd \(path)") { () throws(Failure) in try root.makeDirectories(path) }
    try Files.changeOwner(at: directory, uid: plan.process.user.uid, gid: plan.process.user.gid)
  }

  private func state(_ status: ContainerStatus) -> [UInt8] {
    Container.state(record, status: status)
  }
}

/// Waiting for `start`.
extension InitProcess {
  /// Opens exec.fifo for writing, which blocks until `start` opens it for reading. nil when the payload starts at once.
  private mutating func waitForStart() throws(Failure) -> FileDescriptor? {
    guard let fifo = fifo.take(), let procfs = procfs.take() else { return nil }
    return try procfs.reopen(fifo, .write)
  }

  /// The descriptor through which a failure is told from now on.
  private func gateNumber(_ gate: borrowing FileDescriptor?) -> Int32 {
    Descriptors.number(gate) < 0 ? handshake.descriptor : Descriptors.number(gate)
  }

  private func report(_ failure: Failure, _ gate: borrowing FileDescriptor?) {
    switch gate {
    case .some(let gate): try? gate.write(failure.description, StateDirectory.fifo)
    case .none: handshake.send(failure)
    }
  }
}

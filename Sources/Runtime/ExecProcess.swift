internal import Cgroups
internal import Rootfs
package import Linux
package import RuntimeSpec
internal import Seccomp
internal import Security

/// What the caller asks of `exec`.
package struct ExecOptions: Sendable {
  /// The process to run, already complete.
  package var process: RuntimeSpec.Process
  package var detach = false
  package var consoleSocket: String?
  package var pidfdSocket: String?
  package var pidFile: String?
  package var preservedDescriptors = 0
  package var ignorePaused = false
  /// Cgroups below the container's own: one in all hierarchies, with no controller, or one for each of some controllers.
  package var subCgroups: [(controller: String?, path: String)] = []

  package init(process: RuntimeSpec.Process) {
    self.process = process
  }
}

/// `exec`: one more process in a running container's namespaces and cgroup.
package enum ExecProcess {
  /// Starts the process; in the foreground waits for it and returns its exit code, detached returns 0. Warnings are
  /// about what was left out.
  package static func run(
    _ container: borrowing Container, _ options: ExecOptions
  ) throws(Failure) -> (code: Int32, warnings: [String]) {
    try PreservedDescriptors.check(preserved: options.preservedDescriptors, kept: options.preservedDescriptors)
    let status = try container.status()
    guard status != .stopped, status != .creating, let initProcess = try container.process() else {
      throw Failure("cannot exec in a stopped container")
    }
    if status == .paused, !options.ignorePaused {
      throw Failure("cannot exec in a paused container (use --ignore-paused to override)")
    }
    let text = try container.configurationText()
    let spec = try Configuration.decode(text, skipping: .seccomp)
    try Labels.validate(options.process)
    try Processes.setDumpable(false)
    var terminal = try TerminalTransfer(
      wanted: options.process.terminal, socket: options.consoleSocket, detached: options.detach)
    var foreground: Foreground? = options.detach ? nil : try Foreground()
    let filter = try text.hasSeccomp ? container.directory.readFilter() : nil
    let handover = try handover(text, filter)
    let hasUserNamespace = spec.linux.namespaces.contains { $0.type == .user }
    var process = options.process
    if !options.detach { TerminalTransfer.giveSize(to: &process) }
    let payload = Payload(
      process: process, filter: filter, handover: handover, setsLimits: !hasUserNamespace,
      keptDescriptors: options.preservedDescriptors,
      ignoredSignals: try Signals.ignored(), keepsGroups: spec.annotations[Payload.keepGroupsAnnotation] != nil)
    var warnings: [String] = []
    let child = try start(container, spec, payload, initProcess, terminal.takeSocket(), options, &warnings)
    guard var watcher = foreground.take() else { return (0, warnings) }
    return (try watcher.wait(for: child, master: try terminal.receiveMaster()), warnings)
  }

  /// The listener of the filter, as it is written in the configuration.
  private static func handover(
    _ text: ConfigurationText, _ filter: SeccompProgram?
  ) throws(Failure) -> ListenerHandover? {
    guard filter?.hasListener == true, let profile = try Configuration.decode(text).linux.seccomp else { return nil }
    return try ListenerHandover(profile)
  }

  /// Makes the process and accompanies it until its program was executed.
  private static func start(
    _ container: borrowing Container, _ spec: Spec, _ payload: Payload, _ initProcess: borrowing ProcessDescriptor,
    _ console: consuming FileDescriptor?, _ options: ExecOptions, _ warnings: inout [String]
  ) throws(Failure) -> ProcessDescriptor {
    var pair = try Sockets.messagePair()
    let own = pair.takeFirst()
    let theirs = pair.takeSecond()
    let cgroup = try container.cgroup().placed(in: options.subCgroups)
    var kinds: Namespaces.Kinds = []
    for namespace in spec.linux.namespaces { kinds.insert(Namespaces.Kinds(namespace.type)) }
    if container.record.hasRestoredTime { kinds.insert(.time) }
    let birthplace = try cgroup.openForClone() ?? FileDescriptor(owning: -1)
    let entrance = try cgroup.openEntrance()
    var mustBePlaced = false
    var child: ProcessDescriptor
    switch try Processes.clone([], preferring: birthplace, wasRefused: &mustBePlaced) {
    case .child:
      _ = own.release()
      let joining = JoiningProcess(
        payload: payload, handshake: Handshake(theirs), console: console, entrance: entrance,
        mustBePlaced: mustBePlaced, kinds: kinds, linux: spec.linux, containerID: container.record.id,
        noNewKeyring: container.record.noNewKeyring)
      joining.run(initProcess)
    case .parent(let process):
      child = consume process
    }
    _ = consume theirs
    let handshake = Handshake(own)
    do {
      var outside: [String] = []
      if mustBePlaced {
        outside = try place(child.pid, in: cgroup, container, options)
        try handshake.send(.proceed)
      }
      if kinds.contains(.pid) { child = try succeed(child, handshake) }
      try enterIntelRdtGroup(child.pid, container.record)
      try payload.handover?.pass(from: child, handshake, Container.stateDocument(container.record, status: .running))
      warnings = outside + (try accompany(child, handshake, payload, options))
    } catch {
      let failure = child.explain(error, cgroup)
      try? child.signal(Signals.kill)
      _ = try? child.wait()
      throw failure
    }
    return child
  }

  /// Moves the process into the v2 cgroup, or to where the container's own process is when that takes none any more.
  ///
  /// An ordinary user may move processes only among cgroups that are all the user's, and a session elsewhere is not one
  /// of them: then the process stays outside, as with runc, and a warning says so.
  private static func place(
    _ pid: Int32, in cgroup: Cgroup, _ container: borrowing Container, _ options: ExecOptions
  ) throws(Failure) -> [String] {
    do throws(Failure) {
      try container.record.place(pid, in: cgroup)
    } catch {
      if error.isForbidden, container.record.rootless, options.subCgroups.isEmpty {
        return ["the process is not in the container's cgroup: \(error.description)"]
      }
      guard error.errno == .busy, options.subCgroups.isEmpty else { throw error }
      let hierarchies = try CgroupHierarchies.detect(ownCgroup: false)
      try cgroup.following(initProcess: container.record.pid, in: hierarchies).addToUnified(pid)
    }
    return []
  }

  /// The process is no descendant of the container's, whose group it would inherit. A group that is gone is none, as with
  /// runc.
  private static func enterIntelRdtGroup(_ pid: Int32, _ record: ContainerRecord) throws(Failure) {
    guard let group = record.intelRdt, try group.tree.exists(group.name) else { return }
    try group.add(pid, in: group.tree)
  }

  /// Takes leave of the process that joined the container's namespaces, and returns the one that it made in them: a
  /// child of this process too.
  private static func succeed(
    _ first: borrowing ProcessDescriptor, _ handshake: borrowing Handshake
  ) throws(Failure) -> ProcessDescriptor {
    let pid = try handshake.expectSuccessor()
    _ = try first.wait()
    guard let successor = try ProcessDescriptor.open(pid) else { throw Failure("open process \(pid)", .noSuchProcess) }
    try handshake.send(.proceed)
    return successor
  }

  private static func accompany(
    _ child: borrowing ProcessDescriptor, _ handshake: borrowing Handshake, _ payload: Payload,
    _ options: ExecOptions
  ) throws(Failure) -> [String] {
    let warnings = try handshake.expect(.ready)
    if !payload.setsLimits { try ProcessAttributes.setLimits(options.process.rlimits, of: child.pid) }
    if let score = options.process.oomScoreAdj {
      try ProcessAttributes.setOOMScore(score, of: child.pid, rootless: Processes.effectiveUserID != 0)
    }
    if let path = options.pidfdSocket { try ProcessReport.sendPidfd(child, to: path) }
    if let path = options.pidFile { try ProcessReport.writePidFile(path, pid: child.pid) }
    try handshake.send(.go)
    try handshake.expectEnd()
    return warnings
  }
}

/// The child's side of `exec`: a first process, still in the runtime's pid namespace, closes what is not the
/// container's and joins all namespaces; where the pid namespace is among them, a second one goes on.
///
/// So nothing of the host is to be found in any process that the container can see: its processes could otherwise reach
/// the host's root by /proc/PID/root, given CAP_SYS_PTRACE (CVE-2016-9962).
private struct JoiningProcess: ~Copyable {
  let payload: Payload
  let handshake: Handshake
  var console: FileDescriptor?
  var entrance: CgroupEntrance
  let mustBePlaced: Bool
  let kinds: Namespaces.Kinds
  /// Of the container: its memory policy and execution domain are the process's too.
  let linux: LinuxSection
  let containerID: String
  let noNewKeyring: Bool

  consuming func run(_ initProcess: borrowing ProcessDescriptor) -> Never {
    do {
      Processes.hideInvocation(as: "swiftlet")
      try closeOthers(initProcess)
      try Processes.setParentDeathSignal(Signals.kill)
      try enter(initProcess)
      if kinds.contains(.pid) { try goOnInside() }
      try Processes.startSession()
      if !noNewKeyring {
        _ = try SessionKeyring.enter(containerID, label: payload.process.selinuxLabel)
      }
      if payload.process.terminal {
        try openTerminal()
      } else {
        try RootDescriptor(Files.open("/", [.path, .directory])).reopenNullStreams()
      }
      if let policy = linux.memoryPolicy { try ProcessAttributes.setMemoryPolicy(policy) }
      if let personality = linux.personality { try ProcessAttributes.setPersonality(personality) }
      let program = try payload.enter(handshake)
      try Processes.setParentDeathSignal(0)
      try handshake.send(readyWith: program.warnings)
      try handshake.expect(.go)
      try payload.execute(program, reporting: handshake.descriptor)
    } catch {
      handshake.send(error)
      Processes.exit(1)
    }
  }

  /// Joins the container's cgroup and namespaces. The pid namespace is that of children alone.
  private mutating func enter(_ initProcess: borrowing ProcessDescriptor) throws(Failure) {
    if let cpus = payload.process.execCPUAffinity?.initial {
      try Scheduling.setAffinity(pid: 0, cpus: ProcessAttributes.parseList(cpus))
    }
    if mustBePlaced { try handshake.expect(.proceed) }
    try entrance.enter()
    if let cpus = payload.process.execCPUAffinity?.final {
      try Scheduling.setAffinity(pid: 0, cpus: ProcessAttributes.parseList(cpus))
    }
    let root: FileDescriptor? = sharesMounts ? try Procfs(.processes).openRoot(of: initProcess) : nil
    try Namespaces.join(initProcess, kinds)
    if let root {
      try Processes.changeDirectory(root)
      try Processes.changeRoot(".")
    }
    if kinds.contains(.user) {
      try Processes.setGroup(0)
      try Processes.setUser(0)
    }
  }

  /// Whether the container's root is but a directory in a mount namespace that is not its own.
  private var sharesMounts: Bool {
    !linux.namespaces.contains { $0.type == .mount && ($0.path ?? "").isEmpty }
  }

  /// Returns in a new process, which is in the pid namespace, and a child of the runtime.
  private func goOnInside() throws(Failure) {
    switch try Processes.clone([], siblingOfCaller: true) {
    case .child:
      try Processes.setParentDeathSignal(Signals.kill)
      // Nothing is said before the first process has told of this one.
      try handshake.expect(.proceed)
    case .parent(let successor):
      try handshake.send(successor: successor.pid)
      Processes.exit(0)
    }
  }

  private func closeOthers(_ initProcess: borrowing ProcessDescriptor) throws(Failure) {
    let kept =
      [handshake.descriptor, initProcess.descriptor.raw, Descriptors.number(console)] + entrance.numbers
    try Descriptors.close(from: Int32(3 + payload.keptDescriptors), except: kept)
  }

  private mutating func openTerminal() throws(Failure) {
    let root = RootDescriptor(try Files.open("/", [.path, .directory]))
    let master = try Console.openMaster(root)
    let peer = try Terminals.openPeer(of: master)
    try Console.adopt(peer, size: payload.process.consoleSize)
    if let socket = console.take() { try Console.send(master, over: socket) }
  }
}

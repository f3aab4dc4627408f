internal import CRIU
internal import Cgroups
internal import Linux
internal import Rootfs
internal import RuntimeSpec
internal import Seccomp

/// Making a container by restoring it: what `Creation` is for `create`. criu takes the place of the child: it starts in
/// the container's cgroup, makes the container's processes, and ends.
struct Restoration: ~Copyable {
  let plan: ContainerPlan
  private let rootfs: RootfsPlan
  let directory: StateDirectory
  private(set) var record: ContainerRecord
  private var cgroup: ContainerCgroup
  private var madeCgroup = false
  private var wrotePidFile = false
  /// The restored process, once it is there.
  private var process: ProcessDescriptor?
  /// Where the container's terminal is sent to.
  private var console: FileDescriptor?

  private init(
    _ plan: ContainerPlan, _ rootfs: RootfsPlan, _ directory: consuming StateDirectory, _ cgroup: ContainerCgroup,
    _ console: consuming FileDescriptor?
  ) {
    self.plan = plan
    self.rootfs = rootfs
    self.directory = directory
    self.cgroup = cgroup
    self.console = console
    record = ContainerRecord(plan)
    record.setCgroup(cgroup)
  }

  /// Restores the container that `plan` describes. `request` lacks only what depends on the new container; `inherited`
  /// are descriptors that criu gets.
  static func perform(
    _ plan: ContainerPlan, program: String, _ request: CriuOptions, inherited: borrowing DescriptorList,
    console: consuming FileDescriptor?
  ) throws(Failure) -> Restoration {
    let filter = try plan.filter.program(plan.spec.linux.seccomp)
    let (cgroup, hierarchies) = try Creation.place(plan)
    let intelRdt = try plan.intelRdtGroup()
    let rootfs = try RootfsPlan(
      plan.spec, bundle: plan.bundle, cgroups: plan.cgroupView(cgroup.files, hierarchies),
      mountLabel: plan.spec.linux.mountLabel)
    var restoration = Restoration(
      plan, rootfs, try StateDirectory.create(plan.options.id, root: plan.options.root), cgroup, console)
    restoration.record.intelRdt = intelRdt
    do {
      try restoration.make(program, request, inherited, filter)
    } catch {
      restoration.unwind()
      throw error
    }
    return restoration
  }

  private mutating func make(
    _ program: String, _ request: CriuOptions, _ inherited: borrowing DescriptorList, _ filter: SeccompProgram?
  ) throws(Failure) {
    try directory.replace(StateDirectory.configuration, plan.configuration)
    try directory.replace(StateDirectory.record, record.encode())
    if let filter {
      try directory.writeFilter(filter)
      plan.filter.keep(filter)
    }
    if plan.notifySocket != nil { try NotifyProxy.makeDirectory(directory) }
    let resources = plan.spec.linux.resources ?? LinuxResources()
    try cgroup.create(for: resources, skippingForbidden: plan.mayLackCgroup)
    madeCgroup = true
    record.setCgroup(cgroup)
    try cgroup.apply(resources, devices: plan.options.rootless ? .attempt : .set)
    if !cgroup.movesProcess { try plan.delegate(cgroup) }
    if var group = record.intelRdt, let config = plan.spec.linux.intelRdt {
      defer { record.intelRdt = group }
      try within("linux.intelRdt") { () throws(Failure) in try group.create(config, in: group.tree) }
    }
    let workspace = try Files.readLink("/proc/self/fd/\(directory.descriptor.raw)")
    let criu = try start(program, inherited, workspace: workspace)
    do {
      try restore(criu, request, workspace: workspace)
    } catch {
      _ = try? criu.finish()
      throw error
    }
    let ended = try criu.finish()
    guard ended == .exited(0) else { throw Failure("criu failed: type RESTORE: \(ended)") }
    guard record.isReady else { throw Failure("criu failed: type RESTORE: it told of no process") }
    if let path = plan.options.pidFile {
      try ProcessReport.writePidFile(path, pid: record.pid)
      wrotePidFile = true
    }
  }

  private mutating func restore(
    _ criu: borrowing CriuProcess, _ request: CriuOptions, workspace: String
  ) throws(Failure) {
    var request = request
    request.root = workspace + "/" + RestoreRoot.root
    request.externalMounts = ExternalMounts.sources(rootfs, workspace: workspace)
    request.cgroupRoots = try Self.cgroups(of: criu.process.pid)
    var directories = DescriptorList()
    directories.append(try Self.directory(request.imagesDirectory, seenBy: criu.process.pid))
    if let work = request.workDirectory { directories.append(try Self.directory(work, seenBy: criu.process.pid)) }
    if let group = record.intelRdt { try group.add(criu.process.pid, in: group.tree) }
    try exchange(criu, request, in: directories)
  }

  /// `directories`, that of the images and the working directory, stay open here: criu opens them through /proc.
  private mutating func exchange(
    _ criu: borrowing CriuProcess, _ request: CriuOptions, in directories: borrowing DescriptorList
  ) throws(Failure) {
    var request = request
    request.imagesDirectory = directories.numbers[0]
    if request.workDirectory != nil { request.workDirectory = directories.numbers[1] }
    _ = try criu.exchange(.restore(request)) { (notification, descriptor) throws(Failure) in
      try answer(notification, descriptor)
    }
  }

  /// A directory of ours as a mount of criu's namespace: criu mounts in its working directory.
  private static func directory(_ number: Int32, seenBy pid: Int32) throws(Failure) -> FileDescriptor {
    try Files.open("/proc/\(pid)/root" + Files.readLink("/proc/self/fd/\(number)"), .directory)
  }

  /// The cgroups of criu by controller: those that the processes are to be restored into.
  private static func cgroups(of pid: Int32) throws(Failure) -> [CriuOptions.Mapping] {
    var roots: [CriuOptions.Mapping] = []
    for line in try Files.read("/proc/\(pid)/cgroup", limit: 1 << 16).split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let path = String(decoding: fields[2], as: UTF8.self)
      for controller in fields[1].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
        roots.append(.init(String(decoding: controller, as: UTF8.self), path))
      }
    }
    return roots
  }

  /// The restored process, for whoever waits for it.
  mutating func takeProcess() -> ProcessDescriptor? {
    process.take()
  }

  /// Undoes what was done; see `ContainerPlan.unmake`.
  private mutating func unwind() {
    plan.unmake(process.take(), record, madeCgroup ? cgroup : nil, directory, wrotePidFile: wrotePidFile)
  }
}

/// Starting criu.
extension Restoration {
  /// Starts criu in the container's cgroup and in a mount namespace of its own, with the caller's standard streams, or
  /// none when the container has a terminal.
  private mutating func start(
    _ program: String, _ inherited: borrowing DescriptorList, workspace: String
  ) throws(Failure) -> CriuProcess {
    var pair = try Sockets.messagePair()
    let own = pair.takeFirst()
    let theirs = pair.takeSecond()
    var report = try ExecReport()
    var prepared = PreparedMounts()
    try plan.prepareMounts(rootfs, &prepared)
    let birthplace = try cgroup.openForClone() ?? FileDescriptor(owning: -1)
    let entrance = try cgroup.openEntrance()
    var wasRefused = false
    switch try Processes.clone([], preferring: birthplace, wasRefused: &wasRefused) {
    case .child:
      _ = own.release()
      let child = RestoringProcess(
        plan: plan, rootfs: rootfs, workspace: workspace, entrance: entrance, mounts: prepared,
        mustBePlaced: wasRefused || cgroup.movesProcess)
      child.run(program, socket: theirs.release(), inherited: inherited.numbers, gate: report.takeGate().release())
    case .parent(let child):
      _ = consume theirs
      do {
        if wasRefused || cgroup.movesProcess {
          try cgroup.place(child.pid)
          if cgroup.movesProcess { try plan.delegate(cgroup) }
          try Sockets.send([1], over: own)
        }
        try report.wait(for: child)
      } catch {
        try? child.signal(Signals.kill)
        _ = try? child.wait()
        throw error
      }
      return CriuProcess(child, socket: own)
    }
  }
}

/// What criu tells on the way.
extension Restoration {
  private mutating func answer(
    _ notification: CriuResponse.Notification, _ descriptor: consuming FileDescriptor?
  ) throws(Failure) {
    switch notification.script {
    case "setup-namespaces": try setUpNamespaces(notification.pid)
    case "post-restore": try adopt(notification.pid)
    case "orphan-pts-master":
      guard let master = descriptor else { throw Failure("criu sent no terminal") }
      if let socket = console.take() { try Console.send(master, over: socket) }
    default: break
    }
  }

  /// The namespaces are there, and nothing in them runs yet: the hooks that set them up run as at create.
  private mutating func setUpNamespaces(_ pid: Int32?) throws(Failure) {
    if let pid, plan.namespaces.creates(.network) { try Self.bringUpLoopback(of: pid) }
    let hooks = plan.spec.hooks
    guard !(hooks.prestart.isEmpty && hooks.createRuntime.isEmpty) else { return }
    try identify(pid)
    try directory.replace(StateDirectory.record, record.encode())
    let state = Container.state(record, status: .creating)
    try HookRunner.run(hooks.prestart, .prestart, state: state, bundle: plan.bundle)
    try HookRunner.run(hooks.createRuntime, .createRuntime, state: state, bundle: plan.bundle)
  }

  /// As at create: criu has made the network namespace anew, with nothing in it.
  private static func bringUpLoopback(of pid: Int32) throws(Failure) {
    let own = try Files.open("/proc/self/ns/net", .read)
    try Namespaces.join(try Files.open("/proc/\(pid)/ns/net", .read), .network)
    let result: Result<Void, Failure>
    do {
      result = .success(try Namespaces.bringUp(interface: "lo"))
    } catch {
      result = .failure(error)
    }
    try Namespaces.join(own, .network)
    try result.get()
  }

  /// The processes are restored, and about to run.
  private mutating func adopt(_ pid: Int32?) throws(Failure) {
    try identify(pid)
    process = try ProcessDescriptor.open(record.pid)
    let own = try FileStatus.of("/proc/self/ns/time", followLink: true).inode
    let restored = try? FileStatus.of("/proc/\(record.pid)/ns/time", followLink: true).inode
    record.hasRestoredTime = restored != nil && restored != own && !plan.namespaces.creates(.time)
    record.isReady = true
    try directory.replace(StateDirectory.record, record.encode())
  }

  private mutating func identify(_ pid: Int32?) throws(Failure) {
    guard let pid, pid > 0, let start = Processes.startTime(of: pid) else {
      throw Failure("criu told of no process")
    }
    record.pid = pid
    record.processStart = start
  }
}

/// The child's side of a restore: it becomes criu.
private struct RestoringProcess: ~Copyable {
  let plan: ContainerPlan
  let rootfs: RootfsPlan
  /// Where what criu needs is mounted, in a mount namespace of its own.
  let workspace: String
  var entrance: CgroupEntrance
  var mounts: PreparedMounts
  let mustBePlaced: Bool

  consuming func run(_ program: String, socket: Int32, inherited: [Int32], gate: Int32) -> Never {
    do {
      try prepare(socket)
    } catch {
      CriuProcess.fail(error, gate)
    }
    CriuProcess.become(
      program, environment: plan.options.environment, socket: socket, inherited: inherited, gate: gate)
  }

  private mutating func prepare(_ socket: Int32) throws(Failure) {
    if mustBePlaced {
      guard try Descriptors.readSome(socket, 1) == [1] else { throw Failure("the runtime has ended") }
    }
    try entrance.enter()
    if plan.process.terminal { try CriuProcess.useNullStreams() }
    guard plan.namespaces.hasMountNamespace else {
      throw Failure("a container without a mount namespace cannot be restored")
    }
    // Nothing of what is mounted for criu is seen on the host, nor is it left there however criu ends. What the host
    // mounts is seen here: the container's mounts follow it again if they did so before, and criu takes that from theirs.
    try Namespaces.unshare(.mount)
    try Mounts.setPropagationOfRoot(.slave, recursive: true)
    let directory = try Files.open(workspace, [.path, .directory, .noFollow])
    try RestoreRoot.prepare(rootfs, on: directory, &mounts)
  }
}

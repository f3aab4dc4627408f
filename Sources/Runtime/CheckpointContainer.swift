internal import CRIU
package import Linux
internal import Rootfs
internal import RuntimeSpec

/// `checkpoint`: saves the processes of a container with criu, over its RPC.
package enum CheckpointContainer {
  private static let logFile = "dump.log"

  /// Dumps a running or paused container, and deletes it unless it is to run on. Returns warnings.
  ///
  /// Throws `container cannot be checkpointed in STATE state` for any other.
  package static func run(_ container: borrowing Container, _ options: CheckpointOptions) throws(Failure) -> [String] {
    let status = try container.status()
    guard status == .running || status == .paused else {
      throw Failure("container cannot be checkpointed in \(status.rawValue) state")
    }
    let program = try CriuProgram.find(options.environment)
    let version = try CriuProcess.version(program, environment: options.environment)
    try version.require(30000)
    let pageServer = try options.parsedPageServer()
    let parent = try parentPath(options)
    let directories = try CheckpointDirectories(options, logFile: logFile, make: true)
    var request = try options.common(
      images: directories.images.raw, work: Descriptors.number(directories.work), logFile: logFile,
      annotations: container.record.annotations.map { ($0.key, $0.value) })
    request.pid = container.record.pid
    request.root = container.record.rootfs
    request.leaveRunning = options.leaveRunning
    request.skipsInFlightTCP = options.skipsInFlightTCP
    request.linkRemap = options.linkRemap
    request.pageServer = pageServer
    if let parent {
      request.parentImages = parent
      request.tracksMemory = true
    }
    let spec = try container.configuration()
    request.externals = try externalNamespaces(spec, container.record.pid, version)
    request.freezerCgroup = freezer(container.record, version)
    var readiness = try StatusDescriptor(options, version)
    request.statusDescriptor = readiness.forCriu
    try requireFeatures(options, program)
    if !options.preDump {
      request.externalMounts = try externalMounts(container, spec)
      let streams = ExternalStreams.of(container.record.pid, try container.processes())
      try ExternalStreams.write(streams, to: directories.images)
    }
    do {
      try dump(options.preDump ? .preDump(request) : .dump(request), program, options, &readiness)
    } catch {
      throw directories.explain(error)
    }
    if options.leaveRunning || options.preDump { return [] }
    do {
      return try DeleteContainer.afterDump(container.directory, container.record)
    } catch {
      return [error.description]
    }
  }

  private static func dump(
    _ request: CriuRequest, _ program: String, _ options: CheckpointOptions, _ status: inout StatusDescriptor
  ) throws(Failure) {
    let criu = try CriuProcess.start(program, environment: options.environment)
    do {
      _ = try criu.exchange(request) { (notification, _) throws(Failure) in
        status.criuHasAnswered()
        if notification.script == "status-ready" { status.tellReady() }
      }
    } catch {
      _ = try? criu.finish()
      throw error
    }
    let ended = try criu.finish()
    // After a pre-dump criu waits for the next one, and takes it for a fault that there is none.
    if ended != .exited(0), request.kind != .preDump { throw Failure("criu failed: \(ended)") }
  }

  private static func requireFeatures(_ options: CheckpointOptions, _ program: String) throws(Failure) {
    var wanted = CriuFeatures()
    if options.preDump { wanted.tracksMemory = true }
    if options.lazyPages { wanted.lazyPages = true }
    guard wanted != CriuFeatures() else { return }
    try CriuProcess.require(wanted, program, environment: options.environment)
  }

  /// `--parent-path`, which criu takes relative to the images.
  private static func parentPath(_ options: CheckpointOptions) throws(Failure) -> String? {
    guard let path = options.parentPath else { return nil }
    guard !path.hasPrefix("/") else { throw Failure("--parent-path must be relative") }
    // By the text, since the directory of the images may not be there yet.
    let parent = ContainerPath(try ContainerPlan.absolute(options.imagePath) + "/" + path).text
    do throws(Failure) {
      let status = try FileStatus.of(parent, followLink: true)
      guard status.kind == .directory else { throw Failure("stat \(parent)", .notDirectory) }
    } catch {
      throw error.within("invalid --parent-path")
    }
    return path
  }

  /// Network and pid namespaces that the container joined: they are not dumped, and others take their place at restore.
  private static func externalNamespaces(
    _ spec: Spec, _ pid: Int32, _ version: CriuVersion
  ) throws(Failure) -> [String] {
    var externals: [String] = []
    for namespace in spec.linux.namespaces where namespace.path?.isEmpty == false {
      guard let external = ExternalNamespace(namespace.type) else { continue }
      try external.check(version)
      let status = try FileStatus.of("/proc/\(pid)/ns/\(namespace.type.procName)", followLink: true)
      externals.append("\(namespace.type.procName)[\(status.inode)]:\(external.key)")
    }
    return externals
  }

  /// With the freezer criu stops all processes at one time.
  private static func freezer(_ record: ContainerRecord, _ version: CriuVersion) -> String? {
    if let legacy = record.cgroupPaths.first(where: { $0.key == "freezer" }) { return legacy.value }
    guard version.number >= 31400 else { return nil }
    return record.cgroupPaths.first { $0.key.isEmpty }?.value
  }

  private static func externalMounts(
    _ container: borrowing Container, _ spec: Spec
  ) throws(Failure) -> [CriuOptions.Mapping] {
    let rootfs = try RootfsPlan(spec, bundle: container.record.bundle)
    return try ExternalMounts.find(
      rootfs, cgroupNamespace: spec.linux.namespaces.contains { $0.type == .cgroup },
      notify: container.directory.hasNotifyDirectory(), pid: container.record.pid)
  }
}

/// A joined namespace that criu leaves alone, under the key that runc has for it.
struct ExternalNamespace {
  let key: String
  private let name: String
  private let oldestVersion: Int

  /// nil for kinds that criu treats in another way.
  init?(_ type: LinuxNamespaceType) {
    switch type {
    case .network: (key, name, oldestVersion) = ("extRootNetNS", "network", 31100)
    case .pid: (key, name, oldestVersion) = ("extRootPidNS", "pid", 31500)
    default: return nil
    }
  }

  func check(_ version: CriuVersion) throws(Failure) {
    guard version.number < oldestVersion else { return }
    throw Failure("criu lacks support for an external \(name) namespace (it is older than version \(oldestVersion))")
  }
}

extension CriuVersion {
  /// Throws when it is older than `oldest`, in criu's one number.
  func require(_ oldest: Int, for what: String = "") throws(Failure) {
    guard number < oldest else { return }
    let subject = what.isEmpty ? "CRIU version \(number)" : "\(what): CRIU version \(number)"
    throw Failure("\(subject) must be \(oldest) or higher")
  }
}

/// The descriptor of `--status-fd`, through which a caller learns that the lazy pages can be fetched.
private struct StatusDescriptor: ~Copyable {
  /// Ours to write to, once.
  private var number: FileDescriptor?
  /// The number, for a criu that is too old to say when it is ready and writes itself.
  let forCriu: Int32?

  init(_ options: CheckpointOptions, _ version: CriuVersion) throws(Failure) {
    guard options.lazyPages, let wanted = options.statusDescriptor, wanted >= 0 else {
      number = nil
      forCriu = nil
      return
    }
    guard Descriptors.isOpen(wanted) else {
      throw Failure("invalid --status-fd argument \(wanted)", .badDescriptor)
    }
    guard Descriptors.isWritable(wanted) else { throw Failure("invalid --status-fd argument \(wanted): not writable") }
    number = FileDescriptor(owning: wanted)
    forCriu = version.number < 31500 ? wanted : nil
  }

  /// criu has opened it by now: nobody would see its end while it is open here.
  mutating func criuHasAnswered() {
    if forCriu != nil { number = nil }
  }

  mutating func tellReady() {
    guard let descriptor = number.take() else { return }
    try? descriptor.write([0], "--status-fd")
  }
}

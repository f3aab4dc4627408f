internal import Cgroups
internal import JSON
package import Linux
internal import Rootfs
package import RuntimeSpec

/// What the caller asks of `create` and `run`.
package struct CreateOptions: Sendable {
  /// The directory that holds the state of all containers.
  package var root: String
  package var id: ContainerID
  /// The bundle's directory as the caller gave it.
  package var bundle = "."
  package var consoleSocket: String?
  package var pidfdSocket: String?
  package var pidFile: String?
  package var noPivot = false
  package var noNewKeyring = false
  /// How many descriptors after the standard ones the payload gets.
  package var preservedDescriptors = 0
  package var systemdCgroup = false
  package var rootless = false
  /// The caller's effective user id. An ordinary user's runtime has no rights but in the user namespaces that it makes.
  package var userID: UInt32 = 0
  /// The caller's environment: LISTEN_FDS, LISTEN_PID and NOTIFY_SOCKET count.
  package var environment: [String] = []

  package init(root: String, id: ContainerID) {
    self.root = root
    self.id = id
  }
}

/// Reading and checking config.json.
package enum Configuration {
  /// The name of a bundle's configuration (bundle.md).
  package static let fileName = "config.json"

  /// Decodes a configuration; the error lists all of its faults, a line each.
  package static func decode(_ bytes: [UInt8], file: String) throws(Failure) -> Spec {
    try decode(text(bytes, file: file))
  }

  /// Reads a configuration as text; the error tells its syntax error.
  static func text(_ bytes: [UInt8], file: String) throws(Failure) -> ConfigurationText {
    do {
      return try ConfigurationText(bytes, fileName: file)
    } catch {
      throw Failure(error.lines.joined(separator: "\n"))
    }
  }

  /// Decodes a configuration, without what is skipped; the error lists all of its faults, a line each.
  static func decode(_ text: ConfigurationText, skipping skipped: ConfigurationText.Part = []) throws(Failure) -> Spec {
    do {
      return try text.decode(skipping: skipped)
    } catch {
      throw Failure(error.lines.joined(separator: "\n"))
    }
  }
}

/// Everything that `create` decides before it changes anything: a bad configuration leaves no trace.
struct ContainerPlan: Sendable {
  var options: CreateOptions
  /// The bundle's absolute path.
  var bundle: String
  /// config.json as it was read.
  var configuration: [UInt8]
  /// Without `linux.seccomp` when `filter` could do without it.
  var spec: Spec
  /// The system call filter.
  var filter: FilterSource
  var process: RuntimeSpec.Process
  var namespaces: NamespacePlan
  /// The root file system's absolute path.
  var rootPath: String
  /// Sockets passed by socket activation, sd_listen_fds(3), before the preserved descriptors.
  var listenDescriptors: Int
  /// The socket that NOTIFY_SOCKET names, when messages must be passed on.
  var notifySocket: String?
  /// Whether the payload starts with the container (`run`), or waits for `start`.
  var startsAtOnce: Bool
  /// Signals that the caller ignored: the payload must not.
  var ignoredSignals: SignalSet

  /// Whether a cgroup that the caller may not make is left out: in a rootless container that names none.
  var mayLackCgroup: Bool { options.rootless && (spec.linux.cgroupsPath ?? "").isEmpty }

  var keptDescriptors: Int { listenDescriptors + options.preservedDescriptors }

  /// Whether the container has a user namespace, new or joined.
  var hasUserNamespace: Bool { namespaces.hasUser }

  /// Whether the parent has something to do when the container's mounts are made: hooks to run, network devices to move.
  /// Or to stop listening to requests for sources, since from then on it waits for the listener of a filter.
  var isWorkedOnWhenMounted: Bool {
    !(spec.hooks.prestart.isEmpty && spec.hooks.createRuntime.isEmpty && spec.linux.netDevices.isEmpty)
      || parentOpensSources && spec.linux.seccomp?.syscalls.contains { $0.action == .notify } == true
  }

  /// Whether the parent may reach what the container's root, a stranger on the host, may not.
  var parentOpensSources: Bool { hasUserNamespace && options.userID == 0 }

  /// What is added to the payload's environment.
  var addedEnvironment: [String] {
    var added: [String] = []
    if listenDescriptors > 0 { added += ["LISTEN_FDS=\(listenDescriptors)", "LISTEN_PID=1"] }
    if notifySocket != nil { added.append(NotifyProxy.variable) }
    return added
  }

  init(_ options: CreateOptions, startsAtOnce: Bool) throws(Failure) {
    self.options = options
    self.startsAtOnce = startsAtOnce
    bundle = try Self.absolute(options.bundle)
    let file = bundle + "/" + Configuration.fileName
    configuration = try Self.readConfiguration(file)
    let text = try Configuration.text(
      configuration, file: options.bundle == "." ? Configuration.fileName : file)
    filter = FilterSource(text, root: options.root)
    spec = try Configuration.decode(text, skipping: filter.isReady ? .seccomp : [])
    guard let process = spec.process else { throw Failure("\(file): process: required to create a container") }
    self.process = process
    rootPath = spec.root.path.hasPrefix("/") ? spec.root.path : bundle + "/" + spec.root.path
    namespaces = NamespacePlan(
      spec.linux, isPrivileged: options.userID == 0, ownsPid: Namespaces.isInitialUser)
    listenDescriptors = Self.listenDescriptors(options.environment)
    notifySocket = Self.value("NOTIFY_SOCKET", options.environment)
    if notifySocket != nil { spec.mounts.append(NotifyProxy.mount(options)) }
    ignoredSignals = try Signals.ignored()
    try check(file: file)
  }

  /// What mounts of type `cgroup` show: the container's own cgroup in each hierarchy.
  func cgroupView(
    _ cgroup: Cgroup, _ hierarchies: CgroupHierarchies
  ) throws(Failure) -> Rootfs.CgroupMountView? {
    guard spec.mounts.contains(where: { $0.type == "cgroup" || $0.type == "cgroup2" }) else { return nil }
    let view = Cgroups.CgroupMountView(of: cgroup, in: hierarchies)
    let hasNamespace = namespaces.creates(.cgroup) || namespaces.joins(.cgroup)
    if view.hierarchies.count == 1, view.hierarchies[0].name.isEmpty {
      return .init(layout: .unified(path: view.hierarchies[0].hostPath), hasNamespace: hasNamespace)
    }
    if view.hierarchies.isEmpty, hierarchies.legacy.isEmpty {
      // The container stays in the runtime's own.
      let own = try CgroupHierarchies.detect(ownCgroup: true).unified
      return .init(layout: .unified(path: (own?.mountPoint ?? "") + (own?.own ?? "")), hasNamespace: hasNamespace)
    }
    let separate = view.hierarchies.map { hierarchy in
      Rootfs.CgroupMountView.Hierarchy(
        directory: hierarchy.name, isUnified: hierarchy.type == "cgroup2", options: hierarchy.options,
        path: hierarchy.hostPath, links: view.links.filter { $0.target == hierarchy.name }.map { $0.name })
    }
    return .init(layout: .separate(separate), hasNamespace: hasNamespace)
  }

  private static func readConfiguration(_ file: String) throws(Failure) -> [UInt8] {
    do {
      return try Files.read(file, limit: 16 << 20)
    } catch {
      if error.errno == .notFound {
        throw Failure("JSON specification file \(file) not found: open \(file)", .notFound)
      }
      throw error
    }
  }

  static func absolute(_ path: String) throws(Failure) -> String {
    if path.hasPrefix("/") { return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path }
    if path == "." { return try Processes.workingDirectory() }
    let directory = try Files.open(path, [.path, .directory])
    return try Files.readLink("/proc/self/fd/\(directory.raw)")
  }

  static func value(_ name: String, _ environment: [String]) -> String? {
    let prefix = name + "="
    guard let entry = environment.last(where: { $0.hasPrefix(prefix) }) else { return nil }
    let value = String(entry.dropFirst(prefix.count))
    return value.isEmpty ? nil : value
  }

  private static func listenDescriptors(_ environment: [String]) -> Int {
    guard let count = value("LISTEN_FDS", environment).flatMap({ Int($0) }), count > 0, count < 4096,
      value("LISTEN_PID", environment).flatMap({ Int32($0) }) == Processes.currentID
    else { return 0 }
    return count
  }
}

internal import Linux
internal import RuntimeSpec
internal import Security

/// What the machine, and not the specification, has to say about a configuration: looked up before anything is made.
extension ContainerPlan {
  func check(file: String) throws(Failure) {
    try Labels.validate(process, mountLabel: spec.linux.mountLabel)
    try checkRoot()
    try checkMountNamespace(file)
    try checkSysctl(file)
    try checkDescriptors()
  }

  /// What the specification wants a warning for, and no error.
  func warnings() -> [String] {
    var warnings: [String] = []
    let memory = spec.linux.resources?.memory
    for (name, value) in [("kernel", memory?.kernel), ("kernelTCP", memory?.kernelTCP)] where value != nil {
      warnings.append("linux.resources.memory.\(name) is ignored: the kernel has no such limit any more")
    }
    // Relative destinations are relative to `/` (config.md, «Mounts»).
    for (index, mount) in spec.mounts.enumerated() where !mount.destination.hasPrefix("/") {
      warnings.append("mounts[\(index)].destination: relative paths are deprecated (got \"\(mount.destination)\")")
    }
    return warnings
  }

  private func checkRoot() throws(Failure) {
    let status: FileStatus
    do {
      status = try FileStatus.of(rootPath, followLink: true)
    } catch {
      throw Failure("rootfs \(rootPath)", error.errno)
    }
    guard status.kind == .directory else { throw Failure("rootfs \(rootPath)", .notDirectory) }
  }

  /// In a mount namespace that is joined only what leaves it as it is can be had; in the runtime's own, what can be taken
  /// away again.
  private func checkMountNamespace(_ file: String) throws(Failure) {
    if namespaces.creates(.mount) { return }
    if !namespaces.joins(.mount) {
      guard mountsOnHost, hasUserNamespace || options.userID != 0 else { return }
      throw Failure("\(file): mounts: they need a mount namespace, or the host's root without a user namespace")
    }
    if spec.root.readonly {
      throw Failure("\(file): root.readonly: a read-only root needs a new mount namespace")
    }
    let covers = !(spec.mounts.isEmpty && spec.linux.maskedPaths.isEmpty && spec.linux.readonlyPaths.isEmpty)
    for join in namespaces.joined where join.kind == .mount && covers {
      guard try isOwn(join, "mnt") else { continue }
      throw Failure("\(file): mounts: not allowed in the host's namespace \(join.path): they would stay there")
    }
  }

  /// Whether the container mounts something in the runtime's own mount namespace.
  var mountsOnHost: Bool {
    !namespaces.hasMountNamespace && (!spec.mounts.isEmpty || spec.root.readonly || process.terminal)
  }

  /// A namespace joined by path may be the runtime's own under another name, whose parameters are the host's.
  private func checkSysctl(_ file: String) throws(Failure) {
    for join in namespaces.joined where join.kind == .network || join.kind == .ipc || join.kind == .uts {
      guard let entry = spec.linux.sysctl.entries.first(where: { belongs($0.key, to: join.kind) }) else { continue }
      let name = join.kind == .network ? "net" : join.kind == .ipc ? "ipc" : "uts"
      if try isOwn(join, name) {
        throw Failure("\(file): linux.sysctl: \(entry.key): not allowed in the host's namespace \(join.path)")
      }
    }
  }

  /// Whether the namespace to join is the runtime's own, of that name in /proc/PID/ns.
  private func isOwn(_ join: NamespacePlan.Join, _ name: String) throws(Failure) -> Bool {
    let joined = try FileStatus.of(join.path, followLink: true)
    let own = try FileStatus.of("/proc/self/ns/\(name)", followLink: true)
    return joined.inode == own.inode && joined.device == own.device
  }

  private func belongs(_ key: String, to kind: Namespaces.Kinds) -> Bool {
    guard let type = Sysctl.file(of: key).flatMap({ Sysctl.namespace(of: $0) }) else { return false }
    return Namespaces.Kinds(type) == kind
  }

  private func checkDescriptors() throws(Failure) {
    try PreservedDescriptors.check(preserved: options.preservedDescriptors, kept: keptDescriptors)
  }
}

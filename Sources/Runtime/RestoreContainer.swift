internal import CRIU
package import Linux
internal import RuntimeSpec

/// `restore`: makes a container whose processes are those that `checkpoint` saved.
package enum RestoreContainer {
  private static let logFile = "restore.log"

  /// Restores a container. In the foreground: waits for its end, deletes it and returns its exit code.
  package static func run(
    _ options: CreateOptions, _ checkpoint: CheckpointOptions, _ mode: CreateContainer.RunMode
  ) throws(Failure) -> (code: Int32, warnings: [String]) {
    let plan = try ContainerPlan(options, startsAtOnce: true)
    let program = try CriuProgram.find(checkpoint.environment)
    let version = try CriuProcess.version(program, environment: checkpoint.environment)
    try version.require(30000)
    if checkpoint.lsmProfile != nil { try version.require(31600, for: "--lsm-profile") }
    if checkpoint.lsmMountContext != nil { try version.require(31600, for: "--lsm-mount-context") }
    let directories = try CheckpointDirectories(checkpoint, logFile: logFile, make: false)
    var request = try checkpoint.common(
      images: directories.images.raw, work: Descriptors.number(directories.work), logFile: logFile,
      annotations: plan.spec.annotations.entries.map { ($0.key, $0.value) })
    request.evasiveDevices = true
    request.restoresSibling = true
    request.lsmProfile = checkpoint.lsmProfile
    request.lsmMountContext = checkpoint.lsmMountContext
    let streams = try ExternalStreams.read(from: directories.images)
    request.inheritedDescriptors = streams.prefix(3).enumerated().filter { $0.element.hasPrefix("pipe:") }
      .map { .init($0.element, Int32($0.offset)) }
    var namespaces = DescriptorList()
    try join(plan, version, &request, &namespaces)
    var terminal = try TerminalTransfer(
      wanted: plan.process.terminal, socket: options.consoleSocket, detached: mode.detach)
    try Processes.setDumpable(false)
    if !mode.noSubreaper { try Processes.setSubreaper() }
    var foreground: Foreground? = mode.detach ? nil : try Foreground()
    var restoration: Restoration
    do {
      restoration = try Restoration.perform(
        plan, program: program, request, inherited: namespaces, console: terminal.takeSocket())
    } catch {
      throw directories.explain(error)
    }
    guard let process = restoration.takeProcess(), var watcher = foreground.take() else { return (0, plan.warnings()) }
    try restoration.directory.releaseLock()
    let code = try watcher.wait(for: process, master: try terminal.receiveMaster())
    return (
      code,
      plan.warnings()
        + (try DeleteContainer.afterEnd(restoration.directory, restoration.record, hooks: plan.spec.hooks.poststop))
    )
  }

  /// The namespaces that the container shares with others: network and pid are handed to criu as descriptors, under the
  /// keys that the dump has for them; the rest it joins by path.
  private static func join(
    _ plan: ContainerPlan, _ version: CriuVersion, _ request: inout CriuOptions, _ descriptors: inout DescriptorList
  ) throws(Failure) {
    for namespace in plan.spec.linux.namespaces {
      guard let path = namespace.path, !path.isEmpty else { continue }
      if let external = ExternalNamespace(namespace.type) {
        try external.check(version)
        descriptors.append(try Namespaces.open(path, kind: Namespaces.Kinds(namespace.type)))
        let number = CriuProcess.firstInherited + Int32(descriptors.count - 1)
        request.inheritedDescriptors.append(.init(external.key, number))
      } else if namespace.type == .cgroup {
        throw Failure("criu cannot restore into the cgroup namespace \(path)")
      } else {
        request.joinedNamespaces.append(.init(namespace.type.procName, path))
      }
    }
  }
}

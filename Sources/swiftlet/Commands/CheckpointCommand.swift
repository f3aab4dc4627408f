internal import Linux
internal import Runtime

/// `checkpoint`: saves the processes of a container.
enum CheckpointCommand {
  static func run(_ context: CommandContext) throws(Failure) -> Int32 {
    warnIfRootless(context)
    let container = try Container(try context.id(), root: context.root, locked: true)
    for warning in try CheckpointContainer.run(container, options(context)) { context.log.warn(warning) }
    return 0
  }

  static func warnIfRootless(_ context: CommandContext) {
    if Processes.effectiveUserID != 0 { context.log.warn("criu needs root: \(context.parsed.verb.rawValue) may fail") }
  }

  /// The options that `checkpoint` and `restore` share; a flag that a verb does not have was not given.
  static func options(_ context: CommandContext) -> CheckpointOptions {
    let parsed = context.parsed
    var options = CheckpointOptions(
      imagePath: CreateCommand.nonEmpty(parsed.value(.imagePath)) ?? CheckpointOptions.defaultImagePath)
    options.workPath = CreateCommand.nonEmpty(parsed.value(.workPath))
    options.parentPath = CreateCommand.nonEmpty(parsed.value(.parentPath))
    options.leaveRunning = parsed.flag(.leaveRunning)
    options.tcpEstablished = parsed.flag(.tcpEstablished)
    options.skipsInFlightTCP = parsed.flag(.tcpSkipInFlight)
    options.linkRemap = parsed.flag(.linkRemap)
    options.externalUnixSockets = parsed.flag(.extUnixSk)
    options.shellJob = parsed.flag(.shellJob)
    options.fileLocks = parsed.flag(.fileLocks)
    options.preDump = parsed.flag(.preDump)
    options.removesDuplicates = parsed.flag(.autoDedup)
    options.lazyPages = parsed.flag(.lazyPages)
    options.statusDescriptor = parsed.integer(.statusFd).flatMap { Int32(exactly: $0) }
    options.pageServer = parsed.value(.pageServer)
    options.cgroupsMode = parsed.value(.manageCgroupsMode) ?? ""
    options.emptyNamespaces = parsed.values(.emptyNs)
    options.lsmProfile = CreateCommand.nonEmpty(parsed.value(.lsmProfile))
    options.lsmMountContext = CreateCommand.nonEmpty(parsed.value(.lsmMountContext))
    options.environment = context.environment
    return options
  }
}

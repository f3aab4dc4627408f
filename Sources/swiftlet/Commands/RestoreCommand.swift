internal import Linux
internal import Runtime

/// `restore`: makes a container of the processes that `checkpoint` saved, and waits for it unless it is detached.
enum RestoreCommand {
  static func run(_ context: CommandContext) throws(Failure) -> Int32 {
    CheckpointCommand.warnIfRootless(context)
    var mode = CreateContainer.RunMode()
    mode.detach = context.parsed.flag(.detach)
    mode.noSubreaper = context.parsed.flag(.noSubreaper)
    let (code, warnings) = try RestoreContainer.run(
      try CreateCommand.options(context), CheckpointCommand.options(context), mode)
    for warning in warnings { context.log.warn(warning) }
    return code
  }
}

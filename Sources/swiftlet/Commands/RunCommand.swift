internal import Linux
internal import Runtime

/// `run`: makes a container, starts it, waits for it and deletes it.
enum RunCommand {
  static func run(_ context: CommandContext) throws(Failure) -> Int32 {
    var mode = CreateContainer.RunMode()
    mode.detach = context.parsed.flag(.detach)
    mode.keep = context.parsed.flag(.keep)
    mode.noSubreaper = context.parsed.flag(.noSubreaper)
    let (code, warnings) = try CreateContainer.run(try CreateCommand.options(context), mode)
    for warning in warnings { context.log.warn(warning) }
    return code
  }
}

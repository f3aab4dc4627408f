internal import Linux
internal import Runtime

/// `create`: makes a container that waits for `start`.
enum CreateCommand {
  static func run(_ context: CommandContext) throws(Failure) -> Int32 {
    for warning in try CreateContainer.create(try options(context)) { context.log.warn(warning) }
    return 0
  }

  /// The options that `create` and `run` share.
  static func options(_ context: CommandContext) throws(Failure) -> CreateOptions {
    let parsed = context.parsed
    var options = CreateOptions(root: context.root, id: try context.id())
    options.bundle = parsed.value(.bundle) ?? "."
    if options.bundle.isEmpty { options.bundle = "." }
    options.consoleSocket = nonEmpty(parsed.value(.consoleSocket))
    options.pidfdSocket = nonEmpty(parsed.value(.pidfdSocket))
    options.pidFile = nonEmpty(parsed.value(.pidFile))
    options.noPivot = parsed.flag(.noPivot)
    options.noNewKeyring = parsed.flag(.noNewKeyring)
    options.preservedDescriptors = parsed.integer(.preserveFds) ?? 0
    options.rootless = context.isRootless
    options.userID = context.userID
    options.environment = context.environment
    options.systemdCgroup = parsed.global.systemdCgroup
    return options
  }

  /// As runc has it, an empty value is none.
  static func nonEmpty(_ value: String?) -> String? {
    value.flatMap { $0.isEmpty ? nil : $0 }
  }
}

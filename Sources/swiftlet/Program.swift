internal import JSON
internal import Linux
internal import Runtime

/// The program: from the command line to an exit code.
enum Program {
  static func run() -> Int32 {
    Signals.disarmCrashHandlers()
    do {
      try Descriptors.openMissingStandardStreams()
    } catch {
      return 1
    }
    let arguments: [String]
    do {
      arguments = try Processes.arguments()
    } catch {
      log(GlobalOptions()).fail(error.message)
      return 1
    }
    var environment = Processes.environment()
    let invocation: Invocation
    do {
      invocation = try CommandLineParser.parse(Array(arguments.dropFirst()))
    } catch {
      let log = log(error.global)
      log.fail(error.message)
      return error.exitCode
    }
    switch invocation {
    case .help(let verb):
      StandardStreams.write(HelpText.text(for: verb), to: 1)
      return 0
    case .version:
      StandardStreams.write(Version.text(libseccomp: RuntimeFeatures.libseccompVersion), to: 1)
      return 0
    case .command(let parsed):
      let seal = ExecutableSeal.check(environment: &environment)
      let log = log(parsed.global)
      let context = CommandContext(parsed, environment: environment, log: log)
      do {
        try log.open()
        if parsed.verb.entersContainer, seal != .sealed {
          if seal == .broken { throw Failure("the executable could not be sealed") }
          throw ExecutableSeal.reexecute(arguments: arguments, environment: environment)
        }
        // A caller that ignores the end of its children passes that on, and what ends would never be told.
        Signals.resetToDefault(Signals.child)
        // Not the whole command line: the environment of `exec` may be in it.
        log.debug("swiftlet \(Version.swiftlet): \(parsed.verb.rawValue) \(parsed.containerID)")
        let code = try dispatch(context)
        log.debug("\(parsed.verb.rawValue): exit code \(code)")
        return code
      } catch {
        let subject = parsed.containerID.isEmpty ? "" : " " + JSONWriter.quote(parsed.containerID)
        log.fail("\(parsed.verb.rawValue)\(subject): \(error)")
        return parsed.verb == .exec ? ExecCommand.failureCode : 1
      }
    }
  }

  private static func log(_ global: GlobalOptions) -> Log {
    Log(file: global.log, format: global.logFormat == .json ? .json : .text, isDebugging: global.debug)
  }

  private static func dispatch(_ context: CommandContext) throws(Failure) -> Int32 {
    switch context.parsed.verb {
    case .create: return try CreateCommand.run(context)
    case .run: return try RunCommand.run(context)
    case .start: return try StartCommand.run(context)
    case .state: return try StateCommand.run(context)
    case .kill: return try KillCommand.run(context)
    case .delete: return try DeleteCommand.run(context)
    case .list: return try ListCommand.run(context)
    case .ps: return try PsCommand.run(context)
    case .exec: return try ExecCommand.run(context)
    case .spec: return try SpecCommand.run(context)
    case .features: return try FeaturesCommand.run(context)
    case .completion: return try CompletionCommand.run(context)
    case .help: return 0
    case .pause: return try PauseCommand.run(context)
    case .resume: return try ResumeCommand.run(context)
    case .update: return try UpdateCommand.run(context)
    case .events: return try EventsCommand.run(context)
    case .checkpoint: return try CheckpointCommand.run(context)
    case .restore: return try RestoreCommand.run(context)
    }
  }
}

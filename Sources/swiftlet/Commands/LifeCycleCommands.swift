internal import Linux
internal import Runtime
internal import RuntimeSpec

/// `start`: lets a created container execute its program.
enum StartCommand {
  static func run(_ context: CommandContext) throws(Failure) -> Int32 {
    var container = try Container(try context.id(), root: context.root, locked: true)
    let notifySocket = context.environment.last { $0.hasPrefix("NOTIFY_SOCKET=") }.map { String($0.dropFirst(14)) }
    try StartContainer.run(&container, notifySocket: notifySocket.flatMap { $0.isEmpty ? nil : $0 })
    return 0
  }
}

/// `kill`: sends a signal to a container.
enum KillCommand {
  static func run(_ context: CommandContext) throws(Failure) -> Int32 {
    let word = context.parsed.arguments.count > 1 ? context.parsed.arguments[1] : "SIGTERM"
    let signal: Int32
    do {
      signal = try Signal.parse(word).number
    } catch {
      throw Failure(error.message)
    }
    let container = try Container(try context.id(), root: context.root, locked: false)
    try KillContainer.run(container, signal: signal, all: context.parsed.flag(.all))
    return 0
  }
}

/// `delete`: removes what is left of a container.
enum DeleteCommand {
  static func run(_ context: CommandContext) throws(Failure) -> Int32 {
    let warnings = try DeleteContainer.run(
      try context.id(), root: context.root, force: context.parsed.flag(.force))
    for warning in warnings { context.log.warn(warning) }
    return 0
  }
}

/// `state`: prints the state document.
enum StateCommand {
  static func run(_ context: CommandContext) throws(Failure) -> Int32 {
    let container = try Container(try context.id(), root: context.root, locked: false, isOnlyRead: true)
    StandardStreams.write(try container.report().encoded() + [10], to: 1)
    return 0
  }
}

/// `pause`: freezes all processes of a container.
enum PauseCommand {
  static func run(_ context: CommandContext) throws(Failure) -> Int32 {
    let container = try Container(try context.id(), root: context.root, locked: true)
    try PauseContainer.pause(container)
    return 0
  }
}

/// `resume`: lets a paused container go on.
enum ResumeCommand {
  static func run(_ context: CommandContext) throws(Failure) -> Int32 {
    let container = try Container(try context.id(), root: context.root, locked: true)
    try PauseContainer.resume(container)
    return 0
  }
}

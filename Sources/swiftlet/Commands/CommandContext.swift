internal import Linux
internal import Runtime

/// What a command gets: its parsed line, the environment, and where to log.
struct CommandContext {
  let parsed: ParsedCommand
  let environment: [String]
  let log: Log
  /// The directory that holds the containers' state.
  let root: String
  /// Whether what needs privileges may be left out.
  let isRootless: Bool

  init(_ parsed: ParsedCommand, environment: [String], log: Log) {
    self.parsed = parsed
    self.environment = environment
    self.log = log
    let isOrdinaryUser = Processes.effectiveUserID != 0
    isRootless =
      switch parsed.global.rootless {
      case .yes: true
      case .no: false
      case .auto: isOrdinaryUser
      }
    root =
      parsed.global.root
      ?? StateDirectory.defaultRoot(
        runtimeDirectory: environment.last { $0.hasPrefix("XDG_RUNTIME_DIR=") }.map { String($0.dropFirst(16)) },
        rootless: isOrdinaryUser)
  }

  /// The container's id, checked.
  func id() throws(Failure) -> ContainerID {
    try ContainerID(parsed.containerID)
  }
}

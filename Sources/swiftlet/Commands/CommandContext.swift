internal import Linux
internal import Runtime

/// What a command gets: its parsed line, the environment, and where to log.
struct CommandContext {
  let parsed: ParsedCommand
  let environment: [String]
  let log: Log
  /// The directory that holds the containers' state.
  let root: String
  /// The effective user id.
  let userID: UInt32

  init(_ parsed: ParsedCommand, environment: [String], log: Log) {
    self.parsed = parsed
    self.environment = environment
    self.log = log
    userID = Processes.effectiveUserID
    root = parsed.global.root ?? Self.defaultRoot(environment, userID)
  }

  /// Whether what needs privileges over cgroups may be left out: unless `--rootless` says it, for an ordinary user and
  /// for the root of a user namespace, who cannot know which of them are his.
  var isRootless: Bool {
    switch parsed.global.rootless {
    case .yes: true
    case .no: false
    case .auto: userID != 0 || !Namespaces.isInitialUser
    }
  }

  /// Below $XDG_RUNTIME_DIR for an ordinary user, and for who is root in a user namespace and known by another name.
  private static func defaultRoot(_ environment: [String], _ userID: UInt32) -> String {
    let directory = value("XDG_RUNTIME_DIR", environment)
    let isOrdinary =
      !directory.isEmpty && (userID != 0 || (value("USER", environment) != "root" && !Namespaces.isInitialUser))
    return StateDirectory.defaultRoot(runtimeDirectory: directory, rootless: isOrdinary)
  }

  private static func value(_ name: String, _ environment: [String]) -> String {
    environment.last { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.utf8.count + 1)) } ?? ""
  }

  /// The container's id, checked.
  func id() throws(Failure) -> ContainerID {
    try ContainerID(parsed.containerID)
  }
}

/// The command table: every flag of every verb. Parsing, help and shell completion come from it, and the manual pages are
/// tested against it. The names, kinds and defaults are runc's.
enum CommandTable {
  /// The flags that come before the verb.
  static let globalOptions: [OptionSpec] = [
    OptionSpec(.debug, .boolean, "enable debug logging"),
    OptionSpec(.log, .file, "set the log file to write swiftlet logs to (default is '/dev/stderr')"),
    OptionSpec(
      .logFormat, .oneOf(.logFormat), "set the log format ('text' (default), or 'json')", fallback: "\"text\""),
    OptionSpec(
      .root, .directory, "root directory for storage of container state (this should be located in tmpfs)",
      fallback: "\"/run/swiftlet\""),
    OptionSpec(.criu, .file, "ignored, accepted for compatibility: criu is looked up in $PATH", hidden: true),
    OptionSpec(
      .systemdCgroup, .boolean,
      "enable systemd cgroup support, expects cgroupsPath to be of form \"slice:prefix:name\""
        + " for e.g. \"system.slice:swiftlet:434234\""),
    OptionSpec(
      .rootless, .oneOf(.rootless), "ignore cgroup permission errors ('true', 'false', or 'auto')",
      fallback: "\"auto\""),
    OptionSpec(.help, short: "h", .boolean, "show help"),
    OptionSpec(.version, short: "v", .boolean, "print the version"),
  ]

  /// The flags of one verb. Every verb takes `--help` and `-h` besides, and the global flags after its own name too.
  static func options(of verb: Verb) -> [OptionSpec] {
    switch verb {
    case .create: create
    case .run: run
    case .exec: exec
    case .kill: kill
    case .delete: delete
    case .list: list
    case .ps: ps
    case .spec: spec
    case .update: update
    case .events: events
    case .checkpoint: checkpoint
    case .restore: restore
    case .start, .state, .features, .completion, .pause, .resume, .help: []
    }
  }

  private static let kill = [
    OptionSpec(.all, short: "a", .boolean, "send the specified signal to all processes inside the container")
  ]

  private static let delete = [
    OptionSpec(
      .force, short: "f", .boolean, "Forcibly deletes the container if it is still running (uses SIGKILL)")
  ]

  private static let format = OptionSpec(
    .format, short: "f", .oneOf(.outputFormat), "select one of: table or json", fallback: "\"table\"")

  private static let list = [
    format,
    OptionSpec(.quiet, short: "q", .boolean, "display only container IDs"),
  ]

  private static let ps = [format]

  private static let spec = [
    OptionSpec(.bundle, short: "b", .directory, "path to the root of the bundle directory"),
    OptionSpec(.rootless, .boolean, "generate a configuration for a rootless container"),
  ]

  private static let events = [
    OptionSpec(.interval, .duration, "set the stats collection interval", fallback: "5s"),
    OptionSpec(.stats, .boolean, "display the container's stats then exit"),
  ]
}

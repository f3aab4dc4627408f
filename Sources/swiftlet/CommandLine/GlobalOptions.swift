/// The flags that hold for every verb.
struct GlobalOptions: Equatable, Sendable {
  /// The directory of the container states, when `--root` is given (and not empty).
  var root: String?
  /// The file that errors are appended to, when `--log` is given (and not empty).
  var log: String?
  /// How errors are written to the log.
  var logFormat = LogFormat.text
  /// Whether debug messages are logged too.
  var debug = false
  /// Whether systemd makes the cgroups.
  var systemdCgroup = false
  /// Whether cgroup permission errors are ignored.
  var rootless = Rootless.auto

  /// How errors are written to the log.
  enum LogFormat: String, Sendable {
    /// `time="..." level=error msg="..."`
    case text
    /// One JSON object a line.
    case json
  }

  /// Whether cgroup permission errors are ignored.
  enum Rootless: Sendable {
    /// When not run by the host's root.
    case auto
    /// Always.
    case yes
    /// Never.
    case no
  }

  /// Takes over one flag that was read. The values have been checked.
  mutating func take(_ option: ParsedOption) {
    switch option.name {
    case .root: root = option.value.isEmpty ? nil : option.value
    case .log: log = option.value.isEmpty ? nil : option.value
    case .logFormat: logFormat = option.value == "json" ? .json : .text
    case .debug: debug = option.isOn
    case .systemdCgroup: systemdCgroup = option.isOn
    case .rootless: rootless = option.value == "auto" ? .auto : option.isOn ? .yes : .no
    default: break
    }
  }
}

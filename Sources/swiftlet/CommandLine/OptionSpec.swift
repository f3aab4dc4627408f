/// One flag of one verb: a row of the command table.
struct OptionSpec: Sendable {
  /// Which flag it is, and its long spelling.
  let name: OptionName
  /// Its one-letter spelling, or empty.
  let short: String
  /// What kind of value it takes.
  let kind: Kind
  /// One line on what it does, for the help and the shells.
  let help: String
  /// The value that it has when it is not given, where the help should say so, or empty.
  let fallback: String
  /// Whether it is accepted without being offered: flags that runc accepts and ignores.
  let hidden: Bool

  init(
    _ name: OptionName, short: String = "", _ kind: Kind, _ help: String, fallback: String = "", hidden: Bool = false
  ) {
    self.name = name
    self.short = short
    self.kind = kind
    self.help = help
    self.fallback = fallback
    self.hidden = hidden
  }

  /// What kind of value a flag takes. The kinds of text differ only in what a shell offers to complete them.
  enum Kind: Equatable, Sendable {
    /// None; `--flag=false` is accepted.
    case boolean
    /// Any text.
    case text
    /// The path of a file.
    case file
    /// The path of a directory.
    case directory
    /// One of a closed set of words.
    case oneOf(ValueSet)
    /// A whole number, 0 or more.
    case natural
    /// A whole number.
    case integer
    /// Seconds, as Go writes durations: `1.5s`, `2m30s`.
    case duration
    /// Any text; the flag may be given several times.
    case texts
    /// A group id; the flag may be given several times.
    case groups
  }

  /// Whether the flag takes a value.
  var takesValue: Bool {
    kind != .boolean
  }

  /// Whether the flag may be given several times, each adding a value.
  var isRepeatable: Bool {
    kind == .texts || kind == .groups
  }
}

/// The closed sets of words that are values of flags.
enum ValueSet: Sendable {
  /// `table` or `json`, of `list` and `ps`.
  case outputFormat
  /// `text` or `json`, of `--log-format`.
  case logFormat
  /// `true`, `false` or `auto`, of the global `--rootless`.
  case rootless
  /// The modes in which CRIU treats cgroups.
  case cgroupsMode

  /// The words.
  var words: [String] {
    switch self {
    case .outputFormat: ["table", "json"]
    case .logFormat: ["text", "json"]
    case .rootless: ["true", "false", "auto"]
    case .cgroupsMode: ["soft", "full", "strict", "ignore"]
    }
  }

  /// The error for a word that is not in the set, in runc's words.
  func complaint(_ word: String) -> String {
    switch self {
    case .outputFormat: "invalid format option"
    case .logFormat: "invalid log-format: \(word)"
    case .rootless: "invalid value \"\(word)\" for flag -rootless: must be true, false or auto"
    case .cgroupsMode: "invalid manage-cgroups-mode: \(word)"
    }
  }
}

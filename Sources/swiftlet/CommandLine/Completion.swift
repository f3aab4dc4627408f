/// Completion scripts, made from the command table.
enum Completion {
  /// The shells that there are scripts for.
  enum Shell: String, CaseIterable, Sendable {
    case bash, zsh, fish
  }

  /// The script for the shell that the user named.
  static func script(for name: String) throws(UsageError) -> String {
    switch Shell(rawValue: name) {
    case .bash: bash
    case .zsh: zsh
    case .fish: fish
    case nil: throw UsageError("completion: unknown shell \"\(name)\": must be bash, zsh or fish")
    }
  }

  /// The verbs that are offered.
  static var verbs: [Verb] { Verb.allCases }

  /// The flags of a verb that are offered.
  static func options(of verb: Verb) -> [OptionSpec] {
    CommandTable.options(of: verb).filter { !$0.hidden }
  }

  /// The global flags that are offered.
  static var globalOptions: [OptionSpec] {
    CommandTable.globalOptions.filter { !$0.hidden }
  }

  /// Every spelling of a flag, with its dashes.
  static func spellings(of option: OptionSpec) -> [String] {
    let long = "--\(option.name.rawValue)"
    return option.short.isEmpty ? [long] : ["-\(option.short)", long]
  }

  /// The names of the shells, for `completion`.
  static var shellNames: String {
    Shell.allCases.map(\.rawValue).joined(separator: " ")
  }

  /// `--help`, which every verb takes.
  static var helpOption: OptionSpec {
    OptionSpec(.help, short: "h", .boolean, "show help")
  }

  /// The patterns `verb:flag` of all flags that take a value.
  static var valueFlagPatterns: [String] {
    var patterns: [String] = []
    for option in globalOptions where option.takesValue {
      // spec has a --rootless of its own, without a value.
      let verb = option.name == .rootless ? "" : "*"
      patterns += spellings(of: option).map { "\(verb):\($0)" }
    }
    for verb in verbs {
      for option in options(of: verb) where option.takesValue {
        patterns += spellings(of: option).map { "\(verb.rawValue):\($0)" }
      }
    }
    return patterns
  }
}

extension String {
  /// The text in single quotes, as bash and zsh read them.
  var shellQuoted: String {
    var text = "'"
    for character in self {
      text += character == "'" ? "'\\''" : String(character)
    }
    return text + "'"
  }
}

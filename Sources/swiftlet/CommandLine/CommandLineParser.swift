/// Reads a command line as runc does: `-flag` and `--flag` are the same, `--flag value` and `--flag=value` too, one-letter
/// flags cannot be combined, `--` ends the flags, and a flag that is given again replaces the first.
///
/// Two things are taken from runc's later versions and not from 1.1: the global flags may also follow the verb, and an
/// unknown flag is named wherever it stands. In `exec ID -- CMD` the dashes are not part of the command.
struct CommandLineParser {
  private let words: [String]
  private var position = 0
  private var global = GlobalOptions()
  private var options: [ParsedOption] = []
  private var wantsVersion = false
  private var wantsHelp = false

  private init(_ words: [String]) {
    self.words = words
  }

  /// Reads the arguments of the program, without its name.
  static func parse(_ words: [String]) throws(UsageError) -> Invocation {
    var parser = CommandLineParser(words)
    do {
      return try parser.parse()
    } catch {
      var error = error
      error.global = parser.global
      throw error
    }
  }

  private mutating func parse() throws(UsageError) -> Invocation {
    let first = try readGlobalOptions()
    if wantsHelp {
      return .help(nil)
    }
    if wantsVersion {
      return .version
    }
    guard let first, !first.isEmpty else {
      return .help(nil)
    }
    guard let verb = Verb(spelling: first) else {
      throw UsageError("No help topic for '\(first)'", exitCode: 3)
    }
    let arguments = try readOptions(of: verb)
    if verb == .help {
      return try helpTopic(arguments)
    }
    if wantsHelp {
      return .help(verb)
    }
    try check(arguments.count, of: verb)
    return .command(ParsedCommand(verb: verb, global: global, options: options, arguments: arguments))
  }

  private func helpTopic(_ arguments: [String]) throws(UsageError) -> Invocation {
    guard let topic = arguments.first, !wantsHelp else {
      return .help(wantsHelp ? .help : nil)
    }
    guard let verb = Verb(spelling: topic) else {
      throw UsageError("No help topic for '\(topic)'", exitCode: 3)
    }
    return .help(verb)
  }

  /// Reads up to the verb, and returns it.
  private mutating func readGlobalOptions() throws(UsageError) -> String? {
    while position < words.count {
      let word = words[position]
      position += 1
      guard let flag = try Flag(word) else {
        return word
      }
      if flag.isTerminator {
        guard position < words.count else {
          return nil
        }
        position += 1
        return words[position - 1]
      }
      guard let row = flag.row(in: CommandTable.globalOptions) else {
        throw flag.undefined
      }
      try take(flag, CommandTable.globalOptions[row], isGlobal: true)
    }
    return nil
  }

  /// Reads what follows the verb, and returns the positional arguments.
  private mutating func readOptions(of verb: Verb) throws(UsageError) -> [String] {
    let table = CommandTable.options(of: verb)
    var arguments: [String] = []
    while position < words.count {
      let word = words[position]
      position += 1
      if word == "--" {
        return arguments + words[position...]
      }
      if verb.flagsEndAtFirstArgument, !arguments.isEmpty {
        return arguments + words[(position - 1)...]
      }
      guard let flag = try Flag(word) else {
        arguments.append(word)
        continue
      }
      if let row = flag.row(in: table) {
        try take(flag, table[row], isGlobal: false)
      } else if let row = flag.row(in: CommandTable.globalOptions), CommandTable.globalOptions[row].name != .version {
        try take(flag, CommandTable.globalOptions[row], isGlobal: true)
      } else {
        throw flag.undefined
      }
    }
    return arguments
  }

  /// Checks and keeps the value of a flag.
  private mutating func take(_ flag: Flag, _ spec: OptionSpec, isGlobal: Bool) throws(UsageError) {
    var value = flag.value ?? ""
    if flag.value == nil {
      if spec.takesValue {
        guard position < words.count else {
          throw UsageError("flag needs an argument: -\(flag.name)")
        }
        value = words[position]
        position += 1
      } else {
        value = "true"
      }
    }
    try spec.check(value, spelling: flag.name)
    let option = ParsedOption(name: spec.name, value: value)
    switch spec.name {
    case .help: wantsHelp = option.isOn
    case .version: wantsVersion = option.isOn
    default:
      if isGlobal {
        global.take(option)
      } else {
        options.append(option)
      }
    }
  }

  private func check(_ count: Int, of verb: Verb) throws(UsageError) {
    let complaint: String
    switch verb.arity {
    case .exactly(let wanted) where count != wanted: complaint = "exactly \(wanted)"
    case .atLeast(let wanted) where count < wanted: complaint = "a minimum of \(wanted)"
    case .between(let least, _) where count < least: complaint = "a minimum of \(least)"
    case .between(_, let most) where count > most: complaint = "a maximum of \(most)"
    default: return
    }
    throw UsageError("\"\(verb.rawValue)\" requires \(complaint) argument(s)")
  }
}

/// A word that begins with a dash, taken apart.
private struct Flag {
  /// The flag without dashes and value; empty for `--`.
  let name: String
  /// What follows `=`, if there is one.
  let value: String?

  /// Whether it is `--`, the end of the flags.
  var isTerminator: Bool {
    name.isEmpty
  }

  /// The error for a flag that the verb does not have.
  var undefined: UsageError {
    UsageError("flag provided but not defined: -\(name)")
  }

  /// Takes a word apart; nil when it is no flag.
  init?(_ word: String) throws(UsageError) {
    let bytes = word.utf8
    let dash = UInt8(ascii: "-")
    guard bytes.count > 1, bytes.first == dash else {
      return nil
    }
    var start = bytes.index(after: bytes.startIndex)
    if bytes[start] == dash {
      start = bytes.index(after: start)
      if start == bytes.endIndex {
        name = ""
        value = nil
        return
      }
    }
    if bytes[start] == dash || bytes[start] == UInt8(ascii: "=") {
      throw UsageError("bad flag syntax: \(word)")
    }
    if let equals = bytes[start...].firstIndex(of: UInt8(ascii: "=")) {
      name = String(word[start..<equals])
      value = String(word[bytes.index(after: equals)...])
    } else {
      name = String(word[start...])
      value = nil
    }
  }

  /// Finds the flag in a table, by its long or its short spelling. A row's number and not the row: optionals of big
  /// structures cost more than the search (the runtime makes their type descriptions in every process anew).
  func row(in table: [OptionSpec]) -> Int? {
    for row in table.indices where table[row].name.rawValue == name || table[row].short == name {
      return row
    }
    return nil
  }
}

extension OptionSpec {
  /// Checks a value against the kind, with the errors of Go's flag package.
  fileprivate func check(_ value: String, spelling: String) throws(UsageError) {
    switch kind {
    case .text, .texts, .file, .directory: return
    case .boolean:
      if parseBoolean(value) == nil {
        throw UsageError("invalid boolean value \"\(value)\" for -\(spelling): parse error")
      }
    case .oneOf(let set):
      // An empty log format is runc's way to ask for the default.
      if !set.words.contains(value), set != .logFormat || !value.isEmpty, set != .rootless || parseBoolean(value) == nil
      {
        throw UsageError(set.complaint(value))
      }
    case .natural, .integer: try checkInteger(value, spelling: spelling)
    case .groups:
      if parseID(value) == nil {
        throw invalid(value, spelling, "must be a number from 0 to 4294967294")
      }
    case .duration:
      if parseDuration(value) == nil {
        throw invalid(value, spelling, "parse error")
      }
    }
  }

  private func checkInteger(_ value: String, spelling: String) throws(UsageError) {
    let negative = kind == .integer && value.utf8.first == UInt8(ascii: "-")
    let digits = negative ? String(value.dropFirst()) : value
    // Go reads a leading zero as octal; a number that two programs read differently is refused.
    let isOctal = digits.utf8.count > 1 && digits.utf8.first == UInt8(ascii: "0")
    guard !digits.isEmpty, !isOctal, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
      throw invalid(value, spelling, "parse error")
    }
    if parseInteger(digits, maximum: UInt64(Int32.max)) == nil {
      throw invalid(value, spelling, "value out of range")
    }
  }

  private func invalid(_ value: String, _ spelling: String, _ reason: String) -> UsageError {
    UsageError("invalid value \"\(value)\" for flag -\(spelling): \(reason)")
  }
}

/// A flag as it was given.
struct ParsedOption: Equatable, Sendable {
  /// Which flag.
  let name: OptionName
  /// Its value; a boolean has the word that was given, or `true`.
  let value: String

  /// What a boolean says.
  var isOn: Bool {
    parseBoolean(value) == true
  }
}

/// A command line that can be run: the flags are those of the verb, their values are well formed, and the number of
/// arguments is right.
struct ParsedCommand: Sendable {
  /// What to do.
  let verb: Verb
  /// The flags that hold for every verb.
  let global: GlobalOptions
  /// The verb's flags in the order in which they were given.
  let options: [ParsedOption]
  /// The positional arguments.
  let arguments: [String]

  /// The container's id: the first argument of every verb that takes one.
  var containerID: String {
    arguments.first ?? ""
  }

  /// The value of a flag, the last one if it was given more than once; nil when it was not given.
  func value(_ name: OptionName) -> String? {
    options.last { $0.name == name }?.value
  }

  /// The values of a flag that may be given several times, in order.
  func values(_ name: OptionName) -> [String] {
    var found: [String] = []
    for option in options where option.name == name {
      found.append(option.value)
    }
    return found
  }

  /// Whether a flag without a value is on.
  func flag(_ name: OptionName) -> Bool {
    options.last { $0.name == name }?.isOn ?? false
  }

  /// The value of a flag that takes a whole number; nil when it was not given.
  func integer(_ name: OptionName) -> Int? {
    value(name).flatMap { parseSignedInteger($0) }
  }

  /// The values of a flag that takes group ids and may be given several times.
  func groups(_ name: OptionName) -> [UInt32] {
    values(name).compactMap { parseID($0) }
  }

  /// The value of a flag that takes a duration, in nanoseconds; nil when it was not given.
  func nanoseconds(_ name: OptionName) -> Int64? {
    value(name).flatMap { parseDuration($0) }
  }
}

/// What a command line asks for.
enum Invocation: Sendable {
  /// To run a verb.
  case command(ParsedCommand)
  /// To print the help of a verb, or of the program.
  case help(Verb?)
  /// To print the version.
  case version
}

/// The help, made from the command table in runc's layout.
enum HelpText {
  /// The help of a verb, or of the program.
  static func text(for verb: Verb?) -> String {
    guard let verb else {
      return program
    }
    let options = CommandTable.options(of: verb).filter { !$0.hidden }
    var text = "NAME:\n   swiftlet \(verb.rawValue) - \(verb.summary)\n\nUSAGE:\n   swiftlet \(verb.rawValue)"
    if !options.isEmpty {
      text += " [command options]"
    }
    if !verb.argumentsUsage.isEmpty {
      text += " \(verb.argumentsUsage)"
    }
    text += "\n"
    if !verb.argumentsExplained.isEmpty {
      text += "\n\(verb.argumentsExplained)\n"
    }
    if !verb.details.isEmpty {
      text += "\nDESCRIPTION:\n   \(verb.details)\n"
    }
    if !options.isEmpty {
      text += "\nOPTIONS:\n" + table(options.map { (spelling(of: $0), explanation(of: $0)) })
    }
    return text
  }

  private static var program: String {
    let verbs = Verb.allCases.map { verb in (verb == .help ? "help, h" : verb.rawValue, verb.summary) }
    let options = CommandTable.globalOptions.filter { !$0.hidden }
    return """
      NAME:
         swiftlet - Open Container Initiative runtime

      swiftlet is a command line client for running applications packaged according to
      the Open Container Initiative (OCI) format. It takes the place of runc: container
      engines call it with the same commands.

      Containers are configured using bundles. A bundle for a container is a directory
      that includes a specification file named "config.json" and a root filesystem.
      The root filesystem contains the contents of the container.

      To start a new instance of a container:

          # swiftlet run [ -b bundle ] <container-id>

      Where "<container-id>" is your name for the instance of the container that you
      are starting. The name you provide for the container instance must be unique on
      your host. Providing the bundle directory using "-b" is optional. The default
      value for "bundle" is the current directory.

      USAGE:
         swiftlet [global options] command [command options] [arguments...]

      VERSION:
         \(Version.swiftlet)
      spec: \(Version.specification)

      COMMANDS:
      \(table(verbs))
      GLOBAL OPTIONS:
      \(table(options.map { (spelling(of: $0), explanation(of: $0)) }))
      """
  }

  private static func spelling(of option: OptionSpec) -> String {
    let value = option.takesValue ? " value" : ""
    let long = "--\(option.name.rawValue)\(value)"
    return option.short.isEmpty ? long : "\(long), -\(option.short)\(value)"
  }

  private static func explanation(of option: OptionSpec) -> String {
    option.fallback.isEmpty ? option.help : "\(option.help) (default: \(option.fallback))"
  }

  /// Two columns, indented by three.
  private static func table(_ rows: [(String, String)]) -> String {
    let width = rows.map(\.0.utf8.count).max() ?? 0
    var text = ""
    for (left, right) in rows {
      text += "   " + left + String(repeating: " ", count: width - left.utf8.count + 2) + right + "\n"
    }
    return text
  }
}

// Reads the command line and prints what needs no container: help, the version and completion scripts.
do {
  switch try CommandLineParser.parse(Array(CommandLine.arguments.dropFirst())) {
  case .help(let verb): print(HelpText.text(for: verb), terminator: "")
  case .version: print(Version.text(libseccomp: nil), terminator: "")
  case .command(let command) where command.verb == .completion:
    print(try Completion.script(for: command.containerID), terminator: "")
  case .command: break
  }
} catch {
  print("swiftlet: \(error.message)")
}

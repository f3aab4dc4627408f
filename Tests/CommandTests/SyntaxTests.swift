import Testing

@testable import swiftlet

@Suite("Syntax of the command line")
struct SyntaxTests {
  @Test(
    "spellings of a flag with a value",
    arguments: [
      "create --bundle B ID", "create -bundle B ID", "create --bundle=B ID", "create -bundle=B ID", "create -b B ID",
      "create --b B ID", "create -b=B ID", "create ID --bundle B", "create ID -b=B", "create --bundle A -b B ID",
      "create --bundle B -- ID",
    ])
  func spellings(line: String) throws {
    let parsed = try command(line)
    #expect(parsed.value(.bundle) == "B")
    #expect(parsed.arguments == ["ID"])
  }

  @Test(
    "booleans",
    arguments: [
      ("run ID", false), ("run -d ID", true), ("run --detach ID", true), ("run ID -d", true),
      ("run --detach=false ID", false), ("run --detach=0 ID", false), ("run --detach=T ID", true),
      ("run -d --detach=false ID", false),
    ])
  func booleans(line: String, expected: Bool) throws {
    #expect(try command(line).flag(.detach) == expected)
  }

  @Test(
    "a value may look like a flag, be empty or be two dashes",
    arguments: [
      ("create --bundle --pid-file ID", "--pid-file"), ("create --bundle -- ID", "--"), ("create --bundle= ID", ""),
      ("create --bundle=a=b ID", "a=b"), ("create --bundle '' ID", ""),
    ])
  func values(line: String, expected: String) throws {
    let parsed = try command(line)
    #expect(parsed.value(.bundle) == expected)
    #expect(parsed.arguments == ["ID"])
  }

  @Test(
    "where flags end",
    arguments: [
      ("exec ID ls -l --tty", ["ID", "ls", "-l", "--tty"]), ("exec ID --help", ["ID", "--help"]),
      ("exec ID -- ls -l", ["ID", "ls", "-l"]), ("exec ID ls -- x", ["ID", "ls", "--", "x"]),
      ("exec -- ID ls", ["ID", "ls"]), ("exec ID --- x", ["ID", "---", "x"]),
      ("ps ID --format json", ["ID", "--format", "json"]),
      ("ps ID -ef", ["ID", "-ef"]), ("create -- --bundle", ["--bundle"]), ("create -", ["-"]), ("create ''", [""]),
      ("kill ID -- -9", ["ID", "-9"]),
    ])
  func terminators(line: String, arguments: [String]) throws {
    let parsed = try command(line)
    #expect(parsed.arguments == arguments)
    #expect(parsed.options.isEmpty)
  }

  @Test(
    "flags after the id, as runc takes them",
    arguments: [
      ("kill ID --all", OptionName.all, ["ID"]), ("kill ID KILL --all", .all, ["ID", "KILL"]),
      ("kill ID --all KILL", .all, ["ID", "KILL"]), ("delete ID --force", .force, ["ID"]),
      ("delete ID -f", .force, ["ID"]),
      ("run ID -d", .detach, ["ID"]), ("list -q", .quiet, []),
    ])
  func flagsAfterID(line: String, flag: OptionName, arguments: [String]) throws {
    let parsed = try command(line)
    #expect(parsed.flag(flag))
    #expect(parsed.arguments == arguments)
  }

  @Test("repeatable flags keep their order")
  func repeated() throws {
    let parsed = try command("exec -e A=1 --env B=2,3 -e=A=4 -g 5 --additional-gids 6 -c CAP_KILL ID x")
    #expect(parsed.values(.env) == ["A=1", "B=2,3", "A=4"])
    #expect(parsed.groups(.additionalGids) == [5, 6])
    #expect(parsed.values(.cap) == ["CAP_KILL"])
    #expect(parsed.values(.cgroup) == [])
    #expect(parsed.value(.cwd) == nil)
  }

  @Test("integers")
  func integers() throws {
    #expect(try command("create --preserve-fds 3 ID").integer(.preserveFds) == 3)
    #expect(try command("create --preserve-fds=0 ID").integer(.preserveFds) == 0)
    #expect(try command("create ID").integer(.preserveFds) == nil)
  }

  @Test(
    "global flags before and after the verb",
    arguments: [
      "--root /r --log-format=json state ID", "state --root /r --log-format=json ID",
      "state ID --root /r --log-format=json",
      "-root=/r -log-format json state ID", "--root /r state --log-format json ID",
      "--root /x --root /r --log-format json state ID",
      "--criu /bin/criu --root /r --log-format json state ID", "--root /r --log-format json -- state ID",
    ])
  func globalFlags(line: String) throws {
    let parsed = try command(line)
    #expect(parsed.global == GlobalOptions(root: "/r", logFormat: .json))
    #expect(parsed.containerID == "ID")
    #expect(parsed.options.isEmpty)
  }

  @Test("a global flag after exec's container belongs to its command")
  func globalFlagInExec() throws {
    #expect(try command("exec ID ls --root x").global == GlobalOptions())
  }

  @Test("spec's --rootless is its own")
  func specRootless() throws {
    let parsed = try command("spec --rootless")
    #expect(parsed.flag(.rootless))
    #expect(parsed.global.rootless == .auto)
    #expect(try command("--rootless true spec").global.rootless == .yes)
    #expect(try command("--rootless true spec").flag(.rootless) == false)
  }

  @Test(
    "help and version",
    arguments: [
      ("''", nil), ("--help", nil), ("-h", nil), ("-help", nil), ("help", nil), ("h", nil), ("--help create", nil),
      ("create --help", Verb.create), ("create ID -h", .create), ("help create", .create), ("h exec start", .exec),
      ("exec --help ID", .exec), ("pause --help", .pause), ("help events", .events), ("help --help", .help),
      ("--", nil),
      ("--help --version", nil),
    ])
  func help(line: String, verb: Verb?) throws {
    guard case .help(let found) = try parse(line) else {
      Issue.record("no help")
      return
    }
    #expect(found == verb)
  }

  @Test("no arguments print the help")
  func nothing() throws {
    guard case .help(nil) = try CommandLineParser.parse([]) else {
      Issue.record("no help")
      return
    }
  }

  @Test("the version", arguments: ["-v", "--version", "-version", "--version list", "--debug -v"])
  func version(line: String) throws {
    guard case .version = try parse(line) else {
      Issue.record("not the version")
      return
    }
  }

  @Test(
    "errors have runc's text and exit code",
    arguments: [
      ("create", "\"create\" requires exactly 1 argument(s)", 1),
      ("create a b", "\"create\" requires exactly 1 argument(s)", 1),
      ("create a --bundle b c", "\"create\" requires exactly 1 argument(s)", 1),
      ("start", "\"start\" requires exactly 1 argument(s)", 1),
      ("state a b", "\"state\" requires exactly 1 argument(s)", 1),
      ("kill", "\"kill\" requires a minimum of 1 argument(s)", 1),
      ("kill a KILL b", "\"kill\" requires a maximum of 2 argument(s)", 1),
      ("exec", "\"exec\" requires a minimum of 1 argument(s)", 1),
      ("ps", "\"ps\" requires a minimum of 1 argument(s)", 1),
      ("list extra", "\"list\" requires exactly 0 argument(s)", 1),
      ("list -- -q", "\"list\" requires exactly 0 argument(s)", 1),
      ("spec a", "\"spec\" requires exactly 0 argument(s)", 1),
      ("features x", "\"features\" requires exactly 0 argument(s)", 1),
      ("create --help=false", "\"create\" requires exactly 1 argument(s)", 1),
      ("bogus", "No help topic for 'bogus'", 3), ("bogus --help", "No help topic for 'bogus'", 3),
      ("List", "No help topic for 'List'", 3), ("cr", "No help topic for 'cr'", 3), ("-", "No help topic for '-'", 3),
      ("help bogus", "No help topic for 'bogus'", 3),
      ("--bogus", "flag provided but not defined: -bogus", 1),
      ("--bogus list", "flag provided but not defined: -bogus", 1),
      ("create --bogus a", "flag provided but not defined: -bogus", 1),
      ("create a --bogus=1", "flag provided but not defined: -bogus", 1),
      ("create --bogus --help", "flag provided but not defined: -bogus", 1),
      ("create --help --bogus", "flag provided but not defined: -bogus", 1),
      ("help --bogus", "flag provided but not defined: -bogus", 1),
      ("exec -td a ls", "flag provided but not defined: -td", 1),
      ("list -fjson", "flag provided but not defined: -fjson", 1),
      ("list -qf json", "flag provided but not defined: -qf", 1), ("list -v", "flag provided but not defined: -v", 1),
      ("kill -9 a", "flag provided but not defined: -9", 1),
      ("start --force a", "flag provided but not defined: -force", 1),
      ("create --bundle", "flag needs an argument: -bundle", 1), ("exec -p", "flag needs an argument: -p", 1),
      ("list --format", "flag needs an argument: -format", 1), ("--root", "flag needs an argument: -root", 1),
      ("--criu", "flag needs an argument: -criu", 1), ("create a --bundle", "flag needs an argument: -bundle", 1),
      ("list ---", "bad flag syntax: ---", 1), ("--=x list", "bad flag syntax: --=x", 1),
      ("list -=", "bad flag syntax: -=", 1),
      ("delete --force=x a", "invalid boolean value \"x\" for -force: parse error", 1),
      ("--debug=maybe list", "invalid boolean value \"maybe\" for -debug: parse error", 1),
      ("create -h=x", "invalid boolean value \"x\" for -h: parse error", 1),
      ("--log-format bogus list", "invalid log-format: bogus", 1), ("list --format bogus", "invalid format option", 1),
      ("ps -f xml a", "invalid format option", 1),
      ("create --preserve-fds x a", "invalid value \"x\" for flag -preserve-fds: parse error", 1),
      ("create --preserve-fds a", "invalid value \"a\" for flag -preserve-fds: parse error", 1),
      ("create --preserve-fds= a", "invalid value \"\" for flag -preserve-fds: parse error", 1),
      ("create --preserve-fds -1 a", "invalid value \"-1\" for flag -preserve-fds: parse error", 1),
      ("create --preserve-fds 010 a", "invalid value \"010\" for flag -preserve-fds: parse error", 1),
      (
        "create --preserve-fds 99999999999999999999 a",
        "invalid value \"99999999999999999999\" for flag -preserve-fds: value out of range", 1
      ),
      ("events --interval x a", "invalid value \"x\" for flag -interval: parse error", 1),
      ("events --interval 5 a", "invalid value \"5\" for flag -interval: parse error", 1),
      ("update --pids-limit x a", "invalid value \"x\" for flag -pids-limit: parse error", 1),
      ("exec -g -1 a ls", "invalid value \"-1\" for flag -g: must be a number from 0 to 4294967294", 1),
      ("--rootless bogus list", "invalid value \"bogus\" for flag -rootless: must be true, false or auto", 1),
    ])
  func errors(line: String, message: String, exitCode: Int32) {
    let error = #expect(throws: UsageError.self) { try parse(line) }
    #expect(error?.message == message)
    #expect(error?.exitCode == exitCode)
  }

  @Test("an error knows where to be logged")
  func errorsCarryTheLog() {
    #expect(
      throws: UsageError("flag provided but not defined: -bogus", global: GlobalOptions(log: "F", logFormat: .json))
    ) {
      try parse("--log F --log-format json create --bogus a")
    }
  }

  @Test("podman asks like this whether containers can be checkpointed", arguments: ["checkpoint", "restore"])
  func helpProbe(verb: String) throws {
    guard case .help(let topic) = try parse("\(verb) --help") else {
      Issue.record("no help")
      return
    }
    #expect(topic?.rawValue == verb)
  }

  @Test("podman asks like this whether containers can be restored into pods")
  func restoreProbe() {
    #expect(throws: UsageError("flag needs an argument: -lsm-mount-context")) {
      try parse("restore --lsm-mount-context")
    }
  }
}

extension UsageError {
  fileprivate init(_ message: String, global: GlobalOptions) {
    self.init(message)
    self.global = global
  }
}

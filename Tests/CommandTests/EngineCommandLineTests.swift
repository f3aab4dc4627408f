import Testing

@testable import swiftlet

/// A command line that an engine was seen to use, and what it must mean. Options are written `name=value`, in order;
/// global ones are compared as a whole.
struct EngineCall: Sendable, CustomTestStringConvertible {
  let line: String
  let verb: Verb
  var options: [String] = []
  var arguments = ["ID"]
  var global = GlobalOptions()

  var testDescription: String { line }
}

private let shim = GlobalOptions(root: "DIR", log: "BUNDLE/log.json", logFormat: .json)
private let shimFlags = "--root DIR --log BUNDLE/log.json --log-format json"
private let systemdShim = GlobalOptions(root: "DIR", log: "BUNDLE/log.json", logFormat: .json, systemdCgroup: true)
private let conmon = GlobalOptions(log: "RUNDIR/oci-log", logFormat: .json)
private let conmonFlags = "--log-format=json --log RUNDIR/oci-log"

@Suite("Command lines of the engines")
struct EngineCommandLineTests {
  @Test(
    "containerd's shim",
    arguments: [
      EngineCall(
        line: "\(shimFlags) create --bundle BUNDLE --pid-file BUNDLE/init.pid ID", verb: .create,
        options: ["bundle=BUNDLE", "pid-file=BUNDLE/init.pid"], global: shim),
      EngineCall(
        line: "\(shimFlags) --systemd-cgroup create --bundle B --pid-file P --console-socket /tmp/pty1/pty.sock ID",
        verb: .create, options: ["bundle=B", "pid-file=P", "console-socket=/tmp/pty1/pty.sock"], global: systemdShim),
      EngineCall(
        line: "\(shimFlags) create --bundle B --pid-file P --no-pivot ID", verb: .create,
        options: ["bundle=B", "pid-file=P", "no-pivot=true"], global: shim),
      EngineCall(
        line: "\(shimFlags) create --bundle B --pid-file P --no-new-keyring ID", verb: .create,
        options: ["bundle=B", "pid-file=P", "no-new-keyring=true"], global: shim),
      EngineCall(
        line: "\(shimFlags) --debug --rootless=true create --bundle B --pidfd-socket S ID", verb: .create,
        options: ["bundle=B", "pidfd-socket=S"],
        global: GlobalOptions(root: "DIR", log: "BUNDLE/log.json", logFormat: .json, debug: true, rootless: .yes)),
      EngineCall(
        line: "\(shimFlags) --rootless=false start ID", verb: .start,
        global: GlobalOptions(root: "DIR", log: "BUNDLE/log.json", logFormat: .json, rootless: .no)),
      EngineCall(line: "\(shimFlags) start ID", verb: .start, global: shim),
      EngineCall(
        line: "\(shimFlags) exec --process FILE --detach --pid-file BUNDLE/EXECID.pid ID", verb: .exec,
        options: ["process=FILE", "detach=true", "pid-file=BUNDLE/EXECID.pid"], global: shim),
      EngineCall(
        line: "\(shimFlags) exec --process FILE --console-socket SOCK --detach --pid-file P ID", verb: .exec,
        options: ["process=FILE", "console-socket=SOCK", "detach=true", "pid-file=P"], global: shim),
      EngineCall(line: "\(shimFlags) kill ID 15", verb: .kill, arguments: ["ID", "15"], global: shim),
      EngineCall(
        line: "\(shimFlags) kill --all ID 9", verb: .kill, options: ["all=true"], arguments: ["ID", "9"], global: shim),
      EngineCall(line: "\(shimFlags) delete ID", verb: .delete, global: shim),
      EngineCall(line: "\(shimFlags) delete --force ID", verb: .delete, options: ["force=true"], global: shim),
      EngineCall(line: "\(shimFlags) ps --format json ID", verb: .ps, options: ["format=json"], global: shim),
      EngineCall(
        line: "\(shimFlags) ps --format table ID -o pid,user", verb: .ps, options: ["format=table"],
        arguments: ["ID", "-o", "pid,user"], global: shim),
      EngineCall(line: "\(shimFlags) state ID", verb: .state, global: shim),
      EngineCall(
        line: "\(shimFlags) list --format=json", verb: .list, options: ["format=json"], arguments: [], global: shim),
      EngineCall(line: "\(shimFlags) run --bundle B ID", verb: .run, options: ["bundle=B"], global: shim),
      EngineCall(line: "features", verb: .features, arguments: []),
    ])
  func shimCalls(_ call: EngineCall) throws { try expectParsed(call) }

  @Test(
    "podman and conmon",
    arguments: [
      EngineCall(
        line: "--systemd-cgroup \(conmonFlags) create --bundle B --pid-file RUNDIR/pidfile --no-pivot"
          + " --no-new-keyring --preserve-fds 2 --console-socket /tmp/conmon-term.X ID", verb: .create,
        options: [
          "bundle=B", "pid-file=RUNDIR/pidfile", "no-pivot=true", "no-new-keyring=true", "preserve-fds=2",
          "console-socket=/tmp/conmon-term.X",
        ], global: GlobalOptions(log: "RUNDIR/oci-log", logFormat: .json, systemdCgroup: true)),
      EngineCall(
        line: "\(conmonFlags) exec --pid-file F --process F --detach --tty --console-socket S ID", verb: .exec,
        options: ["pid-file=F", "process=F", "detach=true", "tty=true", "console-socket=S"], global: conmon),
      EngineCall(line: "start ID", verb: .start),
      EngineCall(line: "kill ID 9", verb: .kill, arguments: ["ID", "9"]),
      EngineCall(line: "kill --all ID 9", verb: .kill, options: ["all=true"], arguments: ["ID", "9"]),
      EngineCall(line: "delete --force ID", verb: .delete, options: ["force=true"]),
      EngineCall(line: "state ID", verb: .state),
    ])
  func podmanCalls(_ call: EngineCall) throws { try expectParsed(call) }

  @Test(
    "flags of further verbs are known",
    arguments: [
      "pause ID", "resume ID", "update --resources=- ID", "update --resources - ID",
      "update --resources=/var/tmp/podmanN ID", "events --stats ID", "events --interval=5s ID",
      "checkpoint --image-path D --work-path D --leave-running ID",
      "checkpoint --image-path D --work-path D --leave-running --pre-dump --parent-path D --tcp-established --ext-unix-sk"
        + " --shell-job --file-locks --manage-cgroups-mode soft --empty-ns network --page-server A:1 --lazy-pages"
        + " --status-fd 3 ID",
      "checkpoint --image-path D --work-path D --pre-dump --parent-path ../D ID",
      "restore --image-path D --work-path D --detach --pid-file F -no-subreaper --bundle B ID",
      "restore --image-path D --work-path D --parent-path D --detach --pid-file F --console-socket S --no-pivot"
        + " -no-subreaper --bundle B ID",
      "restore --bundle B --pid-file F --detach --image-path D --work-path D --tcp-established --file-locks"
        + " --lsm-profile=apparmor:P --lsm-mount-context=C ID",
      "restore --image-path D --work-path D --parent-path P --detach --pid-file F --bundle B ID",
    ])
  func further(_ line: String) throws {
    guard case .command(let command) = try parse(line) else {
      Issue.record("no command")
      return
    }
    #expect(command.containerID == "ID")
  }

  @Test(
    "checkpoint and restore rows have every flag that containerd and podman give",
    arguments: [
      (
        Verb.checkpoint,
        "image-path work-path leave-running pre-dump parent-path tcp-established ext-unix-sk shell-job file-locks"
          + " manage-cgroups-mode empty-ns page-server lazy-pages status-fd"
      ),
      (
        Verb.restore,
        "image-path work-path detach pid-file console-socket no-pivot no-subreaper bundle tcp-established file-locks"
          + " lsm-profile lsm-mount-context"
      ),
    ])
  func checkpointFlags(verb: Verb, names: String) {
    let known = CommandTable.options(of: verb).map(\.name.rawValue)
    for name in names.split(separator: " ") {
      #expect(known.contains(String(name)))
    }
  }

  @Test func versionAlone() throws {
    guard case .version = try parse("--version") else {
      Issue.record("not the version")
      return
    }
  }

  private func expectParsed(_ call: EngineCall) throws {
    guard case .command(let command) = try parse(call.line) else {
      Issue.record("no command")
      return
    }
    #expect(command.verb == call.verb)
    #expect(command.options.map { "\($0.name.rawValue)=\($0.value)" } == call.options)
    #expect(command.arguments == call.arguments)
    #expect(command.global == call.global)
  }
}

/// Parses a line of words that are separated by single spaces; `''` stands for an empty word.
@discardableResult
func parse(_ line: String) throws(UsageError) -> Invocation {
  try CommandLineParser.parse(
    line.split(separator: " ", omittingEmptySubsequences: true).map { $0 == "''" ? "" : String($0) })
}

/// Parses a line that must be a command.
func command(_ line: String) throws -> ParsedCommand {
  let invocation = try parse(line)
  guard case .command(let command) = invocation else {
    throw UsageError("not a command: \(line)")
  }
  return command
}

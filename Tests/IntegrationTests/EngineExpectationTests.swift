import Glibc
import Testing

/// What engines read of the runtime's answers, to the letter, where no other suite says it.
@Suite(.root, .tags(.integration))
struct EngineExpectationTests {
  /// go-runc and dockerd accept no other prefix of the first line.
  @Test(.ownTexts) func versionAsGoRuncReadsIt() throws {
    try withContainer { container in
      let outcome = try container.runtime(["--version"]).expectSuccess()
      #expect(outcome.stdout.hasPrefix("runc version "))
      #expect(outcome.stderr.isEmpty)
    }
  }

  /// go-runc parses the time of each line; one that it cannot parse hides the message.
  @Test func timeOfALogLine() throws {
    try withContainer { container in
      let log = container.path("log.json")
      container.globalOptions += ["--log", log, "--log-format", "json"]
      try container.start().expectFailure(1, "container does not exist")
      let time = try #require(JSON(parsing: Host.read(log) ?? "")["time"].string)
      let rfc3339 = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/
      #expect(time.wholeMatch(of: rfc3339) != nil, "\(time)")
    }
  }

  /// The shim reads the whole file as a number: no newline, no space.
  @Test func pidFilesAreDigitsOnly() throws {
    try withContainer(["sleep", "60"]) { container in
      let file = container.path("init.pid")
      try container.create("--pid-file", file).expectSilentSuccess()
      #expect(try Host.read(file) == String(container.pid()))
      try container.start().expectSilentSuccess()
      let second = container.path("exec.pid")
      try container.exec(["--detach", "--pid-file", second], ["sleep", "60"]).expectSilentSuccess()
      let text = try #require(Host.read(second))
      #expect(!text.isEmpty && text.allSatisfy { $0.isASCII && $0.isNumber })
    }
  }

  /// The shim stays in the bundle of its first container, which may be gone when it looks after the others.
  @Test func aWorkingDirectoryThatIsGone() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.writeConfig()
      let gone = container.path("gone")
      func call(_ arguments: [String]) throws -> Outcome {
        try Host.makeDirectory(gone)
        let script = "cd \(gone) && rmdir \(gone) && exec \"$0\" \"$@\""
        return try container.launchOnHost(
          "/bin/sh", ["-c", script, RuntimeUnderTest.path] + container.globalOptions + arguments
        ).wait()
      }
      try call(["create", "--bundle", container.bundle, container.id]).expectSilentSuccess()
      try call(["start", container.id]).expectSilentSuccess()
      #expect(try call(["state", container.id]).expectSuccess().stdout.contains("\"running\""))
      #expect(try call(["exec", container.id, "pwd"]).expectSuccess().text == "/")
      try call(["kill", container.id, "9"]).expectSilentSuccess()
      try container.expectStatus("stopped")
      try call(["delete", container.id]).expectSilentSuccess()
      try call(["delete", "--force", container.id]).expectSilentSuccess()
    }
  }

  /// go-runc has its child killed when the shim ends. The container must outlive the shim all the same.
  @Test(.enabled(if: Host.exists("/usr/bin/setpriv")), arguments: ["create", "exec"])
  func theSignalAtTheCallersDeathIsNotPassedOn(_ verb: String) throws {
    try withContainer(["sleep", "60"]) { container in
      try container.writeConfig()
      let file = container.path("pid")
      if verb == "exec" { try container.createAndStart() }
      let arguments =
        verb == "create"
        ? ["create", "--bundle", container.bundle, "--pid-file", file, container.id]
        : ["exec", "--detach", "--pid-file", file, container.id, "sleep", "61"]
      let call = ["setpriv", "--pdeathsig", "KILL", RuntimeUnderTest.path] + container.globalOptions + arguments
      try container.launchOnHost("/bin/sh", ["-c", "\"$@\"; exit $?", "sh"] + call).wait().expectSilentSuccess()
      let pid = try #require(Int(Host.read(file) ?? ""))
      usleep(100_000)
      #expect(Host.isAlive(pid))
      #expect(try container.status() == (verb == "create" ? "created" : "running"))
    }
  }

  /// conmon hands the whole file to podman, which wants one object there: what was only worth a warning must not come
  /// before the error.
  @Test(.ownTexts, arguments: ["create", "exec"])
  func noWarningBeforeAnError(_ verb: String) throws {
    try withContainer(["sleep", "60"]) { container in
      if verb == "exec" {
        try container.createAndStart()
      } else {
        container.config["process"]["args"] = ["/nope"]
        container.config["linux"]["resources"]["memory"] = ["kernel": 1_000_000]
        container.config["process"]["capabilities"]["bounding"].append("CAP_FLY")
        container.config["hooks"]["poststop"] = [["path": "/bin/false"]]
      }
      let log = container.path("oci-log")
      container.globalOptions += ["--log-format=json", "--log", log]
      let outcome = verb == "exec" ? try container.exec(["--cap", "CAP_FLY"], ["/nope"]) : try container.create()
      outcome.expectFailure(verb == "exec" ? 255 : 1, "/nope")
      try expectOneError(in: log, like: outcome)
    }
  }

  /// dockerd adds a hint to this text.
  @Test(arguments: [false, true])
  func aMountOfAnotherKindThanItsTarget(_ isDirectory: Bool) throws {
    try withContainer { container in
      try Host.write("", to: container.path("file"))
      let source = isDirectory ? container.path("") : container.path("file")
      let target = isDirectory ? "/etc/passwd" : "/tmp"
      container.addMount(target, type: "bind", source: source, ["rbind"])
      try container.create().expectFailure(1, target, "not a directory")
    }
  }

  /// Engines tell 126 from it.
  @Test(.ownTexts, arguments: ["create", "exec"])
  func aDirectoryIsNoProgram(_ verb: String) throws {
    try withContainer(["sleep", "60"]) { container in
      if verb == "exec" {
        try container.createAndStart()
        try container.exec([], ["/etc"]).expectFailure(255, "exec: \"/etc\": permission denied")
      } else {
        container.config["process"]["args"] = ["/etc"]
        try container.create().expectFailure(1, "exec: \"/etc\": permission denied")
      }
    }
  }

  /// More than a pipe holds: who writes must not be left with a broken one.
  @Test func theResourcesAreReadToTheirEnd() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.createAndStart()
      let text = "{\"pids\": {\"limit\": 77}}" + String(repeating: " ", count: 200_000)
      let call = "head -c 200023 \(container.path("text")) | \"$@\"; echo ${PIPESTATUS[*]}"
      try Host.write(text, to: container.path("text"))
      let update = container.globalOptions + ["update", "--resources=-", container.id]
      let outcome = try container.launchOnHost("/bin/bash", ["-c", call, "bash", RuntimeUnderTest.path] + update).wait()
      #expect(outcome.expectSuccess().text == "0 0")
    }
  }

  /// «Unknown container» of containerd's and podman's own lists: they look for the text on both streams together.
  @Test(arguments: [["kill", "ID", "9"], ["delete", "ID"], ["state", "ID"], ["kill", "--all", "ID", "9"]])
  func theTextForAContainerThatIsGone(_ call: [String]) throws {
    try withContainer { container in
      let outcome = try container.runtime(call.map { $0 == "ID" ? container.id : $0 })
      outcome.expectFailure(1, "does not exist")
      #expect(outcome.stdout.isEmpty && outcome.stderr.split(separator: "\n").count == 1)
    }
  }

  /// Global flags that go-runc can write before the command, and the environment that conmon leaves to its child.
  @Test(arguments: [["--debug"], ["--rootless=false"], ["--rootless", "auto"]])
  func globalFlags(_ flags: [String]) throws {
    try withContainer { container in
      let log = container.path("log.json")
      container.globalOptions += flags + ["--log", log, "--log-format=json"]
      let options = RunningCommand.Options(environment: [
        "_OCI_SYNCPIPE": "3", "_OCI_STARTPIPE": "4", "GOMAXPROCS": "2",
      ])
      let outcome = try container.create(options: options).expectSuccess()
      #expect(outcome.stdout.isEmpty, "the container's output must hold nothing of the runtime's")
      try container.start().expectSuccess()
      try container.expectStatus("stopped")
      try container.delete().expectSuccess()
    }
  }

  /// A profile with a default of EPERM that is older than openat2, faccessat2 and close_range: engines of their time
  /// still use such ones. Without no_new_privs it is loaded before the runtime's last steps.
  @Test(arguments: [true, false])
  func aProfileOlderThanTheRuntimesCalls(_ noNewPrivileges: Bool) throws {
    try withContainer(["sh", "-c", "echo started in $HOME"]) { container in
      container.config["process"]["noNewPrivileges"] = .bool(noNewPrivileges)
      container.config["linux"]["seccomp"] = [
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [
          [
            "names": ["openat2", "faccessat2", "close_range", "clone3", "statmount"], "action": "SCMP_ACT_ERRNO",
            "errnoRet": 1,
          ]
        ],
      ]
      try container.create().expectSilentSuccess()
      try container.start().expectSilentSuccess()
      try container.expectStatus("stopped")
      try container.delete().expectSilentSuccess()
      let outcome = try container.run().expectSuccess()
      #expect(outcome.stdout.hasPrefix("started in /"))
    }
  }
}

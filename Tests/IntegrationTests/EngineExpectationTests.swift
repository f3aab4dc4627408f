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

import Glibc
import Testing

/// `--log` and `--log-format`, which engines read errors from (COMPATIBILITY.md, section 3).
@Suite(.root, .tags(.integration))
struct LogTests {
  @Test(arguments: ["start", "kill", "delete", "state", "pause", "resume", "ps"])
  func anErrorIsOneJSONLine(_ verb: String) throws {
    try withContainer { container in
      let log = container.path("log.json")
      container.globalOptions += ["--log", log, "--log-format=json"]
      let outcome = try container.runtime([verb, container.id]).expectFailure(1, "container does not exist")
      try expectOneError(in: log, like: outcome)
    }
  }

  @Test func errorsAreAppended() throws {
    try withContainer { container in
      let log = container.path("log.json")
      try Host.write("what was there\n", to: log)
      container.globalOptions += ["--log", log, "--log-format", "json"]
      for _ in 0..<3 { try container.start().expectFailure() }
      let lines = (Host.read(log) ?? "").split(separator: "\n")
      #expect(lines.count == 4)
      #expect(lines.first == "what was there")
      for line in lines.dropFirst() { #expect(try JSON(parsing: String(line))["level"].string == "error") }
    }
  }

  /// podman reads the whole file as one object.
  @Test func successLogsNothing() throws {
    try withContainer(["sleep", "60"]) { container in
      let log = container.path("log.json")
      container.globalOptions += ["--log", log, "--log-format", "json"]
      try container.createAndStart()
      try container.exec([], ["true"]).expectSilentSuccess()
      for verb in ["pause", "resume"] { try container.runtime([verb, container.id]).expectSilentSuccess() }
      try container.kill("KILL").expectSilentSuccess()
      try container.expectStatus("stopped")
      try container.delete().expectSilentSuccess()
      #expect((Host.read(log) ?? "").isEmpty)
    }
  }

  @Test func textIsTheDefaultFormat() throws {
    try withContainer { container in
      let log = container.path("log")
      container.globalOptions += ["--log", log]
      try container.start().expectFailure(1, "container does not exist")
      let text = try #require(Host.read(log))
      #expect(text.contains("container does not exist") && !text.hasPrefix("{"))
      #expect(text.split(separator: "\n").count == 1)
    }
  }

  @Test func aFailedExec() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.createAndStart()
      let log = container.path("log.json")
      container.globalOptions += ["--log", log, "--log-format", "json"]
      let outcome = try container.exec([], ["/nope"])
      #expect(outcome.exitCode == 255)
      try expectOneError(in: log, like: outcome)
      let message = try JSON(parsing: Host.read(log) ?? "")["msg"].string ?? ""
      #expect(message.contains("exec: \"/nope\": stat /nope: no such file or directory"))
    }
  }

  /// A text with every byte that JSON must escape.
  @Test func messagesAreEscaped() throws {
    try withContainer(["/a \"quoted\"\\\u{1}\tname"]) { container in
      let log = container.path("log.json")
      container.globalOptions += ["--log", log, "--log-format", "json"]
      let outcome = try container.run()
      #expect(outcome.exitCode != 0)
      let text = try #require(Host.read(log))
      #expect(text.split(separator: "\n").count == 1)
      #expect(try JSON(parsing: text)["msg"].string?.contains("name") == true)
    }
  }

  @Test func aLogThatCannotBeOpened() throws {
    try withContainer { container in
      container.globalOptions += ["--log", container.path("missing/log.json")]
      let outcome = try container.runtime(["list"])
      #expect(outcome.exitCode == 1, "\(outcome)")
      #expect(outcome.stderr.contains("no such file or directory"))
    }
  }

  /// dockerd and go-runc look for `runc version`, and for a `commit:` and a `spec:` line.
  @Test func version() throws {
    try withContainer { container in
      let outcome = try container.runtime(["--version"]).expectSuccess()
      let lines = outcome.stdout.split(separator: "\n")
      #expect(lines.count >= 3 && outcome.stderr.isEmpty)
      #expect(lines[0].contains(" version "))
      #expect(lines.contains { $0.hasPrefix("commit: ") })
      #expect(lines.contains { $0.hasPrefix("spec: 1.") })
    }
  }

  @Test(.ownTexts) func features() throws {
    try withContainer { container in
      let outcome = try container.runtime(["features"]).expectSuccess()
      let features = try JSON(parsing: outcome.stdout)
      #expect(outcome.stderr.isEmpty)
      #expect(features["ociVersionMin"].string == "1.0.0")
      #expect(features["ociVersionMax"].string == "1.3.0")
      let hooks = Set(features["hooks"].array.compactMap(\.string))
      #expect(
        hooks == ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"])
      let options = Set(features["mountOptions"].array.compactMap(\.string))
      #expect(options.isSuperset(of: ["ro", "rro", "bind", "rbind", "nosuid", "nosymfollow", "rprivate"]))
      let linux = features["linux"]
      #expect(linux["mountExtensions"]["idmap"]["enabled"].bool == true)
      #expect(linux["netDevices"]["enabled"].bool == true)
      #expect(linux["memoryPolicy"]["modes"].array.contains("MPOL_PREFERRED_MANY"))
      #expect(linux["memoryPolicy"]["flags"].array.contains("MPOL_F_STATIC_NODES"))
      let namespaces = Set(linux["namespaces"].array.compactMap(\.string))
      #expect(namespaces == ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"])
      #expect(linux["capabilities"].array.contains("CAP_SYS_ADMIN"))
      #expect(linux["cgroup"]["v1"].bool == true && linux["cgroup"]["v2"].bool == true)
      #expect(linux["seccomp"]["enabled"].bool == true)
    }
  }
}

/// What the log gets besides errors.
@Suite(.root, .ownTexts, .tags(.integration))
struct LoggedWarningTests {
  /// config.md, «Linux Process»: capabilities that the machine does not know are left out with a warning.
  @Test(arguments: ["create", "run"]) func unknownCapability(verb: String) throws {
    try withContainer { container in
      container.globalOptions += ["--log", container.path("log")]
      container.config["process"]["capabilities"]["bounding"].append("CAP_FLY")
      try container.writeConfig()
      try container.runtime([verb, "--bundle", container.bundle, container.id]).expectSilentSuccess()
      let log = Host.read(container.path("log")) ?? ""
      #expect(log.contains("level=warning msg=\"ignoring unknown or unavailable capabilities: [CAP_FLY]\""), "\(log)")
    }
  }

  @Test func withoutALogItIsOnStandardError() throws {
    try withContainer { container in
      container.config["process"]["capabilities"]["bounding"].append("CAP_FLY")
      let outcome = try container.run()
      #expect(outcome.exitCode == 0)
      #expect(outcome.stderr == "swiftlet: warning: ignoring unknown or unavailable capabilities: [CAP_FLY]\n")
    }
  }

  @Test func relativeDestination() throws {
    try withContainer { container in
      container.addMount("new/place", type: "tmpfs", source: "tmpfs")
      let outcome = try container.run()
      #expect(outcome.exitCode == 0)
      #expect(
        outcome.stderr
          == "swiftlet: warning: mounts[7].destination: relative paths are deprecated (got \"new/place\")\n")
    }
  }

  @Test func sizeOfABindMount() throws {
    try withContainer { container in
      try Host.makeDirectory(container.path("source"))
      container.addMount("/tmp", type: "bind", source: container.path("source"), ["rbind", "mode=700", "size=1k"])
      container.script = "stat -c %a /tmp"
      let outcome = try container.run()
      #expect(outcome.stdout == "755\n")
      #expect(
        outcome.stderr == "swiftlet: warning: mounts[7]: options that a bind mount does not have: mode=700,size=1k\n")
    }
  }

  @Test func unknownCapabilityOfExec() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.createAndStart()
      container.globalOptions += ["--log", container.path("log")]
      try container.exec(["--cap", "CAP_FLY"], ["true"]).expectSilentSuccess()
      let log = Host.read(container.path("log")) ?? ""
      #expect(log.contains("level=warning msg=\"ignoring unknown or unavailable capabilities: [CAP_FLY]\""), "\(log)")
    }
  }

  @Test func debugMessages() throws {
    try withContainer(["sh", "-c", "exit 3"]) { container in
      container.globalOptions += ["--debug"]
      let outcome = try container.run()
      #expect(outcome.exitCode == 3)
      #expect(outcome.stderr.contains("run \(container.id)\n"))
      #expect(outcome.stderr.contains("exit code 3"))
      container.globalOptions += ["--log", container.path("log")]
      #expect(try container.run().stderr == "")
      let log = Host.read(container.path("log")) ?? ""
      #expect(log.contains("level=debug msg=\"run: exit code 3\""), "\(log)")
    }
  }

  /// A value of `--env` may be a secret.
  @Test func debugMessagesKeepTheEnvironmentSecret() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.createAndStart()
      container.globalOptions += ["--debug"]
      let outcome = try container.exec(["--env", "KEY=hush"], ["sh", "-c", "echo $KEY"])
      #expect(outcome.text == "hush")
      #expect(!outcome.stderr.contains("hush"))
    }
  }
}

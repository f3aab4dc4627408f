import Foundation
import Glibc
import Testing

/// `exec`: one more process in a container.
@Suite(.root, .tags(.integration))
struct ExecTests {
  @Test(arguments: [0, 1, 42, 126, 255] as [Int32])
  func exitCodeIsPassedThrough(_ code: Int32) throws {
    try withRunning { container in
      let outcome = try container.exec([], ["sh", "-c", "exit \(code)"])
      #expect(outcome.exitCode == code && outcome.stdout.isEmpty && outcome.stderr.isEmpty, "\(outcome)")
    }
  }

  @Test(arguments: [SIGKILL, SIGTERM])
  func endBySignal(_ signal: Int32) throws {
    try withRunning { container in
      let outcome = try container.exec([], ["sh", "-c", "kill -\(signal) $$; sleep 5"])
      #expect(outcome.exitCode == 128 + signal)
    }
  }

  @Test func streams() throws {
    try withRunning { container in
      let outcome = try container.exec(
        [], ["sh", "-c", "cat; echo err >&2"], options: .init(input: "through"))
      #expect(outcome.stdout == "through" && outcome.stderr == "err\n", "\(outcome)")
    }
  }

  /// Flags after the program are the program's.
  @Test func flagsOfTheProgram() throws {
    try withRunning { container in
      let outcome = try container.exec([], ["echo", "--cwd", "-e", "x", "--", "-t"])
      #expect(outcome.expectSuccess().text == "--cwd -e x -- -t")
    }
  }

  @Test func aCreatedContainer() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.create().expectSilentSuccess()
      #expect(try container.exec([], ["echo", "early"]).expectSuccess().text == "early")
      #expect(try container.status() == "created")
    }
  }

  @Test func aPausedContainer() throws {
    try withRunning { container in
      try container.runtime(["pause", container.id]).expectSilentSuccess()
      try container.exec([], ["true"]).expectFailure(
        255, "cannot exec in a paused container (use --ignore-paused to override)")
      let command = try container.launch(["exec", "--ignore-paused", container.id, "echo", "late"])
      usleep(300_000)
      #expect(command.outcome.stdout.isEmpty)
      try container.runtime(["resume", container.id]).expectSilentSuccess()
      #expect(command.wait().expectSuccess().text == "late")
    }
  }

  @Test func aStoppedContainer() throws {
    try withContainer { container in
      try container.createAndStart()
      try container.expectStatus("stopped")
      try container.exec([], ["true"]).expectFailure(255, "cannot exec in a stopped container")
    }
  }

  /// The texts that podman and dockerd make 126 and 127 of.
  @Test(arguments: [
    ("/nope", "exec: \"/nope\": stat /nope: no such file or directory"),
    ("nope", "exec: \"nope\": executable file not found in $PATH"),
    ("/etc/passwd", "exec: \"/etc/passwd\": permission denied"), ("/etc", "exec: \"/etc\": permission denied"),
  ])
  func programThatCannotBeExecuted(_ program: String, _ text: String) throws {
    try withRunning { container in
      let outcome = try container.exec([], [program])
      #expect(outcome.exitCode == 255 && outcome.stdout.isEmpty)
      #expect(outcome.stderr.replacingOccurrences(of: "\\\"", with: "\"").contains(text), "\(outcome)")
      #expect(outcome.stderr.contains("exec failed") || RuntimeUnderTest.isSwiftlet)
      #expect(try container.status() == "running")
    }
  }

  @Test func workingDirectory() throws {
    try withRunning { container in
      #expect(try container.exec([], ["pwd"]).expectSuccess().text == "/")
      #expect(try container.exec(["--cwd", "/tmp"], ["pwd"]).expectSuccess().text == "/tmp")
      #expect(try container.exec(["--cwd=/etc"], ["pwd"]).expectSuccess().text == "/etc")
      let outcome = try container.exec(["--cwd", "relative"], ["pwd"])
      #expect(outcome.exitCode != 0 && outcome.stdout.isEmpty)
    }
  }

  @Test(arguments: ["A", "=b", ""]) func malformedEnvironment(entry: String) throws {
    try withRunning { container in
      try container.exec(["--env", entry], ["true"]).expectFailure(255, "KEY=VALUE")
    }
  }

  @Test func environment() throws {
    try withRunning { container in
      let outcome = try container.exec(
        ["--env", "A=1", "--env", "B=two words", "--env=C="], ["env"],
        options: .init(environment: ["SECRET": "of the caller"]))
      let lines = Set(outcome.expectSuccess().text.split(separator: "\n").map(String.init))
      #expect(lines.isSuperset(of: ["A=1", "B=two words", "C=", "TERM=xterm", "HOME=/root"]))
      #expect(!lines.contains { $0.hasPrefix("SECRET") })
    }
  }

  @Test func additionalEnvironmentTakesPrecedence() throws {
    try withRunning { container in
      let outcome = try container.exec(["-e", "TERM=dumb"], ["sh", "-c", "echo $TERM"])
      #expect(outcome.expectSuccess().text == "dumb")
    }
  }

  @Test(arguments: [["--no-new-privs"], []])
  func noNewPrivileges(_ flags: [String]) throws {
    try withContainer(["sleep", "60"]) { container in
      container.config["process"]["noNewPrivileges"] = false
      try container.createAndStart()
      let outcome = try container.exec(flags, ["grep", "NoNewPrivs", "/proc/self/status"])
      #expect(outcome.expectSuccess().text == "NoNewPrivs:\t\(flags.count)")
    }
  }

  @Test func detached() throws {
    try withRunning { container in
      let pidFile = container.path("exec.pid")
      try container.exec(["--detach", "--pid-file", pidFile], ["sh", "-c", "touch /done; sleep 0.2; exit 7"])
        .expectSilentSuccess()
      let text = try #require(Host.read(pidFile))
      #expect(!text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }, "\(text.debugDescription)")
      let pid = try #require(Int32(text))
      #expect(ChildProcesses.shared.wait(for: pid, seconds: 10) == .exited(7))
      #expect(Host.exists(container.rootfs + "/done"))
    }
  }

  /// A detached exec that can't begin says so, and leaves no pid file that names a process.
  @Test func detachedProgramThatIsMissing() throws {
    try withRunning { container in
      let outcome = try container.exec(["-d", "--pid-file", container.path("exec.pid")], ["/nope"])
      outcome.expectFailure(255, "/nope")
    }
  }

  @Test func pidFileInTheForeground() throws {
    try withRunning { container in
      let pidFile = container.path("exec.pid")
      let command = try container.launch(["exec", "--pid-file", pidFile, container.id, "sleep", "60"])
      #expect(eventually { Int(Host.read(pidFile) ?? "") != nil })
      let pid = try #require(Int(Host.read(pidFile) ?? ""))
      #expect(eventually { Host.read("/proc/\(pid)/cmdline") == "sleep\u{0}60\u{0}" })
      Glibc.kill(pid_t(pid), SIGKILL)
      #expect(command.wait().exitCode == 137)
    }
  }

  @Test func allNamespacesAndTheCgroupAreJoined() throws {
    try withContainer(["sleep", "60"]) { container in
      container.setNamespace("cgroup")
      try container.createAndStart()
      let pidFile = container.path("exec.pid")
      try container.exec(["-d", "--pid-file", pidFile], ["sleep", "61"]).expectSilentSuccess()
      let pid = try #require(Int(Host.read(pidFile) ?? ""))
      let initPid = try container.pid()
      for name in ["pid", "net", "ipc", "uts", "mnt", "cgroup", "user"] {
        #expect(Host.namespace(name, of: pid) == Host.namespace(name, of: initPid), "\(name)")
      }
      #expect(Host.read("/proc/\(pid)/cgroup") == Host.read("/proc/\(initPid)/cgroup"))
      #expect(Host.link("/proc/\(pid)/root") == Host.link("/proc/\(initPid)/root"))
      let pids = try JSON(parsing: container.runtime(["ps", "-f", "json", container.id]).stdout)
      #expect(Set(pids.array.compactMap(\.int)) == [pid, initPid])
    }
  }

  @Test func signalsAreForwarded() throws {
    try withRunning { container in
      let command = try container.launch(
        ["exec", container.id, "sh", "-c", "trap 'exit 42' TERM; echo ready; while :; do sleep 0.05; done"])
      #expect(eventually { command.outcome.stdout.contains("ready") })
      command.signal(SIGTERM)
      #expect(command.wait().exitCode == 42)
    }
  }

  /// It ends with the container, and the command says how.
  @Test func theContainerIsKilledMeanwhile() throws {
    try withRunning { container in
      let command = try container.launch(["exec", container.id, "sh", "-c", "echo ready; sleep 60"])
      #expect(eventually { command.outcome.stdout.contains("ready") })
      try container.kill("KILL").expectSilentSuccess()
      #expect(command.wait().exitCode == 137)
    }
  }

  @Test func manyAtOnce() throws {
    try withRunning { container in
      let commands = try (0..<10).map { number in
        try container.launch(["exec", container.id, "sh", "-c", "echo \(number); exit \(number)"])
      }
      for (number, command) in commands.enumerated() {
        let outcome = command.wait()
        #expect(outcome.exitCode == number && outcome.text == "\(number)", "\(outcome)")
      }
    }
  }
}

/// A container that sleeps.
func withRunning(_ location: SourceLocation = #_sourceLocation, _ body: (TestContainer) throws -> Void) throws {
  try withContainer(["sleep", "60"], location: location) { container in
    try container.createAndStart(location)
    try body(container)
  }
}

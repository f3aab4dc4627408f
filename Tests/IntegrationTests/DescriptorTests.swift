import Glibc
import Testing

/// Which descriptors and sockets of the caller reach the payload.
@Suite(.root, .tags(.integration))
struct DescriptorTests {
  /// Descriptors that the caller leaves open are closed, but for the standard ones.
  @Test func onlyTheStandardOnesAreOpen() throws {
    try withContainer(["sleep", "60"]) { container in
      let pipe = try Pipe()
      let open = Dictionary(uniqueKeysWithValues: (Int32(3)...20).map { ($0, pipe.reading) })
      try container.create(options: .init(descriptors: open)).expectSilentSuccess()
      try container.start().expectSilentSuccess()
      #expect(Host.list("/proc/\(try container.pid())/fd") == ["0", "1", "2"])
    }
  }

  @Test func theSameForExec() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.createAndStart()
      let pipe = try Pipe()
      let open = Dictionary(uniqueKeysWithValues: (Int32(3)...20).map { ($0, pipe.reading) })
      let outcome = try container.exec([], ["ls", "/proc/self/fd"], options: .init(descriptors: open))
      // 3 is the directory that ls reads.
      #expect(outcome.expectSuccess().text == "0\n1\n2\n3")
    }
  }

  @Test func preservedOnes() throws {
    try withContainer { container in
      let pipe = try Pipe()
      pipe.write("through the pipe")
      container.script = "head -c 16 <&4"
      let open = Dictionary(uniqueKeysWithValues: (Int32(3)...20).map { ($0, pipe.reading) })
      let outcome = try container.run("--preserve-fds", "2", options: .init(descriptors: open)).expectSuccess()
      #expect(outcome.text == "through the pipe")
      container.config["process"]["args"] = ["ls", "/proc/self/fd"]
      let list = try container.run("--preserve-fds", "2", options: .init(descriptors: open)).expectSuccess()
      // 5 is the directory that ls reads.
      #expect(list.text == "0\n1\n2\n3\n4\n5")
    }
  }

  @Test func preservedOnesOfExec() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.createAndStart()
      let pipe = try Pipe()
      pipe.write("through the pipe")
      let outcome = try container.exec(
        ["--preserve-fds", "1"], ["sh", "-c", "head -c 16 <&3"], options: .init(descriptors: [3: pipe.reading]))
      #expect(outcome.expectSuccess().text == "through the pipe")
    }
  }

  @Test(.ownTexts) func preservedOneThatIsNotOpen() throws {
    try withContainer { container in
      try container.run("--preserve-fds", "1").expectFailure(1)
      container.expectNothingLeft()
    }
  }

  /// Socket activation (sd_listen_fds): LISTEN_PID is the payload's own pid.
  @Test func listenDescriptors() throws {
    try withContainer { container in
      container.script = "echo $LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES; head -c 4 <&3; head -c 4 <&4"
      let (first, second) = (try Pipe(), try Pipe())
      first.write("one.")
      second.write("two.")
      let options = RunningCommand.Options(
        environment: ["LISTEN_FDS": "2", "LISTEN_FDNAMES": "a:b"],
        descriptors: [3: first.reading, 4: second.reading])
      let lines = try runWithListenPid(container, [], options).expectSuccess().text.split(separator: "\n")
      #expect(lines.first?.hasPrefix("2 1") == true, "\(lines)")
      #expect(lines.last == "one.two.")
    }
  }

  @Test func listenDescriptorsWithPreservedOnes() throws {
    try withContainer { container in
      container.script = "echo $LISTEN_FDS $LISTEN_PID; head -c 4 <&3; head -c 4 <&4"
      let (first, second) = (try Pipe(), try Pipe())
      first.write("one.")
      second.write("two.")
      let options = RunningCommand.Options(
        environment: ["LISTEN_FDS": "1"], descriptors: [3: first.reading, 4: second.reading])
      let outcome = try runWithListenPid(container, ["--preserve-fds", "1"], options).expectSuccess()
      #expect(outcome.text == "1 1\none.two.")
    }
  }

  /// The descriptors are meant for the process that LISTEN_PID names, which is the runtime itself.
  private func runWithListenPid(
    _ container: TestContainer, _ flags: [String], _ options: RunningCommand.Options
  ) throws -> Outcome {
    try container.writeConfig()
    let run = ["--root", container.root, "run", "--bundle", container.bundle] + flags + [container.id]
    let script = "LISTEN_PID=$$ exec \"$0\" \"$@\""
    return try container.launchOnHost("/bin/sh", ["-c", script, RuntimeUnderTest.path] + run, options).wait()
  }

  /// The caller's variables don't appear by themselves.
  @Test func noListenVariablesOtherwise() throws {
    try withContainer { container in
      let text = try container.output(of: "env | grep -c LISTEN_; true")
      #expect(text == "0")
    }
  }

  /// A `start` with NOTIFY_SOCKET ends when the payload said READY=1, which is passed on with MAINPID.
  @Test func notifySocket() throws {
    try withContainer { container in
      let manager = try DatagramSocket(path: container.path("notify"))
      container.script = "echo $NOTIFY_SOCKET; sleep 60"
      let options = RunningCommand.Options(environment: ["NOTIFY_SOCKET": manager.path])
      let command = try container.launchCreate(options: options)
      command.wait().expectSilentSuccess()
      let pid = try container.pid()
      let start = try container.launch(["start", container.id], options)
      #expect(eventually { command.outcome.stdout.hasSuffix("\n") })
      let inside = command.outcome.text
      #expect(inside.hasPrefix("/") && inside != manager.path)
      try DatagramSocket.send("STATUS=warming up\n", to: "/proc/\(pid)/root\(inside)")
      try DatagramSocket.send("READY=1\n", to: "/proc/\(pid)/root\(inside)")
      start.wait().expectSilentSuccess()
      #expect(
        eventually {
          manager.receive(); return manager.text.contains("READY=1")
        })
      #expect(manager.text.contains("MAINPID=\(pid)"), "\(manager.text)")
    }
  }

  @Test func notifySocketInTheForeground() throws {
    try withContainer { container in
      let manager = try DatagramSocket(path: container.path("notify"))
      container.script = "echo $NOTIFY_SOCKET; sleep 2"
      let run = try container.launchRun(options: .init(environment: ["NOTIFY_SOCKET": manager.path]))
      #expect(eventually { run.outcome.stdout.hasSuffix("\n") })
      let pid = try container.pid()
      try DatagramSocket.send("READY=1\n", to: "/proc/\(pid)/root\(run.outcome.text)")
      #expect(
        eventually {
          manager.receive(); return manager.text.contains("READY=1")
        })
      #expect(manager.text.contains("MAINPID="))
      #expect(run.wait().exitCode == 0)
    }
  }
}

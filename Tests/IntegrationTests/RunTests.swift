import Foundation
import Glibc
import Testing

/// `run`, in the foreground and detached; exit codes; pid files.
@Suite(.root, .tags(.integration))
struct RunTests {
  @Test(arguments: [0, 1, 7, 125, 255] as [Int32])
  func exitCodeIsPassedThrough(_ code: Int32) throws {
    try withContainer(["sh", "-c", "exit \(code)"]) { container in
      let outcome = try container.run()
      #expect(outcome.exitCode == code)
      #expect(outcome.stdout.isEmpty && outcome.stderr.isEmpty, "\(outcome)")
      container.expectNothingLeft()
    }
  }

  /// A pid namespace's init can't kill itself by a signal it doesn't handle, so the container shares the host's.
  @Test(arguments: [SIGKILL, SIGTERM, SIGSEGV])
  func endBySignal(_ signal: Int32) throws {
    try withContainer(["sh", "-c", "kill -\(signal) $$; sleep 5"]) { container in
      container.removeNamespace("pid")
      let outcome = try container.run()
      #expect(outcome.exitCode == 128 + signal, "\(outcome)")
    }
  }

  /// Some callers ignore the end of their children, and an exec passes that on: the kernel then tells nobody of it.
  @Test(.ownTexts) func aCallerThatIgnoresTheEndOfChildren() throws {
    try withContainer(["sh", "-c", "sleep 0.1; exit 7"]) { container in
      container.wrapper = ["/bin/sh", "-c", "trap '' CHLD; exec \"$@\"", "sh", RuntimeUnderTest.path]
      let ended = try container.launchRun()
      #expect(ended.wait().exitCode == 7)
      container.expectNothingLeft()
      container.script = "exec sleep 60"
      container.addHook("poststop", script: "exit 0")
      try container.createAndStart()
      #expect(try container.launch(["exec", container.id, "sh", "-c", "exit 8"]).wait().exitCode == 8)
      try container.delete("--force").expectSilentSuccess()
    }
  }

  @Test func outputAndErrorsAreThePayloads() throws {
    try withContainer(["sh", "-c", "echo out; echo err >&2; cat"]) { container in
      let outcome = try container.run(options: .init(input: "in"))
      #expect(outcome.stdout == "out\nin")
      #expect(outcome.stderr == "err\n")
    }
  }

  @Test func theContainerIsDeletedAtTheEnd() throws {
    try withContainer { container in
      try container.run().expectSilentSuccess()
      try container.runtime(["state", container.id]).expectFailure(1, "container does not exist")
      container.expectNothingLeft()
    }
  }

  @Test func keepLeavesAStoppedContainer() throws {
    try withContainer(["sh", "-c", "exit 3"]) { container in
      #expect(try container.run("--keep").exitCode == 3)
      #expect(try container.status() == "stopped")
      try container.delete().expectSilentSuccess()
    }
  }

  @Test(arguments: ["-d", "--detach"])
  func detached(_ flag: String) throws {
    try withContainer(["sleep", "60"]) { container in
      try container.run(flag).expectSilentSuccess()
      #expect(try container.status() == "running")
    }
  }

  /// `run --detach` leaves the end of the container to its caller, whose child it becomes.
  @Test func detachedExitStatus() throws {
    try withContainer(["sh", "-c", "sleep 0.2; exit 5"]) { container in
      let file = container.path("pid")
      try container.run("--detach", "--pid-file", file).expectSilentSuccess()
      let pid = try #require(Int32(Host.read(file) ?? ""))
      #expect(ChildProcesses.shared.wait(for: pid, seconds: 10) == .exited(5))
      #expect(try container.status() == "stopped")
    }
  }

  /// Engines read pid files with strconv.Atoi: digits only, no newline.
  @Test(arguments: ["create", "run"])
  func pidFileHasDigitsOnly(_ verb: String) throws {
    try withContainer(["sleep", "60"]) { container in
      let file = container.path("init.pid")
      let outcome =
        verb == "create" ? try container.create("--pid-file", file) : try container.run("-d", "--pid-file", file)
      outcome.expectSilentSuccess()
      let text = try #require(Host.read(file))
      #expect(!text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }, "\(text.debugDescription)")
      let pid = try container.pid()
      #expect(Int(text) == pid)
    }
  }

  @Test func pidFileRelativeToTheWorkingDirectory() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.create("--pid-file", "init.pid", options: .init(directory: container.directory))
        .expectSilentSuccess()
      #expect(Host.read(container.path("init.pid")) == "\(try container.pid())")
    }
  }

  @Test func pidFileThatCannotBeWritten() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.create("--pid-file", "/nonexistent/init.pid").expectFailure(1, "no such file or directory")
      container.expectNothingLeft()
    }
  }

  /// The container's program must not see the run's own process as its parent's session, and signals go through.
  @Test(arguments: [SIGTERM, SIGINT, SIGHUP, SIGUSR1])
  func signalsAreForwarded(_ signal: Int32) throws {
    try withContainer { container in
      container.script = "trap 'echo got; exit 42' \(signal); echo ready; while :; do sleep 0.05; done"
      let command = try container.launchRun()
      #expect(eventually { command.outcome.stdout.contains("ready") })
      command.signal(signal)
      let outcome = command.wait()
      #expect(outcome.exitCode == 42, "\(outcome)")
      #expect(outcome.stdout == "ready\ngot\n")
    }
  }

  @Test func killedFromAnotherCommand() throws {
    try withContainer(["sleep", "60"]) { container in
      let command = try container.launchRun()
      #expect(try eventually { try container.status() == "running" })
      try container.kill("KILL").expectSilentSuccess()
      #expect(command.wait().exitCode == 137)
      container.expectNothingLeft()
    }
  }

  /// What the init leaves running in its pid namespace ends with it.
  @Test func processesLeftByInitEndWithIt() throws {
    try withContainer(["sh", "-c", "sleep 61 & sleep 62 & exit 0"]) { container in
      try container.run().expectSilentSuccess()
      container.expectNothingLeft()
    }
  }

  @Test func runsOfAShortProgramInARow() throws {
    try withContainer(["echo", "x"]) { container in
      for _ in 0..<10 {
        let outcome = try container.run()
        #expect(outcome.stdout == "x\n", "\(outcome)")
      }
    }
  }

  @Test func defaultEnvironmentOfEngines() throws {
    // podman's delete, pause and resume run with no PATH and an empty XDG_RUNTIME_DIR.
    try withContainer(["sleep", "60"]) { container in
      let bare = RunningCommand.Options(environment: ["PATH": nil, "XDG_RUNTIME_DIR": ""])
      try container.create(options: bare).expectSilentSuccess()
      for verb in ["start", "pause", "resume", "kill", "delete"] {
        let arguments = verb == "delete" ? [verb, "--force"] : [verb]
        try container.runtime(arguments + [container.id], bare).expectSilentSuccess()
      }
    }
  }
}

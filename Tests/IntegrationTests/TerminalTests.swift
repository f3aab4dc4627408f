import Glibc
import Testing

/// Terminals: over a console socket, as engines do it, and in the foreground, as a person does it.
@Suite(.root, .tags(.integration))
struct TerminalTests {
  private static let show = "tty; stty size; test -c /dev/console && echo console; exec sh"

  /// Exactly one descriptor, before `create` ends.
  @Test func consoleSocket() throws {
    try withContainer { container in
      let receiver = try DescriptorReceiver(path: container.path("console.sock"))
      container.config["process"]["terminal"] = true
      container.config["process"]["consoleSize"] = ["height": 40, "width": 120]
      container.script = Self.show
      let create = try container.launchCreate("--console-socket", receiver.path)
      let (descriptors, _) = try receiver.receive()
      try #require(descriptors.count == 1)
      let terminal = Terminal(master: descriptors[0])
      create.wait().expectSilentSuccess()
      try container.start().expectSilentSuccess()
      #expect(terminal.waitFor("console"))
      #expect(terminal.text.contains("/dev/pts/0\r\n40 120\r\nconsole\r\n"), "\(terminal.text.debugDescription)")
      terminal.write("echo $((6 * 7))\n")
      #expect(terminal.waitFor("42"))
      terminal.write("exit 3\n")
      try container.expectStatus("stopped")
    }
  }

  /// What an engine's master hears belongs to the payload alone: errors of the runtime go to its own streams.
  @Test func theTerminalIsTheControllingOneOfASession() throws {
    try withContainer { container in
      let receiver = try DescriptorReceiver(path: container.path("console.sock"))
      container.config["process"]["terminal"] = true
      container.script = "trap 'echo interrupted; exit' INT; echo ready; while :; do sleep 0.05; done"
      let create = try container.launchCreate("--console-socket", receiver.path)
      let terminal = Terminal(master: try #require(receiver.receive().descriptors.first))
      create.wait().expectSilentSuccess()
      try container.start().expectSilentSuccess()
      #expect(terminal.waitFor("ready"))
      terminal.write("\u{3}")
      #expect(terminal.waitFor("interrupted"), "\(terminal.text.debugDescription)")
    }
  }

  @Test func theTerminalBelongsToTheUser() throws {
    try withContainer { container in
      let receiver = try DescriptorReceiver(path: container.path("console.sock"))
      container.config["process"]["terminal"] = true
      container.config["process"]["user"] = ["uid": 1000, "gid": 1000]
      container.script = "stat -c '%u %a' $(tty); echo done"
      let create = try container.launchCreate("--console-socket", receiver.path)
      let terminal = Terminal(master: try #require(receiver.receive().descriptors.first))
      create.wait().expectSilentSuccess()
      try container.start().expectSilentSuccess()
      #expect(terminal.waitFor("done"))
      #expect(terminal.text.contains("1000 620"), "\(terminal.text.debugDescription)")
    }
  }

  @Test func consoleSocketOfExec() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.createAndStart()
      let receiver = try DescriptorReceiver(path: container.path("console.sock"))
      let pidFile = container.path("exec.pid")
      let command = try container.launch(
        [
          "exec", "--tty", "--detach", "--pid-file", pidFile, "--console-socket", receiver.path, container.id, "sh",
          "-c",
          Self.show,
        ])
      let terminal = Terminal(master: try #require(receiver.receive().descriptors.first))
      command.wait().expectSilentSuccess()
      #expect(terminal.waitFor("/dev/pts/"))
      let pid = try #require(Int32(Host.read(pidFile) ?? ""))
      terminal.write("exit 6\n")
      #expect(ChildProcesses.shared.wait(for: pid, seconds: 10) == .exited(6))
    }
  }

  /// A terminal without anyone to give it to, and a socket without a terminal, are mistakes.
  @Test func consoleSocketAndTerminalGoTogether() throws {
    try withContainer { container in
      container.config["process"]["terminal"] = true
      try container.create().expectFailure(1, "console")
      container.expectNothingLeft()
      container.config["process"]["terminal"] = false
      let receiver = try DescriptorReceiver(path: container.path("console.sock"))
      try container.create("--console-socket", receiver.path).expectFailure(1, "console")
      container.expectNothingLeft()
    }
  }

  @Test func consoleSocketThatNobodyListensOn() throws {
    try withContainer { container in
      container.config["process"]["terminal"] = true
      try container.create("--console-socket", container.path("missing.sock"))
        .expectFailure(1, "missing.sock", "no such file or directory")
      container.expectNothingLeft()
    }
  }

  @Test func inTheForeground() throws {
    try withContainer { container in
      let terminal = try Terminal(rows: 33, columns: 99)
      container.config["process"]["terminal"] = true
      container.script = Self.show
      let run = try container.launchRun(options: .init(terminal: terminal.path))
      #expect(terminal.waitFor("console"))
      #expect(terminal.text.contains("/dev/pts/0\r\n33 99\r\n"), "\(terminal.text.debugDescription)")
      terminal.resize(rows: 11, columns: 22)
      run.signal(SIGWINCH)
      usleep(200_000)
      terminal.write("stty size\n")
      #expect(terminal.waitFor("11 22"))
      terminal.write("exit 9\n")
      #expect(run.wait().exitCode == 9)
    }
  }

  /// The caller's terminal is raw while the container runs, and as it was afterwards.
  @Test func theCallersTerminalIsRestored() throws {
    try withContainer { container in
      let terminal = try Terminal()
      let slave = open(terminal.path, O_RDWR | O_NOCTTY | O_CLOEXEC)
      defer { close(slave) }
      var before = termios()
      #expect(tcgetattr(slave, &before) == 0)
      container.config["process"]["terminal"] = true
      container.script = "echo ready; read line; exit 0"
      let run = try container.launchRun(options: .init(terminal: terminal.path))
      #expect(terminal.waitFor("ready"))
      var during = termios()
      #expect(tcgetattr(slave, &during) == 0)
      #expect(during.c_lflag & tcflag_t(ICANON) == 0)
      terminal.write("\n")
      #expect(run.wait().exitCode == 0)
      var after = termios()
      #expect(tcgetattr(slave, &after) == 0)
      #expect(after.c_lflag == before.c_lflag && after.c_iflag == before.c_iflag && after.c_oflag == before.c_oflag)
    }
  }

  @Test func execInTheForeground() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.createAndStart()
      let terminal = try Terminal(rows: 33, columns: 99)
      let command = try container.launch(
        ["exec", "-t", container.id, "sh", "-c", Self.show], .init(terminal: terminal.path))
      #expect(terminal.waitFor("33 99"), "\(terminal.text.debugDescription)")
      terminal.write("exit 4\n")
      #expect(command.wait().exitCode == 4)
    }
  }

  /// --pidfd-socket: a descriptor of the container's process.
  @Test(.ownTexts) func pidfdSocket() throws {
    try withContainer(["sleep", "60"]) { container in
      let receiver = try DescriptorReceiver(path: container.path("pidfd.sock"))
      let create = try container.launchCreate("--pidfd-socket", receiver.path)
      let descriptors = try receiver.receive().descriptors
      try #require(descriptors.count == 1)
      defer { close(descriptors[0]) }
      create.wait().expectSilentSuccess()
      let info = try #require(Host.read("/proc/self/fdinfo/\(descriptors[0])"))
      #expect(info.contains("\nPid:\t\(try container.pid())\n"), "\(info)")
    }
  }
}

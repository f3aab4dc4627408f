import Foundation
import Testing

/// Who an `exec` runs as: `--user`, `--additional-gids`, `--cap`, and `--process`.
@Suite(.root, .tags(.integration))
struct ExecProcessTests {
  @Test(arguments: [
    ("0", "0 0"), ("1", "1 0"), ("1:2", "1 2"), ("4294967294:4294967294", "4294967294 4294967294"), ("007:08", "7 8"),
  ])
  func user(_ text: String, _ ids: String) throws {
    try withRunning { container in
      let outcome = try container.exec(["--user", text], ["sh", "-c", "echo $(id -u) $(id -g)"])
      #expect(outcome.expectSuccess().text == ids)
      let short = try container.exec(["-u", text], ["sh", "-c", "echo $(id -u) $(id -g)"])
      #expect(short.expectSuccess().text == ids)
    }
  }

  /// Anything but numbers in range is refused: a number that wraps around to 0 would be root (CVE-2016-3697,
  /// CVE-2026-30892).
  @Test(arguments: [
    "4294967295", "4294967296", "-1", "1x", "x1", "root", "1:x", "1:4294967295", "1:-1", ":", "1:", ":1", " 1", "0x1",
    "1:2:3", "18446744073709551616", "+1",
  ])
  func userThatIsRefused(_ text: String) throws {
    try withRunning { container in
      let outcome = try container.exec(["--user=\(text)"], ["id", "-u"])
      #expect(outcome.exitCode != 0 && outcome.stdout.isEmpty, "\(outcome)")
      #expect(!outcome.stderr.isEmpty)
    }
  }

  @Test(.ownTexts) func emptyUserIsRefused() throws {
    try withRunning { container in
      let outcome = try container.exec(["--user", ""], ["id", "-u"])
      #expect(outcome.exitCode != 0 && outcome.stdout.isEmpty, "\(outcome)")
    }
  }

  /// A number is a number, whatever the container's own /etc/passwd says about it (CVE-2016-3697).
  @Test func accountsOfTheContainerDoNotCount() throws {
    try withContainer(["sleep", "60"]) { container in
      try Host.write("1000:x:0:0:trap:/trap:/bin/sh\nroot:x:0:0::/root:/bin/sh\n", to: container.rootfs + "/etc/passwd")
      try container.createAndStart()
      let outcome = try container.exec(["-u", "1000"], ["id", "-u"])
      #expect(outcome.expectSuccess().text == "1000")
    }
  }

  @Test func homeOfTheUser() throws {
    try withRunning { container in
      let outcome = try container.exec(["-u", "1000"], ["sh", "-c", "echo $HOME"])
      #expect(outcome.expectSuccess().text == "/home/user")
    }
  }

  @Test func additionalGroups() throws {
    try withRunning { container in
      let outcome = try container.exec(
        ["--user", "1000:1000", "--additional-gids", "5", "--additional-gids", "2000"],
        ["grep", "Groups", "/proc/self/status"])
      #expect(outcome.expectSuccess().text == "Groups:\t5 2000")
    }
  }

  @Test(.ownTexts, arguments: ["-1", "4294967295", "x", "4294967296"])
  func additionalGroupThatIsRefused(_ text: String) throws {
    try withRunning { container in
      let outcome = try container.exec(["--additional-gids=\(text)"], ["true"])
      #expect(outcome.exitCode != 0)
    }
  }

  @Test func groupsOfTheCallerAreDropped() throws {
    try withRunning { container in
      let arguments = [RuntimeUnderTest.path, "--root", container.root, "exec", container.id]
      let outcome = try container.launchOnHost(
        "/usr/bin/setpriv", ["--groups", "1234"] + arguments + ["grep", "Groups", "/proc/self/status"]
      ).wait()
      #expect(outcome.expectSuccess().text == "Groups:")
    }
  }

  /// A capability that is added is never inheritable (CVE-2022-29162).
  @Test(arguments: ["--cap", "-c"])
  func addedCapabilities(_ flag: String) throws {
    try withRunning { container in
      let outcome = try container.exec([flag, "CAP_SYS_PTRACE"], ["grep", "^Cap", "/proc/self/status"])
      let masks = self.masks(outcome.expectSuccess())
      let base: UInt64 = 1 << 5 | 1 << 10 | 1 << 29
      let added: UInt64 = base | 1 << 19
      #expect(masks == ["CapInh": 0, "CapPrm": added, "CapEff": added, "CapBnd": added, "CapAmb": 0])
    }
  }

  @Test func capabilitiesAreTheContainersOtherwise() throws {
    try withRunning { container in
      let outcome = try container.exec([], ["grep", "^Cap", "/proc/self/status"])
      let base: UInt64 = 1 << 5 | 1 << 10 | 1 << 29
      #expect(
        masks(outcome.expectSuccess()) == ["CapInh": 0, "CapPrm": base, "CapEff": base, "CapBnd": base, "CapAmb": 0])
    }
  }

  @Test(arguments: ["-p", "--process"])
  func processFile(_ flag: String) throws {
    try withRunning { container in
      let file = container.path("process.json")
      let process: JSON = [
        "user": ["uid": 7, "gid": 8, "additionalGids": [9]], "cwd": "/tmp", "env": ["PATH=/bin", "ONLY=this"],
        "args": ["sh", "-c", "id -u; id -g; pwd; echo $ONLY $TERM; ulimit -n; grep NoNew /proc/self/status"],
        "rlimits": [["type": "RLIMIT_NOFILE", "soft": 99, "hard": 99]], "noNewPrivileges": true,
      ]
      try Host.write(process.text, to: file)
      let outcome = try container.runtime(["exec", flag, file, container.id])
      #expect(outcome.expectSuccess().text == "7\n8\n/tmp\nthis\n99\nNoNewPrivs:\t1")
    }
  }

  /// With a file, the command line's program doesn't count.
  @Test func processFileAndArguments() throws {
    try withRunning { container in
      let file = container.path("process.json")
      try Host.write(
        (["user": ["uid": 0, "gid": 0], "cwd": "/", "args": ["echo", "file"], "env": ["PATH=/bin"]] as JSON).text,
        to: file)
      let outcome = try container.runtime(["exec", "--process", file, container.id, "echo", "line"])
      #expect(outcome.expectSuccess().text == "file")
    }
  }

  @Test(arguments: ["", "{", "[]", "{\"args\": []}", "{\"args\": [\"true\"]}"])
  func processFileThatIsWrong(_ text: String) throws {
    try withRunning { container in
      let file = container.path("process.json")
      try Host.write(text, to: file)
      let outcome = try container.runtime(["exec", "--process", file, container.id])
      #expect([1, 255].contains(outcome.exitCode), "\(outcome)")
      #expect(outcome.stdout.isEmpty && !outcome.stderr.isEmpty)
    }
  }

  /// What podman and containerd really write, with the calls that conmon and the shim make.
  @Test(arguments: ["exec-process-1", "exec-process-2", "exec-process-3"], ["conmon", "shim"])
  func processFilesOfEngines(_ name: String, _ caller: String) throws {
    try withContainer(["sleep", "60"]) { container in
      container.config["process"]["capabilities"]["bounding"] = Fixtures.availableCapabilities
      try container.createAndStart()
      var process = try Fixtures.load(name)
      Fixtures.adaptCapabilities(&process)
      let file = container.path("process.json")
      try Host.write(process.text, to: file)
      let pidFile = container.path("exec.pid")
      let flags =
        caller == "conmon"
        ? ["--pid-file", pidFile, "--process", file, "--detach"]
        : ["--process", file, "--detach", "--pid-file", pidFile]
      let command = try container.launch(["exec"] + flags + [container.id])
      #expect(command.wait().exitCode == 0, "\(command.outcome)")
      let pid = try #require(Int32(Host.read(pidFile) ?? ""))
      #expect(ChildProcesses.shared.wait(for: pid, seconds: 10) == .exited(0), "\(command.outcome)")
      #expect(command.outcome.stderr.isEmpty)
    }
  }

  /// conmon gives --tty after --process: the file's own word counts, and the flag is accepted.
  @Test func ttyAfterAProcessFile() throws {
    try withRunning { container in
      let receiver = try DescriptorReceiver(path: container.path("console.sock"))
      let file = container.path("process.json")
      let process: JSON = [
        "terminal": true, "user": ["uid": 0, "gid": 0], "cwd": "/", "args": ["sh", "-c", "tty; echo done"],
        "env": ["PATH=/bin"],
      ]
      try Host.write(process.text, to: file)
      let flags = ["--pid-file", container.path("exec.pid"), "--process", file, "--detach", "--tty"]
      let command = try container.launch(["exec"] + flags + ["--console-socket", receiver.path, container.id])
      let terminal = Terminal(master: try #require(receiver.receive().descriptors.first))
      command.wait().expectSilentSuccess()
      #expect(terminal.waitFor("done"))
      #expect(terminal.text.contains("/dev/pts/"))
    }
  }

  private func masks(_ outcome: Outcome) -> [String: UInt64] {
    var masks: [String: UInt64] = [:]
    for line in outcome.text.split(separator: "\n") {
      let halves = line.split(separator: "\t")
      if halves.count == 2 { masks[String(halves[0].dropLast())] = UInt64(halves[1], radix: 16) }
    }
    return masks
  }
}

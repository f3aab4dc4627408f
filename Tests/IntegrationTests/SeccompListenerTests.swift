import Foundation
import Glibc
import Testing

/// SCMP_ACT_NOTIFY with an agent (config-linux.md, `listenerPath`, «The Container Process State»).
@Suite(.root, .tags(.integration))
struct SeccompListenerTests {
  /// A container whose mkdir calls an agent answers: `/full` finds no space, `/faked` only seems to be made.
  private func withAgent(
    noNewPrivileges: Bool = true, _ body: (TestContainer, SeccompAgent) throws -> Void
  ) throws {
    try withContainer { container in
      let agent = try SeccompAgent(path: container.path("agent")) { _, text in
        text == "/full" ? .error(ENOSPC) : text == "/faked" ? .result(0) : .goOn
      }
      defer { agent.stop() }
      container.config["process"]["noNewPrivileges"] = .bool(noNewPrivileges)
      container.config["annotations"] = ["some.key": "value"]
      container.config["linux"]["seccomp"] = [
        "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": .string(agent.path), "listenerMetadata": "of \"agents\"",
        "syscalls": [["names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_NOTIFY"]],
      ]
      container.script = Self.script
      try body(container, agent)
    }
  }

  private static let script =
    "mkdir /full 2>&1; mkdir /faked && test ! -d /faked && echo faked; mkdir /tmp/made && test -d /tmp/made && echo made"
  private static let output = "mkdir: can't create directory '/full': No space left on device\nfaked\nmade"

  @Test(arguments: [true, false]) func run(_ noNewPrivileges: Bool) throws {
    try withAgent(noNewPrivileges: noNewPrivileges) { container, agent in
      let outcome = try container.run()
      #expect(outcome.expectSuccess().text == Self.output)
      #expect(eventually { agent.answered.count == 3 && agent.deliveries.count == 1 })
      let delivery = try #require(agent.deliveries.first)
      #expect(agent.deliveries.count == 1 && delivery.descriptors == 1 && delivery.wasClosed)
      let document = delivery.document
      #expect(document["ociVersion"].string?.hasPrefix("1.") == true)
      #expect(document["fds"] == ["seccompFd"])
      #expect(document["metadata"].string == "of \"agents\"")
      #expect(document["state"]["id"].string == container.id)
      #expect(document["state"]["bundle"].string == container.bundle)
      #expect(document["state"]["annotations"]["some.key"].string == "value")
    }
  }

  @Test(arguments: [true, false]) func createAndExec(_ noNewPrivileges: Bool) throws {
    try withAgent(noNewPrivileges: noNewPrivileges) { container, agent in
      container.config["process"]["args"] = ["sleep", "100"]
      try container.create().expectSilentSuccess()
      let pid = try container.pid()
      #expect(eventually { agent.deliveries.count == 1 })
      let created = try #require(agent.deliveries.first?.document)
      #expect(created["pid"] == .int(pid) && created["state"]["pid"] == .int(pid))
      #expect(created["state"]["status"].string == "creating")
      try container.start().expectSilentSuccess()
      let outcome = try container.exec([], ["sh", "-c", Self.script])
      #expect(outcome.expectSuccess().text == Self.output)
      #expect(eventually { agent.deliveries.count == 2 })
      let executed = try #require(agent.deliveries.last?.document)
      #expect(agent.deliveries.count == 2)
      #expect(executed["state"]["status"].string == "running" && executed["state"]["pid"] == .int(pid))
      #expect(executed["pid"] != .int(pid) && executed["metadata"].string == "of \"agents\"")
    }
  }

  /// A runtime that may not copy the process's descriptors has them sent: an ordinary user's, or here root's without the
  /// capability for it.
  @Test(.enabled(if: Host.exists("/usr/bin/setpriv")), .ownTexts, arguments: [true, false])
  func withoutTheRightToCopyDescriptors(_ noNewPrivileges: Bool) throws {
    try withAgent(noNewPrivileges: noNewPrivileges) { container, agent in
      func run() throws -> Outcome {
        try container.writeConfig()
        let restricted = ["--bounding-set", "-sys_ptrace", "--inh-caps", "-sys_ptrace", RuntimeUnderTest.path]
        let command = container.globalOptions + ["run", "--bundle", container.bundle, container.id]
        return try container.launchOnHost("/usr/bin/setpriv", restricted + command).wait()
      }
      let outcome = try run()
      #expect(outcome.expectSuccess().text == Self.output)
      #expect(agent.deliveries.count == 1)
      // Then the process cannot send it, since that would wait for the agent.
      container.config["linux"]["seccomp"]["syscalls"][0]["names"].append("sendmsg")
      let refused = try run()
      #expect(refused.exitCode != 0 && refused.stderr.contains("seccomp listener: "), "\(refused)")
    }
  }

  /// The runtime's own calls after the filter was loaded wait for the agent too, which has the listener by then.
  @Test(arguments: [true, false]) func everythingIsNotified(_ noNewPrivileges: Bool) throws {
    try withAgent(noNewPrivileges: noNewPrivileges) { container, agent in
      container.config["linux"]["seccomp"]["syscalls"][0]["names"] = [
        "read", "close", "close_range", "openat", "openat2", "open", "execve", "getcwd", "capset", "capget", "prctl",
        "sendmsg", "recvmsg", "newfstatat", "stat", "statx", "fcntl", "mmap", "munmap", "brk", "faccessat2",
        "exit_group",
      ]
      container.config["process"]["args"] = ["echo", "out"]
      try container.create().expectSilentSuccess()
      try container.start().expectSilentSuccess()
      try container.expectStatus("stopped")
      #expect(agent.answered.contains(59), "execve")
    }
  }

  @Test(arguments: [
    [], ["SECCOMP_FILTER_FLAG_TSYNC"], ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"],
    [
      "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
      "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
    ],
  ]) func flags(_ flags: [String]) throws {
    try withAgent { container, _ in
      container.config["linux"]["seccomp"]["flags"] = JSON(flags)
      let outcome = try container.run()
      #expect(outcome.expectSuccess().text == Self.output)
    }
  }

  /// A filter whose listener nobody takes must not come into force.
  @Test(arguments: [true, false]) func missingListener(_ noNewPrivileges: Bool) throws {
    try withAgent(noNewPrivileges: noNewPrivileges) { container, _ in
      container.config["linux"]["seccomp"]["listenerPath"] = .string(container.path("nobody"))
      container.script = "echo started"
      let outcome = try container.run()
      #expect(outcome.exitCode != 0 && outcome.stdout.isEmpty)
      #expect(outcome.stderr.contains(container.path("nobody")) && outcome.stderr.contains("no such file or directory"))
      container.expectNothingLeft()
    }
  }

  @Test func missingListenerInExec() throws {
    try withAgent { container, agent in
      container.config["process"]["args"] = ["sleep", "100"]
      try container.createAndStart()
      unlink(agent.path)
      let outcome = try container.exec([], ["echo", "started"])
      #expect(outcome.exitCode != 0 && outcome.stdout.isEmpty && outcome.stderr.contains(agent.path))
      try container.expectStatus("running")
    }
  }

  @Test(.ownTexts) func profilesThatCannotWork() throws {
    try withAgent { container, _ in
      let good = container.config
      func message() throws -> String {
        let outcome = try container.run()
        #expect(outcome.exitCode != 0)
        return outcome.stderr
      }
      container.config["linux"]["seccomp"]["listenerPath"] = .null
      let noPath = try message()
      #expect(noPath.contains("listenerPath"))
      container.config = good
      container.config["linux"]["seccomp"]["syscalls"][0]["names"].append("write")
      let write = try message()
      #expect(write.contains("must not be \"write\""))
      container.config = good
      container.config["linux"]["seccomp"]["defaultAction"] = "SCMP_ACT_NOTIFY"
      let byDefault = try message()
      #expect(byDefault.contains("defaultAction"))
      container.config = good
      container.config["linux"]["seccomp"]["listenerPath"] = .null
      container.config["linux"]["seccomp"]["syscalls"] = []
      let noRule = try message()
      #expect(noRule.contains("listenerMetadata"))
    }
  }

  /// «If the SCMP_ACT_NOTIFY action is not used this value is ignored.»
  @Test func aListenerThatIsNotNeeded() throws {
    try withAgent { container, agent in
      container.config["linux"]["seccomp"]["listenerPath"] = .string(container.path("nobody"))
      container.config["linux"]["seccomp"]["syscalls"][0]["action"] = "SCMP_ACT_ALLOW"
      container.script = "echo out"
      for _ in 0..<2 {
        let outcome = try container.run()
        #expect(outcome.expectSuccess().text == "out")
      }
      #expect(agent.deliveries.isEmpty)
    }
  }
}

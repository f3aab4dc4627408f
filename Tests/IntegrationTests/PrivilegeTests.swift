import Glibc
import Testing

/// What only a root with all capabilities can give: many build machines lack some, the guest has all.
@Suite(.root, .tags(.integration))
struct PrivilegeTests {
  /// Whether the container has a user namespace, in which its own root could not raise anything.
  private func prepare(_ container: TestContainer, inUserNamespace: Bool) throws {
    guard inUserNamespace else { return }
    container.setNamespace("user")
    container.config["linux"]["uidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65536]]
    container.config["linux"]["gidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65536]]
    try container.giveRootfs(uid: 100_000, gid: 100_000)
  }

  static let all = (0...40).reduce(UInt64(0)) { $0 | 1 << UInt64($1) }

  @Test(.capability("CAP_SYS_RESOURCE"), .capability("CAP_SYS_MODULE"), arguments: [0, 1000], [false, true])
  func allCapabilities(_ uid: Int, _ inUserNamespace: Bool) throws {
    try withContainer(["sleep", "60"]) { container in
      try prepare(container, inUserNamespace: inUserNamespace)
      container.config["process"]["user"]["uid"] = .int(uid)
      for set in ["bounding", "permitted", "effective", "inheritable", "ambient"] {
        container.config["process"]["capabilities"][set] = Fixtures.availableCapabilities
      }
      try container.createAndStart()
      let pid = try container.pid()
      #expect(eventually { Host.readTrimmed("/proc/\(pid)/comm") == "sleep" })
      for set in ["CapBnd", "CapPrm", "CapEff", "CapInh", "CapAmb"] {
        #expect(Host.status(pid, set).flatMap { UInt64($0, radix: 16) } == Self.all, "\(set)")
      }
      let outcome = try container.exec([], ["grep", "CapEff", "/proc/self/status"]).expectSuccess()
      #expect(outcome.text.hasSuffix("1ffffffffff"), "\(outcome)")
    }
  }

  /// The hard limits of the runtime itself are no bound.
  @Test(.capability("CAP_SYS_RESOURCE"), arguments: [0, 1000], [false, true])
  func hardLimitsAreRaised(_ uid: Int, _ inUserNamespace: Bool) throws {
    try withContainer(["sleep", "60"]) { container in
      try prepare(container, inUserNamespace: inUserNamespace)
      container.config["process"]["user"]["uid"] = .int(uid)
      let wanted = [
        ("RLIMIT_MSGQUEUE", "Max msgqueue size", 123_456_789), ("RLIMIT_MEMLOCK", "Max locked memory", 99_999_744_000),
        ("RLIMIT_SIGPENDING", "Max pending signals", 1_234_567), ("RLIMIT_RTPRIO", "Max realtime priority", 77),
        ("RLIMIT_NICE", "Max nice priority", 33),
      ]
      container.config["process"]["rlimits"] = .array(
        wanted.map { ["type": .string($0.0), "soft": .int($0.2), "hard": .int($0.2)] })
      try container.createAndStart()
      let pid = try container.pid()
      func limits(_ text: String) -> [String] {
        wanted.map { wanted in
          let line = text.split(separator: "\n").first { $0.hasPrefix(wanted.1) } ?? ""
          return line.dropFirst(26).split(separator: " ").prefix(2).joined(separator: " ")
        }
      }
      let expected = wanted.map { "\($0.2) \($0.2)" }
      #expect(limits(Host.read("/proc/\(pid)/limits") ?? "") == expected)
      // An engine gives exec a process of its own, with the container's limits.
      var process = container.config["process"]
      process["args"] = ["cat", "/proc/self/limits"]
      try Host.write(process.text, to: container.path("process.json"))
      let outcome = try container.runtime(["exec", "--process", container.path("process.json"), container.id])
      #expect(limits(outcome.expectSuccess().stdout) == expected)
    }
  }

  @Test(.capability("CAP_SYS_RESOURCE"), arguments: [0, 1000], [false, true])
  func outOfMemoryScoreIsLowered(_ uid: Int, _ inUserNamespace: Bool) throws {
    try withContainer(["sleep", "60"]) { container in
      try prepare(container, inUserNamespace: inUserNamespace)
      container.config["process"]["user"]["uid"] = .int(uid)
      container.config["process"]["oomScoreAdj"] = -777
      try container.createAndStart()
      #expect(Host.readTrimmed("/proc/\(try container.pid())/oom_score_adj") == "-777")
      var process = container.config["process"]
      process["oomScoreAdj"] = -888
      process["args"] = ["cat", "/proc/self/oom_score_adj"]
      try Host.write(process.text, to: container.path("process.json"))
      let outcome = try container.runtime(["exec", "--process", container.path("process.json"), container.id])
      #expect(outcome.expectSuccess().text == "-888")
    }
  }

  /// Fields 40 (real-time priority) and 41 (policy) of /proc/PID/stat.
  @Test(
    .ownTexts, .capability("CAP_SYS_NICE"),
    arguments: [
      ("{\"policy\": \"SCHED_FIFO\", \"priority\": 11}", "11 1"),
      ("{\"policy\": \"SCHED_RR\", \"priority\": 12}", "12 2"),
      ("{\"policy\": \"SCHED_OTHER\", \"nice\": -11}", "0 0"),
      ("{\"policy\": \"SCHED_DEADLINE\", \"runtime\": 1000000, \"deadline\": 5000000, \"period\": 10000000}", "0 6"),
    ])
  func realTime(_ scheduler: String, _ expected: String) throws {
    try withContainer(["cut", "-d", " ", "-f", "40,41", "/proc/self/stat"]) { container in
      container.config["process"]["scheduler"] = try JSON(parsing: scheduler)
      let outcome = try container.run()
      // Where real-time groups are built in, a cgroup has no time for them unless it is given some.
      if expected != "0 0", outcome.stderr.contains("operation not permitted") { return }
      #expect(outcome.expectSuccess().text == expected)
    }
  }

  @Test(.ownTexts, .capability("CAP_SYS_ADMIN"))
  func realTimeIOPriority() throws {
    try withContainer(["ionice", "-p", "1"]) { container in
      container.config["process"]["ioPriority"] = ["class": "IOPRIO_CLASS_RT", "priority": 2]
      let text = try container.run().expectSuccess().text
      #expect(text.hasPrefix("realtime: prio 2"))
    }
  }
}

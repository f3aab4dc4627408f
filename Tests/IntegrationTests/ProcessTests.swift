import Foundation
import Glibc
import Testing

/// config.md, «Process»: what the payload finds when it begins.
@Suite(.root, .tags(.integration))
struct ProcessTests {
  @Test func argumentsAreTakenAsTheyAre() throws {
    try withContainer { container in
      container.config["process"]["args"] = ["printf", "%s|", "a b", "", "*", "$HOME", "ü\n"]
      let outcome = try container.run().expectSuccess()
      #expect(outcome.stdout == "a b||*|$HOME|ü\n|")
    }
  }

  @Test func environmentIsTheConfigurationsAlone() throws {
    try withContainer(["env"]) { container in
      container.config["process"]["env"] = ["PATH=/bin", "A=1", "B=x=y", "EMPTY=", "HOME=/elsewhere"]
      let outcome = try container.run(options: .init(environment: ["SECRET": "of the caller"]))
      let lines = Set(outcome.text.split(separator: "\n"))
      #expect(lines == ["PATH=/bin", "A=1", "B=x=y", "EMPTY=", "HOME=/elsewhere"])
    }
  }

  /// getenv(3) would take the first of several entries; who adds one means the last.
  @Test func theLastEntryOfANameCounts() throws {
    try withContainer(["env"]) { container in
      container.config["process"]["env"] = ["A=1", "PATH=/none", "B=2", "A=", "PATH=/bin", "AB=3", "A=4", "HOME=/"]
      let text = try container.run().expectSuccess().text
      #expect(text == "B=2\nPATH=/bin\nAB=3\nA=4\nHOME=/")
    }
  }

  /// runc sets HOME from the container's own /etc/passwd when the configuration doesn't.
  @Test(arguments: [(0, "/root"), (1000, "/home/user"), (4242, "/")])
  func home(_ uid: Int, _ home: String) throws {
    try withContainer(["sh", "-c", "echo $HOME"]) { container in
      container.config["process"]["user"]["uid"] = .int(uid)
      let outcome = try container.run().expectSuccess()
      #expect(outcome.text == home)
    }
  }

  @Test func homeWithoutAnyAccounts() throws {
    try withContainer(["sh", "-c", "echo $HOME"]) { container in
      try FileManager.default.removeItem(atPath: container.rootfs + "/etc/passwd")
      let outcome = try container.run().expectSuccess()
      #expect(outcome.text == "/")
    }
  }

  /// The program is looked up in the payload's PATH, not the caller's.
  @Test func lookupInPath() throws {
    try withContainer(["tool"]) { container in
      try Host.makeDirectory(container.rootfs + "/opt/a")
      try Host.makeDirectory(container.rootfs + "/opt/b")
      try Host.write("#!/bin/sh\necho wrong", to: container.rootfs + "/opt/a/tool", mode: 0o644)
      try Host.write("#!/bin/sh\necho right \"$0\"", to: container.rootfs + "/opt/b/tool", mode: 0o755)
      container.config["process"]["env"] = ["PATH=/missing:/opt/a:/opt/b:/bin"]
      let outcome = try container.run().expectSuccess()
      #expect(outcome.text == "right /opt/b/tool")
    }
  }

  @Test func programRelativeToTheWorkingDirectory() throws {
    try withContainer(["./tool"]) { container in
      try Host.makeDirectory(container.rootfs + "/opt")
      try Host.write("#!/bin/sh\npwd", to: container.rootfs + "/opt/tool", mode: 0o755)
      container.config["process"]["cwd"] = "/opt"
      let outcome = try container.run().expectSuccess()
      #expect(outcome.text == "/opt")
    }
  }

  @Test func missingWorkingDirectoryIsMade() throws {
    try withContainer(["pwd"]) { container in
      container.config["process"]["cwd"] = "/new/deep/dir"
      let outcome = try container.run().expectSuccess()
      #expect(outcome.text == "/new/deep/dir")
    }
  }

  /// COMPATIBILITY.md, section 3: runc makes it the payload's user's own.
  @Test func missingWorkingDirectoryOfAUser() throws {
    try withContainer(["sh", "-c", "pwd; touch file; stat -c %u:%g ."]) { container in
      container.config["process"]["cwd"] = "/new/dir"
      container.config["process"]["user"] = ["uid": 1000, "gid": 1000]
      let outcome = try container.run()
      #expect(outcome.text.hasPrefix("/new/dir\n"), "\(outcome)")
      if RuntimeUnderTest.isSwiftlet { #expect(outcome.text == "/new/dir\n1000:1000", "\(outcome)") }
    }
  }

  @Test func workingDirectoryThatIsAFile() throws {
    try withContainer { container in
      container.config["process"]["cwd"] = "/etc/passwd"
      try container.create().expectFailure(1, "/etc/passwd", "not a directory")
      container.expectNothingLeft()
    }
  }

  @Test(arguments: [nil, 0o022, 0o077, 0] as [Int?])
  func umask(_ mask: Int?) throws {
    try withContainer(["sh", "-c", "umask"]) { container in
      if let mask { container.config["process"]["user"]["umask"] = .int(mask) }
      let expected = String(mask ?? 0o022, radix: 8)
      let outcome = try container.run().expectSuccess()
      #expect(Int(outcome.text, radix: 8) == Int(expected, radix: 8))
    }
  }

  @Test func resourceLimits() throws {
    try withContainer(["cat", "/proc/self/limits"]) { container in
      container.config["process"]["rlimits"] = [
        ["type": "RLIMIT_NOFILE", "soft": 100, "hard": 200], ["type": "RLIMIT_CORE", "soft": 0, "hard": 0],
        ["type": "RLIMIT_NPROC", "soft": 3000, "hard": 4000],
        ["type": "RLIMIT_STACK", "soft": 1_048_576, "hard": 2_097_152],
        ["type": "RLIMIT_FSIZE", "soft": 1_000_000, "hard": .unsigned(UInt64.max)],
      ]
      let lines = try container.run().expectSuccess().text.split(separator: "\n")
      func limit(_ name: String) -> [Substring] {
        let line = lines.first { $0.hasPrefix(name) } ?? ""
        return line.dropFirst(26).split(separator: " ").prefix(2).map { $0 }
      }
      #expect(limit("Max open files") == ["100", "200"])
      #expect(limit("Max core file size") == ["0", "0"])
      #expect(limit("Max processes") == ["3000", "4000"])
      #expect(limit("Max stack size") == ["1048576", "2097152"])
      #expect(limit("Max file size") == ["1000000", "unlimited"])
    }
  }

  /// Each is lowered to half of what the test itself has: to raise one needs a capability.
  @Test(arguments: [
    ("RLIMIT_AS", "Max address space"), ("RLIMIT_CORE", "Max core file size"), ("RLIMIT_CPU", "Max cpu time"),
    ("RLIMIT_DATA", "Max data size"), ("RLIMIT_FSIZE", "Max file size"), ("RLIMIT_LOCKS", "Max file locks"),
    ("RLIMIT_MEMLOCK", "Max locked memory"), ("RLIMIT_MSGQUEUE", "Max msgqueue size"),
    ("RLIMIT_NICE", "Max nice priority"), ("RLIMIT_NOFILE", "Max open files"), ("RLIMIT_NPROC", "Max processes"),
    ("RLIMIT_RSS", "Max resident set"), ("RLIMIT_RTPRIO", "Max realtime priority"),
    ("RLIMIT_RTTIME", "Max realtime timeout"), ("RLIMIT_SIGPENDING", "Max pending signals"),
    ("RLIMIT_STACK", "Max stack size"),
  ])
  func everyResourceLimit(_ type: String, _ name: String) throws {
    func limits(_ text: String) -> [String] {
      let line = text.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
      return line.dropFirst(26).split(separator: " ").prefix(2).map(String.init)
    }
    let own = try #require(limits(Host.read("/proc/self/limits") ?? "").last)
    let hard = own == "unlimited" ? 8_000_000_000 : try #require(Int(own)) / 2
    try withContainer(["cat", "/proc/self/limits"]) { container in
      container.config["process"]["rlimits"] = [["type": .string(type), "soft": .int(hard / 2), "hard": .int(hard)]]
      let found = limits(try container.run().expectSuccess().text)
      #expect(found == ["\(hard / 2)", "\(hard)"])
    }
  }

  @Test func duplicateResourceLimit() throws {
    try withContainer { container in
      let limit: JSON = ["type": "RLIMIT_NOFILE", "soft": 100, "hard": 200]
      container.config["process"]["rlimits"] = [limit, limit]
      if RuntimeUnderTest.isSwiftlet { try container.create().expectFailure(1, "RLIMIT_NOFILE") }
    }
  }

  @Test(arguments: [true, false])
  func noNewPrivileges(_ set: Bool) throws {
    try withContainer { container in
      container.config["process"]["noNewPrivileges"] = .bool(set)
      let text = try container.output(of: "grep NoNewPrivs /proc/self/status")
      #expect(text == "NoNewPrivs:\t\(set ? 1 : 0)")
    }
  }

  @Test(arguments: [0, 500, 1000])
  func outOfMemoryScore(_ score: Int) throws {
    try withContainer(["cat", "/proc/self/oom_score_adj"]) { container in
      container.config["process"]["oomScoreAdj"] = .int(score)
      let outcome = try container.run().expectSuccess()
      #expect(outcome.text == "\(score)")
    }
  }

  @Test func outOfMemoryScoreIsInheritedByDefault() throws {
    try withContainer(["cat", "/proc/self/oom_score_adj"]) { container in
      let outcome = try container.run().expectSuccess()
      #expect(outcome.text == Host.readTrimmed("/proc/self/oom_score_adj"))
    }
  }

  /// Not that of the shell which ran the tests, but any that the runtime has.
  @Test func outOfMemoryScoreOfTheRuntimeIsKept() throws {
    try withContainer(["cat", "/proc/self/oom_score_adj"]) { container in
      container.wrapper = [
        "/bin/sh", "-c", "echo 321 > /proc/self/oom_score_adj && exec \"$@\"", "sh", RuntimeUnderTest.path,
      ]
      let outcome = try container.run().expectSuccess()
      #expect(outcome.text == "321")
    }
  }

  @Test(arguments: [false, nil] as [Bool?])
  func consoleSizeWithoutATerminal(_ terminal: Bool?) throws {
    try withContainer(["sh", "-c", "test -t 0 || echo none"]) { container in
      container.config["process"]["terminal"] = terminal.map { .bool($0) } ?? nil
      container.config["process"]["consoleSize"] = ["height": 100_000, "width": 0]
      let outcome = try container.run().expectSuccess()
      #expect(outcome.text == "none")
    }
  }

  /// Fields 19 (nice) and 41 (policy) of /proc/PID/stat.
  @Test(
    .ownTexts,
    arguments: [("SCHED_OTHER", 5, 5, 0), ("SCHED_BATCH", 3, 3, 3), ("SCHED_IDLE", 0, 0, 5)])
  func scheduler(_ policy: String, _ nice: Int, _ expectedNice: Int, _ number: Int) throws {
    try withContainer(["sleep", "60"]) { container in
      container.config["process"]["scheduler"] = ["policy": .string(policy), "nice": .int(nice)]
      try container.createAndStart()
      let fields = try #require(Host.read("/proc/\(container.pid())/stat")).split(separator: " ")
      #expect(fields[18] == "\(expectedNice)")
      #expect(fields[40] == "\(number)")
    }
  }

  /// With cgroup v1 real-time has to be given to the container; without, the error says so.
  @Test(.ownTexts, .cgroupV1, arguments: [("SCHED_FIFO", 1), ("SCHED_RR", 2)])
  func realTimeScheduler(_ policy: String, _ number: Int) throws {
    try withContainer(["sleep", "60"]) { container in
      container.config["process"]["scheduler"] = ["policy": .string(policy), "priority": 7]
      let refused = try container.create()
      if refused.exitCode != 0 { refused.expectFailure(1, policy, "linux.resources.cpu.realtimeRuntime") }
      try container.delete("--force").expectSilentSuccess()
      container.config["linux"]["resources"]["cpu"] = ["realtimeRuntime": 10_000, "realtimePeriod": 1_000_000]
      try container.createAndStart()
      let fields = try #require(Host.read("/proc/\(container.pid())/stat")).split(separator: " ")
      #expect(fields[39] == "7" && fields[40] == "\(number)")
    }
  }

  @Test(.ownTexts, .enabled("needs chrt", { Host.exists("/usr/bin/chrt") })) func deadlineScheduler() throws {
    try withContainer(["sleep", "60"]) { container in
      container.config["process"]["scheduler"] = [
        "policy": "SCHED_DEADLINE", "runtime": 1_000_000, "deadline": 10_000_000, "period": 20_000_000,
        "flags": ["SCHED_FLAG_RESET_ON_FORK"],
      ]
      try container.createAndStart()
      let outcome = try container.launchOnHost("/usr/bin/chrt", ["-p", "\(container.pid())"]).wait().expectSuccess()
      #expect(outcome.text.contains(": SCHED_DEADLINE|SCHED_RESET_ON_FORK\n"), "\(outcome)")
      #expect(outcome.text.contains(" parameters: 1000000/10000000/20000000"), "\(outcome)")
    }
  }

  /// The pages of the process say their policy; so do those of exec's.
  @Test(
    .ownTexts, .enabled("needs a kernel with NUMA", { Host.exists("/proc/self/numa_maps") }),
    arguments: [
      ("MPOL_BIND", "0", [], "bind:0"), ("MPOL_INTERLEAVE", "0", [], "interleave:0"),
      ("MPOL_PREFERRED", "0", [], "prefer:0"), ("MPOL_LOCAL", nil, [], "local"), ("MPOL_DEFAULT", nil, [], "default"),
      ("MPOL_BIND", "0", ["MPOL_F_STATIC_NODES"], "bind=static:0"),
      ("MPOL_PREFERRED_MANY", "0", ["MPOL_F_RELATIVE_NODES"], "prefer (many)=relative:0"),
    ] as [(String, String?, [String], String)])
  func memoryPolicy(_ mode: String, _ nodes: String?, _ flags: [String], _ shown: String) throws {
    try withContainer(["sh", "-c", "grep -v default /proc/self/numa_maps; echo end; sleep 60"]) { container in
      container.config["linux"]["memoryPolicy"] = ["mode": .string(mode)]
      if let nodes { container.config["linux"]["memoryPolicy"]["nodes"] = .string(nodes) }
      if !flags.isEmpty { container.config["linux"]["memoryPolicy"]["flags"] = JSON(flags) }
      let command = try container.createAndStart()
      #expect(eventually { command.outcome.stdout.contains("end") })
      let inside = command.outcome.stdout
      let exec = try container.exec([], ["cat", "/proc/self/numa_maps"]).expectSuccess().stdout
      if mode == "MPOL_DEFAULT" {
        #expect(inside.hasPrefix("end"), "\(inside)")
      } else {
        #expect(inside.contains(" \(shown) "), "\(inside)")
        #expect(exec.contains(" \(shown) "), "\(exec)")
      }
    }
  }

  @Test(.ownTexts, arguments: [("MPOL_BIND", "4000"), ("MPOL_BIND", "x")])
  func memoryPolicyThatIsRefused(_ mode: String, _ nodes: String) throws {
    try withContainer { container in
      container.config["linux"]["memoryPolicy"] = ["mode": .string(mode), "nodes": .string(nodes)]
      try container.create().expectFailure(1, "memory")
      container.expectNothingLeft()
    }
  }

  /// The initial CPUs hold until the process is in the container's cgroup, the final ones from then on. The container's
  /// own process has none.
  @Test(
    .ownTexts, .enabled("needs two CPUs", { sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1 }),
    arguments: [["initial": "0", "final": "1"], ["final": "1"], ["initial": "1"]])
  func affinityOfExec(_ affinity: [String: String]) throws {
    try withContainer(["sleep", "60"]) { container in
      for (name, list) in affinity { container.config["process"]["execCPUAffinity"][name] = .string(list) }
      try container.createAndStart()
      let list = ["grep", "Cpus_allowed_list", "/proc/self/status"]
      #expect(try container.exec([], list).expectSuccess().text.hasSuffix("\t1"))
      #expect(Host.status(try container.pid(), "Cpus_allowed_list") == Host.status(1, "Cpus_allowed_list"))
    }
  }

  @Test(.ownTexts, arguments: [("IOPRIO_CLASS_BE", 6, "best-effort: prio 6"), ("IOPRIO_CLASS_IDLE", 0, "idle")])
  func ioPriority(_ kind: String, _ priority: Int, _ text: String) throws {
    try withContainer { container in
      container.config["process"]["ioPriority"] = ["class": .string(kind), "priority": .int(priority)]
      let output = try container.output(of: "ionice -p 1")
      #expect(output == text)
    }
  }

  @Test(.ownTexts) func personality() throws {
    try withContainer { container in
      let names32 = ["i686", "i586", "i386", "armv8l"]
      container.config["linux"]["personality"] = ["domain": "LINUX32"]
      let in32 = try container.output(of: "uname -m")
      #expect(names32.contains(in32))
      try container.writeConfig()
      container.config["process"]["args"] = ["sleep", "60"]
      try container.createAndStart()
      #expect(names32.contains(try container.exec([], ["uname", "-m"]).expectSuccess().text))
      try container.delete("--force").expectSilentSuccess()
      container.config["linux"]["personality"] = ["domain": "LINUX"]
      let in64 = try container.output(of: "uname -m")
      #expect(!names32.contains(in64))
    }
  }

  /// What the caller ignores or blocks must not be ignored or blocked inside.
  @Test func signalsAreAtTheirDefaults() throws {
    try withContainer { container in
      container.config["process"]["args"] = ["grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status"]
      let ignoring = RunningCommand.Options(ignoredSignals: [SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGPIPE])
      let outcome = try container.run(options: ignoring).expectSuccess()
      let masks = outcome.text.split(separator: "\n").map { UInt64($0.dropFirst(8), radix: 16) }
      // 32 and 33 are the C library's own, which no program can set.
      #expect(masks.compactMap { $0.map { $0 & ~0x1_8000_0000 } } == [0, 0], "\(outcome)")
    }
  }

  @Test func initIsTheFirstProcessOfItsOwnSession() throws {
    try withContainer { container in
      // Fields 1, 4, 5 and 6: pid, parent, process group, session.
      let text = try container.output(of: "cut -d' ' -f1,4,5,6 /proc/$$/stat")
      #expect(text == "1 0 1 1")
    }
  }

  /// A keyring of the container's own stands between it and the host's keys.
  @Test(arguments: [false, true])
  func sessionKeyring(_ shared: Bool) throws {
    try withContainer { container in
      container.script = "grep -c '_ses[.]\(container.id)' /proc/keys"
      container.config["linux"]["maskedPaths"] = []
      let outcome = shared ? try container.run("--no-new-keyring") : try container.run()
      #expect((Int(outcome.text) ?? 0 > 0) == !shared, "\(outcome)")
    }
  }
}

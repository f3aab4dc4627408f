import Glibc
import Testing

/// The runtime as an ordinary user runs it.
@Suite(.root, .tags(.integration), .ownTexts)
struct RootlessTests {
  @Test func ownIDsAlone() throws {
    try withContainer { container in
      try container.becomeOrdinary()
      container.script = "id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups"
      let fields = try container.run().expectSuccess().text.split(whereSeparator: \.isWhitespace).map(String.init)
      #expect(fields == ["0", "0", "0", "\(OrdinaryUser.uid)", "1", "0", "\(OrdinaryUser.gid)", "1", "deny"])
    }
  }

  /// Ids that are not the user's are given by newuidmap and newgidmap, and setgroups stays allowed.
  @Test(.enabled("needs newuidmap and newgidmap", { OrdinaryUser.hasMappingPrograms }))
  func subordinateIDs() throws {
    try withContainer { container in
      try container.becomeOrdinary(withSubordinateIDs: true)
      container.mapSubordinateIDs()
      container.config["process"]["user"] = ["uid": 1000, "gid": 1001, "additionalGids": [5, 7]]
      container.script = "id -u; id -G; cat /proc/self/uid_map; cat /proc/self/setgroups; sleep 60"
      let command = try container.createAndStart()
      #expect(eventually { command.outcome.stdout.contains("allow") })
      let first = String(OrdinaryUser.subordinate.first)
      let fields = command.outcome.text.split(whereSeparator: \.isWhitespace).map(String.init)
      #expect(
        fields == ["1000", "1001", "5", "7", "0", "\(OrdinaryUser.uid)", "1", "1", first, "65536", "allow"])
      let uid = String(OrdinaryUser.subordinate.first + 999)
      #expect(Host.status(try container.pid(), "Uid")?.hasPrefix(uid + "\t") == true)
      #expect(try container.exec(["--user", "7:8"], ["id", "-u"]).expectSuccess().text == "7")
    }
  }

  @Test func idsOfOthersAreRefused() throws {
    try withContainer { container in
      try container.becomeOrdinary()
      container.mapSubordinateIDs()
      let outcome = try container.create()
      outcome.expectFailure(1, "newuidmap")
      container.expectNothingLeft()
    }
  }

  /// Programs in directories that others than root can write to are passed over.
  @Test func aMappingProgramOfTheUsersOwnIsNotTaken() throws {
    try withContainer { container in
      try container.becomeOrdinary()
      container.mapSubordinateIDs()
      let programs = container.path("programs")
      try Host.makeDirectory(programs)
      chmod(programs, 0o777)
      try Host.write("#!/bin/sh\ntouch \(container.path("taken"))\n", to: programs + "/newuidmap", mode: 0o755)
      let options = RunningCommand.Options(environment: ["PATH": programs])
      try container.create(options: options).expectFailure(1, "newuidmap is not installed")
      #expect(!Host.exists(container.path("taken")))
    }
  }

  /// Every command works for the user that made the container, who has no cgroup for it.
  @Test func theWholeLife() throws {
    try withContainer(["sh", "-c", "trap 'exit 3' TERM; sleep 60 & wait"]) { container in
      try container.becomeOrdinary()
      try container.create().expectSilentSuccess()
      #expect(try container.status() == "created")
      try container.start().expectSilentSuccess()
      let pid = try container.pid()
      #expect(Host.status(pid, "Uid")?.hasPrefix("\(OrdinaryUser.uid)\t") == true)
      let list = try container.runtime(["list", "--format", "json"]).expectSuccess()
      #expect(list.stdout.contains(container.id))
      #expect(try container.exec([], ["sh", "-c", "id -u; exit 5"]).exitCode == 5)
      let processes = try JSON(parsing: container.runtime(["ps", "--format", "json", container.id]).stdout)
      #expect(processes.array.contains(.int(pid)), "\(processes)")
      try container.kill("TERM").expectSilentSuccess()
      try container.expectStatus("stopped")
      try container.delete().expectSilentSuccess()
      container.expectNothingLeft()
    }
  }

  @Test func devicesAreTheHostsNodes() throws {
    try withContainer { container in
      try container.becomeOrdinary()
      container.script = "stat -c '%t:%T %u' /dev/null /dev/zero /dev/tty; echo x >/dev/null; mount | grep ' /dev/null'"
      let lines = try container.run().expectSuccess().text.split(separator: "\n").map(String.init)
      #expect(lines.prefix(3) == ["1:3 65534", "1:5 65534", "5:0 65534"])
      #expect(lines.last?.contains("(ro,") == true, "\(lines)")
    }
  }

  @Test func sysIsReadOnly() throws {
    try withContainer { container in
      try container.becomeOrdinary()
      let entry = try #require(try container.mountsInside().last { $0.target == "/sys" })
      #expect(entry.options.contains("ro") && entry.options.contains("nosuid"), "\(entry)")
    }
  }

  /// A sysfs of the host's network namespace cannot be mounted anew: the host's takes its place, read-only throughout.
  @Test(arguments: [["ro", "nosuid"], ["nosuid"]]) func sysfsIsTheHosts(_ options: [String]) throws {
    try withContainer { container in
      try container.becomeOrdinary()
      container.dropMount("/sys")
      container.addMount("/sys", type: "sysfs", source: "sysfs", options)
      let entries = try container.mountsInside().filter { $0.target == "/sys" || $0.target.hasPrefix("/sys/") }
      #expect(entries.first?.type == "sysfs")
      for entry in entries { #expect(entry.options.contains("ro") && entry.options.contains("nosuid"), "\(entry)") }
    }
  }

  /// The agent of a filter with a listener, which an ordinary user's runtime cannot copy from the process.
  @Test(arguments: [true, false]) func seccompListener(_ noNewPrivileges: Bool) throws {
    try withContainer { container in
      try container.becomeOrdinary()
      let agent = try SeccompAgent(path: container.path("agent")) { _, text in
        text == "/full" ? .error(ENOSPC) : text == "/faked" ? .result(0) : .goOn
      }
      defer { agent.stop() }
      chmod(agent.path, 0o777)
      container.config["process"]["noNewPrivileges"] = .bool(noNewPrivileges)
      container.config["linux"]["seccomp"] = [
        "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": .string(agent.path), "listenerMetadata": "m",
        "syscalls": [["names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_NOTIFY"]],
      ]
      let script = "mkdir /full 2>&1; mkdir /faked && test ! -d /faked && echo faked; mkdir /tmp/made && echo made"
      container.script = script + "; sleep 60"
      let expected = "mkdir: can't create directory '/full': No space left on device\nfaked\nmade"
      let command = try container.createAndStart()
      #expect(eventually { command.outcome.text == expected }, "\(command.outcome)")
      let outcome = try container.exec([], ["sh", "-c", "rmdir /tmp/made; " + script])
      #expect(outcome.expectSuccess().text == expected)
      #expect(eventually { agent.deliveries.count == 2 })
      let pid = try container.pid()
      for delivery in agent.deliveries {
        #expect(delivery.descriptors == 1 && delivery.wasClosed && delivery.document["state"]["pid"] == .int(pid))
      }
    }
  }

  /// Without a limit the missing cgroup is none; a limit that cannot be set is an error.
  @Test func limitsNeedACgroup() throws {
    try withContainer { container in
      try container.becomeOrdinary()
      container.config["linux"]["resources"] = ["memory": ["limit": 100_000_000]]
      try container.create().expectFailure(
        1, "cannot set memory limit: container could not join or create cgroup: make cgroup", "permission denied")
      container.config["linux"]["resources"] = ["devices": [["allow": false, "access": "rwm"]]]
      try container.create().expectSilentSuccess()
      try container.runtime(["update", "--pids-limit", "5", container.id])
        .expectFailure(1, "cannot set pids limit: container could not join or create cgroup")
      try container.runtime(["pause", container.id]).expectFailure(1, "cannot freeze: the container has no cgroup")
    }
  }

  /// Where the cgroups around the runtime's are the user's (cgroup-v2.rst, «Delegation»), the container has one of its
  /// own with limits.
  @Test(.cgroupV2) func aCgroupBesideTheRuntimes() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.becomeOrdinary()
      let hierarchy = try #require(CgroupHierarchies.mountPoints[""])
      let given = "\(hierarchy)/\(container.id)-given"
      defer { for path in [given + "/session", given] { rmdir(path) } }
      try Host.write("+memory +pids", to: hierarchy + "/cgroup.subtree_control")
      for path in [given, given + "/session"] {
        try Host.makeDirectory(path)
        for name in ["", "/cgroup.procs", "/cgroup.threads", "/cgroup.subtree_control"] {
          lchown(path + name, OrdinaryUser.uid, OrdinaryUser.gid)
        }
      }
      let enter = "echo 0 >\(given)/session/cgroup.procs && exec \"$@\""
      container.wrapper = ["/bin/sh", "-c", enter, "sh"] + container.wrapper
      container.config["linux"]["resources"] = ["memory": ["limit": 100_003_840], "pids": ["limit": 20]]
      try container.createAndStart()
      let cgroup = "\(given)/\(container.id)"
      #expect(Host.readTrimmed(cgroup + "/memory.max") == "100003840")
      #expect(Host.readTrimmed(cgroup + "/pids.max") == "20")
      #expect(try Host.readTrimmed(cgroup + "/cgroup.procs") == "\(container.pid())")
      #expect(try container.exec([], ["cat", "/proc/self/cgroup"]).expectSuccess().text.hasSuffix("/\(container.id)"))
      try container.runtime(["pause", container.id]).expectSilentSuccess()
      try container.expectStatus("paused")
      try container.delete("--force").expectSilentSuccess()
      #expect(!Host.exists(cgroup))
    }
  }

  /// `--rootless=false` and a cgroup that is named make the cgroup's permissions count.
  @Test func cgroupErrorsCountWhenTheyAreAskedFor() throws {
    try withContainer { container in
      try container.becomeOrdinary()
      let options = container.globalOptions
      container.globalOptions += ["--rootless", "false"]
      try container.create().expectFailure(1, "permission denied")
      container.globalOptions = options + ["--rootless=true"]
      try container.create().expectSilentSuccess()
      try container.delete("--force").expectSilentSuccess()
      container.globalOptions = options
      container.config["linux"]["cgroupsPath"] = .string("/\(container.id)")
      try container.create().expectFailure(1, "permission denied")
      container.expectNothingLeft()
    }
  }

  @Test func stateBelowTheRuntimeDirectory() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.becomeOrdinary()
      let directory = container.path("runtime")
      try Host.makeDirectory(directory)
      lchown(directory, OrdinaryUser.uid, OrdinaryUser.gid)
      container.globalOptions = []
      let options = RunningCommand.Options(environment: ["XDG_RUNTIME_DIR": directory])
      try container.create(options: options).expectSilentSuccess()
      #expect(Host.list(directory + "/swiftlet") == [container.id])
      var status = stat()
      #expect(stat(directory + "/swiftlet", &status) == 0 && status.st_mode & 0o7777 == 0o1700)
      try container.runtime(["delete", "--force", container.id], options).expectSilentSuccess()
    }
  }

  @Test func specRootless() throws {
    try withContainer { container in
      try container.becomeOrdinary()
      unlink(container.configFile)
      try container.runtime(["spec", "--rootless", "--bundle", container.bundle]).expectSilentSuccess()
      container.config = try JSON(file: container.configFile)
      container.config["process"]["terminal"] = false
      container.config["process"]["args"] = ["id", "-u"]
      #expect(try container.run().expectSuccess().text == "0")
    }
  }

  @Test func oomScoreThatMayBeRaised() throws {
    try withContainer { container in
      try container.becomeOrdinary()
      container.config["process"]["oomScoreAdj"] = 777
      #expect(try container.output(of: "cat /proc/self/oom_score_adj") == "777")
      container.config["process"]["oomScoreAdj"] = -777
      #expect(try container.run().expectSuccess().text == Host.readTrimmed("/proc/self/oom_score_adj"))
    }
  }

  @Test func timeOffsets() throws {
    try withContainer { container in
      try container.becomeOrdinary()
      container.setNamespace("time")
      container.config["linux"]["timeOffsets"] = ["boottime": ["secs": 1_000_000]]
      #expect(Int(try container.output(of: "cut -d. -f1 /proc/uptime")) ?? 0 > 1_000_000)
    }
  }

  @Test func networkOfItsOwn() throws {
    try withContainer { container in
      try container.becomeOrdinary()
      container.setNamespace("network")
      // /sys is the host's; the interfaces are the container's.
      #expect(try container.output(of: "tail -n +3 /proc/net/dev | cut -d: -f1").contains("lo"))
      let addresses = try container.output(of: "ip -o addr")
      #expect(addresses.contains("127.0.0.1") && !addresses.contains("eth0"))
    }
  }

  /// As the containers of a pod: the second joins the first's namespaces, which the user owns by its user namespace.
  @Test(arguments: [[], ["network"], ["pid"], ["pid", "network", "ipc", "uts"]])
  func joinedNamespacesOfTheUsersOwn(_ others: [String]) throws {
    try withContainer(["sleep", "60"]) { first in
      try withContainer(["sleep", "60"], sharingRootOf: first) { second in
        for container in [first, second] {
          try container.becomeOrdinary()
          container.setNamespace("network")
        }
        try first.createAndStart()
        let pid = try first.pid()
        second.setNamespace("user", path: "/proc/\(pid)/ns/user")
        for (type, name) in NamespaceTests.kinds where others.contains(type) {
          second.setNamespace(type, path: "/proc/\(pid)/ns/\(name)")
        }
        if others.contains("uts") { second.config["hostname"] = .null }
        try second.createAndStart()
        let other = try second.pid()
        #expect(Host.namespace("user", of: other) == Host.namespace("user", of: pid))
        for (type, name) in NamespaceTests.kinds where type != "cgroup" {
          let isShared = Host.namespace(name, of: other) == Host.namespace(name, of: pid)
          #expect(isShared == others.contains(type), "\(type)")
        }
        #expect(try second.exec([], ["id", "-u"]).expectSuccess().text == "0")
      }
    }
  }

  @Test func namespacesOfTheHostAreRefused() throws {
    try withContainer { container in
      try container.becomeOrdinary()
      container.setNamespace("network", path: "/proc/1/ns/net")
      #expect(try container.create().exitCode == 1)
      container.expectNothingLeft()
    }
  }
}

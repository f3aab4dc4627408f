import Foundation
import Glibc
import Testing

/// What a container sees and does of its own part of the hierarchy of version 2, and what `exec`, `kill` and `delete`
/// make of it.
@Suite(.cgroupV2, .tags(.integration))
struct UnifiedCgroupTreeTests {
  /// config-linux.md, «Cgroup ownership»; the mount shows the container's own cgroup as the root.
  @Test(arguments: [true, false], ["ro", "rw"])
  func mount(_ hasNamespace: Bool, _ access: String) throws {
    try withContainer { container in
      if hasNamespace { container.setNamespace("cgroup") }
      container.setCgroupMount(access)
      container.script = """
        cat /proc/self/cgroup
        cat /sys/fs/cgroup/cgroup.procs | wc -l
        mkdir /sys/fs/cgroup/made 2>/dev/null && echo made
        awk '$5 == "/sys/fs/cgroup"' /proc/self/mountinfo
        """
      let lines = try container.run().expectSuccess().text.split(separator: "\n").map(String.init)
      #expect(lines.first == (hasNamespace ? "0::/" : "0::/\(container.id)"))
      #expect(lines.count == (access == "rw" ? 4 : 3), "\(lines)")
      #expect(lines.contains("made") == (access == "rw"))
      let mount = lines.last?.split(separator: " ").map(String.init) ?? []
      #expect(mount.count > 9 && mount[3] == (hasNamespace ? "/" : "/\(container.id)"), "\(lines)")
      #expect(mount.contains("cgroup2") && mount[5].hasPrefix("\(access),nosuid,nodev,noexec"), "\(lines)")
    }
  }

  /// Processes of the container in cgroups that it made, as systemd in a container does.
  private func withInnerCgroups(_ body: (TestContainer) throws -> Void) throws {
    try withContainer { container in
      container.setNamespace("cgroup")
      container.setCgroupMount("rw")
      container.script = """
        cd /sys/fs/cgroup
        mkdir init.scope other other/below
        echo 1 > init.scope/cgroup.procs
        echo "+memory +pids" > cgroup.subtree_control
        sleep 60 &
        echo $! > other/below/cgroup.procs
        echo ready
        wait
        """
      let command = try container.createAndStart()
      #expect(eventually { command.outcome.text == "ready" }, "\(command.outcome)")
      try body(container)
    }
  }

  /// The container's own cgroup has controllers handed down and takes no process any more: exec goes to init's.
  @Test func execWhereInitHasMoved() throws {
    try withInnerCgroups { container in
      let outcome = try container.exec([], ["cat", "/proc/self/cgroup"]).expectSuccess()
      #expect(outcome.text == "0::/init.scope")
    }
  }

  @Test(arguments: ["pause", "kill", "delete"])
  func innerCgroups(_ verb: String) throws {
    try withInnerCgroups { container in
      switch verb {
      case "pause":
        try container.runtime(["pause", container.id]).expectSilentSuccess()
        #expect(Host.readTrimmed(container.cgroup + "/other/below/cgroup.events")?.contains("frozen 1") == true)
        try container.runtime(["resume", container.id]).expectSilentSuccess()
      case "kill":
        try container.kill("--all", "KILL").expectSilentSuccess()
        try container.expectStatus("stopped")
        try container.delete().expectSilentSuccess()
      default:
        try container.delete("--force").expectSilentSuccess()
      }
      if verb != "pause" { container.expectNothingLeft() }
    }
  }

  /// exec into a cgroup below the container's own.
  @Test func execIntoASubCgroup() throws {
    try withRunning { container in
      let sub = container.cgroup + "/sub"
      #expect(mkdir(sub, 0o755) == 0)
      let outcome = try container.exec(["--cgroup", "sub"], ["cat", "/proc/self/cgroup"]).expectSuccess()
      #expect(outcome.text == "0::/\(container.id)/sub")
      #expect(eventually { rmdir(sub) == 0 })
      let missing = try container.exec(["--cgroup", "missing"], ["true"])
      #expect(missing.exitCode == 255 && !missing.stderr.isEmpty, "\(missing)")
    }
  }

  /// Without a pid namespace nothing but the cgroup tells which processes are the container's.
  @Test func killAllWithoutAPidNamespace() throws {
    try withContainer { container in
      container.removeNamespace("pid")
      container.script = "sleep 61 & sleep 62 & wait"
      try container.createAndStart()
      #expect(eventually { (container.cgroupFile("cgroup.procs") ?? "").split(separator: "\n").count == 3 })
      try container.kill("--all", "KILL").expectSilentSuccess()
      try container.expectStatus("stopped")
      #expect(eventually { container.cgroupFile("cgroup.procs") == "" })
    }
  }

  /// The kernel lets no cgroup have both processes and controllers for cgroups below.
  @Test func aParentWithProcesses() throws {
    try withContainer { container in
      let parent = CgroupHierarchies.unifiedMountPoint + "/\(container.id)-parent"
      #expect(mkdir(parent, 0o755) == 0)
      defer { _ = eventually { rmdir(parent) == 0 } }
      let holder = try container.launchOnHost("/bin/sleep", ["60"])
      try Host.write("\(holder.pid)", to: parent + "/cgroup.procs")
      container.config["linux"]["cgroupsPath"] = .string("/\(container.id)-parent/own")
      container.config["linux"]["resources"]["memory"] = ["limit": 67_108_864]
      try container.create().expectFailure(1, "memory", "cgroup")
      #expect(!Host.exists(parent + "/own"))
      // Without a limit it can be had.
      container.config["linux"]["resources"]["memory"] = nil
      try container.run().expectSilentSuccess()
      #expect(!Host.exists(parent + "/own"))
      holder.signal(SIGKILL)
      holder.wait()
    }
  }

  @Test func aCgroupThatIsInUse() throws {
    try withContainer(["sleep", "60"]) { first in
      try first.createAndStart()
      try withContainer(sharingRootOf: first) { second in
        second.config["linux"]["cgroupsPath"] = .string("/" + first.id)
        try second.create().expectFailure(1, "cgroup", "not empty")
      }
      #expect(try first.status() == "running")
    }
  }

  /// A user namespace's root owns what it may use of the cgroup.
  @Test(arguments: ["ro", "rw"])
  func delegation(_ access: String) throws {
    try withContainer { container in
      container.setNamespace("cgroup")
      container.setNamespace("user")
      container.setCgroupMount(access)
      container.config["linux"]["uidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65536]]
      container.config["linux"]["gidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65536]]
      try container.giveRootfs(uid: 100_000, gid: 100_000)
      container.script = """
        cd /sys/fs/cgroup
        stat -c %u . cgroup.procs cgroup.subtree_control cgroup.threads memory.max
        mkdir inner && echo 1 > inner/cgroup.procs && echo +pids > cgroup.subtree_control && cat cgroup.subtree_control
        echo max > pids.max || echo refused
        """
      let outcome = try container.run()
      let owned = "0\n0\n0\n0\n65534\npids\nrefused"
      if access == "rw" { #expect(outcome.text == owned, "\(outcome)") } else { #expect(outcome.text != owned) }
    }
  }

  /// The cgroup is given to the container's user where it has a cgroup namespace and sees it writable, and only then.
  @Test(arguments: [(true, "rw", 1000), (true, "ro", 0), (false, "rw", 0)])
  func ownerOfTheCgroup(_ hasNamespace: Bool, _ access: String, _ owner: Int) throws {
    try withContainer(["sleep", "60"]) { container in
      if hasNamespace { container.setNamespace("cgroup") }
      container.setCgroupMount(access)
      container.config["process"]["user"] = ["uid": 1000, "gid": 1000]
      try container.createAndStart()
      for (name, uid) in [
        ("", owner), ("/cgroup.procs", owner), ("/cgroup.subtree_control", owner), ("/memory.max", 0),
        ("/cgroup.freeze", 0),
      ] {
        var status = stat()
        #expect(stat(container.cgroup + name, &status) == 0 && status.st_uid == uid, "\(name) \(status.st_uid)")
      }
    }
  }

  /// Every container may make any node and open the default devices; what else it may open the configuration says.
  @Test func devicesAreDenied() throws {
    try withContainer { container in
      for set in ["bounding", "permitted", "effective"] {
        container.config["process"]["capabilities"][set].append("CAP_MKNOD")
      }
      container.config["linux"]["resources"]["devices"] = [
        ["allow": false, "access": "rwm"], ["allow": true, "type": "c", "major": 1, "minor": 11, "access": "m"],
        ["allow": true, "type": "b", "major": 254, "minor": 0, "access": "r"],
      ]
      container.script = """
        mknod /tmp/kmsg c 1 11 && echo made
        cat /tmp/kmsg >/dev/null 2>&1 || echo "not opened"
        mknod /tmp/disk b 254 0
        head -c 4 /tmp/disk | wc -c
        (: >>/tmp/disk) 2>&1 | grep -o "not permitted"
        mknod /tmp/vport c 240 1 2>&1; cat /tmp/vport 2>&1 | grep -o "not permitted"
        head -c 1 /dev/zero | wc -c
        echo x > /dev/null && echo null
        """
      let outcome = try container.run()
      #expect(outcome.text == "made\nnot opened\n4\nnot permitted\nnot permitted\n1\nnull", "\(outcome)")
    }
  }
}

extension TestContainer {
  /// Has the mount of the cgroup read-only or writable.
  func setCgroupMount(_ access: String) {
    for (index, mount) in config["mounts"].array.enumerated() where mount["destination"] == "/sys/fs/cgroup" {
      config["mounts"][index]["options"] = ["nosuid", "noexec", "nodev", "relatime", .string(access)]
    }
  }
}

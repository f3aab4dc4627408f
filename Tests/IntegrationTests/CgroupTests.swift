import Foundation
import Glibc
import Testing

/// config-linux.md, «Control groups», read in the kernel's own files of v1 hierarchies.
@Suite(.cgroupV1, .tags(.integration))
struct CgroupTests {
  private static let controllers = ["memory", "cpu", "cpuset", "pids", "devices", "freezer", "blkio"]

  @Test func theProcessIsInTheCgroupOfEachHierarchy() throws {
    try withRunning { container in
      let own = try #require(Host.read("/proc/\(container.pid())/cgroup")).split(separator: "\n")
      for controller in Self.controllers {
        let line = own.first { $0.contains(":\(controller):") }
        #expect(line?.hasSuffix(":\(controller):/\(container.id)") == true, "\(controller): \(own)")
      }
    }
  }

  @Test func theIDIsTheDefaultPath() throws {
    try withContainer(["sleep", "60"]) { container in
      container.config["linux"]["cgroupsPath"] = nil
      try container.createAndStart()
      let text = try #require(Host.read("/proc/\(container.pid())/cgroup"))
      #expect(text.contains("/\(container.id)\n"), "\(text)")
    }
  }

  /// Of a deep path only the last part is the container's own.
  @Test func deepPath() throws {
    try withContainer(["sleep", "60"]) { container in
      let parent = "/\(container.id)-parent"
      defer { removeCgroup(parent + "/middle"); removeCgroup(parent) }
      container.config["linux"]["cgroupsPath"] = .string(parent + "/middle/leaf")
      try container.createAndStart()
      let pid = try container.pid()
      #expect(CgroupHierarchies.file("memory", parent + "/middle/leaf", "cgroup.procs") == "\(pid)")
      // Another's cgroup in the same parent stays.
      let sibling = "\(CgroupHierarchies.mountPoints["memory"] ?? "")\(parent)/sibling"
      mkdir(sibling, 0o755)
      defer { rmdir(sibling) }
      try container.delete("--force").expectSilentSuccess()
      for point in Set(CgroupHierarchies.mountPoints.values) {
        #expect(!Host.exists(point + parent + "/middle/leaf"), "\(point)")
      }
      #expect(Host.exists(sibling))
    }
  }

  /// A relative one begins where the runtime itself is.
  @Test(arguments: ["/ID-parent/own", "ID"])
  func thePathIsTheSamePlaceEachTime(_ path: String) throws {
    try withContainer(["cat", "/proc/self/cgroup"]) { container in
      defer { removeCgroup("/\(container.id)-parent") }
      container.config["linux"]["cgroupsPath"] = .string(path.replacingOccurrences(of: "ID", with: container.id))
      let first = try container.run().expectSuccess().text
      #expect(try container.run().expectSuccess().text == first)
      let name = path.replacingOccurrences(of: "ID", with: container.id)
      let line = try #require(first.split(separator: "\n").first { $0.contains(":memory:") })
      #expect(name.hasPrefix("/") ? line.hasSuffix(":memory:\(name)") : line.hasSuffix("/\(name)"), "\(first)")
    }
  }

  @Test(arguments: ["../ID", "/../../ID", "ID/../../ID-b"])
  func pathsStayBelowTheRoot(_ path: String) throws {
    try withContainer { container in
      let name = path.replacingOccurrences(of: "ID", with: container.id)
      container.config["linux"]["cgroupsPath"] = .string(name)
      let outcome = try container.run()
      #expect(outcome.exitCode == 0 || outcome.stderr.contains("cgroupsPath"), "\(outcome)")
      for point in CgroupHierarchies.mountPoints.values {
        let above = URL(fileURLWithPath: point).deletingLastPathComponent().path
        #expect(!Host.list(above).contains { $0.contains(container.id) })
      }
    }
  }

  /// The files that a resource ends up in: controller, file, expected text.
  struct Limit: Sendable, CustomTestStringConvertible {
    var name: String
    var resources: JSON
    var files: [(controller: String, file: String, text: String)]
    var testDescription: String { name }
  }

  static let limits: [Limit] = [
    Limit(
      name: "memory.limit", resources: ["memory": ["limit": 67_108_864]],
      files: [("memory", "memory.limit_in_bytes", "67108864")]),
    Limit(
      name: "memory.reservation", resources: ["memory": ["limit": 67_108_864, "reservation": 33_554_432]],
      files: [("memory", "memory.soft_limit_in_bytes", "33554432")]),
    Limit(
      name: "memory.limit -1", resources: ["memory": ["limit": -1]],
      files: [("memory", "memory.limit_in_bytes", "9223372036854771712")]),
    Limit(
      name: "memory.swappiness", resources: ["memory": ["limit": 67_108_864, "swappiness": 13]],
      files: [("memory", "memory.swappiness", "13")]),
    Limit(
      name: "memory.disableOOMKiller", resources: ["memory": ["limit": 67_108_864, "disableOOMKiller": true]],
      files: [("memory", "memory.oom_control", "oom_kill_disable 1\nunder_oom 0\noom_kill 0")]),
    Limit(name: "pids.limit", resources: ["pids": ["limit": 42]], files: [("pids", "pids.max", "42")]),
    // The kernel counts the container's own process in both cases.
    Limit(name: "pids.limit 0", resources: ["pids": ["limit": 0]], files: [("pids", "pids.max", "1")]),
    Limit(name: "pids.limit -1", resources: ["pids": ["limit": -1]], files: [("pids", "pids.max", "max")]),
    Limit(name: "cpu.shares", resources: ["cpu": ["shares": 512]], files: [("cpu", "cpu.shares", "512")]),
    Limit(name: "cpu.shares too small", resources: ["cpu": ["shares": 0]], files: [("cpu", "cpu.shares", "1024")]),
    Limit(
      name: "cpu.quota", resources: ["cpu": ["quota": 30000, "period": 60000]],
      files: [("cpu", "cpu.cfs_quota_us", "30000"), ("cpu", "cpu.cfs_period_us", "60000")]),
    Limit(
      name: "cpu.burst", resources: ["cpu": ["quota": 30000, "period": 60000, "burst": 10000]],
      files: [("cpu", "cpu.cfs_burst_us", "10000")]),
    Limit(name: "cpu.idle", resources: ["cpu": ["idle": 1]], files: [("cpu", "cpu.idle", "1")]),
    Limit(
      name: "cpuset", resources: ["cpu": ["cpus": "0", "mems": "0"]],
      files: [("cpuset", "cpuset.cpus", "0"), ("cpuset", "cpuset.mems", "0")]),
  ]

  @Test(arguments: limits)
  func limit(_ limit: Limit) throws {
    try withContainer(["sleep", "60"]) { container in
      container.limit(limit.resources)
      // Set before the program runs.
      try container.create().expectSilentSuccess()
      for (controller, file, text) in limit.files {
        guard Host.exists("\(CgroupHierarchies.mountPoints[controller] ?? "")/\(container.id)/\(file)") else {
          continue
        }
        #expect(CgroupHierarchies.file(controller, "/" + container.id, file) == text)
      }
    }
  }

  @Test func memoryAndSwap() throws {
    try withContainer(["sleep", "60"]) { container in
      guard Host.exists("\(CgroupHierarchies.mountPoints["memory"] ?? "")/memory.memsw.limit_in_bytes") else { return }
      container.config["linux"]["resources"]["memory"] = ["limit": 67_108_864, "swap": 134_217_728]
      try container.create().expectSilentSuccess()
      let swap = CgroupHierarchies.file("memory", "/" + container.id, "memory.memsw.limit_in_bytes")
      #expect(swap == "134217728")
    }
  }

  @Test(arguments: ["memory", "pids", "cpu"])
  func aLimitThatTheKernelRefuses(_ kind: String) throws {
    try withContainer { container in
      let wrong: [String: JSON] = [
        "memory": ["limit": 1], "cpu": ["cpus": "9999"], "pids": ["limit": 4_194_305_000_000],
      ]
      container.config["linux"]["resources"][kind] = wrong[kind] ?? .null
      try container.create().expectFailure(1)
      container.expectNothingLeft()
    }
  }

  /// The kernel refuses one fork too many.
  @Test(arguments: [0, 4])
  func forksAreRefusedBeyondTheLimit(_ limit: Int) throws {
    try withContainer { container in
      container.config["linux"]["resources"]["pids"] = ["limit": .int(limit)]
      container.script = "for i in 1 2 3 4 5 6 7 8; do sleep 5 & done; echo never"
      let outcome = try container.run()
      #expect(outcome.exitCode != 0 && !outcome.stdout.contains("never"), "\(outcome)")
      #expect(outcome.stderr.contains("can't fork"), "\(outcome)")
    }
  }

  @Test func memoryIsRefusedBeyondTheLimit() throws {
    try withContainer { container in
      container.config["linux"]["resources"]["memory"] = ["limit": 20_971_520, "swap": 20_971_520]
      container.script = "dd if=/dev/zero of=/dev/shm/file bs=1M count=60"
      let outcome = try container.run()
      #expect(outcome.exitCode != 0, "\(outcome)")
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
      ]
      container.script = """
        mknod /tmp/kmsg c 1 11 && echo made
        cat /tmp/kmsg >/dev/null 2>&1 || echo "not opened"
        mknod /tmp/disk b 254 0 && head -c 1 /tmp/disk 2>&1 | grep -o "not permitted"
        head -c 1 /dev/zero | wc -c
        echo x > /dev/null && echo null
        """
      let outcome = try container.run()
      #expect(outcome.text == "made\nnot opened\nnot permitted\n1\nnull", "\(outcome)")
    }
  }

  @Test func anAllowedDeviceCanBeOpened() throws {
    try withContainer { container in
      container.config["linux"]["devices"] = [
        ["path": "/dev/own-zero", "type": "c", "major": 1, "minor": 5, "fileMode": 0o640, "uid": 0, "gid": 5]
      ]
      container.config["linux"]["resources"]["devices"] = [
        ["allow": false, "access": "rwm"], ["allow": true, "type": "c", "major": 1, "minor": 5, "access": "rw"],
      ]
      let text = try container.output(of: "stat -c '%a %u %g %t %T' /dev/own-zero; head -c 3 /dev/own-zero | wc -c")
      #expect(text == "640 0 5 1 5\n3")
    }
  }

  @Test func deviceListIsTheKernels() throws {
    try withContainer(["sleep", "60"]) { container in
      container.config["linux"]["resources"]["devices"] = [
        ["allow": false, "access": "rwm"], ["allow": true, "type": "c", "major": 10, "minor": 229, "access": "rwm"],
        ["allow": true, "type": "b", "major": 8, "access": "r"],
      ]
      try container.create().expectSilentSuccess()
      let list = try #require(CgroupHierarchies.file("devices", "/" + container.id, "devices.list")).split(
        separator: "\n")
      #expect(list.contains("c 10:229 rwm") && list.contains("b 8:* r"))
      #expect(list.contains("c 1:3 rwm") && list.contains("c 5:2 rwm"))
      #expect(!list.contains("a *:* rwm"))
    }
  }

  @Test func pauseFreezesTheCgroup() throws {
    try withRunning { container in
      try container.runtime(["pause", container.id]).expectSilentSuccess()
      #expect(CgroupHierarchies.file("freezer", "/" + container.id, "freezer.state") == "FROZEN")
      try container.runtime(["resume", container.id]).expectSilentSuccess()
      #expect(CgroupHierarchies.file("freezer", "/" + container.id, "freezer.state") == "THAWED")
    }
  }

  /// containerd gives JSON on standard input, podman a file.
  @Test(arguments: ["--resources=-", "--resources -", "-r FILE", "flags"])
  func update(_ form: String) throws {
    try withContainer(["sleep", "60"]) { container in
      container.config["linux"]["resources"]["pids"] = ["limit": 10]
      try container.createAndStart()
      let resources: JSON = [
        "memory": ["limit": 50_331_648], "cpu": ["shares": 333, "quota": 20000, "period": 50000], "pids": ["limit": 77],
      ]
      let file = container.path("resources.json")
      try Host.write(resources.text, to: file)
      let flags: [String] =
        switch form {
        case "flags":
          [
            "--memory", "50331648", "--cpu-share", "333", "--cpu-quota", "20000", "--cpu-period", "50000",
            "--pids-limit", "77",
          ]
        default: form.replacingOccurrences(of: "FILE", with: file).split(separator: " ").map(String.init)
        }
      try container.runtime(
        ["update"] + flags + [container.id], .init(input: form.hasSuffix("-") ? resources.text : "")
      )
      .expectSilentSuccess()
      let files = [
        ("memory", "memory.limit_in_bytes"), ("cpu", "cpu.shares"), ("cpu", "cpu.cfs_quota_us"),
        ("cpu", "cpu.cfs_period_us"), ("pids", "pids.max"),
      ]
      let values = files.map { CgroupHierarchies.file($0.0, "/" + container.id, $0.1) }
      #expect(values == ["50331648", "333", "20000", "50000", "77"])
    }
  }

  /// exec into a cgroup below the container's own.
  @Test func execIntoASubCgroup() throws {
    try withRunning { container in
      let sub = "\(CgroupHierarchies.mountPoints["pids"] ?? "")/\(container.id)/sub"
      #expect(mkdir(sub, 0o755) == 0)
      let outcome = try container.exec(["--cgroup", "pids:sub"], ["cat", "/proc/self/cgroup"]).expectSuccess()
      #expect(outcome.text.contains(":pids:/\(container.id)/sub\n"), "\(outcome)")
      #expect(outcome.text.contains(":memory:/\(container.id)\n"), "\(outcome)")
      #expect(eventually { rmdir(sub) == 0 })
      let missing = try container.exec(["--cgroup", "pids:missing"], ["true"])
      #expect(missing.exitCode == 255 && !missing.stderr.isEmpty, "\(missing)")
    }
  }

  @Test func statistics() throws {
    try withRunning { container in
      let outcome = try container.runtime(["events", "--stats", container.id]).expectSuccess()
      let event = try JSON(parsing: outcome.stdout)
      #expect(event["type"].string == "stats" && event["id"].string == container.id)
      #expect(event["data"]["pids"]["current"].int == 1)
      #expect(event["data"]["memory"]["usage"]["usage"].int ?? 0 > 0)
    }
  }

  private func removeCgroup(_ path: String) {
    for point in Set(CgroupHierarchies.mountPoints.values) { rmdir(point + path) }
  }
}

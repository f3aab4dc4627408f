import Foundation
import Glibc
import Testing

/// The less usual properties of `linux.resources` where version 2 has every controller, `update` and `events` there.
@Suite(.cgroupV2, .tags(.integration))
struct UnifiedLimitTests {
  static let limits: [UnifiedCgroupTests.Limit] = [
    .init(
      "hugepageLimits", ["hugepageLimits": [["pageSize": "2MB", "limit": 4_194_304]]],
      ["hugetlb.2MB.max": "4194304", "hugetlb.2MB.rsvd.max": "4194304"]),
    .init("memory.swap -1", ["memory": ["limit": 67_108_864, "swap": -1]], ["memory.swap.max": "max"]),
    .init("memory.useHierarchy", ["memory": ["limit": 67_108_864, "useHierarchy": true]], ["memory.max": "67108864"]),
    .init(
      "memory.checkBeforeUpdate", ["memory": ["limit": 67_108_864, "checkBeforeUpdate": true]],
      ["memory.max": "67108864"]),
    .init(
      "blockIO of one device",
      ["blockIO": ["throttleReadBpsDevice": [["major": 254, "minor": 0, "rate": 1_048_576]]]],
      ["io.max": "254:0 rbps=1048576 wbps=max riops=max wiops=max"]),
    .init(
      "unified lines", ["unified": ["io.max": "254:0 rbps=1048576\n254:0 wiops=70"]],
      ["io.max": "254:0 rbps=1048576 wbps=max riops=max wiops=70"]),
    .init("unified of the core", ["unified": ["cgroup.max.depth": "3"]], ["cgroup.max.depth": "3"]),
  ]

  @Test(arguments: limits)
  func limit(_ limit: UnifiedCgroupTests.Limit) throws {
    try withContainer(["sleep", "60"]) { container in
      container.limit(limit.resources)
      try container.create().expectSilentSuccess()
      for (file, text) in limit.files where Host.exists(container.cgroup + "/" + file) {
        #expect(container.cgroupFile(file) == text, "\(file)")
      }
    }
  }

  @Test(
    .ownTexts,
    arguments: [
      ("{\"unified\": {\"nothing.max\": \"1\"}}", "controller \"nothing\" not available"),
      ("{\"unified\": {\"memory.nothing\": \"1\"}}", "unified resource \"memory.nothing\""),
      ("{\"unified\": {\"memory.max\": \"x\"}}", "unable to set unified resource \"memory.max\""),
      ("{\"unified\": {\"a/b\": \"1\"}}", "is not the name of a cgroup file"),
      ("{\"memory\": {\"limit\": 67108864, \"useHierarchy\": false}}", "useHierarchy cannot be false"),
      ("{\"memory\": {\"swap\": 67108864}}", "unable to set swap limit without memory limit"),
      ("{\"memory\": {\"limit\": 67108864, \"swap\": 1048576}}", "memory+swap limit should be >= memory limit"),
      ("{\"network\": {\"classID\": 1}}", "cannot set network class limit"),
      ("{\"network\": {\"priorities\": [{\"name\": \"lo\", \"priority\": 1}]}}", "cannot set network priority limit"),
      ("{\"rdma\": {\"mlx5_0\": {\"hcaHandles\": 3}}}", "set rdma limit"),
    ])
  func refused(_ resources: String, _ text: String) throws {
    try withContainer { container in
      container.limit(try JSON(parsing: resources))
      try container.create().expectFailure(1, text)
      container.expectNothingLeft()
    }
  }

  /// The parent allows no cgroup below itself.
  @Test func noRoomForACgroup() throws {
    try withContainer { container in
      let parent = "\(container.id)-parent"
      let path = CgroupHierarchies.unifiedMountPoint + "/" + parent
      #expect(mkdir(path, 0o755) == 0)
      defer { rmdir(path) }
      try Host.write("0", to: path + "/cgroup.max.descendants")
      container.config["linux"]["cgroupsPath"] = .string("/\(parent)/own")
      try container.create().expectFailure(1, "make cgroup \(path)/own: resource temporarily unavailable")
    }
  }

  @Test func belowAThreadedCgroup() throws {
    try withContainer { container in
      let parent = "\(container.id)-parent"
      let path = CgroupHierarchies.unifiedMountPoint + "/" + parent
      #expect(mkdir(path, 0o755) == 0)
      defer { _ = eventually { rmdir(path) == 0 } }
      try Host.write("threaded", to: path + "/cgroup.type")
      container.config["linux"]["cgroupsPath"] = .string("/\(parent)/own")
      container.config["linux"]["resources"]["memory"] = ["limit": 67_108_864]
      try container.create().expectFailure(1, "cannot set memory limit", "below a threaded cgroup")
      #expect(!Host.exists(path + "/own"))
    }
  }

  @Test func aFrozenCgroup() throws {
    try withContainer { container in
      #expect(mkdir(container.cgroup, 0o755) == 0)
      defer { rmdir(container.cgroup) }
      try Host.write("1", to: container.cgroup + "/cgroup.freeze")
      try container.create().expectFailure(1, "container's cgroup unexpectedly frozen")
      try Host.write("0", to: container.cgroup + "/cgroup.freeze")
    }
  }

  @Test(arguments: [
    ("--cpu-quota=40000", "cpu.max", "40000 100000"), ("--cpu-period=70000", "cpu.max", "max 70000"),
    ("--cpu-burst=0", "cpu.max.burst", "0"), ("--cpu-share=2", "cpu.weight", "1"), ("--cpu-idle=1", "cpu.idle", "1"),
    ("--cpuset-cpus=0", "cpuset.cpus", "0"), ("--cpuset-mems=0", "cpuset.mems", "0"),
    ("--memory=48m", "memory.max", "50331648"), ("--memory-reservation=16m", "memory.low", "16777216"),
    ("--memory-swap=-1", "memory.swap.max", "max"), ("--pids-limit=19", "pids.max", "19"),
    ("--kernel-memory=1m", "memory.max", "max"),
  ])
  func updateFlag(_ flag: String, _ file: String, _ text: String) throws {
    try withContainer(["sleep", "60"]) { container in
      try container.createAndStart()
      let outcome = try container.runtime(["update", flag, container.id])
      #expect(outcome.exitCode == 0, "\(outcome)")
      if Host.exists(container.cgroup + "/" + file) { #expect(container.cgroupFile(file) == text) }
    }
  }

  /// A limit below what is used already, with checkBeforeUpdate: nothing changes, and nothing is killed.
  @Test func memoryBelowItsUse() throws {
    try withContainer { container in
      container.script = "dd if=/dev/zero of=/dev/shm/file bs=1M count=20 2>/dev/null; echo ready; sleep 60"
      let command = try container.createAndStart()
      #expect(eventually { command.outcome.text == "ready" })
      let resources: JSON = ["pids": ["limit": 33], "memory": ["limit": 4_194_304, "checkBeforeUpdate": true]]
      let outcome = try container.runtime(["update", "-r", "-", container.id], .init(input: resources.text))
      outcome.expectFailure(1, "rejecting memory limit 4194304 <= usage ")
      #expect(container.cgroupFile("memory.max") == "max")
      #expect(container.cgroupFile("pids.max") != "33")
      try container.expectStatus("running")
    }
  }

  /// Statistics with pressure come in intervals, then a kill by the kernel, also of a process in a cgroup below.
  @Test(arguments: [false, true]) func streamOfEvents(_ isBelow: Bool) throws {
    try withContainer { container in
      container.config["linux"]["resources"]["memory"] = ["limit": 16_777_216, "swap": 16_777_216]
      container.script = """
        while [ ! -e /tmp/go ]; do sleep 0.1; done
        (a=$(head -c 64m /dev/zero | tr '\\0' a); echo $a >/dev/null)
        sleep 1
        """
      try container.createAndStart()
      if isBelow {
        let inner = container.cgroup + "/inner"
        #expect(mkdir(inner, 0o755) == 0)
        try Host.write("\(try container.pid())", to: inner + "/cgroup.procs")
      }
      let events = try container.launch(["events", "--interval", "200ms", container.id])
      usleep(1_000_000)
      try Host.write("", to: container.rootfs + "/tmp/go")
      try container.expectStatus("stopped", within: 60)
      let lines = try events.wait().expectSuccess().stdout.split(separator: "\n").map { try JSON(parsing: String($0)) }
      #expect(lines.allSatisfy { $0["id"].string == container.id })
      #expect(lines.first?["type"].string == "stats")
      #expect(lines.filter { $0["type"].string == "stats" }.count > 2)
      #expect(lines.contains { $0["type"].string == "oom" }, "\(lines.count) events")
      if Host.exists("/proc/pressure/memory") {
        for name in ["cpu", "memory", "blkio"] {
          #expect(lines.first?["data"][name]["psi"]["some"]["total"].int != nil, "\(name)")
        }
      }
    }
  }
}

import Foundation
import Glibc
import Testing

/// config-linux.md, «Control groups», read in the kernel's own files where version 2 has every controller.
@Suite(.cgroupV2, .tags(.integration))
struct UnifiedCgroupTests {
  @Test func theProcessIsInItsCgroupAlone() throws {
    try withRunning { container in
      let pid = try container.pid()
      #expect(Host.readTrimmed("/proc/\(pid)/cgroup") == "0::/\(container.id)")
      #expect(container.cgroupFile("cgroup.procs") == "\(pid)")
      try container.exec([], ["cat", "/proc/self/cgroup"]).expectSuccess()
    }
  }

  @Test(arguments: ["", "deep"])
  func path(_ form: String) throws {
    try withContainer(["sleep", "60"]) { container in
      let parent = "/\(container.id)-parent"
      defer { for path in [parent + "/middle", parent] { rmdir(CgroupHierarchies.unifiedMountPoint + path) } }
      container.config["linux"]["cgroupsPath"] = form.isEmpty ? nil : .string(parent + "/middle/leaf")
      container.config["linux"]["resources"]["memory"] = ["limit": 67_108_864]
      try container.createAndStart()
      let path = form.isEmpty ? "/" + container.id : parent + "/middle/leaf"
      #expect(Host.readTrimmed("/proc/\(try container.pid())/cgroup") == "0::\(path)")
      // Every controller was handed down, for limits that `update` sets later.
      #expect(CgroupHierarchies.file("", path, "memory.max") == "67108864")
      #expect(
        CgroupHierarchies.file("", path, "cgroup.controllers") == CgroupHierarchies.file("", "", "cgroup.controllers"))
      try container.delete("--force").expectSilentSuccess()
      #expect(!Host.exists(CgroupHierarchies.unifiedMountPoint + path))
    }
  }

  /// The files that a resource ends up in.
  struct Limit: Sendable, CustomTestStringConvertible {
    var name: String
    var resources: JSON
    var files: [String: String]
    var testDescription: String { name }

    init(_ name: String, _ resources: JSON, _ files: [String: String]) {
      (self.name, self.resources, self.files) = (name, resources, files)
    }
  }

  static let limits: [Limit] = [
    Limit("memory.limit", ["memory": ["limit": 67_108_864]], ["memory.max": "67108864"]),
    Limit("memory.limit -1", ["memory": ["limit": -1]], ["memory.max": "max", "memory.swap.max": "max"]),
    Limit(
      "memory.reservation", ["memory": ["limit": 67_108_864, "reservation": 33_554_432]],
      ["memory.low": "33554432"]),
    Limit(
      "memory.swap", ["memory": ["limit": 67_108_864, "swap": 100_663_296]],
      ["memory.max": "67108864", "memory.swap.max": "33554432"]),
    Limit("memory.swap as limit", ["memory": ["limit": 67_108_864, "swap": 67_108_864]], ["memory.swap.max": "0"]),
    Limit("pids.limit", ["pids": ["limit": 42]], ["pids.max": "42"]),
    Limit("pids.limit 0", ["pids": ["limit": 0]], ["pids.max": "1"]),
    Limit("pids.limit -1", ["pids": ["limit": -1]], ["pids.max": "max"]),
    Limit("cpu.quota", ["cpu": ["quota": 30000, "period": 60000]], ["cpu.max": "30000 60000"]),
    Limit("cpu.quota -1", ["cpu": ["quota": -1, "period": 50000]], ["cpu.max": "max 50000"]),
    Limit("cpu.period", ["cpu": ["period": 50000]], ["cpu.max": "max 50000"]),
    Limit("cpu.burst", ["cpu": ["quota": 30000, "period": 60000, "burst": 10000]], ["cpu.max.burst": "10000"]),
    Limit("cpu.shares", ["cpu": ["shares": 1024]], ["cpu.weight": "100"]),
    Limit("cpu.shares least", ["cpu": ["shares": 2]], ["cpu.weight": "1"]),
    Limit("cpu.shares most", ["cpu": ["shares": 262_144]], ["cpu.weight": "10000"]),
    Limit("cpu.idle", ["cpu": ["idle": 1]], ["cpu.idle": "1"]),
    Limit("cpuset", ["cpu": ["cpus": "1", "mems": "0"]], ["cpuset.cpus": "1", "cpuset.mems": "0"]),
    Limit(
      "hugepageLimits", ["hugepageLimits": [["pageSize": "2MB", "limit": 4_194_304]]], ["hugetlb.2MB.max": "4194304"]),
    Limit(
      "unified",
      ["unified": ["memory.high": "50331648", "cpu.weight": "77", "io.weight": "default 55", "memory.oom.group": "1"]],
      ["memory.high": "50331648", "cpu.weight": "77", "io.weight": "default 55", "memory.oom.group": "1"]),
    Limit(
      "unified overrides", ["memory": ["limit": 67_108_864], "unified": ["memory.max": "33554432"]],
      ["memory.max": "33554432"]),
    Limit(
      "blockIO", ["blockIO": ["weight": 100]], ["io.bfq.weight": "default 100", "io.weight": "default 910"]),
    Limit(
      "blockIO.throttle",
      [
        "blockIO": [
          "throttleReadBpsDevice": [["major": 254, "minor": 0, "rate": 1_048_576]],
          "throttleWriteBpsDevice": [["major": 254, "minor": 0, "rate": 2_097_152]],
          "throttleReadIOPSDevice": [["major": 254, "minor": 0, "rate": 300]],
          "throttleWriteIOPSDevice": [["major": 254, "minor": 0, "rate": 400]],
        ]
      ], ["io.max": "254:0 rbps=1048576 wbps=2097152 riops=300 wiops=400"]),
  ]

  @Test(arguments: limits)
  func limit(_ limit: Limit) throws {
    try withContainer(["sleep", "60"]) { container in
      container.limit(limit.resources)
      // Set before the program runs.
      try container.create().expectSilentSuccess()
      var seen = 0
      for (file, text) in limit.files where Host.exists(container.cgroup + "/" + file) {
        seen += 1
        // The kernel has a weight for swap only where there is any, and one of two files for weights of disks.
        if file == "io.weight", Host.exists(container.cgroup + "/io.bfq.weight"), limit.name == "blockIO" { continue }
        #expect(container.cgroupFile(file) == text, "\(file)")
      }
      #expect(seen > 0)
      try container.delete("--force").expectSilentSuccess()
      container.expectNothingLeft()
    }
  }

  @Test(arguments: [
    ("memory.limit", "{\"memory\": {\"limit\": 1}}"), ("cpu.cpus", "{\"cpu\": {\"cpus\": \"9999\"}}"),
    ("unified", "{\"unified\": {\"memory.max\": \"nonsense\"}}"),
    ("unified", "{\"unified\": {\"nothing.max\": \"1\"}}"),
    ("unified", "{\"unified\": {\"../cgroup.procs\": \"1\"}}"),
    ("blockIO", "{\"blockIO\": {\"throttleReadBpsDevice\": [{\"major\": 99, \"minor\": 99, \"rate\": 1000}]}}"),
    ("hugepageLimits", "{\"hugepageLimits\": [{\"pageSize\": \"3MB\", \"limit\": 1}]}"),
    ("rdma", "{\"rdma\": {\"nosuchdevice\": {\"hcaHandles\": 3}}}"),
  ])
  func aLimitThatTheKernelRefuses(_ name: String, _ resources: String) throws {
    try withContainer { container in
      container.limit(try JSON(parsing: resources))
      let outcome = try container.run()
      // The least limit of memory is accepted by the kernel and kills the process.
      #expect(outcome.exitCode != 0 && outcome.stderr.split(separator: "\n").count == 1, "\(outcome)")
      container.expectNothingLeft()
    }
  }

  /// Limits are in force before the first instruction of the program, and before hooks run.
  @Test func limitsAreThereForTheRuntimeHooks() throws {
    try withContainer { container in
      container.config["linux"]["resources"]["pids"] = ["limit": 33]
      container.config["hooks"]["createRuntime"] = [
        [
          "path": "/bin/sh",
          "args": [
            "sh", "-c",
            .string("cat \(container.cgroup)/pids.max \(container.cgroup)/cgroup.procs > \(container.path("seen"))"),
          ],
        ]
      ]
      try container.create().expectSilentSuccess()
      #expect(Host.readTrimmed(container.path("seen")) == "33\n\(try container.pid())")
    }
  }

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

  @Test func memoryBeyondTheLimitKills() throws {
    try withContainer { container in
      container.config["linux"]["resources"]["memory"] = ["limit": 20_971_520, "swap": 20_971_520]
      container.script = "dd if=/dev/zero of=/dev/shm/file bs=1M count=60"
      let outcome = try container.run()
      #expect(outcome.exitCode == 137, "\(outcome)")
    }
  }

  @Test func theProcessorIsThrottled() throws {
    try withContainer { container in
      container.config["linux"]["resources"]["cpu"] = ["quota": 10000, "period": 100_000]
      container.script = "i=0; while true; do i=$((i+1)); done"
      try container.createAndStart()
      let isThrottled = eventually {
        (container.cgroupFile("cpu.stat") ?? "").split(separator: "\n").contains {
          $0.hasPrefix("nr_throttled ") && Int($0.dropFirst(13)) ?? 0 > 2
        }
      }
      #expect(isThrottled)
    }
  }

  @Test func pauseFreezesTheCgroup() throws {
    try withRunning { container in
      try container.runtime(["pause", container.id]).expectSilentSuccess()
      #expect(container.cgroupFile("cgroup.freeze") == "1")
      #expect(container.cgroupFile("cgroup.events")?.contains("frozen 1") == true)
      #expect(try container.status() == "paused")
      try container.runtime(["resume", container.id]).expectSilentSuccess()
      #expect(container.cgroupFile("cgroup.freeze") == "0")
      #expect(try container.status() == "running")
      try container.runtime(["pause", container.id]).expectSilentSuccess()
      try container.delete("--force").expectSilentSuccess()
      container.expectNothingLeft()
    }
  }

  /// containerd gives JSON on standard input, podman a file.
  @Test(arguments: ["--resources=-", "--resources -", "-r FILE", "flags"])
  func update(_ form: String) throws {
    try withContainer(["sleep", "60"]) { container in
      container.config["linux"]["resources"]["pids"] = ["limit": 10]
      try container.createAndStart()
      let resources: JSON = [
        "memory": ["limit": 50_331_648], "cpu": ["shares": 1024, "quota": 20000, "period": 50000],
        "pids": ["limit": 77],
      ]
      let file = container.path("resources.json")
      try Host.write(resources.text, to: file)
      let flags =
        form == "flags"
        ? [
          "--memory", "50331648", "--cpu-share", "1024", "--cpu-quota", "20000", "--cpu-period", "50000",
          "--pids-limit", "77",
        ] : form.replacingOccurrences(of: "FILE", with: file).split(separator: " ").map(String.init)
      try container.runtime(
        ["update"] + flags + [container.id], .init(input: form.hasSuffix("-") ? resources.text : "")
      ).expectSilentSuccess()
      let values = ["memory.max", "cpu.weight", "cpu.max", "pids.max"].map(container.cgroupFile)
      #expect(values == ["50331648", "100", "20000 50000", "77"])
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
}

extension CgroupHierarchies {
  static var unifiedMountPoint: String { mountPoints[""] ?? "/sys/fs/cgroup" }
}

extension TestContainer {
  /// The directory of its cgroup where it has the default path, in the unified hierarchy.
  var cgroup: String { "\(CgroupHierarchies.unifiedMountPoint)/\(id)" }

  func cgroupFile(_ name: String) -> String? { Host.readTrimmed(cgroup + "/" + name) }
}

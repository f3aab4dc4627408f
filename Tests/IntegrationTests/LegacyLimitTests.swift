import Foundation
import Glibc
import Testing

/// The less usual properties of `linux.resources` (config-linux.md) on a machine with v1 hierarchies: in the kernel's
/// files, what `create` says where the machine has no such thing, and what is left after it.
@Suite(.cgroupV1, .tags(.integration))
struct LegacyLimitTests {
  static let limits: [CgroupTests.Limit] = [
    .init(
      name: "memory.swap -1", resources: ["memory": ["limit": 67_108_864, "swap": -1]],
      files: [("memory", "memory.memsw.limit_in_bytes", "9223372036854771712")]),
    .init(
      name: "memory.swap as limit", resources: ["memory": ["limit": 67_108_864, "swap": 67_108_864]],
      files: [("memory", "memory.memsw.limit_in_bytes", "67108864")]),
    .init(
      name: "memory.limit -1 without swap", resources: ["memory": ["limit": -1]],
      files: [("memory", "memory.memsw.limit_in_bytes", "9223372036854771712")]),
    .init(
      name: "memory.disableOOMKiller", resources: ["memory": ["limit": 67_108_864, "disableOOMKiller": true]],
      files: [("memory", "memory.oom_control", "oom_kill_disable 1\nunder_oom 0\noom_kill 0")]),
    .init(
      name: "memory.useHierarchy", resources: ["memory": ["useHierarchy": true]],
      files: [("memory", "memory.use_hierarchy", "1")]),
    .init(
      name: "memory.checkBeforeUpdate", resources: ["memory": ["limit": 67_108_864, "checkBeforeUpdate": true]],
      files: [("memory", "memory.limit_in_bytes", "67108864")]),
    .init(
      name: "cpu.burst", resources: ["cpu": ["quota": 30000, "period": 60000, "burst": 10000]],
      files: [("cpu", "cpu.cfs_burst_us", "10000")]),
    .init(
      name: "cpu.realtime", resources: ["cpu": ["realtimeRuntime": 1000, "realtimePeriod": 100_000]],
      files: [("cpu", "cpu.rt_runtime_us", "1000"), ("cpu", "cpu.rt_period_us", "100000")]),
    .init(
      name: "cpu.quota -1", resources: ["cpu": ["quota": -1, "period": 50000]],
      files: [("cpu", "cpu.cfs_quota_us", "-1"), ("cpu", "cpu.cfs_period_us", "50000")]),
    .init(
      name: "blockIO.weight", resources: ["blockIO": ["weight": 100]], files: [("blkio", "blkio.bfq.weight", "100")]),
    .init(
      name: "blockIO.throttle",
      resources: [
        "blockIO": [
          "throttleReadBpsDevice": [["major": 254, "minor": 0, "rate": 1_048_576]],
          "throttleWriteBpsDevice": [["major": 254, "minor": 0, "rate": 2_097_152]],
          "throttleReadIOPSDevice": [["major": 254, "minor": 0, "rate": 300]],
          "throttleWriteIOPSDevice": [["major": 254, "minor": 0, "rate": 400]],
        ]
      ],
      files: [
        ("blkio", "blkio.throttle.read_bps_device", "254:0 1048576"),
        ("blkio", "blkio.throttle.write_bps_device", "254:0 2097152"),
        ("blkio", "blkio.throttle.read_iops_device", "254:0 300"),
        ("blkio", "blkio.throttle.write_iops_device", "254:0 400"),
      ]),
    .init(
      name: "hugepageLimits", resources: ["hugepageLimits": [["pageSize": "2MB", "limit": 4_194_304]]],
      files: [("", "hugetlb.2MB.max", "4194304"), ("", "hugetlb.2MB.rsvd.max", "4194304")]),
    .init(
      name: "hugepageLimits in v1", resources: ["hugepageLimits": [["pageSize": "2MB", "limit": 4_194_304]]],
      files: [("hugetlb", "hugetlb.2MB.limit_in_bytes", "4194304")]),
    .init(
      name: "network",
      resources: ["network": ["classID": 1_048_577, "priorities": [["name": "lo", "priority": 7]]]],
      files: [("net_cls", "net_cls.classid", "1048577")]),
  ]

  /// What the kernel has of it is as it should be, also under `update`; what it has not is refused by name.
  @Test(arguments: limits)
  func limit(_ limit: CgroupTests.Limit) throws {
    try withContainer(["sleep", "60"]) { container in
      container.limit(limit.resources)
      let outcome = try container.create()
      guard outcome.exitCode == 0 else {
        let (controller, file, _) = limit.files[0]
        #expect(!isThere(controller, file), "\(outcome)")
        outcome.expectFailure(1, "set \(limit.name.split(separator: " ")[0].prefix(4))")
        container.expectNothingLeft()
        return
      }
      outcome.expectSilentSuccess()
      for (controller, file, text) in limit.files where isThere(controller, file) {
        #expect(CgroupHierarchies.file(controller, "/" + container.id, file) == text, "\(file)")
      }
      try container.runtime(["update", "-r", "-", container.id], .init(input: limit.resources.text))
        .expectSilentSuccess()
      for (controller, file, text) in limit.files where isThere(controller, file) {
        #expect(CgroupHierarchies.file(controller, "/" + container.id, file) == text, "\(file) after update")
      }
    }
  }

  /// Whether a cgroup of the hierarchy has such a file.
  private func isThere(_ controller: String, _ file: String) -> Bool {
    guard let point = CgroupHierarchies.mountPoints[controller] else { return false }
    let probe = "\(point)/\(Unique.name("swiftlet-test-probe"))"
    guard mkdir(probe, 0o755) == 0 else { return false }
    defer { rmdir(probe) }
    return Host.exists("\(probe)/\(file)")
  }

  @Test(
    .ownTexts,
    arguments: [
      ("{\"unified\": {\"memory.high\": \"1\"}}", "cannot use unified on cgroup v1"),
      ("{\"memory\": {\"useHierarchy\": false}}", "useHierarchy cannot be false"),
      ("{\"memory\": {\"limit\": 67108864, \"swap\": 1048576}}", "set memory limit"),
      ("{\"cpu\": {\"quota\": 1}}", "set cpu limit: write \"1\" to "),
      ("{\"cpu\": {\"shares\": 999999}}", "the maximum allowed cpu-shares is 262144"),
      ("{\"cpu\": {\"realtimeRuntime\": 999999999}}", "cpu.rt_runtime_us: invalid argument"),
      ("{\"cpu\": {\"mems\": \"77\"}}", "cpuset.mems"),
      (
        "{\"blockIO\": {\"throttleReadBpsDevice\": [{\"major\": 99, \"minor\": 99, \"rate\": 1000}]}}",
        "blkio.throttle.read_bps_device: no such device"
      ),
      ("{\"blockIO\": {\"leafWeight\": 100}}", "blkio.leaf_weight: "),
      ("{\"blockIO\": {\"weightDevice\": [{\"major\": 99, \"minor\": 99, \"weight\": 100}]}}", "set blockIO limit"),
      ("{\"hugepageLimits\": [{\"pageSize\": \"3MB\", \"limit\": 1}]}", "hugepage limit"),
      ("{\"rdma\": {\"mlx5_0\": {\"hcaHandles\": 3}}}", "rdma"),
    ])
  func refused(_ resources: String, _ text: String) throws {
    try withContainer { container in
      container.limit(try JSON(parsing: resources))
      try container.create().expectFailure(1, text)
      container.expectNothingLeft()
    }
  }

  @Test(.ownTexts) func limitsOfKernelMemoryAreIgnoredWithAWarning() throws {
    try withContainer { container in
      container.config["linux"]["resources"]["memory"] = ["kernel": 1_000_000, "kernelTCP": 1_000_000]
      container.globalOptions += ["--log", container.path("log")]
      try container.run().expectSilentSuccess()
      let log = Host.read(container.path("log")) ?? ""
      for name in ["kernel", "kernelTCP"] {
        #expect(log.contains("level=warning msg=\"linux.resources.memory.\(name) is ignored"), "\(log)")
      }
    }
  }

  @Test func theProcessorIsThrottled() throws {
    try withContainer { container in
      container.config["linux"]["resources"]["cpu"] = ["quota": 10000, "period": 100_000]
      container.script = "i=0; while true; do i=$((i+1)); done"
      try container.createAndStart()
      let isThrottled = eventually {
        (CgroupHierarchies.file("cpu", "/" + container.id, "cpu.stat") ?? "").split(separator: "\n").contains {
          $0.hasPrefix("nr_throttled ") && Int($0.dropFirst(13)) ?? 0 > 2
        }
      }
      #expect(isThrottled)
    }
  }

  // MARK: Cgroups that are there already

  private func withCgroup(_ container: TestContainer, _ body: ([String: String]) throws -> Void) throws {
    var paths: [String: String] = [:]
    for (controller, point) in CgroupHierarchies.mountPoints {
      paths[controller] = "\(point)/\(container.id)"
      #expect(mkdir("\(point)/\(container.id)", 0o755) == 0)
    }
    defer { for path in paths.values { _ = eventually { rmdir(path) == 0 || errno == ENOENT } } }
    try body(paths)
  }

  @Test func anEmptyCgroupIsUsed() throws {
    try withContainer { container in
      try withCgroup(container) { _ in try container.run().expectSilentSuccess() }
    }
  }

  @Test(arguments: ["memory", "pids", "name=systemd", ""])
  func aCgroupInUse(_ controller: String) throws {
    try withContainer { container in
      try withCgroup(container) { paths in
        let path = try #require(paths[controller])
        let holder = try container.launchOnHost("/bin/sleep", ["60"])
        try Host.write("\(holder.pid)", to: path + "/cgroup.procs")
        try container.create().expectFailure(1, "container's cgroup is not empty: 1 process(es) found in \(path)")
        #expect(Host.isAlive(Int(holder.pid)))
        #expect(Host.exists(path))
        holder.signal(SIGKILL)
        holder.wait()
      }
    }
  }

  @Test func aFrozenCgroup() throws {
    try withContainer { container in
      try withCgroup(container) { paths in
        let path = try #require(paths["freezer"])
        try Host.write("FROZEN", to: path + "/freezer.state")
        try container.create().expectFailure(1, "container's cgroup unexpectedly frozen: \(path)")
        try Host.write("THAWED", to: path + "/freezer.state")
      }
    }
  }

  /// As in a container of an engine that shows cgroups read-only.
  @Test func noPermission() throws {
    try withContainer { container in
      try container.writeConfig()
      let memory = CgroupHierarchies.mountPoints["memory"] ?? ""
      let outcome = try container.launchOnHost(
        "/usr/bin/unshare",
        [
          "--mount", "--propagation", "private", "sh", "-ec",
          """
          mount -o remount,bind,ro \(memory)
          exec \(RuntimeUnderTest.path) --root \(container.root) run --bundle \(container.bundle) \(container.id)
          """,
        ]
      ).wait()
      outcome.expectFailure(1, "make cgroup \(memory)/\(container.id): read-only file system")
      container.expectNothingLeft()
    }
  }

  // MARK: update

  @Test(arguments: [
    ("--blkio-weight=200", "blkio", "blkio.bfq.weight", "200"),
    ("--cpu-period=70000", "cpu", "cpu.cfs_period_us", "70000"),
    ("--cpu-quota=40000", "cpu", "cpu.cfs_quota_us", "40000"), ("--cpu-burst=0", "cpu", "cpu.cfs_burst_us", "0"),
    ("--cpu-share=77", "cpu", "cpu.shares", "77"), ("--cpu-rt-period=200000", "cpu", "cpu.rt_period_us", "200000"),
    ("--cpu-rt-runtime=2000", "cpu", "cpu.rt_runtime_us", "2000"), ("--cpuset-cpus=0", "cpuset", "cpuset.cpus", "0"),
    ("--cpuset-mems=0", "cpuset", "cpuset.mems", "0"), ("--memory=48m", "memory", "memory.limit_in_bytes", "50331648"),
    ("--cpu-idle=1", "cpu", "cpu.idle", "1"),
    ("--memory-reservation=16m", "memory", "memory.soft_limit_in_bytes", "16777216"),
    ("--memory-swap=-1", "memory", "memory.memsw.limit_in_bytes", "9223372036854771712"),
    ("--pids-limit=19", "pids", "pids.max", "19"), ("--kernel-memory=1m", "pids", "pids.max", "max"),
  ])
  func updateFlag(_ flag: String, _ controller: String, _ file: String, _ text: String) throws {
    guard isThere(controller, file) else { return }
    try withContainer(["sleep", "60"]) { container in
      try container.createAndStart()
      let outcome = try container.runtime(["update", flag, container.id])
      #expect(outcome.exitCode == 0, "\(outcome)")
      #expect(CgroupHierarchies.file(controller, "/" + container.id, file) == text)
    }
  }

  /// A limit below what is used already: nothing changes, whatever else was asked for.
  @Test func memoryBelowItsUse() throws {
    try withContainer { container in
      container.script = "dd if=/dev/zero of=/dev/shm/file bs=1M count=20 2>/dev/null; echo ready; sleep 60"
      let command = try container.createAndStart()
      #expect(eventually { command.outcome.text == "ready" })
      let resources: JSON = ["pids": ["limit": 33], "memory": ["limit": 4_194_304, "checkBeforeUpdate": true]]
      let outcome = try container.runtime(["update", "-r", "-", container.id], .init(input: resources.text))
      outcome.expectFailure(1, "unable to set memory limit to 4194304 (current usage: ", "device or resource busy")
      #expect(CgroupHierarchies.file("memory", "/" + container.id, "memory.limit_in_bytes") == "9223372036854771712")
      #expect(CgroupHierarchies.file("pids", "/" + container.id, "pids.max") != "33")
      try container.expectStatus("running")
    }
  }
}

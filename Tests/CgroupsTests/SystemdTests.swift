import Linux
import RuntimeSpec
import SystemdBus
import Testing

@testable import Cgroups

struct SystemdUnitTests {
  @Test(
    arguments: [
      (nil, false, "runc-web.scope", "/system.slice/runc-web.scope"),
      ("", true, "runc-web.scope", "/user.slice/runc-web.scope"),
      ("system.slice:docker:1234", false, "docker-1234.scope", "/system.slice/docker-1234.scope"),
      (":cri:x", false, "cri-x.scope", "/system.slice/cri-x.scope"),
      ("-.slice:a:b", false, "a-b.scope", "/a-b.scope"),
      (
        "kubepods-burstable-pod1_2.slice:crio:ab", false, "crio-ab.scope",
        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/crio-ab.scope"
      ),
      ("a.slice:x:a-b.slice", false, "a-b.slice", "/a.slice/a-b.slice"),
      (":libpod:a:b", false, "", ""), ("/a/b", false, "", ""), ("a:b", false, "", ""), ("notslice:a:b", false, "", ""),
      ("a/b.slice:a:b", false, "", ""), ("../x.slice:a:b", false, "", ""), (".slice:a:b", false, "", ""),
      ("a--b.slice:a:b", false, "", ""), ("-a.slice:a:b", false, "", ""), ("a-.slice:a:b", false, "", ""),
      ("a.slice:a/../../x:b", false, "", ""), ("a.slice:a:../../b", false, "", ""), ("a.slice:a:", false, "", ""),
      ("a.slice:a:b\u{0}c", false, "", ""), ("a.slice:a:b c", false, "", ""), (".slice:a:.slice", false, "", ""),
      ("a.slice:a:" + String(repeating: "b", count: 250), false, "", ""),
    ] as [(String?, Bool, String, String)])
  func places(_ path: String?, _ isUser: Bool, _ name: String, _ cgroup: String) throws {
    if name.isEmpty {
      #expect(throws: Failure.self) { try SystemdUnit(path, containerID: "web", isUser: isUser) }
      return
    }
    let unit = try SystemdUnit(path, containerID: "web", isUser: isUser)
    #expect(unit.name == name)
    #expect(try unit.cgroup() == cgroup)
  }
}

struct SystemdPropertiesTests {
  private func properties(
    _ resources: LinuxResources, isUnified: Bool = true, version: Int = 252
  ) throws -> [UnitProperty] {
    var properties = SystemdProperties(isUnified: isUnified, version: version)
    try properties.add(resources)
    return properties.list
  }

  private func number(_ name: String, _ value: UInt64) -> UnitProperty { UnitProperty(name, .uint64(value)) }

  @Test func memory() throws {
    let resources = LinuxResources(memory: LinuxMemory(limit: 1000, reservation: 500, swap: 1500))
    #expect(
      try properties(resources) == [number("MemoryMax", 1000), number("MemoryLow", 500), number("MemorySwapMax", 500)])
    #expect(try properties(resources, isUnified: false) == [number("MemoryLimit", 1000)])
    let unlimited = LinuxResources(memory: LinuxMemory(limit: -1, swap: -1))
    #expect(try properties(unlimited) == [number("MemoryMax", .max), number("MemorySwapMax", .max)])
    #expect(throws: Failure.self) {
      try properties(LinuxResources(memory: LinuxMemory(limit: 1000, swap: 500)))
    }
  }

  @Test func cpu() throws {
    let resources = LinuxResources(cpu: LinuxCPU(shares: 1024, quota: 50_000, period: 100_000, cpus: "0-2,9"))
    let quota = [number("CPUQuotaPeriodUSec", 100_000), number("CPUQuotaPerSecUSec", 500_000)]
    let cpus = [UnitProperty("AllowedCPUs", .bytes([7, 2]))]
    #expect(try properties(resources) == [number("CPUWeight", 100)] + quota + cpus)
    #expect(try properties(resources, isUnified: false) == [number("CPUShares", 1024)] + quota + cpus)
    #expect(try properties(resources, version: 241) == [number("CPUWeight", 100), quota[1]])
    let idle = LinuxResources(cpu: LinuxCPU(shares: 1024, idle: 1))
    #expect(try properties(idle) == [number("CPUWeight", 0)])
    #expect(try properties(idle, version: 251) == [number("CPUWeight", 100)])
  }

  @Test(
    arguments: [
      (50_000, 100_000, 500_000), (10_001, 100_000, 110_000), (-1, 100_000, .max), (0, 100_000, .max),
      (50_000, 0, 500_000), (.max, 1, .max), (1, .max, 10_000), (.max, 100_000, .max), (1, 1_000_000, 10_000),
    ] as [(Int64, UInt64, UInt64)])
  func quotas(_ quota: Int64, _ period: UInt64, _ expected: UInt64) {
    #expect(SystemdProperties.quotaPerSecond(quota, period: period) == expected)
  }

  @Test(
    arguments: [("0", [1]), ("0-7", [255]), ("8", [0, 1]), (" 1, 3 ", [10]), ("15", [0, 128])] as [(String, [UInt8])])
  func sets(_ list: String, _ mask: [UInt8]) throws {
    #expect(try SystemdProperties.bits(list) == mask)
  }

  @Test(arguments: ["", "a", "1-", "-1", "3-1", "0-99999999", "1-2-3", "99999999999999999999"])
  func malformedSets(_ list: String) {
    #expect(throws: Failure.self) { try SystemdProperties.bits(list) }
  }

  @Test func pidsAndBlockIO() throws {
    #expect(try properties(LinuxResources(pids: LinuxPids(limit: 42))) == [number("TasksMax", 42)])
    #expect(try properties(LinuxResources(pids: LinuxPids(limit: 0))) == [number("TasksMax", 1)])
    #expect(try properties(LinuxResources(pids: LinuxPids(limit: -1))) == [number("TasksMax", .max)])
    let weight = LinuxResources(blockIO: LinuxBlockIO(weight: 1000))
    #expect(try properties(weight) == [number("IOWeight", 10_000)])
    #expect(try properties(weight, isUnified: false) == [number("BlockIOWeight", 1000)])
  }

  @Test(arguments: [
    ("memory.high", "4096", UnitProperty("MemoryHigh", .uint64(4096))),
    ("memory.max", "max\n", UnitProperty("MemoryMax", .uint64(.max))),
    ("pids.max", "7", UnitProperty("TasksMax", .uint64(7))),
    ("cpu.max", "max 100000", UnitProperty("CPUQuotaPerSecUSec", .uint64(.max))),
    ("cpu.max", "20000", UnitProperty("CPUQuotaPerSecUSec", .uint64(200_000))),
    ("cpu.idle", "1", UnitProperty("CPUWeight", .uint64(0))),
    ("cpuset.mems", "1", UnitProperty("AllowedMemoryNodes", .bytes([2]))),
  ])
  func unified(_ key: String, _ value: String, _ property: UnitProperty) throws {
    let list = try properties(LinuxResources(unified: OrderedMap([.init(key: key, value: value)])))
    #expect(list.last == property)
  }

  @Test func filesThatSystemdLeavesAloneAreNoProperties() throws {
    #expect(try properties(LinuxResources(unified: ["hugetlb.2MB.max": "1", "memory.oom.group": "1"])) == [])
    #expect(throws: Failure.self) { try properties(LinuxResources(unified: ["memory.max": "lots"])) }
  }

  private func devices(_ rules: [LinuxDeviceCgroup], isUnified: Bool = true) throws -> [UnitProperty] {
    var properties = SystemdProperties(isUnified: isUnified, version: 252)
    properties.add(devices: try DeviceRules(rules))
    return properties.list
  }

  @Test func deviceRules() throws {
    let list = try devices([
      LinuxDeviceCgroup(allow: false, access: "rwm"),
      LinuxDeviceCgroup(allow: true, type: .block, major: 8, minor: 1, access: "r"),
      LinuxDeviceCgroup(allow: true, type: .character, major: 7, access: "rw"),
    ])
    #expect(list[1] == UnitProperty("DevicePolicy", .string("strict")))
    guard case .array(_, let entries) = list[2].value else { return }
    #expect(entries.contains(.structure([.string("/dev/block/8:1"), .string("r")])))
    #expect(entries.contains(.structure([.string("char-7"), .string("rw")])))
    #expect(entries.contains(.structure([.string("/dev/char/1:3"), .string("rwm")])))
    #expect(entries.contains(.structure([.string("char-*"), .string("m")])))
  }

  @Test func allDevices() throws {
    let list = try devices([LinuxDeviceCgroup(allow: true, access: "rwm")])
    #expect(list.count == 2 && list[1] == UnitProperty("DevicePolicy", .string("auto")))
  }

  /// systemd has no lists of what is denied: on v2 the container's program denies it, on v1 systemd has to deny all.
  @Test(arguments: [(true, "auto"), (false, "strict")])
  func deniedDevices(_ isUnified: Bool, _ policy: String) throws {
    let rules = [
      LinuxDeviceCgroup(allow: true, access: "rwm"),
      LinuxDeviceCgroup(allow: false, type: .block, major: 8, minor: 1, access: "rwm"),
    ]
    let list = try devices(rules, isUnified: isUnified)
    #expect(list.count == 2 && list[1] == UnitProperty("DevicePolicy", .string(policy)))
  }

  /// A minor number of every major one cannot be said.
  @Test func unsayableDevices() throws {
    let rules = [LinuxDeviceCgroup(allow: true, type: .character, minor: 9, access: "rwm")]
    #expect(try devices(rules)[1] == UnitProperty("DevicePolicy", .string("auto")))
    #expect(try devices(rules, isUnified: false)[1] == UnitProperty("DevicePolicy", .string("strict")))
  }

  private func limits(_ name: String, _ limits: [(String, UInt64)]) -> UnitProperty {
    UnitProperty(
      name,
      .array(of: .structure([.string, .uint64]), limits.map { .structure([.string($0.0), .uint64($0.1)]) }))
  }

  @Test func limitsOfBlockDevices() throws {
    let resources = LinuxResources(
      blockIO: LinuxBlockIO(
        weightDevice: [LinuxWeightDevice(major: 8, minor: 0, weight: 1000), LinuxWeightDevice(major: 9, minor: 0)],
        throttleReadBpsDevice: [
          LinuxThrottleDevice(major: 8, minor: 0, rate: 5), LinuxThrottleDevice(major: 8, minor: 16, rate: 0),
        ],
        throttleWriteIOPSDevice: [LinuxThrottleDevice(major: 8, minor: 0, rate: 7)]))
    let rates = [("/dev/block/8:0", 5), ("/dev/block/8:16", UInt64.max)]
    #expect(
      try properties(resources) == [
        limits("IODeviceWeight", [("/dev/block/8:0", 10_000)]), limits("IOReadBandwidthMax", rates),
        limits("IOWriteIOPSMax", [("/dev/block/8:0", 7)]),
      ])
    #expect(
      try properties(resources, isUnified: false) == [
        limits("BlockIODeviceWeight", [("/dev/block/8:0", 1000)]), limits("BlockIOReadBandwidth", rates),
      ])
  }

  @Test func unifiedLimitsOfBlockDevices() throws {
    let resources = LinuxResources(unified: [
      "io.max": "8:0 rbps=5 wiops=max\n8:16 rbps=6", "io.weight": "default 50\n8:0 60\n8:16 default",
      "io.latency": "8:0 target=9", "io.cost.qos": "8:0 enable=1",
    ])
    #expect(
      try properties(resources) == [
        limits("IOReadBandwidthMax", [("/dev/block/8:0", 5), ("/dev/block/8:16", 6)]),
        limits("IOWriteIOPSMax", [("/dev/block/8:0", .max)]), number("IOWeight", 50),
        limits("IODeviceWeight", [("/dev/block/8:0", 60)]),
        limits("IODeviceLatencyTargetUSec", [("/dev/block/8:0", 9)]),
      ])
    #expect(throws: Failure.self) { try properties(LinuxResources(unified: ["io.max": "8:0 rbps=lots"])) }
  }
}

struct SystemdAnnotationsTests {
  private func properties(_ name: String, _ value: String) throws -> [UnitProperty] {
    try SystemdAnnotations.properties([
      "other": "x", "org.systemd.property.\(name)": value,
    ])
  }

  @Test(arguments: [
    ("TimeoutStopUSec", "uint64 5", UnitProperty("TimeoutStopUSec", .uint64(5))),
    ("TimeoutStopSec", "7", UnitProperty("TimeoutStopUSec", .uint64(7_000_000))),
    ("TimeoutStopSec", "1.5", UnitProperty("TimeoutStopUSec", .uint64(1_500_000))),
    ("TimeoutStopSec", "uint64 18446744073709551615", UnitProperty("TimeoutStopUSec", .uint64(.max))),
    ("CollectMode", "'inactive-or-failed'", UnitProperty("CollectMode", .string("inactive-or-failed"))),
    ("After", "['a.service', 'b.service']", UnitProperty("After", .strings(["a.service", "b.service"]))),
    ("SendSIGHUP", "true", UnitProperty("SendSIGHUP", .boolean(true))),
  ])
  func allowed(_ name: String, _ value: String, _ property: UnitProperty) throws {
    #expect(try properties(name, value) == [property])
  }

  /// CVE-2024-3154: a pod's annotation must not run a program as the host's root.
  @Test(arguments: [
    "ExecStartPre", "ExecStart", "ExecStopPost", "User", "Slice", "PIDs", "Delegate", "DevicePolicy", "DeviceAllow",
    "Wants", "Requires", "BindsTo", "OnFailure", "OnSuccess", "Upholds", "Conflicts", "Controller", "BPFProgram",
    "IPIngressFilterPath", "IPAddressAllow", "DisableControllers", "", "x", "Execstart", "After.x", "TimeoutStop",
  ])
  func refused(_ name: String) {
    #expect(throws: Failure.self) { try properties(name, "'x'") }
  }

  @Test(arguments: ["'x'", "-5", "nope", "", "true", "-1.5"])
  func secondsMustBeNumbers(_ value: String) {
    #expect(throws: Failure.self) { try properties("TimeoutStopSec", value) }
  }

  @Test func othersAreLeftAlone() throws {
    #expect(try SystemdAnnotations.properties(["io.x": "y", "org.systemd.propert": "z"]) == [])
  }
}

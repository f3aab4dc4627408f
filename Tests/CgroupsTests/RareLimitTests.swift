import Foundation
import Linux
import RuntimeSpec
import Testing

@testable import Cgroups

/// Limits whose files few kernels or machines have, on a directory with files of their names.
struct RareLimitTests {
  /// Writes the limits to a directory that has `files`, and returns what the files have then.
  private func write(
    _ resources: LinuxResources, isUnified: Bool = false, _ files: [String: String]
  ) throws -> [String: String] {
    let path = FileManager.default.temporaryDirectory.path + "/swiftlet-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: path) }
    for (name, text) in files { try text.write(toFile: "\(path)/\(name)", atomically: false, encoding: .utf8) }
    let directory = try CgroupDirectory(path, isKnown: true)
    for controller in LimitedController.allCases where controller.isSet(in: resources) {
      if isUnified {
        try UnifiedLimits.apply(controller, resources, to: directory)
      } else {
        try LegacyLimits.apply(controller, resources, to: directory)
      }
    }
    return try files.keys.reduce(into: [:]) { found, name in
      found[name] = try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
    }
  }

  private func expect(
    _ resources: LinuxResources, isUnified: Bool = false, _ expected: [String: String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let found = try write(resources, isUnified: isUnified, expected.mapValues { _ in "" })
    #expect(found == expected, sourceLocation: sourceLocation)
  }

  private static let weights = LinuxResources(
    blockIO: LinuxBlockIO(
      weight: 500, leafWeight: 200, weightDevice: [LinuxWeightDevice(major: 8, minor: 1, weight: 600, leafWeight: 300)])
  )

  /// The scheduler CFQ had weights of leaves, too.
  @Test func weightsOfDisksOnV1() throws {
    try expect(
      Self.weights,
      [
        "blkio.weight": "500", "blkio.weight_device": "8:1 600", "blkio.leaf_weight": "200",
        "blkio.leaf_weight_device": "8:1 300",
      ])
    try expect(
      LinuxResources(
        blockIO: LinuxBlockIO(weight: 500, weightDevice: [LinuxWeightDevice(major: 8, minor: 1, weight: 600)])),
      ["blkio.bfq.weight": "500", "blkio.bfq.weight_device": "8:1 600"])
    let failure = #expect(throws: Failure.self) { try write(Self.weights, ["blkio.weight": ""]) }
    #expect(failure?.errno == .notFound)
  }

  /// BFQ has the range of v1, the cost model its own.
  @Test func weightsOfDisksOnV2() throws {
    func resources(_ weight: UInt16?, _ devices: [LinuxWeightDevice] = []) -> LinuxResources {
      LinuxResources(blockIO: LinuxBlockIO(weight: weight, weightDevice: devices))
    }
    let device = LinuxWeightDevice(major: 8, minor: 1, weight: 500)
    try expect(resources(500), isUnified: true, ["io.bfq.weight": "500"])
    try expect(resources(500), isUnified: true, ["io.weight": "4950"])
    try expect(resources(nil, [device]), isUnified: true, ["io.bfq.weight": "8:1 500"])
    try expect(resources(nil, [device]), isUnified: true, ["io.weight": "8:1 4950"])
  }

  @Test func networkOnV1() throws {
    let priorities = [LinuxInterfacePriority(name: "eth0", priority: 7)]
    let resources = LinuxResources(network: LinuxNetwork(classID: 1_048_577, priorities: priorities))
    try expect(resources, ["net_cls.classid": "1048577", "net_prio.ifpriomap": "eth0 7"])
  }

  @Test(arguments: [false, true]) func rdma(_ isUnified: Bool) throws {
    try expect(
      LinuxResources(rdma: ["mlx5_1": LinuxRdma(hcaHandles: 3, hcaObjects: 10_000)]), isUnified: isUnified,
      ["rdma.max": "mlx5_1 hca_handle=3 hca_object=10000"])
    try expect(
      LinuxResources(rdma: ["mlx4_0": LinuxRdma(hcaObjects: 5)]), isUnified: isUnified,
      ["rdma.max": "mlx4_0 hca_object=5"])
  }

  /// The limit of reservations is set where there is one.
  @Test func reservedHugePages() throws {
    let resources = LinuxResources(hugepageLimits: [LinuxHugepageLimit(pageSize: "1GB", limit: 1 << 30)])
    for suffix in [".max", ".limit_in_bytes"] {
      let isUnified = suffix == ".max"
      try expect(resources, isUnified: isUnified, ["hugetlb.1GB" + suffix: "1073741824"])
      try expect(
        resources, isUnified: isUnified,
        ["hugetlb.1GB" + suffix: "1073741824", "hugetlb.1GB.rsvd" + suffix: "1073741824"])
    }
  }

  @Test func realTimeOnV1() throws {
    try expect(
      LinuxResources(cpu: LinuxCPU(realtimeRuntime: 9000, realtimePeriod: 100_000)),
      ["cpu.rt_runtime_us": "9000", "cpu.rt_period_us": "100000"])
  }

  /// A limit below what is in use already would end processes.
  @Test(arguments: [(1000, 0), (500, 0), (2000, 1000)] as [(Int64, Int64)])
  func aLimitBelowTheUse(_ limit: Int64, _ both: Int64) throws {
    let files = ["memory.current": "1000\n", "memory.max": "", "memory.swap.max": ""]
    let swap: Int64? = both == 0 ? nil : both
    var resources = LinuxResources(memory: LinuxMemory(limit: limit, swap: swap, checkBeforeUpdate: true))
    let failure = #expect(throws: Failure.self) { try write(resources, isUnified: true, files) }
    #expect(failure?.description.hasPrefix("rejecting memory") == true, "\(failure?.description ?? "")")
    resources.memory = LinuxMemory(limit: limit)
    #expect(try write(resources, isUnified: true, files)["memory.max"] == "\(limit)")
    resources.memory = LinuxMemory(limit: 1001, checkBeforeUpdate: true)
    #expect(try write(resources, isUnified: true, files)["memory.max"] == "1001")
  }

  /// Limits of the kernel's own memory are obsolete.
  @Test(arguments: [false, true]) func obsoleteLimitsAreLeftAlone(_ isUnified: Bool) throws {
    let memory = LinuxMemory(limit: 4096, kernel: 1024, kernelTCP: 2048)
    let file = isUnified ? "memory.max" : "memory.limit_in_bytes"
    let others = ["memory.kmem.limit_in_bytes": "1", "memory.kmem.tcp.limit_in_bytes": "2"]
    let found = try write(LinuxResources(memory: memory), isUnified: isUnified, others.merging([file: ""]) { $1 })
    #expect(found == others.merging([file: "4096"]) { $1 })
  }
}

import Linux
import RuntimeSpec
import Testing

@testable import Cgroups

/// The rules of config-linux.md, «IntelRdt», on a tree that behaves as the kernel's does.
struct IntelRdtTests {
  private func made(_ config: LinuxIntelRdt, _ tree: MadeUpResctrl) throws(Failure) -> IntelRdtGroup {
    var group = try IntelRdtGroup(config, containerID: "c1", in: tree)
    try group.create(config, in: tree)
    return group
  }

  @Test func withoutClosIDTheGroupHasTheContainersName() throws {
    let tree = try MadeUpResctrl()
    let group = try made(LinuxIntelRdt(), tree)
    #expect(group.path == tree.root + "/c1" && group.isOwn && group.monitoringPath == nil)
    #expect(tree.text("c1/schemata") == MadeUpResctrl.defaultSchemata)
    #expect(tree.written.isEmpty)
    try group.add(42, in: tree)
    #expect(tree.text("c1/tasks") == "42\n")
    try group.destroy(in: tree)
    #expect(try !tree.exists("c1"))
    try group.destroy(in: tree)
  }

  @Test func aGroupThatWasThereUnderTheContainersNameStays() throws {
    let tree = try MadeUpResctrl()
    try tree.addGroup("c1", schemata: "L3:0=1;1=1\nMB:0=10;1=10\n")
    let group = try made(LinuxIntelRdt(memBwSchema: "MB:0=20"), tree)
    #expect(!group.isOwn)
    #expect(tree.written == ["MB:0=20"])
    try group.destroy(in: tree)
    #expect(try tree.exists("c1"))
  }

  @Test func schemasAreWrittenInTheSpecificationsOrder() throws {
    let tree = try MadeUpResctrl()
    let config = LinuxIntelRdt(
      schemata: ["L3:1=3f", "MB:1=50"], l3CacheSchema: "L3:0=0F;1=1f", memBwSchema: "MB:0=20;1=70")
    _ = try made(config, tree)
    #expect(tree.written == ["L3:0=0F;1=1f", "MB:0=20;1=70", "L3:1=3f", "MB:1=50"])
    #expect(tree.text("c1/schemata") == "    L3:0=f;1=3f\n    MB:0=20;1=50\n")
  }

  @Test func aClosIDMakesAGroupThatStays() throws {
    let tree = try MadeUpResctrl()
    let group = try made(LinuxIntelRdt(closID: "gold", l3CacheSchema: "L3:0=f"), tree)
    #expect(group.path == tree.root + "/gold" && !group.isOwn)
    #expect(tree.text("gold/schemata") == "    L3:0=f;1=7ff\n    MB:0=100;1=100\n")
    try group.destroy(in: tree)
    #expect(try tree.exists("gold"))
  }

  @Test func aClosIDAloneNeedsAGroup() throws {
    let tree = try MadeUpResctrl()
    #expect {
      try made(LinuxIntelRdt(closID: "gold"), tree)
    } throws: {
      "\($0)" == "closID: there is no group \(tree.root)/gold, and no schema to make it with"
    }
    #expect(try !tree.exists("gold"))
    try tree.addGroup("gold", schemata: "L3:0=1\n")
    let group = try made(LinuxIntelRdt(closID: "gold"), tree)
    #expect(tree.text("gold/schemata") == "L3:0=1\n" && tree.written.isEmpty)
    try group.add(7, in: tree)
    #expect(tree.text("gold/tasks") == "7\n")
    try group.destroy(in: tree)
    #expect(try tree.exists("gold"))
  }

  @Test(
    arguments: [
      ("L3:0=f", nil), ("L3:1=1F;0=00f", "MB:0=20"), ("L3:0=0xf", "MB:1=100;0=20"), (nil, "MB:0=11"),
    ] as [(String?, String?)])
  func anExistingGroupWithTheSameLimits(_ cache: String?, _ bandwidth: String?) throws {
    let tree = try MadeUpResctrl()
    let present = "   L3:0=f;1=1f\n   MB:0=20;1=100\n"
    try tree.addGroup("gold", schemata: present)
    let group = try made(LinuxIntelRdt(closID: "gold", l3CacheSchema: cache, memBwSchema: bandwidth), tree)
    #expect(!group.isOwn)
    #expect(tree.text("gold/schemata")?.replacing(" ", with: "") == present.replacing(" ", with: ""))
  }

  @Test(
    arguments: [
      ("L3:0=e", nil), ("L3:0=f;1=f", nil), ("L3:2=f", nil), (nil, "MB:0=30"), ("L3:0=f", "MB:0=21"), ("L2:0=f", nil),
      ("nonsense", nil), ("L3:", nil),
    ] as [(String?, String?)])
  func anExistingGroupWithOtherLimits(_ cache: String?, _ bandwidth: String?) throws {
    let tree = try MadeUpResctrl()
    try tree.addGroup("gold", schemata: "   L3:0=f;1=1f\n   MB:0=20;1=100\n")
    #expect {
      try made(LinuxIntelRdt(closID: "gold", l3CacheSchema: cache, memBwSchema: bandwidth), tree)
    } throws: {
      "\($0)".hasPrefix("closID: the group \(tree.root)/gold is there and has other limits than \"")
    }
    #expect(tree.written.isEmpty)
  }

  @Test func theDefaultGroup() throws {
    let tree = try MadeUpResctrl()
    let group = try made(LinuxIntelRdt(closID: "/", enableMonitoring: true), tree)
    #expect(group.path == tree.root && !group.isOwn)
    #expect(group.monitoringPath == tree.root + "/mon_groups/c1")
    try group.add(9, in: tree)
    #expect(tree.text("tasks") == "1\n9\n" && tree.text("mon_groups/c1/tasks") == "9\n")
    try group.destroy(in: tree)
    #expect(try !tree.exists("mon_groups/c1") && tree.exists("mon_groups"))
    _ = try made(LinuxIntelRdt(closID: "/", schemata: ["MB:0=90"]), tree)
    #expect(tree.text("schemata") == "    L3:0=7ff;1=7ff\n    MB:0=90;1=100\n")
  }

  @Test(arguments: [nil, "gold"]) func monitoring(_ closID: String?) throws {
    let tree = try MadeUpResctrl()
    let name = closID ?? "c1"
    let group = try made(LinuxIntelRdt(closID: closID, schemata: ["L3:0=f"], enableMonitoring: true), tree)
    #expect(group.monitoringPath == "\(tree.root)/\(name)/mon_groups/c1")
    try group.add(5, in: tree)
    #expect(tree.text(name + "/tasks") == "5\n" && tree.text(name + "/mon_groups/c1/tasks") == "5\n")
    try group.destroy(in: tree)
    #expect(try !tree.exists(name + "/mon_groups/c1"))
    #expect(try tree.exists(name) == (closID != nil))
  }

  @Test func aFailureLeavesNothing() throws {
    let tree = try MadeUpResctrl()
    // The kernel refuses the schema.
    #expect(throws: Failure.self) { try made(LinuxIntelRdt(closID: "gold", schemata: ["L9:0=f"]), tree) }
    #expect(try !tree.exists("gold"))
    // No room for a monitoring group, then one of that name.
    tree.groupLimit = 0
    #expect(throws: Failure.self) { try made(LinuxIntelRdt(), tree) }
    tree.groupLimit = 4
    try tree.addGroup("gold", schemata: MadeUpResctrl.defaultSchemata)
    _ = try tree.make("gold/mon_groups/c1")
    #expect {
      try made(LinuxIntelRdt(closID: "gold", enableMonitoring: true), tree)
    } throws: {
      "\($0)" == "monitoring group \(tree.root)/gold/mon_groups/c1: file exists"
    }
    #expect(try tree.exists("gold/mon_groups/c1"))
  }

  @Test func whatIsUndoneIsNotTakenFromOthers() throws {
    let tree = try MadeUpResctrl()
    var group = try made(LinuxIntelRdt(closID: "gold", schemata: ["L3:0=f"], enableMonitoring: true), tree)
    tree.put("gold/tasks", "77\n")
    group.undo(in: tree)
    #expect(try tree.exists("gold") && !tree.exists("gold/mon_groups/c1"))
    var other = try made(LinuxIntelRdt(closID: "silver", schemata: ["L3:0=f"]), tree)
    other.undo(in: tree)
    #expect(try !tree.exists("silver"))
  }

  @Test(arguments: ["info", "mon_groups", "mon_data"]) func namesThatAreNoGroups(_ name: String) throws {
    let tree = try MadeUpResctrl()
    #expect(throws: Failure.self) { try made(LinuxIntelRdt(closID: name), tree) }
    #expect(throws: Failure.self) { try IntelRdtGroup(LinuxIntelRdt(), containerID: name, in: tree) }
  }

  @Test func aMachineWithoutTheResource() throws {
    let tree = try MadeUpResctrl(resources: ["L3"])
    #expect {
      try made(LinuxIntelRdt(memBwSchema: "MB:0=10"), tree)
    } throws: {
      "\($0)" == "Intel RDT/MBA: memory bandwidth schema is not enabled"
    }
    #expect {
      try made(LinuxIntelRdt(enableMonitoring: true), tree)
    } throws: {
      "\($0)" == "enableMonitoring: this machine has no monitoring in \(tree.root)"
    }
    let other = try MadeUpResctrl(resources: ["MB"])
    #expect {
      try made(LinuxIntelRdt(l3CacheSchema: "L3:0=1"), other)
    } throws: {
      "\($0)" == "Intel RDT/CAT: l3 cache schema is not enabled"
    }
  }

  @Test func update() throws {
    let tree = try MadeUpResctrl()
    let group = try made(LinuxIntelRdt(l3CacheSchema: "L3:0=f;1=f"), tree)
    let before = try group.update(["L3:0=3", "MB:1=40"], in: tree)
    #expect(tree.text("c1/schemata") == "    L3:0=3;1=f\n    MB:0=100;1=40\n")
    try group.restore(before, in: tree)
    #expect(tree.text("c1/schemata") == "    L3:0=f;1=f\n    MB:0=100;1=100\n")
    #expect(throws: Failure.self) { try group.update(["L9:0=3"], in: tree) }
  }

  @Test func storedAndRebuilt() throws {
    let tree = try MadeUpResctrl()
    for config in [LinuxIntelRdt(enableMonitoring: true), LinuxIntelRdt(closID: "/", enableMonitoring: true)] {
      let made = try made(config, tree)
      let rebuilt = try #require(
        IntelRdtGroup(root: made.root, path: made.path, monitoringPath: made.monitoringPath, isOwn: made.isOwn))
      #expect(rebuilt.path == made.path && rebuilt.name == made.name && rebuilt.isOwn == made.isOwn)
      #expect(rebuilt.monitoringPath == made.monitoringPath)
      try rebuilt.destroy(in: tree)
    }
    #expect(IntelRdtGroup(root: "/a", path: "/ab/c", monitoringPath: nil, isOwn: true) == nil)
  }
}

struct IntelRdtStatisticsTests {
  @Test func ofAGroup() throws {
    let tree = try MadeUpResctrl()
    let config = LinuxIntelRdt(l3CacheSchema: "L3:0=f;1=f", memBwSchema: "MB:0=20")
    var group = try IntelRdtGroup(config, containerID: "c1", in: tree)
    try group.create(config, in: tree)
    let found = try group.statistics(in: tree)
    #expect(found.cacheInfo == .init(mask: "7ff", minimumBits: 1, groups: 16))
    #expect(found.bandwidthInfo == .init(granularity: 10, delayLinear: 1, minimum: 10, groups: 8))
    #expect(found.rootCacheSchema == "L3:0=7ff;1=7ff" && found.cacheSchema == "L3:0=f;1=f")
    #expect(found.rootBandwidthSchema == "MB:0=100;1=100" && found.bandwidthSchema == "MB:0=20;1=100")
    #expect(found.schemata == ["L3:0=f;1=f", "MB:0=20;1=100"])
    #expect(found.bandwidth == [.init(total: 1000, local: 500), .init(total: 2000, local: 1000)])
    #expect(found.occupancy == [100, 200])
  }

  @Test func ofAMonitoringGroup() throws {
    let tree = try MadeUpResctrl()
    let config = LinuxIntelRdt(closID: "/", enableMonitoring: true)
    var group = try IntelRdtGroup(config, containerID: "c1", in: tree)
    try group.create(config, in: tree)
    tree.put("mon_groups/c1/mon_data/mon_L3_00/llc_occupancy", "7\n")
    tree.put("mon_groups/c1/mon_data/mon_L3_01/llc_occupancy", "Unavailable\n")
    #expect(try group.statistics(in: tree).occupancy == [7])
  }

  @Test func withoutMonitoring() throws {
    let tree = try MadeUpResctrl(resources: ["MB"])
    var group = try IntelRdtGroup(LinuxIntelRdt(), containerID: "c1", in: tree)
    try group.create(LinuxIntelRdt(), in: tree)
    let found = try group.statistics(in: tree)
    #expect(found.cacheInfo == nil && found.cacheSchema.isEmpty && found.bandwidth == nil && found.occupancy == nil)
    #expect(found.bandwidthSchema == "MB:0=100;1=100")
  }
}

struct MountedResctrlTests {
  @Test func placesInMountinfo() {
    let text = """
      22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
      30 22 0:40 / /mnt/a\\040b rw,relatime - resctrl resctrl rw
      31 22 0:40 /gold /mnt/part rw,relatime - resctrl resctrl rw
      32 22 0:41 / /mnt/resctrl rw - resctrlfs resctrl rw
      33 22 0:40 / /sys/fs/resctrl rw shared:4 - resctrl none rw,cdp
      34 22 0:42 / /mnt/fs rw - tmpfs resctrl rw

      """
    #expect(MountedResctrl.mountPoints(in: Array(text.utf8)) == ["/mnt/a b", "/sys/fs/resctrl"])
  }

  @Test func theKernelsReasonIsTold() throws {
    let tree = try MadeUpResctrl()
    tree.put("info/last_cmd_status", "Mask out of range\n")
    let files = MountedResctrl(root: tree.root)
    #expect {
      try files.write("L3:0=fffff\n", to: "gone/schemata")
    } throws: {
      "\($0)" == "write \"L3:0=fffff\\n\" to \(tree.root)/gone/schemata (Mask out of range): no such file or directory"
    }
  }
}

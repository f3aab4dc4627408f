import Foundation
import Linux
import RuntimeSpec
import Testing

@testable import Cgroups

/// The less usual limits, and what v2 alone has.
@Suite(.enabled(if: LiveCgroup.isPossible, "needs root and mounted cgroups"))
struct LiveLimitTests {
  /// The number of a disk, as in `253:0`.
  static let disk: (major: Int64, minor: Int64)? = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/sys/block")) ?? []
    for name in names.sorted() where !name.hasPrefix("ram") && !name.hasPrefix("loop") {
      let text = (try? String(contentsOfFile: "/sys/block/\(name)/dev", encoding: .utf8)) ?? ""
      let numbers = text.dropLast().split(separator: ":").compactMap { Int64($0) }
      if numbers.count == 2 { return (numbers[0], numbers[1]) }
    }
    return nil
  }()

  @Test(.enabled(if: disk != nil, "needs a disk")) func ratesOfADisk() throws {
    let live = try LiveCgroup()
    let (major, minor) = try #require(Self.disk)
    func device(_ rate: UInt64) -> [LinuxThrottleDevice] {
      [LinuxThrottleDevice(major: major, minor: minor, rate: rate)]
    }
    let resources = LinuxResources(
      blockIO: LinuxBlockIO(
        throttleReadBpsDevice: device(1 << 20), throttleWriteBpsDevice: device(2 << 20),
        throttleReadIOPSDevice: device(300), throttleWriteIOPSDevice: device(400)))
    try live.cgroup.create(for: resources)
    try live.cgroup.apply(resources)
    if live.isUnified {
      #expect(live.read("", "io.max") == "\(major):\(minor) rbps=1048576 wbps=2097152 riops=300 wiops=400")
    } else {
      #expect(live.read("blkio", "blkio.throttle.read_bps_device") == "\(major):\(minor) 1048576")
      #expect(live.read("blkio", "blkio.throttle.write_bps_device") == "\(major):\(minor) 2097152")
      #expect(live.read("blkio", "blkio.throttle.read_iops_device") == "\(major):\(minor) 300")
      #expect(live.read("blkio", "blkio.throttle.write_iops_device") == "\(major):\(minor) 400")
    }
    let removed = LinuxResources(blockIO: LinuxBlockIO(throttleReadBpsDevice: device(0)))
    try live.cgroup.apply(removed, devices: .keep)
    if live.isUnified {
      #expect(live.read("", "io.max") == "\(major):\(minor) rbps=max wbps=2097152 riops=300 wiops=400")
    } else {
      #expect(live.read("blkio", "blkio.throttle.read_bps_device") == "")
    }
  }

  /// A hybrid machine may have hugetlb in v2 only.
  @Test func hugePages() throws {
    let live = try LiveCgroup()
    let resources = LinuxResources(hugepageLimits: [LinuxHugepageLimit(pageSize: "2MB", limit: 4 << 20)])
    do throws(Failure) {
      try live.cgroup.create(for: resources)
      try live.cgroup.apply(resources)
    } catch {
      #expect(error.description.contains("hugepage limit"))
      #expect(!error.description.contains("2MB.max: permission"))
      return
    }
    let legacy = live.read("hugetlb", "hugetlb.2MB.limit_in_bytes")
    let unified = try live.cgroup.unified.map {
      try String(contentsOfFile: $0.path + "/hugetlb.2MB.max", encoding: .utf8)
    }
    #expect(legacy == "\(4 << 20)" || unified == "\(4 << 20)\n")
  }

  @Test func sharesOutOfRangeAreRefusedOnV1() throws {
    let live = try LiveCgroup()
    guard !live.isUnified else { return }
    try live.cgroup.create(for: LinuxResources())
    let failure = #expect(throws: Failure.self) {
      try live.cgroup.apply(LinuxResources(cpu: LinuxCPU(shares: 1 << 20)))
    }
    #expect(failure?.description == "set cpu limit: the maximum allowed cpu-shares is 262144")
  }

  @Test func quotaAndBurstChangeTogether() throws {
    let live = try LiveCgroup()
    let first = LinuxResources(cpu: LinuxCPU(quota: 10_000, burst: 10_000, period: 10_000))
    try live.cgroup.create(for: first)
    try live.cgroup.apply(first)
    // The new burst is more than the old quota.
    try live.cgroup.apply(LinuxResources(cpu: LinuxCPU(quota: 50_000, burst: 50_000, period: 100_000)), devices: .keep)
    #expect(live.read("cpu", live.isUnified ? "cpu.max" : "cpu.cfs_quota_us")?.hasPrefix("50000") == true)
    #expect(live.read("cpu", live.isUnified ? "cpu.max.burst" : "cpu.cfs_burst_us") == "50000")
  }

  @Test func idle() throws {
    let live = try LiveCgroup()
    let resources = LinuxResources(cpu: LinuxCPU(idle: 1))
    try live.cgroup.create(for: resources)
    try live.cgroup.apply(resources)
    #expect(live.read("cpu", "cpu.idle") == "1")
  }

  @Test func unifiedFiles() throws {
    let live = try LiveCgroup()
    let resources = LinuxResources(unified: ["cgroup.max.depth": "3", "pids.max": "17"])
    try live.cgroup.create(for: resources)
    guard live.isUnified else {
      let failure = #expect(throws: Failure.self) { try live.cgroup.apply(resources) }
      #expect(failure?.description == "invalid configuration: cannot use unified on cgroup v1")
      return
    }
    try live.cgroup.apply(resources)
    #expect(live.read("", "cgroup.max.depth") == "3")
    #expect(live.read("", "pids.max") == "17")
    for (key, text) in [
      ("../x", "must be a file name"), ("depth", "must be in the form"),
      ("none.max", "controller \"none\" not available"),
      ("pids.nothing", "no such file or directory"),
    ] {
      let failure = #expect(throws: Failure.self) {
        try live.cgroup.apply(LinuxResources(unified: OrderedMap([.init(key: key, value: "1")])), devices: .keep)
      }
      #expect(failure?.description.contains(text) == true, "\(failure?.description ?? "")")
    }
  }

  /// What cannot have controllers says so when a limit needs one, and is made all the same when none does.
  @Test func parentWithProcessesGivesNoControllers() throws {
    let live = try LiveCgroup("busy/container")
    guard live.isUnified, let unified = live.cgroup.unified else { return }
    let parent = (unified.path as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    try live.run("exec sleep 100", in: Cgroup(paths: [("", parent)]))
    let limits = LinuxResources(memory: LinuxMemory(limit: 64 << 20))
    let failure = #expect(throws: Failure.self) { try live.cgroup.create(for: limits) }
    #expect(failure?.description.hasPrefix("cannot set memory limit: no memory controller in \(unified.path)") == true)
    #expect(failure?.description.hasSuffix("device or resource busy") == true, "\(failure?.description ?? "")")
    #expect(!LiveCgroup.isDirectory(unified.path))
    try live.cgroup.create(for: LinuxResources())
    let type = try String(contentsOfFile: parent + "/cgroup.type", encoding: .utf8)
    #expect(type == "domain\n")
    try live.run("exec sleep 100")
    #expect(try live.cgroup.processes().count == 1)
    try live.cgroup.signalAll(SIGKILL)
    try live.cgroup.destroy()
    // The controllers of threads can be had even so.
    let pids = LinuxResources(pids: LinuxPids(limit: 9))
    try live.cgroup.create(for: pids)
    try live.cgroup.apply(pids)
    #expect(live.read("", "pids.max") == "9")
    try live.run("exec sleep 100")
    #expect(try live.cgroup.processes().count == 1)
  }

  @Test func threadedParents() throws {
    let live = try LiveCgroup("threaded/container")
    guard live.isUnified, let unified = live.cgroup.unified else { return }
    let parent = (unified.path as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    try "threaded".write(toFile: parent + "/cgroup.type", atomically: false, encoding: .utf8)
    let failure = #expect(throws: Failure.self) {
      try live.cgroup.create(for: LinuxResources(memory: LinuxMemory(limit: 64 << 20)))
    }
    #expect(failure?.description.hasSuffix("it is below a threaded cgroup") == true)
    try live.cgroup.create(for: LinuxResources())
    #expect(live.read("", "cgroup.type") == "threaded")
    #expect(throws: Never.self) { try live.cgroup.processes() }
  }

  /// As systemd in a container does: it moves to a cgroup of its own and takes the controllers for itself.
  @Test func execFollowsInit() throws {
    let live = try LiveCgroup()
    try live.cgroup.create(for: LinuxResources())
    guard let unified = live.cgroup.unified else { return }
    let initProcess = try live.run("exec sleep 100").process.processIdentifier
    #expect(try live.cgroup.following(initProcess: initProcess, in: live.hierarchies) == live.cgroup)
    try FileManager.default.createDirectory(atPath: unified.path + "/init.scope", withIntermediateDirectories: false)
    try Cgroup(paths: [("", unified.path + "/init.scope")]).add(initProcess)
    let followed = try live.cgroup.following(initProcess: initProcess, in: live.hierarchies)
    #expect(followed.unified?.path == unified.path + "/init.scope")
    #expect(followed.directories.count == live.cgroup.directories.count)
    #expect(throws: Failure.self) { try live.cgroup.following(initProcess: getpid(), in: live.hierarchies) }
  }

  @Test func delegation() throws {
    let live = try LiveCgroup()
    try live.cgroup.create(for: LinuxResources())
    try live.cgroup.delegate(to: 12345)
    guard let unified = live.cgroup.unified else { return }
    func owner(_ file: String) throws -> Int {
      try FileManager.default.attributesOfItem(atPath: unified.path + file)[.ownerAccountID] as? Int ?? -1
    }
    let expected = live.isUnified ? 12345 : 0
    #expect(try owner("") == expected)
    #expect(try owner("/cgroup.procs") == expected)
    #expect(try owner("/cgroup.subtree_control") == expected)
    #expect(try owner("/cgroup.freeze") == 0)
    if live.isUnified { #expect(try owner("/memory.max") == 0) }
  }

  /// sysfs lets nobody make a directory, not even root.
  @Test func forbiddenHierarchiesAreToldApart() throws {
    let live = try LiveCgroup()
    var hierarchies = live.hierarchies
    hierarchies.legacy.insert(CgroupHierarchy(controllers: ["net_cls"], mountPoint: "/sys/kernel"), at: 0)
    live.cgroup = try Cgroup(CgroupsPath("/\(live.top)", containerID: "x"), in: hierarchies)
    let whole = live.cgroup
    let failure = #expect(throws: Failure.self) { try live.cgroup.create(for: LinuxResources()) }
    #expect(failure?.isForbidden == true)
    #expect(live.cgroup == whole)
    live.cgroup.directories.append(live.cgroup.directories.removeFirst())
    try live.cgroup.create(for: LinuxResources(), skippingForbidden: true)
    #expect(live.cgroup.directories.count == whole.directories.count - 1)
    #expect(try live.cgroup.exists())
  }
}

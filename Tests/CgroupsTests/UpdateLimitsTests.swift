import Foundation
import Linux
import RuntimeSpec
import Testing

@testable import Cgroups

/// What an update makes of the present values, and that a refused one changes nothing.
struct UpdateLimitsTests {
  @Test(
    arguments: [
      // Given alone, quota and period keep the other.
      (20000, nil, "max 50000", 20000, 50000), (nil, 60000, "30000 100000", 30000, 60000),
      (nil, 60000, "max 100000", -1, 60000), (-1, nil, "30000 50000", -1, 50000),
      (20000, 40000, "1 2", 20000, 40000), (nil, nil, "30000 50000", nil, nil), (0, 0, "30000 50000", 0, 0),
    ] as [(Int64?, UInt64?, String, Int64?, UInt64?)])
  func quotaAndPeriod(
    _ quota: Int64?, _ period: UInt64?, _ cpuMax: String, _ newQuota: Int64?, _ newPeriod: UInt64?
  ) {
    let cpu = Cgroup.complete(LinuxCPU(quota: quota, period: period), cpuMax: cpuMax)
    #expect(cpu.quota == newQuota && cpu.period == newPeriod)
  }

  @Test(
    arguments: [
      // The sum alone is counted from the memory limit that there is.
      (nil, 200, "64", 64, 200), (nil, -1, "64", 64, -1), (0, 200, "64", 64, 200), (100, nil, "64", 100, nil),
      (100, 300, "64", 100, 300), (-1, nil, "64", -1, nil), (nil, 200, "max", nil, 200), (nil, nil, "64", nil, nil),
    ] as [(Int64?, Int64?, String, Int64?, Int64?)])
  func memoryAndSwap(_ limit: Int64?, _ swap: Int64?, _ memoryMax: String, _ newLimit: Int64?, _ newSwap: Int64?) {
    let memory = Cgroup.complete(LinuxMemory(limit: limit, swap: swap), memoryMax: memoryMax)
    #expect(memory.limit == newLimit && memory.swap == newSwap)
  }

  @Test(arguments: [
    ("memory.max", "5", "7", ["7"]), ("cpuset.cpus", "0", "", ["\n"]),
    ("memory.oom_control", "oom_kill_disable 1\nunder_oom 0", "oom_kill_disable 0\nunder_oom 0\noom_kill 1", ["0"]),
    ("memory.oom_control", "oom_kill_disable 0\nunder_oom 1", "oom_kill_disable 1\nunder_oom 0", ["1"]),
    ("blkio.throttle.read_bps_device", "8:0 5\n8:16 6", "8:0 1", ["8:0 1", "8:16 0"]),
    ("io.weight", "default 50\n8:0 7", "default 100", ["default 100", "8:0 default"]),
    ("io.max", "8:0 rbps=1 wbps=max riops=max wiops=max", "", ["8:0 rbps=max wbps=max riops=max wiops=max"]),
  ])
  func restoring(_ file: String, _ current: String, _ old: String, _ lines: [String]) {
    #expect(LimitSnapshot.lines(toTurn: current, into: old, of: file) == lines)
  }

  @Test(.enabled(if: LiveCgroup.isPossible, "needs root and mounted cgroups"))
  func aRefusedUpdateChangesNothing() throws {
    let live = try LiveCgroup()
    let before = LinuxResources(
      memory: LinuxMemory(limit: 64 << 20), cpu: LinuxCPU(shares: 512, quota: 30000, period: 60000),
      pids: LinuxPids(limit: 50))
    try live.cgroup.create(for: before)
    try live.cgroup.apply(before)
    let names = ["memory", "cpu", "cpu", "cpu", "pids"]
    let files =
      live.isUnified
      ? ["memory.max", "cpu.weight", "cpu.max", "cpu.idle", "pids.max"]
      : ["memory.limit_in_bytes", "cpu.shares", "cpu.cfs_quota_us", "cpu.cfs_period_us", "pids.max"]
    func values() -> [String?] { zip(names, files).map { live.read($0, $1) } }
    let old = values()
    #expect(!old.contains(nil))
    let wrong = LinuxResources(
      memory: LinuxMemory(limit: 96 << 20), cpu: LinuxCPU(shares: 300, quota: 90000, period: 100_000),
      // After all others.
      pids: LinuxPids(limit: 1 << 40))
    let failure = #expect(throws: Failure.self) { try live.cgroup.update(wrong) }
    #expect(failure?.description.contains("set pids limit") == true, "\(failure?.description ?? "")")
    #expect(values() == old)
    // And a right one does.
    var right = wrong
    right.pids?.limit = 60
    try live.cgroup.update(right)
    #expect(values()[0] == "\(96 << 20)" && values()[4] == "60")
  }

  @Test(.enabled(if: LiveCgroup.isPossible, "needs root and mounted cgroups"))
  func statisticsOfALiveCgroup() throws {
    let live = try LiveCgroup()
    let resources = LinuxResources(
      memory: LinuxMemory(limit: 64 << 20), cpu: LinuxCPU(quota: 50000, period: 100_000), pids: LinuxPids(limit: 9))
    try live.cgroup.create(for: resources)
    try live.cgroup.apply(resources)
    try live.run("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; sleep 60")
    #expect(
      try LiveCgroup.eventually {
        let now = try live.cgroup.statistics()
        return now.cpu.total > 10_000_000 && now.cpu.periods > 0 && now.memory.usage.usage > 0
      })
    let now = try live.cgroup.statistics()
    #expect(now.pids.limit == 9 && (1...2).contains(now.pids.current))
    #expect(now.memory.usage.limit == 64 << 20 && !now.memory.raw.isEmpty)
    if !live.isUnified { #expect(now.cpu.perCPU.reduce(0, +) > 10_000_000 && !now.cpuset.cpus.isEmpty) }
    if live.isUnified { #expect(now.cpu.pressure != nil && now.memory.pressure != nil) }
    try live.cgroup.update(LinuxResources(pids: LinuxPids(limit: -1)))
    #expect(try live.cgroup.statistics().pids.limit == 0)
  }

  @Test(.enabled(if: LiveCgroup.isPossible, "needs root and mounted cgroups"))
  func outOfMemory() throws {
    let live = try LiveCgroup()
    let resources = LinuxResources(memory: LinuxMemory(limit: 8 << 20, swap: 8 << 20))
    try live.cgroup.create(for: resources)
    do throws(Failure) {
      try live.cgroup.apply(resources)
    } catch {
      // Without swap in the kernel.
      try live.cgroup.apply(LinuxResources(memory: LinuxMemory(limit: 8 << 20)))
    }
    guard var events = try OutOfMemoryEvents.watch(live.cgroup) else {
      Issue.record("the cgroup has no memory controller")
      return
    }
    let early = try events.takeNext()
    #expect(!early)
    try live.run("head -c 64M /dev/zero | tail; sleep 60")
    // A limit that is met changes memory.events too, before the kill does.
    var isOne = false
    let deadline = Clock.monotonicMilliseconds + 30_000
    while !isOne, Clock.monotonicMilliseconds < deadline {
      let seen = try Poll.wait([events.source], milliseconds: 10_000)[0]
      if seen.isEmpty { break }
      isOne = try events.takeNext()
    }
    #expect(isOne)
  }
}

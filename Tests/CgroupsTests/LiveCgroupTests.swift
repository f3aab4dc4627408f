import Foundation
import Linux
import RuntimeSpec
import Testing

@testable import Cgroups

/// What the kernel does with the cgroups of this machine, whether v1, hybrid or v2.
@Suite(.enabled(if: LiveCgroup.isPossible, "needs root and mounted cgroups"))
struct LiveCgroupTests {
  @Test func madeInEveryHierarchyAndOnlyTheLeafRemoved() throws {
    let live = try LiveCgroup("pod/container")
    try live.cgroup.create(for: LinuxResources())
    let count = live.hierarchies.legacy.count + (live.hierarchies.unified == nil ? 0 : 1)
    #expect(live.cgroup.directories.count == count)
    for entry in live.cgroup.paths { #expect(LiveCgroup.isDirectory(entry.path), "\(entry)") }
    #expect(try live.cgroup.exists())
    try live.cgroup.destroy()
    for entry in live.cgroup.paths { #expect(!LiveCgroup.isDirectory(entry.path), "\(entry)") }
    for top in live.topDirectories { #expect(LiveCgroup.isDirectory(top + "/pod")) }
    #expect(try !live.cgroup.exists())
    try live.cgroup.destroy()
  }

  /// A container that may make cgroups can give them any name, also one that is no text: what is in them is the
  /// container's all the same.
  @Test func namesThatAreNotText() throws {
    let live = try LiveCgroup("pod/container")
    try live.cgroup.create(for: LinuxResources())
    let (shell, _) = try live.run("sleep 1000")
    for entry in live.cgroup.paths {
      var name = Array(entry.path.utf8CString.dropLast()) + [CChar(bitPattern: 47), -1, 0]
      #expect(mkdir(name, 0o755) == 0, "\(entry)")
      name = name.dropLast() + Array("/cgroup.procs".utf8CString)
      let file = try #require(fopen(name, "w"))
      fputs("\(shell.processIdentifier)", file)
      fclose(file)
    }
    #expect(try live.cgroup.processes().contains(shell.processIdentifier))
    try live.cgroup.signalAll(SIGKILL)
    shell.waitUntilExit()
    try live.cgroup.destroy()
    for entry in live.cgroup.paths { #expect(!LiveCgroup.isDirectory(entry.path), "\(entry)") }
  }

  @Test func failedCreationLeavesNothing() throws {
    // A file of the kernel's has the name.
    let live = try LiveCgroup("pod/cgroup.procs")
    #expect(throws: Failure.self) { try live.cgroup.create(for: LinuxResources()) }
    for top in live.topDirectories { #expect(!LiveCgroup.isDirectory(top), "\(top)") }
  }

  @Test func impossibleCPUsLeaveNothing() throws {
    let live = try LiveCgroup()
    let resources = LinuxResources(cpu: LinuxCPU(cpus: "4095"))
    let failure = #expect(throws: Failure.self) {
      try live.cgroup.create(for: resources)
      try live.cgroup.apply(resources)
    }
    #expect(failure?.description.contains("cpuset.cpus") == true)
    try live.cgroup.destroy()
    for entry in live.cgroup.paths { #expect(!LiveCgroup.isDirectory(entry.path), "\(entry)") }
  }

  @Test func limitsAreInTheKernelsFiles() throws {
    let live = try LiveCgroup("pod/container")
    let resources = LinuxResources(
      memory: LinuxMemory(limit: 64 << 20, reservation: 32 << 20, swap: 128 << 20),
      cpu: LinuxCPU(shares: 2048, quota: 50_000, period: 20_000, cpus: "0", mems: "0"), pids: LinuxPids(limit: 42))
    try live.cgroup.create(for: resources)
    try live.cgroup.apply(resources)
    #expect(live.read("pids", "pids.max") == "42")
    #expect(live.read("cpuset", "cpuset.cpus") == "0")
    #expect(live.read("cpuset", "cpuset.mems") == "0")
    if live.isUnified {
      #expect(live.read("", "memory.max") == "\(64 << 20)")
      #expect(live.read("", "memory.low") == "\(32 << 20)")
      #expect(live.read("", "cpu.weight") == "174")
      #expect(live.read("", "cpu.max") == "50000 20000")
      // The file is missing where the kernel knows no swap.
      #expect([nil, "\(64 << 20)"].contains(live.read("", "memory.swap.max")))
    } else {
      #expect(live.read("memory", "memory.limit_in_bytes") == "\(64 << 20)")
      #expect(live.read("memory", "memory.soft_limit_in_bytes") == "\(32 << 20)")
      #expect(live.read("memory", "memory.memsw.limit_in_bytes") == "\(128 << 20)")
      #expect(live.read("cpu", "cpu.shares") == "2048")
      #expect(live.read("cpu", "cpu.cfs_quota_us") == "50000")
      #expect(live.read("cpu", "cpu.cfs_period_us") == "20000")
    }
    try live.cgroup.apply(LinuxResources(pids: LinuxPids(limit: -1)), devices: .keep)
    #expect(live.read("pids", "pids.max") == "max")
    #expect(live.read("cpuset", "cpuset.cpus") == "0")
  }

  /// The kernel wants memory <= memory + swap at every moment.
  @Test func memoryLimitsGoUpAndDown() throws {
    let live = try LiveCgroup()
    try live.cgroup.create(for: LinuxResources(memory: LinuxMemory(limit: 1)))
    for (limit, both) in [(64, 128), (512, 1024), (32, 32), (900, 900), (-1, 0), (16, 20), (-1, -1)] as [(Int64, Int64)]
    {
      let memory = LinuxMemory(limit: max(limit, limit << 20), swap: max(both, both << 20))
      try live.cgroup.apply(LinuxResources(memory: memory), devices: .keep)
      if limit > 0 {
        let file = live.isUnified ? "memory.max" : "memory.limit_in_bytes"
        #expect(live.read("memory", file) == "\(limit << 20)")
      }
      if both > 0, !live.isUnified { #expect(live.read("memory", "memory.memsw.limit_in_bytes") == "\(both << 20)") }
    }
  }

  @Test func missingControllersAreNamed() throws {
    let live = try LiveCgroup()
    try live.cgroup.create(for: LinuxResources())
    guard live.cgroup.paths.allSatisfy({ $0.controller != "net_cls" }) else { return }
    let failure = #expect(throws: Failure.self) {
      try live.cgroup.apply(LinuxResources(network: LinuxNetwork(classID: 7)))
    }
    #expect(failure?.description == "cannot set network class limit: the net_cls controller is not mounted")
  }

  @Test func parentsOfACPUSetAreFilled() throws {
    let live = try LiveCgroup("a/b/container")
    try live.cgroup.create(for: LinuxResources())
    guard !live.isUnified, let cpuset = live.cgroup.legacy("cpuset") else { return }
    let root = try String(contentsOfFile: (cpuset.mountPoint ?? "") + "/cpuset.cpus", encoding: .utf8)
    #expect(live.read("cpuset", "cpuset.cpus")?.isEmpty == false)
    #expect(live.read("cpuset", "../cpuset.cpus").map { $0 + "\n" } == root)
    #expect(live.read("cpuset", "../../cpuset.mems")?.isEmpty == false)
  }

  @Test func processesJoinEveryHierarchy() throws {
    let live = try LiveCgroup("pod/container")
    try live.cgroup.create(for: LinuxResources())
    let text = try live.output("cat /proc/self/cgroup")
    let mounted = live.hierarchies.legacy.map { $0.controllers.joined(separator: ",") }
    for line in text.split(separator: "\n") {
      // A hierarchy may exist without a mount: somebody else has it in a mount namespace of their own.
      let controllers = String(line.split(separator: ":", omittingEmptySubsequences: false)[1])
      let isMounted = controllers.isEmpty ? live.hierarchies.unified != nil : mounted.contains(controllers)
      guard isMounted else { continue }
      #expect(line.hasSuffix("/\(live.top)/pod/container"), "\(line)")
    }
    #expect(!text.isEmpty)
  }

  @Test func bornInTheUnifiedCgroup() throws {
    let live = try LiveCgroup()
    try live.cgroup.create(for: LinuxResources())
    guard let directory = try live.cgroup.openForClone() else {
      #expect(live.hierarchies.unified == nil)
      return
    }
    switch try Processes.clone([], into: directory) {
    case .child:
      kill(getpid(), SIGSTOP)
      Processes.exit(0)
    case .parent(let child):
      defer {
        kill(child.pid, SIGKILL)
        _ = try? child.wait()
      }
      try live.cgroup.add(child.pid, bornInUnified: true)
      let text = try String(contentsOfFile: "/proc/\(child.pid)/cgroup", encoding: .utf8)
      #expect(text.split(separator: "\n").contains("0::/\(live.top)/container"))
      #expect(try live.cgroup.processes() == [child.pid])
    }
  }

  @Test func occupiedAndFrozenCgroupsAreRefused() throws {
    let live = try LiveCgroup()
    try live.cgroup.create(for: LinuxResources())
    var second = live.cgroup
    try second.create(for: LinuxResources())
    try live.run("exec sleep 100")
    let occupied = #expect(throws: Failure.self) { try second.create(for: LinuxResources()) }
    #expect(occupied?.description.hasPrefix("container's cgroup is not empty: 1 process(es) found") == true)
    #expect(try live.cgroup.exists())
    try live.cgroup.signalAll(SIGKILL)
    try live.cgroup.freeze()
    let frozen = #expect(throws: Failure.self) { try second.create(for: LinuxResources()) }
    #expect(frozen?.description.hasPrefix("container's cgroup unexpectedly frozen") == true)
    try live.cgroup.thaw()
    #expect(throws: Never.self) { try second.create(for: LinuxResources()) }
  }

  @Test func frozenProcessesStandStill() throws {
    let live = try LiveCgroup()
    try live.cgroup.create(for: LinuxResources())
    let pid = try live.run("while :; do :; done").process.processIdentifier
    func time() throws -> Substring {
      try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8).split(separator: " ")[13]
    }
    #expect(try LiveCgroup.eventually { try time() > "0" })
    #expect(try !live.cgroup.isFrozen())
    try live.cgroup.freeze()
    #expect(try live.cgroup.isFrozen())
    let before = try time()
    usleep(200_000)
    #expect(try time() == before)
    try live.cgroup.thaw()
    #expect(try !live.cgroup.isFrozen())
    #expect(try LiveCgroup.eventually { try time() != before })
  }

  @Test func killReachesFrozenProcessesAndSubgroups() throws {
    let live = try LiveCgroup()
    try live.cgroup.create(for: LinuxResources())
    let below = try live.subgroup("deep", "er")
    let first = try live.run("trap '' TERM; sleep 100 & sleep 100")
    let second = try live.run("sleep 100", in: below)
    #expect(try LiveCgroup.eventually { try live.cgroup.processes().count == 5 || live.cgroup.processes().count == 4 })
    #expect(try live.cgroup.processes().contains(second.process.processIdentifier))
    try live.cgroup.freeze()
    try live.cgroup.signalAll(SIGKILL)
    #expect(try live.cgroup.processes().isEmpty)
    first.process.waitUntilExit()
    second.process.waitUntilExit()
    #expect(second.process.terminationReason == .uncaughtSignal)
    try live.cgroup.destroy()
    for entry in live.cgroup.paths { #expect(!LiveCgroup.isDirectory(entry.path)) }
  }

  /// SIGPROF, since the threads of a test program block most others, and what they start inherits that.
  @Test func otherSignalsReachAllAndLeaveAPauseAlone() throws {
    let live = try LiveCgroup()
    try live.cgroup.create(for: LinuxResources())
    let processes = try (0..<3).map { _ in try live.run("exec sleep 100").process }
    try live.cgroup.freeze()
    try live.cgroup.signalAll(SIGPROF)
    #expect(try live.cgroup.isFrozen())
    try live.cgroup.thaw()
    for process in processes {
      process.waitUntilExit()
      #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGPROF)
    }
  }

  /// Processes that beget others as fast as they can, limited by the pids controller.
  @Test func killWinsAgainstForks() throws {
    let live = try LiveCgroup()
    let resources = LinuxResources(pids: LinuxPids(limit: 60))
    try live.cgroup.create(for: resources)
    try live.cgroup.apply(resources)
    try live.run("f() { (f) & (f) & sleep 100; }; f")
    #expect(try LiveCgroup.eventually { try live.cgroup.processes().count > 20 })
    try live.cgroup.signalAll(SIGKILL)
    #expect(try live.cgroup.processesAnywhere().isEmpty)
    try live.cgroup.destroy()
  }

  @Test func processesThatLeftOneHierarchyAreKilledToo() throws {
    let live = try LiveCgroup()
    guard live.cgroup.directories.count > 1, let primary = live.cgroup.primary else { return }
    try live.cgroup.create(for: LinuxResources())
    let process = try live.run("exec sleep 100").process
    let escape = URL(fileURLWithPath: primary.path).deletingLastPathComponent().path
    try "\(process.processIdentifier)".write(toFile: escape + "/cgroup.procs", atomically: false, encoding: .utf8)
    #expect(try live.cgroup.processes().isEmpty)
    try live.cgroup.signalAll(SIGKILL)
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal)
  }

  @Test func destroyWaitsForDyingProcessesAndRefusesLivingOnes() throws {
    let live = try LiveCgroup()
    try live.cgroup.create(for: LinuxResources())
    let process = try live.run("exec sleep 100").process
    let failure = #expect(throws: Failure.self) { try live.cgroup.destroy() }
    #expect(failure?.description.contains("1 process(es) are left in it: device or resource busy") == true)
    kill(process.processIdentifier, SIGKILL)
    try live.cgroup.destroy()
    #expect(try !live.cgroup.exists())
  }

  /// A container may nest cgroups deeper than descriptors or path names reach.
  @Test func deepSubgroupsAreRemoved() throws {
    let live = try LiveCgroup()
    try live.cgroup.create(for: LinuxResources())
    guard let directory = live.cgroup.primary else { return }
    var current = open(directory.path, O_DIRECTORY)
    for level in 0..<2500 {
      guard mkdirat(current, "d", 0o755) == 0 else {
        Issue.record("mkdir at level \(level): errno \(errno)")
        break
      }
      let next = openat(current, "d", O_DIRECTORY)
      close(current)
      current = next
    }
    close(current)
    try live.cgroup.destroy()
    #expect(try !live.cgroup.exists())
  }

  @Test func uselessPathsAreNotFollowed() throws {
    let cgroup = Cgroup(paths: [(controller: "devices", path: "/tmp"), (controller: "", path: "/proc/self/root")])
    #expect(throws: Failure.self) { try cgroup.processes() }
    #expect(throws: Failure.self) { try cgroup.add(1) }
    #expect(throws: Failure.self) { _ = try cgroup.openForClone() }
  }
}

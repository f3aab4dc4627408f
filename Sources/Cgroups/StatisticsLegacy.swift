import Linux

/// The counters of v1 (the kernel's admin-guide/cgroup-v1).
enum LegacyStatistics {
  static func read(
    _ controller: String, _ directory: borrowing CgroupDirectory, _ pageSizes: [String],
    into result: inout CgroupStatistics
  ) throws(Failure) {
    switch controller {
    case "cpu": try readCPU(directory, into: &result.cpu)
    case "cpuacct": try readAccounting(directory, into: &result.cpu)
    case "cpuset": try readCpuset(directory, into: &result.cpuset)
    case "memory": try readMemory(directory, into: &result.memory)
    case "pids": try CommonStatistics.readPids(directory, into: &result.pids)
    case "blkio": try LegacyBlockIOStatistics.read(directory, into: &result.blockIO)
    case "hugetlb": try readHugetlb(directory, pageSizes, into: &result)
    default: break
    }
  }

  private static func readCPU(
    _ directory: borrowing CgroupDirectory, into cpu: inout CgroupStatistics.CPU
  ) throws(Failure) {
    for line in try directory.value("cpu.stat", { StatisticsText.keyed($0) }) ?? [] {
      switch line.key {
      case "nr_periods": cpu.periods = line.value
      case "nr_throttled": cpu.throttledPeriods = line.value
      case "throttled_time": cpu.throttledTime = line.value
      default: break
      }
    }
  }

  /// cpuacct.stat counts in ticks, of which user space always sees 100 in a second.
  private static let nanosecondsPerTick: UInt64 = 10_000_000

  private static func readAccounting(
    _ directory: borrowing CgroupDirectory, into cpu: inout CgroupStatistics.CPU
  ) throws(Failure) {
    for line in try directory.value("cpuacct.stat", { StatisticsText.keyed($0) }) ?? [] {
      switch line.key {
      case "user": cpu.user = line.value &* nanosecondsPerTick
      case "system": cpu.kernel = line.value &* nanosecondsPerTick
      default: break
      }
    }
    cpu.total = try directory.number("cpuacct.usage") ?? 0
    cpu.perCPU = try directory.value("cpuacct.usage_percpu") { StatisticsText.row($0) } ?? []
    if let modes = try directory.value("cpuacct.usage_all", { StatisticsText.usageOfAll($0) }) {
      cpu.perCPUKernel = modes.kernel
      cpu.perCPUUser = modes.user
    }
  }

  private static func readCpuset(
    _ directory: borrowing CgroupDirectory, into cpuset: inout CgroupStatistics.Cpuset
  ) throws(Failure) {
    cpuset.cpus = try directory.value("cpuset.cpus") { StatisticsText.list($0) } ?? []
    cpuset.mems = try directory.value("cpuset.mems") { StatisticsText.list($0) } ?? []
    cpuset.cpuExclusive = try directory.number("cpuset.cpu_exclusive") ?? 0
    cpuset.memHardwall = try directory.number("cpuset.mem_hardwall") ?? 0
    cpuset.memExclusive = try directory.number("cpuset.mem_exclusive") ?? 0
    cpuset.memoryMigrate = try directory.number("cpuset.memory_migrate") ?? 0
    cpuset.memorySpreadPage = try directory.number("cpuset.memory_spread_page") ?? 0
    cpuset.memorySpreadSlab = try directory.number("cpuset.memory_spread_slab") ?? 0
    cpuset.memoryPressure = try directory.number("cpuset.memory_pressure") ?? 0
    cpuset.schedLoadBalance = try directory.number("cpuset.sched_load_balance") ?? 0
    cpuset.schedRelaxDomainLevel = try directory.value("cpuset.sched_relax_domain_level") { Int64($0) } ?? 0
  }

  private static func readMemory(
    _ directory: borrowing CgroupDirectory, into memory: inout CgroupStatistics.Memory
  ) throws(Failure) {
    memory.raw = try directory.value("memory.stat") { StatisticsText.keyed($0) } ?? []
    memory.cache = memory.raw.first { $0.key == "cache" }?.value ?? 0
    memory.usage = try memoryEntry("memory", directory)
    memory.swap = try memoryEntry("memory.memsw", directory)
    memory.kernel = try memoryEntry("memory.kmem", directory)
    memory.kernelTCP = try memoryEntry("memory.kmem.tcp", directory)
  }

  private static func memoryEntry(
    _ prefix: String, _ directory: borrowing CgroupDirectory
  ) throws(Failure) -> CgroupStatistics.MemoryEntry {
    guard let usage = try directory.number(prefix + ".usage_in_bytes") else { return .init() }
    return .init(
      limit: try directory.number(prefix + ".limit_in_bytes") ?? 0, usage: usage,
      max: try directory.number(prefix + ".max_usage_in_bytes") ?? 0,
      failures: try directory.number(prefix + ".failcnt") ?? 0)
  }

  /// Reservations where the kernel (5.7) counts them, else uses: as runc does.
  private static func readHugetlb(
    _ directory: borrowing CgroupDirectory, _ sizes: [String], into result: inout CgroupStatistics
  ) throws(Failure) {
    for size in sizes {
      let reserved = try directory.has("hugetlb.\(size).rsvd.usage_in_bytes")
      let prefix = "hugetlb.\(size)\(reserved ? ".rsvd" : "")"
      guard let usage = try directory.number(prefix + ".usage_in_bytes") else { continue }
      let entry = CgroupStatistics.Hugetlb(
        usage: usage, max: try directory.number(prefix + ".max_usage_in_bytes") ?? 0,
        failures: try directory.number(prefix + ".failcnt") ?? 0)
      result.hugetlb.append((size, entry))
    }
  }
}

/// The counters of v1's blkio, under the names that the kernel and its I/O schedulers have had.
enum LegacyBlockIOStatistics {
  static func read(
    _ directory: borrowing CgroupDirectory, into result: inout CgroupStatistics.BlockIO
  ) throws(Failure) {
    // BFQ with its debugging counters and CFQ (Linux before 5.0) have all of them; else there are bytes and operations.
    for prefix in ["blkio.bfq.", "blkio."] where try directory.has(prefix + "sectors_recursive") {
      result.sectors = try entries(prefix + "sectors_recursive", directory)
      result.serviceTime = try entries(prefix + "io_service_time_recursive", directory)
      result.waitTime = try entries(prefix + "io_wait_time_recursive", directory)
      result.merged = try entries(prefix + "io_merged_recursive", directory)
      result.queued = try entries(prefix + "io_queued_recursive", directory)
      result.time = try entries(prefix + "time_recursive", directory)
      break
    }
    let names = [
      ("blkio.bfq.io_serviced_recursive", "blkio.bfq.io_service_bytes_recursive"),
      ("blkio.io_serviced_recursive", "blkio.io_service_bytes_recursive"),
      ("blkio.throttle.io_serviced_recursive", "blkio.throttle.io_service_bytes_recursive"),
      ("blkio.throttle.io_serviced", "blkio.throttle.io_service_bytes"),
    ]
    for (serviced, bytes) in names {
      result.serviced = try entries(serviced, directory)
      result.serviceBytes = try entries(bytes, directory)
      // A scheduler that no device uses has counted nothing.
      if !result.serviced.isEmpty || !result.serviceBytes.isEmpty { return }
    }
  }

  private static func entries(
    _ file: String, _ directory: borrowing CgroupDirectory
  ) throws(Failure) -> [CgroupStatistics.BlockIOEntry] {
    try directory.value(file) { StatisticsText.blockIO($0) } ?? []
  }
}

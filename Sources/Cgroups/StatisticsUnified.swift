import Linux

/// The counters of v2 (the kernel's cgroup-v2.rst), put where v1 has them.
enum UnifiedStatistics {
  static func read(
    _ directory: borrowing CgroupDirectory, into result: inout CgroupStatistics
  ) throws(Failure) {
    try readPids(directory, into: &result.pids)
    try readMemory(directory, into: &result.memory)
    result.memory.pressure = try pressure("memory", directory)
    if let io = try directory.value("io.stat", { StatisticsText.ioStat($0) }) {
      result.blockIO.serviceBytes = io.bytes
      result.blockIO.serviced = io.count
    }
    result.blockIO.pressure = try pressure("io", directory)
    try readCPU(directory, into: &result.cpu)
    result.cpu.pressure = try pressure("cpu", directory)
  }

  private static func pressure(
    _ resource: String, _ directory: borrowing CgroupDirectory
  ) throws(Failure) -> CgroupStatistics.Pressure? {
    try directory.value(resource + ".pressure") { StatisticsText.pressure($0) }
  }

  private static func readPids(
    _ directory: borrowing CgroupDirectory, into pids: inout CgroupStatistics.Pids
  ) throws(Failure) {
    if try directory.has("pids.current") { return try CommonStatistics.readPids(directory, into: &pids) }
    // Without the controller the processes can still be counted.
    pids.current = UInt64(try CgroupTree.processes(directory).count)
  }

  private static func readMemory(
    _ directory: borrowing CgroupDirectory, into memory: inout CgroupStatistics.Memory
  ) throws(Failure) {
    guard let lines = try directory.value("memory.stat", { StatisticsText.keyed($0) }) else { return }
    memory.raw = lines
    memory.cache = lines.first { $0.key == "file" }?.value ?? 0
    memory.usage = try memoryEntry("memory", directory)
    let swap = try memoryEntry("memory.swap", directory)
    // v1 counts memory and swap together, and has no peak of both.
    memory.swap = swap
    memory.swap.usage = swap.usage &+ memory.usage.usage
    memory.swap.max = 0
    if swap.limit != .max {
      let (sum, isTooLarge) = swap.limit.addingReportingOverflow(memory.usage.limit)
      memory.swap.limit = isTooLarge ? .max : sum
    }
  }

  private static func memoryEntry(
    _ prefix: String, _ directory: borrowing CgroupDirectory
  ) throws(Failure) -> CgroupStatistics.MemoryEntry {
    guard let usage = try directory.number(prefix + ".current") else { return .init() }
    return .init(
      limit: try directory.number(prefix + ".max") ?? 0, usage: usage,
      max: try directory.number(prefix + ".peak") ?? 0, failures: 0)
  }

  private static func readCPU(
    _ directory: borrowing CgroupDirectory, into cpu: inout CgroupStatistics.CPU
  ) throws(Failure) {
    for line in try directory.value("cpu.stat", { StatisticsText.keyed($0) }) ?? [] {
      switch line.key {
      case "usage_usec": cpu.total = line.value &* 1000
      case "user_usec": cpu.user = line.value &* 1000
      case "system_usec": cpu.kernel = line.value &* 1000
      case "nr_periods": cpu.periods = line.value
      case "nr_throttled": cpu.throttledPeriods = line.value
      case "throttled_usec": cpu.throttledTime = line.value &* 1000
      default: break
      }
    }
  }

  static func readHugetlb(
    _ directory: borrowing CgroupDirectory, _ sizes: [String], into result: inout CgroupStatistics
  ) throws(Failure) {
    for size in sizes {
      let prefix = "hugetlb.\(size)"
      var usage = try directory.number(prefix + ".rsvd.current")
      if usage == nil { usage = try directory.number(prefix + ".current") }
      guard let usage else { continue }
      let events = try directory.value(prefix + ".events") { StatisticsText.keyed($0) } ?? []
      let failures = events.first { $0.key == "max" }?.value ?? 0
      result.hugetlb.append((size, CgroupStatistics.Hugetlb(usage: usage, failures: failures)))
    }
  }
}

/// Counters whose files are the same in v1 and v2.
enum CommonStatistics {
  static func readPids(
    _ directory: borrowing CgroupDirectory, into pids: inout CgroupStatistics.Pids
  ) throws(Failure) {
    pids.current = try directory.number("pids.current") ?? 0
    let limit = try directory.number("pids.max") ?? 0
    pids.limit = limit == .max ? 0 : limit
  }
}

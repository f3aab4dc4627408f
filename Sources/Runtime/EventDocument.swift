internal import Cgroups
internal import JSON

/// The JSON of `events`, as runc's types/events.go has it: what is 0 or empty is left out where runc does so.
enum EventDocument {
  static func outOfMemory(id: String) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.name("type")
    writer.string("oom")
    writer.name("id")
    writer.string(id)
    writer.endObject()
    return writer.bytes + [10]
  }

  static func statistics(_ statistics: CgroupStatistics, _ group: IntelRdtStatistics?, id: String) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.name("type")
    writer.string("stats")
    writer.name("id")
    writer.string(id)
    writer.name("data")
    writer.beginObject()
    write(statistics.cpu, &writer)
    write(statistics.cpuset, &writer)
    write(statistics.memory, &writer)
    writer.name("pids")
    writer.beginObject()
    writer.unlessZero("current", statistics.pids.current)
    writer.unlessZero("limit", statistics.pids.limit)
    writer.endObject()
    write(statistics.blockIO, &writer)
    write(statistics.hugetlb, &writer)
    write(group ?? IntelRdtStatistics(), &writer)
    // runc knows traffic only of interfaces that it made itself, which no configuration asks for.
    writer.name("network_interfaces")
    writer.null()
    writer.endObject()
    writer.endObject()
    return writer.bytes + [10]
  }

  private static func write(_ cpu: CgroupStatistics.CPU, _ writer: inout JSONWriter) {
    writer.name("cpu")
    writer.beginObject()
    writer.name("usage")
    writer.beginObject()
    writer.unlessZero("total", cpu.total)
    writer.unlessEmpty("percpu", cpu.perCPU)
    writer.unlessEmpty("percpu_kernel", cpu.perCPUKernel)
    writer.unlessEmpty("percpu_user", cpu.perCPUUser)
    writer.number("kernel", cpu.kernel)
    writer.number("user", cpu.user)
    writer.endObject()
    writer.name("throttling")
    writer.beginObject()
    writer.unlessZero("periods", cpu.periods)
    writer.unlessZero("throttledPeriods", cpu.throttledPeriods)
    writer.unlessZero("throttledTime", cpu.throttledTime)
    writer.endObject()
    writer.pressure(cpu.pressure)
    writer.endObject()
  }

  private static func write(_ cpuset: CgroupStatistics.Cpuset, _ writer: inout JSONWriter) {
    writer.name("cpuset")
    writer.beginObject()
    writer.unlessEmpty("cpus", cpuset.cpus)
    writer.number("cpu_exclusive", cpuset.cpuExclusive)
    writer.unlessEmpty("mems", cpuset.mems)
    writer.number("mem_hardwall", cpuset.memHardwall)
    writer.number("mem_exclusive", cpuset.memExclusive)
    writer.number("memory_migrate", cpuset.memoryMigrate)
    writer.number("memory_spread_page", cpuset.memorySpreadPage)
    writer.number("memory_spread_slab", cpuset.memorySpreadSlab)
    writer.number("memory_pressure", cpuset.memoryPressure)
    writer.number("sched_load_balance", cpuset.schedLoadBalance)
    writer.name("sched_relax_domain_level")
    writer.integer(cpuset.schedRelaxDomainLevel)
    writer.endObject()
  }

  private static func write(_ memory: CgroupStatistics.Memory, _ writer: inout JSONWriter) {
    writer.name("memory")
    writer.beginObject()
    writer.unlessZero("cache", memory.cache)
    for (name, entry) in [
      ("usage", memory.usage), ("swap", memory.swap), ("kernel", memory.kernel), ("kernelTCP", memory.kernelTCP),
    ] {
      writer.name(name)
      writer.beginObject()
      writer.number("limit", entry.limit)
      writer.unlessZero("usage", entry.usage)
      writer.unlessZero("max", entry.max)
      writer.number("failcnt", entry.failures)
      writer.endObject()
    }
    if !memory.raw.isEmpty {
      writer.name("raw")
      writer.beginObject()
      for line in memory.raw.sorted(by: { $0.key < $1.key }) { writer.number(line.key, line.value) }
      writer.endObject()
    }
    writer.pressure(memory.pressure)
    writer.endObject()
  }

  private static func write(_ io: CgroupStatistics.BlockIO, _ writer: inout JSONWriter) {
    writer.name("blkio")
    writer.beginObject()
    for (name, entries) in [
      ("ioServiceBytesRecursive", io.serviceBytes), ("ioServicedRecursive", io.serviced),
      ("ioQueueRecursive", io.queued), ("ioServiceTimeRecursive", io.serviceTime),
      ("ioWaitTimeRecursive", io.waitTime), ("ioMergedRecursive", io.merged), ("ioTimeRecursive", io.time),
      ("sectorsRecursive", io.sectors),
    ] where !entries.isEmpty {
      writer.name(name)
      writer.beginArray()
      for entry in entries {
        writer.beginObject()
        writer.unlessZero("major", entry.major)
        writer.unlessZero("minor", entry.minor)
        if !entry.operation.isEmpty {
          writer.name("op")
          writer.string(entry.operation)
        }
        writer.unlessZero("value", entry.value)
        writer.endObject()
      }
      writer.endArray()
    }
    writer.pressure(io.pressure)
    writer.endObject()
  }

  private static func write(
    _ hugetlb: [(size: String, usage: CgroupStatistics.Hugetlb)], _ writer: inout JSONWriter
  ) {
    writer.name("hugetlb")
    writer.beginObject()
    for entry in hugetlb {
      writer.name(entry.size)
      writer.beginObject()
      writer.unlessZero("usage", entry.usage.usage)
      writer.unlessZero("max", entry.usage.max)
      writer.number("failcnt", entry.usage.failures)
      writer.endObject()
    }
    writer.endObject()
  }
}

extension JSONWriter {
  mutating func number(_ name: String, _ value: UInt64) {
    self.name(name)
    integer(value)
  }

  mutating func unlessZero(_ name: String, _ value: UInt64) {
    if value != 0 { number(name, value) }
  }

  fileprivate mutating func unlessEmpty(_ name: String, _ values: [UInt64]) {
    if values.isEmpty { return }
    self.name(name)
    beginArray()
    for value in values { integer(value) }
    endArray()
  }

  fileprivate mutating func pressure(_ pressure: CgroupStatistics.Pressure?) {
    guard let pressure else { return }
    name("psi")
    beginObject()
    for (name, line) in [("some", pressure.some), ("full", pressure.full)] {
      self.name(name)
      beginObject()
      hundredths("avg10", line.average10)
      hundredths("avg60", line.average60)
      hundredths("avg300", line.average300)
      number("total", line.total)
      endObject()
    }
    endObject()
  }

  /// Without zeros at the end, as numbers are usually written.
  private mutating func hundredths(_ name: String, _ value: UInt64) {
    let (whole, rest) = (value / 100, value % 100)
    let fraction =
      switch (rest, rest % 10) {
      case (0, _): ""
      case (_, 0): ".\(rest / 10)"
      default: rest < 10 ? ".0\(rest)" : ".\(rest)"
      }
    self.name(name)
    raw(Array("\(whole)\(fraction)".utf8))
  }
}

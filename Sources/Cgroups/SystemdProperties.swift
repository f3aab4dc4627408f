import Linux
import RuntimeSpec
import SystemdBus

/// Limits as properties of a unit, systemd.resource-control(5), so that systemd, which writes them anew at a
/// daemon-reload, keeps what the runtime writes to the cgroup's files. What no property can say is only in the files.
struct SystemdProperties {
  /// Whether limits are those of v2: on a hybrid machine they are not.
  let isUnified: Bool
  /// systemd's version: an unknown property makes it refuse all.
  let version: Int

  private(set) var list: [UnitProperty] = []

  init(isUnified: Bool, version: Int) {
    self.isUnified = isUnified
    self.version = version
  }

  /// The first versions of systemd that have CPUQuotaPeriodUSec, AllowedCPUs, a CPUWeight of 0 for cpu.idle, and
  /// MemoryZSwapMax.
  private enum Since {
    static let quotaPeriod = 242
    static let cpuset = 244
    static let cpuIdle = 252
    static let compressedSwap = 253
  }

  static let infinity = UInt64.max

  mutating func add(_ name: String, _ value: BusValue) {
    list.append(UnitProperty(name, value))
  }

  mutating func add(_ name: String, _ number: UInt64) {
    add(name, .uint64(number))
  }

  /// Throws for values that cannot be converted.
  mutating func add(_ resources: LinuxResources) throws(Failure) {
    if let memory = resources.memory { try add(memory) }
    if let cpu = resources.cpu { try add(cpu) }
    if let limit = resources.pids?.limit { add("TasksMax", limit < 0 ? Self.infinity : UInt64(max(limit, 1))) }
    if let io = resources.blockIO { add(io) }
    if isUnified {
      for entry in resources.unified.entries { try add(unified: entry.key, entry.value, in: resources) }
    }
  }

  private mutating func add(_ memory: LinuxMemory) throws(Failure) {
    let limit = memory.limit ?? 0
    if limit != 0 { add(isUnified ? "MemoryMax" : "MemoryLimit", UInt64(bitPattern: limit)) }
    guard isUnified else { return }
    if let low = memory.reservation, low != 0 { add("MemoryLow", UInt64(bitPattern: low)) }
    if let swap = try Conversion.swap(memoryAndSwap: memory.swap ?? 0, memory: limit) {
      add("MemorySwapMax", try Self.number(swap, "memory.swap"))
    }
  }

  private mutating func add(_ cpu: LinuxCPU) throws(Failure) {
    if let shares = cpu.shares, shares != 0 {
      if !isUnified {
        add("CPUShares", shares)
      } else if !isIdle(cpu) {
        add("CPUWeight", Conversion.cpuWeight(shares: shares))
      }
    }
    if isUnified, isIdle(cpu) { add("CPUWeight", 0) }
    addQuota(cpu.quota ?? 0, period: cpu.period ?? 0)
    if let cpus = cpu.cpus, !cpus.isEmpty { try addSet("AllowedCPUs", cpus) }
    if let mems = cpu.mems, !mems.isEmpty { try addSet("AllowedMemoryNodes", mems) }
  }

  private func isIdle(_ cpu: LinuxCPU) -> Bool { cpu.idle == 1 && version >= Since.cpuIdle }

  /// systemd keeps whole percents of a CPU, so that the quota is rounded up to that.
  private mutating func addQuota(_ quota: Int64, period: UInt64) {
    if period != 0, version >= Since.quotaPeriod { add("CPUQuotaPeriodUSec", period) }
    if quota == 0, period == 0 { return }
    add("CPUQuotaPerSecUSec", Self.quotaPerSecond(quota, period: period))
  }

  /// Microseconds of CPU time in each second; a quota of 0 or less is no limit.
  static func quotaPerSecond(_ quota: Int64, period: UInt64) -> UInt64 {
    guard quota > 0 else { return infinity }
    let wide = UInt64(quota).multipliedFullWidth(by: 1_000_000)
    let divisor = period == 0 ? 100_000 : period
    guard wide.high < divisor else { return infinity }
    let exact = divisor.dividingFullWidth((wide.high, wide.low)).quotient
    let percents = max(1, exact / 10_000 + (exact % 10_000 == 0 ? 0 : 1))
    let rounded = percents.multipliedReportingOverflow(by: 10_000)
    return rounded.overflow ? infinity : rounded.partialValue
  }

  private mutating func addSet(_ name: String, _ list: String) throws(Failure) {
    guard version >= Since.cpuset else { return }
    add(name, .bytes(try Self.bits(list)))
  }

  /// A list of the form `0-3,7` as a bit mask, lowest byte first.
  static func bits(_ list: String) throws(Failure) -> [UInt8] {
    let most = 1 << 16
    var mask: [UInt8] = []
    for part in list.split(whereSeparator: { ",\n ".contains($0) }) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false)
      guard ends.count <= 2, let first = Int(ends[0]), let last = Int(ends[ends.count - 1]), first >= 0, first <= last,
        last < most
      else { throw Failure("\"\(list)\" is no list of CPUs or memory nodes") }
      while mask.count <= last / 8 { mask.append(0) }
      for number in first...last { mask[number / 8] |= 1 << UInt8(number % 8) }
    }
    guard !mask.isEmpty else { throw Failure("\"\(list)\" is no list of CPUs or memory nodes") }
    return mask
  }

  /// One entry of `linux.resources.unified` whose file systemd writes too.
  private mutating func add(unified key: String, _ value: String, in resources: LinuxResources) throws(Failure) {
    let words = value.split { " \t\n".contains($0) }.map(String.init)
    let word = words.first ?? ""
    switch key {
    case "memory.high": add("MemoryHigh", try Self.number(word, key))
    case "memory.low": add("MemoryLow", try Self.number(word, key))
    case "memory.min": add("MemoryMin", try Self.number(word, key))
    case "memory.max": add("MemoryMax", try Self.number(word, key))
    case "memory.swap.max": add("MemorySwapMax", try Self.number(word, key))
    case "memory.zswap.max":
      if version >= Since.compressedSwap { add("MemoryZSwapMax", try Self.number(word, key)) }
    case "pids.max": add("TasksMax", try Self.number(word, key))
    case "cpu.weight":
      if resources.unified["cpu.idle"] != "1" { add("CPUWeight", try Self.number(word, key)) }
    case "cpu.idle":
      if word == "1", version >= Since.cpuIdle { add("CPUWeight", 0) }
    case "cpu.max":
      let quota = try Self.number(word, key)
      let period = words.count > 1 ? try Self.number(words[1], key) : 100_000
      addQuota(Int64(exactly: quota) ?? -1, period: period)
    case "cpuset.cpus": if !word.isEmpty { try addSet("AllowedCPUs", value) }
    case "cpuset.mems": if !word.isEmpty { try addSet("AllowedMemoryNodes", value) }
    case "io.max", "io.weight", "io.latency": try add(io: key, value)
    default: break
    }
  }

  static func number(_ word: String, _ key: String) throws(Failure) -> UInt64 {
    if word == "max" { return infinity }
    guard let number = UInt64(word) else { throw Failure("\(key): \"\(word)\" is no number") }
    return number
  }
}

/// Device rules as properties of a unit.
extension SystemdProperties {
  private static var entryType: BusType { .structure([.string, .string]) }

  /// DevicePolicy and DeviceAllow, systemd.resource-control(5). systemd knows lists of what is allowed only. Where the
  /// rules cannot be said with one it is told nothing on v2, since the container's own program holds them, and systemd's
  /// would deny what they allow as soon as systemd writes it anew; on v1 both write one list, so it is told to deny.
  mutating func add(devices rules: DeviceRules) {
    let exceptions = try? DeviceExceptions(rules)
    let entries = exceptions?.exceptions.map { Self.entry($0) } ?? []
    let isSayable = exceptions.map { !$0.allowsByDefault && !entries.contains(nil) } ?? false
    let isAll = exceptions.map { $0.allowsByDefault && $0.exceptions.isEmpty } ?? false
    let isAuto = isAll || isUnified && !isSayable
    // An empty list clears what was there before.
    add("DeviceAllow", .array(of: Self.entryType, []))
    add("DevicePolicy", .string(isAuto ? "auto" : "strict"))
    guard !isAuto, let exceptions, !exceptions.allowsByDefault else { return }
    let said = entries.compactMap(\.self)
    if !said.isEmpty { add("DeviceAllow", .array(of: Self.entryType, said)) }
  }

  /// nil for a minor number of every major one.
  private static func entry(_ exception: DeviceExceptions.Exception) -> BusValue? {
    let kind = exception.kind == .block ? "block" : "char"
    let name: String
    switch (exception.major, exception.minor) {
    case (nil, nil): name = kind + "-*"
    case (nil, .some): return nil
    case (.some(let major), nil): name = "\(kind)-\(major)"
    case (.some(let major), .some(let minor)): name = "/dev/\(kind)/\(major):\(minor)"
    }
    return .structure([.string(name), .string(exception.access.text)])
  }
}

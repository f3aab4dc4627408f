import Linux

/// From the v1 values of config.json to the words of cgroup files.
enum Conversion {
  /// cpu.weight (1 to 10000, default 100) for cpu.shares (2 to 262144, default 1024): the quadratic function in the
  /// logarithm that hits minimum, default and maximum, as runc and crun have it.
  static func cpuWeight(shares: UInt64) -> UInt64 {
    if shares <= 2 { return 1 }
    if shares >= 262_144 { return 10_000 }
    let log = Arithmetic.log2(Double(shares))
    let exponent = (log * log + 125 * log) / 612 - 7.0 / 34.0
    return UInt64(Arithmetic.power(10, exponent).rounded(.up))
  }

  /// cpu.max; a quota of 0 or less is no limit, a period of 0 the kernel's default.
  static func cpuMax(quota: Int64, period: UInt64) -> String {
    (quota > 0 ? String(quota) : "max") + " " + String(period == 0 ? 100_000 : period)
  }

  /// memory.max and its like; -1 is no limit.
  static func limit(_ value: Int64) -> String {
    value == -1 ? "max" : String(value)
  }

  /// memory.swap.max for a limit of memory plus swap; nil leaves it alone.
  static func swap(memoryAndSwap both: Int64, memory: Int64) throws(Failure) -> String? {
    if both == 0 { return memory == -1 ? "max" : nil }
    if both == -1 { return "max" }
    if memory == -1 { return String(both) }
    if memory == 0 { throw Failure("unable to set swap limit without memory limit") }
    if memory < 0 { throw Failure("invalid memory value: \(memory)") }
    if both < memory { throw Failure("memory+swap limit should be >= memory limit") }
    return String(both - memory)
  }

  /// pids.max: a negative limit is none, and 0 becomes 1, which systemd's TasksMax needs and comes to the same.
  static func pids(_ limit: Int64) -> String {
    limit < 0 ? "max" : String(max(limit, 1))
  }

  /// io.weight (1 to 10000) for blkio.weight (10 to 1000).
  static func ioWeight(_ weight: UInt16) -> UInt64 {
    weight <= 10 ? 1 : 1 + (UInt64(weight) - 10) * 9999 / 990
  }
}

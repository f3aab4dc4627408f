import Linux
import RuntimeSpec

/// The cpu controller of v1 (sched-bwc.rst, sched-rt-group.rst of the kernel).
enum LegacyCPU {
  static func apply(_ cpu: LinuxCPU, to directory: borrowing CgroupDirectory) throws(Failure) {
    if let shares = cpu.shares, shares != 0 { try setShares(shares, in: directory) }
    try setBandwidth(cpu, in: directory)
    if let idle = cpu.idle { try directory.write(String(idle), to: "cpu.idle") }
    try setRealtime(cpu, in: directory)
  }

  /// The kernel clamps without a word.
  private static func setShares(_ shares: UInt64, in directory: borrowing CgroupDirectory) throws(Failure) {
    try directory.write(String(shares), to: "cpu.shares")
    guard let actual = UInt64(try directory.read("cpu.shares")) else { return }
    if shares > actual { throw Failure("the maximum allowed cpu-shares is \(actual)") }
    if shares < actual { throw Failure("the minimum allowed cpu-shares is \(actual)") }
  }

  /// Period and burst can be refused against the old quota: then they come again after the new one.
  private static func setBandwidth(_ cpu: LinuxCPU, in directory: borrowing CgroupDirectory) throws(Failure) {
    let quota = cpu.quota ?? 0
    var period = cpu.period.flatMap { $0 == 0 ? nil : String($0) }
    if let text = period, try write(text, "cpu.cfs_period_us", in: directory, mayBeRefused: quota != 0) {
      period = nil
    }
    var burst = cpu.burst.map { String($0) }
    if let text = burst {
      do throws(Failure) {
        if try write(text, "cpu.cfs_burst_us", in: directory, mayBeRefused: quota != 0) { burst = nil }
      } catch {
        // Linux 5.14 has it.
        guard error.errno == .notFound else { throw error }
        burst = nil
      }
    }
    if quota == 0 { return }
    try directory.write(String(quota), to: "cpu.cfs_quota_us")
    if let period { try directory.write(period, to: "cpu.cfs_period_us") }
    if let burst { try directory.write(burst, to: "cpu.cfs_burst_us") }
  }

  private static func setRealtime(_ cpu: LinuxCPU, in directory: borrowing CgroupDirectory) throws(Failure) {
    let runtime = cpu.realtimeRuntime ?? 0
    var period = cpu.realtimePeriod.flatMap { $0 == 0 ? nil : String($0) }
    if let text = period, try write(text, "cpu.rt_period_us", in: directory, mayBeRefused: runtime != 0) {
      period = nil
    }
    if runtime == 0 { return }
    try directory.write(String(runtime), to: "cpu.rt_runtime_us")
    if let period { try directory.write(period, to: "cpu.rt_period_us") }
  }

  /// False when the kernel refused the value and that is allowed.
  private static func write(
    _ text: String, _ file: String, in directory: borrowing CgroupDirectory, mayBeRefused: Bool
  ) throws(Failure) -> Bool {
    do throws(Failure) {
      try directory.write(text, to: file)
      return true
    } catch {
      guard mayBeRefused, error.errno == .invalidArgument else { throw error }
      return false
    }
  }
}

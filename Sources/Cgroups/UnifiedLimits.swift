import Linux
import RuntimeSpec

/// Limits in the files of cgroup v2 (the kernel's cgroup-v2.rst), converted from the v1 values of config.json.
enum UnifiedLimits {
  static func apply(
    _ controller: LimitedController, _ resources: LinuxResources, to directory: borrowing CgroupDirectory
  ) throws(Failure) {
    switch controller {
    case .memory: if let memory = resources.memory { try applyMemory(memory, to: directory) }
    case .cpu: if let cpu = resources.cpu { try applyCPU(cpu, to: directory) }
    case .cpuset: try CommonLimits.applyCpuset(resources.cpu, to: directory)
    case .pids: try CommonLimits.applyPids(resources.pids, to: directory)
    case .blockIO: if let io = resources.blockIO { try UnifiedBlockIO.apply(io, to: directory) }
    case .hugepage: try CommonLimits.applyHugepages(resources.hugepageLimits, to: directory, suffix: ".max")
    case .rdma: try CommonLimits.applyRdma(resources.rdma, to: directory)
    case .networkClass, .networkPriority: break
    }
  }

  /// One entry of `linux.resources.unified`: a file, and what to write to it, line by line.
  static func write(_ key: String, _ value: String, to directory: borrowing CgroupDirectory) throws(Failure) {
    guard !key.utf8.contains(UInt8(ascii: "/")) else {
      throw Failure("unified resource \"\(key)\" must be a file name (no slashes)")
    }
    guard let dot = key.utf8.firstIndex(of: UInt8(ascii: ".")), dot != key.startIndex else {
      throw Failure("unified resource \"\(key)\" must be in the form CONTROLLER.PARAMETER")
    }
    do throws(Failure) {
      for line in value.split(separator: "\n") { try directory.write(String(line), to: key) }
    } catch {
      let controller = key[..<dot]
      if error.errno == .notFound || error.isForbidden, controller != "cgroup" {
        let present = (try? directory.read("cgroup.controllers")) ?? ""
        if !present.split(separator: " ").contains(controller) {
          throw Failure("unified resource \"\(key)\" can't be set: controller \"\(controller)\" not available")
        }
      }
      throw error.within("unable to set unified resource \"\(key)\"")
    }
  }

  private static func applyMemory(_ memory: LinuxMemory, to directory: borrowing CgroupDirectory) throws(Failure) {
    if memory.useHierarchy == false {
      throw Failure("useHierarchy cannot be false: in cgroup v2 the memory of cgroups below always counts")
    }
    let limit = memory.limit ?? 0
    let both = memory.swap ?? 0
    if memory.checkBeforeUpdate == true { try checkUsage(limit, both, in: directory) }
    if let swap = try Conversion.swap(memoryAndSwap: both, memory: limit) {
      do throws(Failure) {
        try directory.write(swap, to: "memory.swap.max")
      } catch {
        // Without swap in the kernel there is nothing to turn off or to leave unlimited.
        guard error.errno == .notFound, swap == "max" || swap == "0" else { throw error }
      }
    }
    if limit != 0 { try directory.write(Conversion.limit(limit), to: "memory.max") }
    if let low = memory.reservation, low != 0 { try directory.write(Conversion.limit(low), to: "memory.low") }
  }

  private static func checkUsage(
    _ limit: Int64, _ both: Int64, in directory: borrowing CgroupDirectory
  ) throws(Failure) {
    guard let text = try? directory.read("memory.current"), let usage = Int64(text) else { return }
    if both > 0, both <= usage { throw Failure("rejecting memory+swap limit \(both) <= usage \(usage)") }
    if limit > 0, limit <= usage { throw Failure("rejecting memory limit \(limit) <= usage \(usage)") }
  }

  private static func applyCPU(_ cpu: LinuxCPU, to directory: borrowing CgroupDirectory) throws(Failure) {
    if let idle = cpu.idle { try directory.write(String(idle), to: "cpu.idle") }
    if let shares = cpu.shares, shares != 0 {
      try directory.write(String(Conversion.cpuWeight(shares: shares)), to: "cpu.weight")
    }
    let quota = cpu.quota ?? 0
    var burst = cpu.burst.map { String($0) }
    if let text = burst {
      do throws(Failure) {
        try directory.write(text, to: "cpu.max.burst")
        burst = nil
      } catch {
        // It may fit the new quota only.
        guard error.errno == .invalidArgument, quota != 0 else { throw error }
      }
    }
    if quota == 0, (cpu.period ?? 0) == 0 { return }
    try directory.write(Conversion.cpuMax(quota: quota, period: cpu.period ?? 0), to: "cpu.max")
    if let burst { try directory.write(burst, to: "cpu.max.burst") }
  }
}

/// The io controller of v2.
enum UnifiedBlockIO {
  static func apply(_ io: LinuxBlockIO, to directory: borrowing CgroupDirectory) throws(Failure) {
    try setWeights(io, in: directory)
    try setRates(io.throttleReadBpsDevice, "rbps", in: directory)
    try setRates(io.throttleWriteBpsDevice, "wbps", in: directory)
    try setRates(io.throttleReadIOPSDevice, "riops", in: directory)
    try setRates(io.throttleWriteIOPSDevice, "wiops", in: directory)
  }

  /// The BFQ scheduler's weights have v1's range; the cost model's are ten times as fine.
  private static func setWeights(_ io: LinuxBlockIO, in directory: borrowing CgroupDirectory) throws(Failure) {
    let weight = io.weight ?? 0
    let devices = io.weightDevice.filter { ($0.weight ?? 0) != 0 }
    if weight == 0, devices.isEmpty { return }
    let isBFQ = try directory.has("io.bfq.weight")
    let file = isBFQ ? "io.bfq.weight" : "io.weight"
    func converted(_ weight: UInt16) -> UInt64 { isBFQ ? UInt64(weight) : Conversion.ioWeight(weight) }
    if weight != 0 { try directory.write(String(converted(weight)), to: file) }
    for device in devices {
      try directory.write("\(device.major):\(device.minor) \(converted(device.weight ?? 0))", to: file)
    }
  }

  /// A rate of 0 removes the limit in v1; v2 has a word for that.
  private static func setRates(
    _ devices: [LinuxThrottleDevice], _ key: String, in directory: borrowing CgroupDirectory
  ) throws(Failure) {
    for device in devices {
      let rate = device.rate == 0 ? "max" : String(device.rate)
      try directory.write("\(device.major):\(device.minor) \(key)=\(rate)", to: "io.max")
    }
  }
}

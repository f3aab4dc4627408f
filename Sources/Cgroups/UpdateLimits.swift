package import Linux
package import RuntimeSpec

extension Cgroup {
  /// Changes the limits that are present in `resources` of a cgroup in use, and no others; when one is refused, all are
  /// as they were before.
  ///
  /// - Parameters:
  ///   - telling: tells somebody else who writes the same files, and may be refused too.
  ///   - takingBack: tells him the old limits after a failure, before the files are restored.
  package func update(
    _ resources: LinuxResources, devices: DeviceHandling = .keep,
    telling: ((LinuxResources) throws(Failure) -> Void)? = nil, takingBack: (() -> Void)? = nil
  ) throws(Failure) {
    if let memory = resources.memory, let limit = memory.limit, let both = memory.swap, both > 0, limit > both {
      throw Failure("memory+swap limit should be >= memory limit")
    }
    let complete = isPureUnified ? try completed(resources) : resources
    let snapshot = try LimitSnapshot(of: self, before: complete)
    do throws(Failure) {
      try apply(complete, devices: devices)
      if let telling {
        try telling(complete)
        // The other may have rounded them.
        try apply(complete, devices: devices)
      }
    } catch {
      takingBack?()
      snapshot.restore()
      throw error
    }
  }

  /// v2 keeps quota and period in one file, and counts swap without the memory: what is given alone is completed by what
  /// the cgroup has now.
  private func completed(_ resources: LinuxResources) throws(Failure) -> LinuxResources {
    guard let unified else { return resources }
    var result = resources
    if let cpu = resources.cpu, let text = try CgroupDirectory.value("cpu.max", of: unified.path) {
      result.cpu = Self.complete(cpu, cpuMax: text)
    }
    if let memory = resources.memory, let limit = try CgroupDirectory.value("memory.max", of: unified.path) {
      result.memory = Self.complete(memory, memoryMax: limit)
    }
    return result
  }

  /// A quota or a period alone leaves the other as it is; `cpuMax` is the text of cpu.max.
  static func complete(_ cpu: LinuxCPU, cpuMax: String) -> LinuxCPU {
    let words = cpuMax.split(separator: " ")
    let quota = cpu.quota ?? 0
    let period = cpu.period ?? 0
    guard words.count == 2, (quota == 0) != (period == 0) else { return cpu }
    var result = cpu
    if quota == 0 { result.quota = Int64(words[0]) ?? -1 }
    if period == 0 { result.period = UInt64(words[1]) }
    return result
  }

  /// A limit of memory and swap together, given alone, is counted from the memory limit that there is; `memoryMax` is the
  /// text of memory.max. A memory limit alone leaves the limit of swap as it is, as runc 1.1 and crun do.
  static func complete(_ memory: LinuxMemory, memoryMax: String) -> LinuxMemory {
    guard (memory.swap ?? 0) != 0, (memory.limit ?? 0) == 0, let limit = Int64(memoryMax) else { return memory }
    var result = memory
    result.limit = limit
    return result
  }
}

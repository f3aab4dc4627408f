import Linux
import RuntimeSpec

/// The memory controller of v1 (the kernel's cgroup-v1/memory.rst). Limits of kernel memory are obsolete: the kernel
/// takes them and does nothing.
enum LegacyMemory {
  private static let limitFile = "memory.limit_in_bytes"
  private static let swapFile = "memory.memsw.limit_in_bytes"

  static func apply(_ memory: LinuxMemory, to directory: borrowing CgroupDirectory) throws(Failure) {
    if let wanted = memory.useHierarchy { try setHierarchy(wanted, in: directory) }
    try setLimits(memory.limit ?? 0, memory.swap ?? 0, in: directory)
    if let reservation = memory.reservation, reservation != 0 {
      try directory.write(String(reservation), to: "memory.soft_limit_in_bytes")
    }
    if memory.disableOOMKiller == true { try directory.write("1", to: "memory.oom_control") }
    // -1 as an unsigned number means unset.
    guard let swappiness = memory.swappiness, swappiness != UInt64.max else { return }
    guard swappiness <= 100 else {
      throw Failure("invalid memory swappiness value: \(swappiness) (valid range is 0-100)")
    }
    try directory.write(String(swappiness), to: "memory.swappiness")
  }

  /// Since Linux 5.11 the memory of cgroups below always counts.
  private static func setHierarchy(_ wanted: Bool, in directory: borrowing CgroupDirectory) throws(Failure) {
    let file = "memory.use_hierarchy"
    let text = wanted ? "1" : "0"
    guard try directory.has(file), try directory.read(file) != text else { return }
    do throws(Failure) {
      try directory.write(text, to: file)
    } catch {
      guard error.errno == .invalidArgument else { throw error }
      throw Failure("useHierarchy cannot be \(wanted) in \(directory.path): the kernel or the parent rules it out")
    }
  }

  /// The kernel keeps memory <= memory + swap at every moment, so the order depends on where the limits are now.
  private static func setLimits(
    _ limit: Int64, _ swap: Int64, in directory: borrowing CgroupDirectory
  ) throws(Failure) {
    var swap = swap
    if limit == -1, swap == 0, try directory.has(swapFile) { swap = -1 }
    if limit != 0, swap != 0 {
      let current = UInt64(try directory.read(limitFile)) ?? UInt64.max
      if swap == -1 || current < UInt64(bitPattern: swap) {
        try setSwap(swap, in: directory)
        try setLimit(limit, in: directory)
        return
      }
    }
    try setLimit(limit, in: directory)
    try setSwap(swap, in: directory)
  }

  private static func setLimit(_ limit: Int64, in directory: borrowing CgroupDirectory) throws(Failure) {
    if limit == 0 { return }
    do throws(Failure) {
      try directory.write(String(limit), to: limitFile)
    } catch {
      guard error.errno == .busy else { throw error }
      let usage = (try? directory.read("memory.usage_in_bytes")) ?? "unknown"
      let peak = (try? directory.read("memory.max_usage_in_bytes")) ?? "unknown"
      throw Failure("unable to set memory limit to \(limit) (current usage: \(usage), peak usage: \(peak))", .busy)
    }
  }

  private static func setSwap(_ swap: Int64, in directory: borrowing CgroupDirectory) throws(Failure) {
    if swap == 0 { return }
    do throws(Failure) {
      try directory.write(String(swap), to: swapFile)
    } catch {
      guard error.errno == .notFound else { throw error }
      throw Failure("the kernel does not account swap (no \(swapFile))", .notFound)
    }
  }
}

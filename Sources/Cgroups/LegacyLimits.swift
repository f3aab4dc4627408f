import Linux
import RuntimeSpec

/// Limits in the files of cgroup v1 (the kernel's admin-guide/cgroup-v1).
enum LegacyLimits {
  static func apply(
    _ controller: LimitedController, _ resources: LinuxResources, to directory: borrowing CgroupDirectory
  ) throws(Failure) {
    switch controller {
    case .memory: if let memory = resources.memory { try LegacyMemory.apply(memory, to: directory) }
    case .cpu: if let cpu = resources.cpu { try LegacyCPU.apply(cpu, to: directory) }
    case .cpuset: try CommonLimits.applyCpuset(resources.cpu, to: directory)
    case .pids: try CommonLimits.applyPids(resources.pids, to: directory)
    case .blockIO: if let io = resources.blockIO { try LegacyBlockIO.apply(io, to: directory) }
    case .hugepage:
      try CommonLimits.applyHugepages(resources.hugepageLimits, to: directory, suffix: ".limit_in_bytes")
    case .rdma: try CommonLimits.applyRdma(resources.rdma, to: directory)
    case .networkClass:
      if let id = resources.network?.classID { try directory.write(String(id), to: "net_cls.classid") }
    case .networkPriority:
      for entry in resources.network?.priorities ?? [] {
        try directory.write("\(entry.name) \(entry.priority)", to: "net_prio.ifpriomap")
      }
    }
  }
}

/// Limits whose files are the same in v1 and v2.
enum CommonLimits {
  static func applyCpuset(_ cpu: LinuxCPU?, to directory: borrowing CgroupDirectory) throws(Failure) {
    if let cpus = cpu?.cpus, !cpus.isEmpty { try directory.write(cpus, to: "cpuset.cpus") }
    if let mems = cpu?.mems, !mems.isEmpty { try directory.write(mems, to: "cpuset.mems") }
  }

  static func applyPids(_ pids: LinuxPids?, to directory: borrowing CgroupDirectory) throws(Failure) {
    guard let limit = pids?.limit else { return }
    try directory.write(Conversion.pids(limit), to: "pids.max")
  }

  /// The limit of use, and that of reservations where the kernel (5.7) has it.
  static func applyHugepages(
    _ limits: [LinuxHugepageLimit], to directory: borrowing CgroupDirectory, suffix: String
  ) throws(Failure) {
    for limit in limits {
      let file = "hugetlb.\(limit.pageSize)"
      // The size names a file: it must not lead to another place.
      guard !limit.pageSize.utf8.contains(UInt8(ascii: "/")) else {
        throw Failure("huge page size \"\(limit.pageSize)\" is no size")
      }
      try directory.write(String(limit.limit), to: file + suffix)
      do throws(Failure) {
        try directory.write(String(limit.limit), to: file + ".rsvd" + suffix)
      } catch {
        if error.errno != .notFound { throw error }
      }
    }
  }

  static func applyRdma(_ limits: OrderedMap<LinuxRdma>, to directory: borrowing CgroupDirectory) throws(Failure) {
    for entry in limits.entries {
      var text = entry.key
      if let handles = entry.value.hcaHandles { text += " hca_handle=\(handles)" }
      if let objects = entry.value.hcaObjects { text += " hca_object=\(objects)" }
      try directory.write(text, to: "rdma.max")
    }
  }
}

package import RuntimeSpec

/// The controllers that limits are set with (config-linux.md, «Control groups»), named as error messages name them.
enum LimitedController: String, CaseIterable {
  case memory, cpu, cpuset, pids, blockIO, hugepage, rdma
  case networkClass = "network class"
  case networkPriority = "network priority"

  var legacyName: String {
    switch self {
    case .memory: "memory"
    case .cpu: "cpu"
    case .cpuset: "cpuset"
    case .pids: "pids"
    case .blockIO: "blkio"
    case .hugepage: "hugetlb"
    case .rdma: "rdma"
    case .networkClass: "net_cls"
    case .networkPriority: "net_prio"
    }
  }

  /// nil when v2 has no such controller.
  var unifiedName: String? {
    switch self {
    case .networkClass, .networkPriority: nil
    case .blockIO: "io"
    default: legacyName
    }
  }

  /// Whether any limit is asked for; 0 means unset where a limit of 0 makes no sense, as for runc.
  func isSet(in resources: LinuxResources) -> Bool {
    switch self {
    case .memory: resources.memory.map(Self.isSet) ?? false
    case .cpu: resources.cpu.map(Self.isSet) ?? false
    case .cpuset: resources.cpu.map { !($0.cpus ?? "").isEmpty || !($0.mems ?? "").isEmpty } ?? false
    case .pids: resources.pids?.limit != nil
    case .blockIO: resources.blockIO.map(Self.isSet) ?? false
    case .hugepage: !resources.hugepageLimits.isEmpty
    case .rdma: !resources.rdma.isEmpty
    case .networkClass: (resources.network?.classID ?? 0) != 0
    case .networkPriority: !(resources.network?.priorities.isEmpty ?? true)
    }
  }

  private static func isSet(_ memory: LinuxMemory) -> Bool {
    (memory.limit ?? 0) != 0 || (memory.swap ?? 0) != 0 || (memory.reservation ?? 0) != 0
      || memory.swappiness != nil || memory.disableOOMKiller == true || memory.useHierarchy != nil
  }

  private static func isSet(_ cpu: LinuxCPU) -> Bool {
    (cpu.shares ?? 0) != 0 || (cpu.quota ?? 0) != 0 || (cpu.period ?? 0) != 0 || cpu.burst != nil || cpu.idle != nil
      || (cpu.realtimeRuntime ?? 0) != 0 || (cpu.realtimePeriod ?? 0) != 0
  }

  private static func isSet(_ io: LinuxBlockIO) -> Bool {
    (io.weight ?? 0) != 0 || (io.leafWeight ?? 0) != 0 || !io.weightDevice.isEmpty
      || !io.throttleReadBpsDevice.isEmpty || !io.throttleWriteBpsDevice.isEmpty
      || !io.throttleReadIOPSDevice.isEmpty || !io.throttleWriteIOPSDevice.isEmpty
  }
}

extension LinuxResources {
  /// Whether any limit but device rules is asked for: a rootless runtime may go without a cgroup only when not.
  package var setsLimits: Bool {
    !unified.isEmpty || LimitedController.allCases.contains { $0.isSet(in: self) }
  }
}

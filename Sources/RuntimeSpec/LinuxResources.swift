/// Limits of a cgroup (config-linux.md, «Control groups»); also the document that `update --resources` reads.
package struct LinuxResources: Equatable, Sendable {
  /// Device rules, applied in this order.
  package var devices: [LinuxDeviceCgroup]
  /// The memory controller.
  package var memory: LinuxMemory?
  /// The cpu and cpuset controllers.
  package var cpu: LinuxCPU?
  /// The pids controller.
  package var pids: LinuxPids?
  /// The blkio or io controller.
  package var blockIO: LinuxBlockIO?
  /// The hugetlb controller.
  package var hugepageLimits: [LinuxHugepageLimit]
  /// The net_cls and net_prio controllers (v1).
  package var network: LinuxNetwork?
  /// The rdma controller, by device.
  package var rdma: OrderedMap<LinuxRdma>
  /// Files of a v2 cgroup and their new contents, written in this order.
  package var unified: OrderedMap<String>

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(
    devices: [LinuxDeviceCgroup] = [],
    memory: LinuxMemory? = nil,
    cpu: LinuxCPU? = nil,
    pids: LinuxPids? = nil,
    blockIO: LinuxBlockIO? = nil,
    hugepageLimits: [LinuxHugepageLimit] = [],
    network: LinuxNetwork? = nil,
    rdma: OrderedMap<LinuxRdma> = [:],
    unified: OrderedMap<String> = [:]
  ) {
    self.devices = devices
    self.memory = memory
    self.cpu = cpu
    self.pids = pids
    self.blockIO = blockIO
    self.hugepageLimits = hugepageLimits
    self.network = network
    self.rdma = rdma
    self.unified = unified
  }
}

/// A rule for access to devices (config-linux.md, «Allowed Device list»).
package struct LinuxDeviceCgroup: Equatable, Sendable {
  /// Whether the rule allows or denies.
  package var allow: Bool
  /// The kind of device. Absent: all.
  package var type: LinuxDeviceCgroupType?
  /// The major number. Absent or -1: all.
  package var major: Int64?
  /// The minor number. Absent or -1: all.
  package var minor: Int64?
  /// A composition of `r`, `w` and `m`. Absent: all.
  package var access: String?

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(
    allow: Bool,
    type: LinuxDeviceCgroupType? = nil,
    major: Int64? = nil,
    minor: Int64? = nil,
    access: String? = nil
  ) {
    self.allow = allow
    self.type = type
    self.major = major
    self.minor = minor
    self.access = access
  }
}

/// The kinds of devices in a rule.
package enum LinuxDeviceCgroupType: String, Equatable, Sendable, CaseIterable {
  case all = "a"
  case character = "c"
  case block = "b"
}

/// The memory controller (config-linux.md, «Memory»). Sizes are in bytes; -1 means no limit.
package struct LinuxMemory: Equatable, Sendable {
  /// The limit of memory usage.
  package var limit: Int64?
  /// The soft limit of memory usage.
  package var reservation: Int64?
  /// The limit of memory plus swap usage.
  package var swap: Int64?
  /// The limit of kernel memory. Obsolete.
  package var kernel: Int64?
  /// The limit of TCP buffer memory (v1).
  package var kernelTCP: Int64?
  /// The inclination to swap, 0 to 100 (v1).
  package var swappiness: UInt64?
  /// Whether processes wait for memory instead of being killed (v1).
  package var disableOOMKiller: Bool?
  /// Whether usage of child cgroups counts (v1). Obsolete.
  package var useHierarchy: Bool?
  /// Whether an update below the current usage is refused.
  package var checkBeforeUpdate: Bool?

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(
    limit: Int64? = nil,
    reservation: Int64? = nil,
    swap: Int64? = nil,
    kernel: Int64? = nil,
    kernelTCP: Int64? = nil,
    swappiness: UInt64? = nil,
    disableOOMKiller: Bool? = nil,
    useHierarchy: Bool? = nil,
    checkBeforeUpdate: Bool? = nil
  ) {
    self.limit = limit
    self.reservation = reservation
    self.swap = swap
    self.kernel = kernel
    self.kernelTCP = kernelTCP
    self.swappiness = swappiness
    self.disableOOMKiller = disableOOMKiller
    self.useHierarchy = useHierarchy
    self.checkBeforeUpdate = checkBeforeUpdate
  }
}

/// The cpu and cpuset controllers (config-linux.md, «CPU»).
package struct LinuxCPU: Equatable, Sendable {
  /// The relative share of CPU time. 0 means unset.
  package var shares: UInt64?
  /// Microseconds of CPU time in each period. Negative: no limit; 0 means unset.
  package var quota: Int64?
  /// Microseconds that unused quota may add up to.
  package var burst: UInt64?
  /// The period in microseconds. 0 means unset.
  package var period: UInt64?
  /// Microseconds of real-time CPU time in each real-time period (v1).
  package var realtimeRuntime: Int64?
  /// The real-time period in microseconds (v1).
  package var realtimePeriod: UInt64?
  /// CPUs as a list of the form `0-3,7`.
  package var cpus: String?
  /// Memory nodes as a list of the form `0-3,7`.
  package var mems: String?
  /// 1 gives the cgroup the idle policy, 0 the normal one.
  package var idle: Int64?

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(
    shares: UInt64? = nil,
    quota: Int64? = nil,
    burst: UInt64? = nil,
    period: UInt64? = nil,
    realtimeRuntime: Int64? = nil,
    realtimePeriod: UInt64? = nil,
    cpus: String? = nil,
    mems: String? = nil,
    idle: Int64? = nil
  ) {
    self.shares = shares
    self.quota = quota
    self.burst = burst
    self.period = period
    self.realtimeRuntime = realtimeRuntime
    self.realtimePeriod = realtimePeriod
    self.cpus = cpus
    self.mems = mems
    self.idle = idle
  }
}

/// The pids controller (config-linux.md, «PIDs»).
package struct LinuxPids: Equatable, Sendable {
  /// The largest number of tasks; -1 means no limit.
  package var limit: Int64?

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(limit: Int64? = nil) {
    self.limit = limit
  }
}

/// A limit of huge page usage (config-linux.md, «Huge page limits»).
package struct LinuxHugepageLimit: Equatable, Sendable {
  /// The page size, of the form `2MB`.
  package var pageSize: String
  /// Bytes.
  package var limit: UInt64

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(pageSize: String, limit: UInt64) {
    self.pageSize = pageSize
    self.limit = limit
  }
}

/// The network controllers (config-linux.md, «Network»).
package struct LinuxNetwork: Equatable, Sendable {
  /// The class of the cgroup's packets.
  package var classID: UInt32?
  /// Priorities by interface.
  package var priorities: [LinuxInterfacePriority]

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(classID: UInt32? = nil, priorities: [LinuxInterfacePriority] = []) {
    self.classID = classID
    self.priorities = priorities
  }
}

/// The priority of a cgroup's packets on an interface (config-linux.md, «Network»).
package struct LinuxInterfacePriority: Equatable, Sendable {
  /// The interface.
  package var name: String
  /// The priority.
  package var priority: UInt32

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(name: String, priority: UInt32) {
    self.name = name
    self.priority = priority
  }
}

/// Limits of RDMA resources on one device (config-linux.md, «RDMA»).
package struct LinuxRdma: Equatable, Sendable {
  /// The largest number of handles.
  package var hcaHandles: UInt32?
  /// The largest number of objects.
  package var hcaObjects: UInt32?

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(hcaHandles: UInt32? = nil, hcaObjects: UInt32? = nil) {
    self.hcaHandles = hcaHandles
    self.hcaObjects = hcaObjects
  }
}

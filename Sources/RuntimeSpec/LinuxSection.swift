/// The `linux` section of a configuration (config-linux.md; `Linux` in the specification's Go package).
package struct LinuxSection: Equatable, Sendable {
  /// The namespaces to make or join, at most one of each type. Types not listed are the runtime's own.
  package var namespaces: [LinuxNamespace]
  /// The user id mapping of a new user namespace.
  package var uidMappings: [LinuxIDMapping]
  /// The group id mapping of a new user namespace.
  package var gidMappings: [LinuxIDMapping]
  /// Clock offsets of a new time namespace, by `monotonic` and `boottime`.
  package var timeOffsets: OrderedMap<LinuxTimeOffset>
  /// Device nodes beyond the default ones.
  package var devices: [LinuxDevice]
  /// Network devices to move into the container, by their name outside.
  package var netDevices: OrderedMap<LinuxNetDevice>
  /// The container's cgroup; with the systemd driver `slice:prefix:name`.
  package var cgroupsPath: String?
  /// Limits of the container's cgroup.
  package var resources: LinuxResources?
  /// The container's Intel RDT group.
  package var intelRdt: LinuxIntelRdt?
  /// The NUMA memory policy.
  package var memoryPolicy: LinuxMemoryPolicy?
  /// Kernel parameters of the container's namespaces, set in this order.
  package var sysctl: OrderedMap<String>
  /// The system call filter.
  package var seccomp: LinuxSeccomp?
  /// The propagation of the root mount.
  package var rootfsPropagation: RootfsPropagation?
  /// Absolute paths in the container that must not be readable.
  package var maskedPaths: [String]
  /// Absolute paths in the container that must not be writable.
  package var readonlyPaths: [String]
  /// The SELinux context of the container's mounts.
  package var mountLabel: String?
  /// The execution domain.
  package var personality: LinuxPersonality?

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(
    namespaces: [LinuxNamespace] = [],
    uidMappings: [LinuxIDMapping] = [],
    gidMappings: [LinuxIDMapping] = [],
    timeOffsets: OrderedMap<LinuxTimeOffset> = [:],
    devices: [LinuxDevice] = [],
    netDevices: OrderedMap<LinuxNetDevice> = [:],
    cgroupsPath: String? = nil,
    resources: LinuxResources? = nil,
    intelRdt: LinuxIntelRdt? = nil,
    memoryPolicy: LinuxMemoryPolicy? = nil,
    sysctl: OrderedMap<String> = [:],
    seccomp: LinuxSeccomp? = nil,
    rootfsPropagation: RootfsPropagation? = nil,
    maskedPaths: [String] = [],
    readonlyPaths: [String] = [],
    mountLabel: String? = nil,
    personality: LinuxPersonality? = nil
  ) {
    self.namespaces = namespaces
    self.uidMappings = uidMappings
    self.gidMappings = gidMappings
    self.timeOffsets = timeOffsets
    self.devices = devices
    self.netDevices = netDevices
    self.cgroupsPath = cgroupsPath
    self.resources = resources
    self.intelRdt = intelRdt
    self.memoryPolicy = memoryPolicy
    self.sysctl = sysctl
    self.seccomp = seccomp
    self.rootfsPropagation = rootfsPropagation
    self.maskedPaths = maskedPaths
    self.readonlyPaths = readonlyPaths
    self.mountLabel = mountLabel
    self.personality = personality
  }
}

/// Propagation of the root mount (config-linux.md, «Rootfs Mount Propagation»), with the recursive forms that
/// runc takes too.
package enum RootfsPropagation: String, Equatable, Sendable, CaseIterable {
  case shared
  case slave
  case `private`
  case unbindable
  case rshared
  case rslave
  case rprivate
  case runbindable
}

/// The execution domain (config-linux.md, «Personality»).
package struct LinuxPersonality: Equatable, Sendable {
  /// The domain.
  package var domain: LinuxPersonalityDomain
  /// Flags. The specification has none yet; they are ignored.
  package var flags: [String]

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(domain: LinuxPersonalityDomain, flags: [String] = []) {
    self.domain = domain
    self.flags = flags
  }
}

/// Execution domains of personality(2).
package enum LinuxPersonalityDomain: String, Equatable, Sendable, CaseIterable {
  case linux = "LINUX"
  case linux32 = "LINUX32"
}

/// The NUMA memory policy (config-linux.md, «Memory policy»; set_mempolicy(2)).
package struct LinuxMemoryPolicy: Equatable, Sendable {
  /// The mode.
  package var mode: MemoryPolicyModeType
  /// Memory nodes as a list of the form `0-3,7`.
  package var nodes: String?
  /// Mode flags.
  package var flags: [MemoryPolicyFlagType]

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(mode: MemoryPolicyModeType, nodes: String? = nil, flags: [MemoryPolicyFlagType] = []) {
    self.mode = mode
    self.nodes = nodes
    self.flags = flags
  }
}

/// The modes of set_mempolicy(2).
package enum MemoryPolicyModeType: String, Equatable, Sendable, CaseIterable {
  case `default` = "MPOL_DEFAULT"
  case bind = "MPOL_BIND"
  case interleave = "MPOL_INTERLEAVE"
  case weightedInterleave = "MPOL_WEIGHTED_INTERLEAVE"
  case preferred = "MPOL_PREFERRED"
  case preferredMany = "MPOL_PREFERRED_MANY"
  case local = "MPOL_LOCAL"
}

/// The mode flags of set_mempolicy(2).
package enum MemoryPolicyFlagType: String, Equatable, Sendable, CaseIterable {
  case numaBalancing = "MPOL_F_NUMA_BALANCING"
  case relativeNodes = "MPOL_F_RELATIVE_NODES"
  case staticNodes = "MPOL_F_STATIC_NODES"
}

/// The container's Intel RDT group (config-linux.md, «IntelRdt»).
package struct LinuxIntelRdt: Equatable, Sendable {
  /// The group's name under the resctrl filesystem. Absent: the container's id.
  package var closID: String?
  /// Lines for the group's schemata file.
  package var schemata: [String]
  /// An L3 line for the schemata file.
  package var l3CacheSchema: String?
  /// An MB line for the schemata file.
  package var memBwSchema: String?
  /// Whether to make a monitoring group for the container.
  package var enableMonitoring: Bool

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(
    closID: String? = nil,
    schemata: [String] = [],
    l3CacheSchema: String? = nil,
    memBwSchema: String? = nil,
    enableMonitoring: Bool = false
  ) {
    self.closID = closID
    self.schemata = schemata
    self.l3CacheSchema = l3CacheSchema
    self.memBwSchema = memBwSchema
    self.enableMonitoring = enableMonitoring
  }
}

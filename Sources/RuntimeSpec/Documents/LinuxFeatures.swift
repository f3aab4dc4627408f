import JSON

/// What the runtime implements on Linux (features-linux.md).
package struct LinuxFeatures: Equatable, Sendable, SpecEncodable {
  /// The names of the namespaces.
  package var namespaces: [String]?
  /// The names of the capabilities.
  package var capabilities: [String]?
  /// The cgroup managers.
  package var cgroup: CgroupFeatures?
  /// The system call filter.
  package var seccomp: SeccompFeatures?
  /// AppArmor.
  package var apparmor: FeatureSwitch?
  /// SELinux.
  package var selinux: FeatureSwitch?
  /// Intel RDT.
  package var intelRdt: IntelRdtFeatures?
  /// The NUMA memory policy.
  package var memoryPolicy: MemoryPolicyFeatures?
  /// Special mounts.
  package var mountExtensions: MountExtensionFeatures?
  /// Moving network devices.
  package var netDevices: FeatureSwitch?

  /// Makes a value from its properties; all may be absent.
  package init(
    namespaces: [String]? = nil,
    capabilities: [String]? = nil,
    cgroup: CgroupFeatures? = nil,
    seccomp: SeccompFeatures? = nil,
    apparmor: FeatureSwitch? = nil,
    selinux: FeatureSwitch? = nil,
    intelRdt: IntelRdtFeatures? = nil,
    memoryPolicy: MemoryPolicyFeatures? = nil,
    mountExtensions: MountExtensionFeatures? = nil,
    netDevices: FeatureSwitch? = nil
  ) {
    self.namespaces = namespaces
    self.capabilities = capabilities
    self.cgroup = cgroup
    self.seccomp = seccomp
    self.apparmor = apparmor
    self.selinux = selinux
    self.intelRdt = intelRdt
    self.memoryPolicy = memoryPolicy
    self.mountExtensions = mountExtensions
    self.netDevices = netDevices
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.memberIfPresent("namespaces", namespaces)
    writer.memberIfPresent("capabilities", capabilities)
    writer.memberIfPresent("cgroup", cgroup)
    writer.memberIfPresent("seccomp", seccomp)
    writer.memberIfPresent("apparmor", apparmor)
    writer.memberIfPresent("selinux", selinux)
    writer.memberIfPresent("intelRdt", intelRdt)
    writer.memberIfPresent("memoryPolicy", memoryPolicy)
    writer.memberIfPresent("mountExtensions", mountExtensions)
    writer.memberIfPresent("netDevices", netDevices)
    writer.endObject()
  }
}

/// The cgroup managers (features-linux.md, «Cgroup»).
package struct CgroupFeatures: Equatable, Sendable, SpecEncodable {
  /// Whether cgroup v1 is supported.
  package var v1: Bool?
  /// Whether cgroup v2 is supported.
  package var v2: Bool?
  /// Whether the system's systemd is supported.
  package var systemd: Bool?
  /// Whether a user's systemd is supported.
  package var systemdUser: Bool?
  /// Whether the rdma controller is supported.
  package var rdma: Bool?

  /// Makes a value from its properties; all may be absent.
  package init(v1: Bool? = nil, v2: Bool? = nil, systemd: Bool? = nil, systemdUser: Bool? = nil, rdma: Bool? = nil) {
    self.v1 = v1
    self.v2 = v2
    self.systemd = systemd
    self.systemdUser = systemdUser
    self.rdma = rdma
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.memberIfPresent("v1", v1)
    writer.memberIfPresent("v2", v2)
    writer.memberIfPresent("systemd", systemd)
    writer.memberIfPresent("systemdUser", systemdUser)
    writer.memberIfPresent("rdma", rdma)
    writer.endObject()
  }
}

/// The system call filter (features-linux.md, «Seccomp»).
package struct SeccompFeatures: Equatable, Sendable, SpecEncodable {
  /// Whether it is supported.
  package var enabled: Bool?
  /// The names of the actions.
  package var actions: [String]?
  /// The names of the comparisons.
  package var operators: [String]?
  /// The names of the architectures.
  package var archs: [String]?
  /// The names of the flags.
  package var knownFlags: [String]?
  /// The names of the flags that the kernel and libseccomp support, too.
  package var supportedFlags: [String]?

  /// Makes a value from its properties; all may be absent.
  package init(
    enabled: Bool? = nil,
    actions: [String]? = nil,
    operators: [String]? = nil,
    archs: [String]? = nil,
    knownFlags: [String]? = nil,
    supportedFlags: [String]? = nil
  ) {
    self.enabled = enabled
    self.actions = actions
    self.operators = operators
    self.archs = archs
    self.knownFlags = knownFlags
    self.supportedFlags = supportedFlags
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.memberIfPresent("enabled", enabled)
    writer.memberIfPresent("actions", actions)
    writer.memberIfPresent("operators", operators)
    writer.memberIfPresent("archs", archs)
    writer.memberIfPresent("knownFlags", knownFlags)
    writer.memberIfPresent("supportedFlags", supportedFlags)
    writer.endObject()
  }
}

/// A feature that is supported or not.
package struct FeatureSwitch: Equatable, Sendable, SpecEncodable {
  /// Whether it is supported.
  package var enabled: Bool?

  /// Makes a value from its properties; all may be absent.
  package init(enabled: Bool? = nil) {
    self.enabled = enabled
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.memberIfPresent("enabled", enabled)
    writer.endObject()
  }
}

/// Intel RDT (features-linux.md, «Intel RDT»).
package struct IntelRdtFeatures: Equatable, Sendable, SpecEncodable {
  /// Whether it is supported.
  package var enabled: Bool?
  /// Whether `linux.intelRdt.schemata` is supported.
  package var schemata: Bool?
  /// Whether `linux.intelRdt.enableMonitoring` is supported.
  package var monitoring: Bool?

  /// Makes a value from its properties; all may be absent.
  package init(enabled: Bool? = nil, schemata: Bool? = nil, monitoring: Bool? = nil) {
    self.enabled = enabled
    self.schemata = schemata
    self.monitoring = monitoring
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.memberIfPresent("enabled", enabled)
    writer.memberIfPresent("schemata", schemata)
    writer.memberIfPresent("monitoring", monitoring)
    writer.endObject()
  }
}

/// The NUMA memory policy (features-linux.md, «MemoryPolicy»).
package struct MemoryPolicyFeatures: Equatable, Sendable, SpecEncodable {
  /// The names of the modes.
  package var modes: [String]?
  /// The names of the mode flags.
  package var flags: [String]?

  /// Makes a value from its properties; all may be absent.
  package init(modes: [String]? = nil, flags: [String]? = nil) {
    self.modes = modes
    self.flags = flags
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.memberIfPresent("modes", modes)
    writer.memberIfPresent("flags", flags)
    writer.endObject()
  }
}

/// Special mounts (features-linux.md, «MountExtensions»).
package struct MountExtensionFeatures: Equatable, Sendable, SpecEncodable {
  /// Id-mapped mounts.
  package var idmap: FeatureSwitch?

  /// Makes a value from its properties; all may be absent.
  package init(idmap: FeatureSwitch? = nil) {
    self.idmap = idmap
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.memberIfPresent("idmap", idmap)
    writer.endObject()
  }
}

/// A process of a container (config.md, «Process»).
package struct Process: Equatable, Sendable {
  /// Whether the process gets a pseudoterminal.
  package var terminal: Bool
  /// The terminal's size. Ignored without a terminal.
  package var consoleSize: Box?
  /// The ids that the process runs with.
  package var user: User
  /// The argument vector. The first is looked up in PATH as `execvp` does.
  package var args: [String]
  /// The environment, entries of the form KEY=VALUE.
  package var env: [String]
  /// The working directory, an absolute path inside the container.
  package var cwd: String
  /// The capability sets. Absent: the sets are left as they are.
  package var capabilities: LinuxCapabilities?
  /// Resource limits, at most one of each type.
  package var rlimits: [POSIXRlimit]
  /// Whether the process is barred from gaining privileges by execve.
  package var noNewPrivileges: Bool
  /// The AppArmor profile's name.
  package var apparmorProfile: String?
  /// The value of oom_score_adj, -1000 to 1000. Absent: not changed.
  package var oomScoreAdj: Int?
  /// The scheduling policy and its parameters.
  package var scheduler: Scheduler?
  /// The SELinux label of the process.
  package var selinuxLabel: String?
  /// The I/O scheduling class and priority.
  package var ioPriority: LinuxIOPriority?
  /// CPU affinity of processes that `exec` adds.
  package var execCPUAffinity: CPUAffinity?

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(
    terminal: Bool = false,
    consoleSize: Box? = nil,
    user: User = User(),
    args: [String] = [],
    env: [String] = [],
    cwd: String = "/",
    capabilities: LinuxCapabilities? = nil,
    rlimits: [POSIXRlimit] = [],
    noNewPrivileges: Bool = false,
    apparmorProfile: String? = nil,
    oomScoreAdj: Int? = nil,
    scheduler: Scheduler? = nil,
    selinuxLabel: String? = nil,
    ioPriority: LinuxIOPriority? = nil,
    execCPUAffinity: CPUAffinity? = nil
  ) {
    self.terminal = terminal
    self.consoleSize = consoleSize
    self.user = user
    self.args = args
    self.env = env
    self.cwd = cwd
    self.capabilities = capabilities
    self.rlimits = rlimits
    self.noNewPrivileges = noNewPrivileges
    self.apparmorProfile = apparmorProfile
    self.oomScoreAdj = oomScoreAdj
    self.scheduler = scheduler
    self.selinuxLabel = selinuxLabel
    self.ioPriority = ioPriority
    self.execCPUAffinity = execCPUAffinity
  }
}

/// A terminal's size in characters (config.md, `process.consoleSize`).
package struct Box: Equatable, Sendable {
  /// Rows.
  package var height: UInt32
  /// Columns.
  package var width: UInt32

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(height: UInt32, width: UInt32) {
    self.height = height
    self.width = width
  }
}

/// The ids of a process (config.md, «POSIX-platform User»).
package struct User: Equatable, Sendable {
  /// The user id in the container's namespace.
  package var uid: UInt32
  /// The group id in the container's namespace.
  package var gid: UInt32
  /// The file mode creation mask. Absent: not changed.
  package var umask: UInt32?
  /// Supplementary group ids in the container's namespace.
  package var additionalGids: [UInt32]

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(uid: UInt32 = 0, gid: UInt32 = 0, umask: UInt32? = nil, additionalGids: [UInt32] = []) {
    self.uid = uid
    self.gid = gid
    self.umask = umask
    self.additionalGids = additionalGids
  }
}

/// Capability sets, as names of capabilities(7) (config.md, `process.capabilities`). Unknown names are no
/// error.
package struct LinuxCapabilities: Equatable, Sendable {
  /// The bounding set.
  package var bounding: [String]
  /// The effective set.
  package var effective: [String]
  /// The inheritable set.
  package var inheritable: [String]
  /// The permitted set.
  package var permitted: [String]
  /// The ambient set.
  package var ambient: [String]

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(
    bounding: [String] = [],
    effective: [String] = [],
    inheritable: [String] = [],
    permitted: [String] = [],
    ambient: [String] = []
  ) {
    self.bounding = bounding
    self.effective = effective
    self.inheritable = inheritable
    self.permitted = permitted
    self.ambient = ambient
  }
}

/// CPU lists of the form `0-3,7` (config.md, `process.execCPUAffinity`).
package struct CPUAffinity: Equatable, Sendable {
  /// The CPUs before the process enters the container's cgroup.
  package var initial: String?
  /// The CPUs after the process entered the container's cgroup.
  package var final: String?

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(initial: String? = nil, final: String? = nil) {
    self.initial = initial
    self.final = final
  }
}

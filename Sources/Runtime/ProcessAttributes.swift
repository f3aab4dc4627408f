internal import Linux
internal import RuntimeSpec

/// What the kernel keeps of a process besides its credentials: limits, scheduling, memory policy, execution domain
/// (config.md, «Linux Process»; config-linux.md, «Memory policy», «Personality»).
enum ProcessAttributes {
  /// Sets the resource limits of a process (0: the caller), prlimit(2). The child sets its own while it still is the
  /// runtime's user; in a user namespace, where it could not raise a hard limit, its parent does it.
  static func setLimits(_ limits: [POSIXRlimit], of pid: Int32) throws(Failure) {
    for limit in limits {
      try Scheduling.setLimit(
        pid: pid, resource: limit.type.number, soft: limit.soft, hard: limit.hard, limit.type.rawValue)
    }
  }

  /// Writes oom_score_adj of a process. A value that needs CAP_SYS_RESOURCE is refused by the kernel with EACCES: that
  /// is an error but in a rootless container, where it is left as it is.
  ///
  /// `pid` nil is the caller itself.
  static func setOOMScore(_ score: Int, of pid: Int32?, rootless: Bool) throws(Failure) {
    let procfs = try Procfs(.processes)
    do {
      try procfs.write(String(score), to: "\(pid.map { String($0) } ?? "self")/oom_score_adj")
    } catch {
      if rootless, error.errno == .accessDenied || error.errno == .notPermitted { return }
      throw error.within("set oom_score_adj to \(score)")
    }
  }

  static func setScheduler(_ scheduler: Scheduler) throws(Failure) {
    var attributes = Scheduling.Attributes(policy: scheduler.policy.number)
    attributes.nice = scheduler.nice
    attributes.priority = UInt32(clamping: scheduler.priority)
    attributes.runtime = scheduler.runtime
    attributes.deadline = scheduler.deadline
    attributes.period = scheduler.period
    for flag in scheduler.flags { attributes.flags |= flag.number }
    try Scheduling.setAttributes(attributes)
  }

  static func setIOPriority(_ priority: LinuxIOPriority) throws(Failure) {
    let number: Int32 =
      switch priority.class {
      case .realTime: 1
      case .bestEffort: 2
      case .idle: 3
      }
    try Scheduling.setIOPriority(class: number, priority: Int32(clamping: priority.priority))
  }

  static func setPersonality(_ personality: LinuxPersonality) throws(Failure) {
    // PER_LINUX and PER_LINUX32, personality(2).
    try Processes.setPersonality(personality.domain == .linux32 ? 8 : 0)
  }

  static func setMemoryPolicy(_ policy: LinuxMemoryPolicy) throws(Failure) {
    var mode = policy.mode.number
    for flag in policy.flags { mode |= flag.number }
    let nodes = try within("memoryPolicy.nodes") { () throws(Failure) -> [Int] in
      try parseList(policy.nodes ?? "")
    }
    try Scheduling.setMemoryPolicy(mode: mode, nodes: nodes)
  }

  /// Numbers of a list as in cpuset(7), `0-3,7`.
  static func parseList(_ text: String) throws(Failure) -> [Int] {
    var numbers: [Int] = []
    for part in text.split(separator: ",") {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false)
      guard let first = Int(ends[0]), let last = ends.count > 1 ? Int(ends[1]) : first, ends.count <= 2, first >= 0,
        first <= last, last < 4096
      else { throw Failure("\"\(text)\" is not a list of numbers and ranges") }
      numbers += first...last
    }
    return numbers
  }
}

extension POSIXRlimitType {
  /// RLIMIT_*, setrlimit(2).
  fileprivate var number: Int32 {
    switch self {
    case .cpu: 0
    case .fileSize: 1
    case .data: 2
    case .stack: 3
    case .core: 4
    case .rss: 5
    case .nproc: 6
    case .nofile: 7
    case .memlock: 8
    case .addressSpace: 9
    case .locks: 10
    case .sigpending: 11
    case .msgqueue: 12
    case .nice: 13
    case .rtprio: 14
    case .rttime: 15
    }
  }
}

extension LinuxSchedulerPolicy {
  /// SCHED_*, sched(7).
  fileprivate var number: UInt32 {
    switch self {
    case .other: 0
    case .fifo: 1
    case .rr: 2
    case .batch: 3
    case .iso: 4
    case .idle: 5
    case .deadline: 6
    }
  }
}

extension LinuxSchedulerFlag {
  /// SCHED_FLAG_*, sched_setattr(2).
  fileprivate var number: UInt64 {
    switch self {
    case .resetOnFork: 0x01
    case .reclaim: 0x02
    case .dlOverrun: 0x04
    case .keepPolicy: 0x08
    case .keepParams: 0x10
    case .utilClampMin: 0x20
    case .utilClampMax: 0x40
    }
  }
}

extension MemoryPolicyModeType {
  /// MPOL_*, set_mempolicy(2).
  fileprivate var number: Int32 {
    switch self {
    case .default: 0
    case .preferred: 1
    case .bind: 2
    case .interleave: 3
    case .local: 4
    case .preferredMany: 5
    case .weightedInterleave: 6
    }
  }
}

extension MemoryPolicyFlagType {
  /// MPOL_F_*, set_mempolicy(2).
  fileprivate var number: Int32 {
    switch self {
    case .numaBalancing: 1 << 13
    case .relativeNodes: 1 << 14
    case .staticNodes: 1 << 15
    }
  }
}

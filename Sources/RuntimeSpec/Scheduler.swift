/// The scheduling of a process (config.md, `process.scheduler`; sched_setattr(2)).
package struct Scheduler: Equatable, Sendable {
  /// The policy.
  package var policy: LinuxSchedulerPolicy
  /// The nice value, -20 to 19.
  package var nice: Int32
  /// The static priority of the real-time policies.
  package var priority: Int32
  /// Flags of sched_setattr(2).
  package var flags: [LinuxSchedulerFlag]
  /// Nanoseconds of run time in each period, for SCHED_DEADLINE.
  package var runtime: UInt64
  /// The relative deadline in nanoseconds, for SCHED_DEADLINE.
  package var deadline: UInt64
  /// The period in nanoseconds, for SCHED_DEADLINE.
  package var period: UInt64

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(
    policy: LinuxSchedulerPolicy,
    nice: Int32 = 0,
    priority: Int32 = 0,
    flags: [LinuxSchedulerFlag] = [],
    runtime: UInt64 = 0,
    deadline: UInt64 = 0,
    period: UInt64 = 0
  ) {
    self.policy = policy
    self.nice = nice
    self.priority = priority
    self.flags = flags
    self.runtime = runtime
    self.deadline = deadline
    self.period = period
  }
}

/// The policies of sched(7).
package enum LinuxSchedulerPolicy: String, Equatable, Sendable, CaseIterable {
  case other = "SCHED_OTHER"
  case fifo = "SCHED_FIFO"
  case rr = "SCHED_RR"
  case batch = "SCHED_BATCH"
  case iso = "SCHED_ISO"
  case idle = "SCHED_IDLE"
  case deadline = "SCHED_DEADLINE"
}

/// The flags of sched_setattr(2).
package enum LinuxSchedulerFlag: String, Equatable, Sendable, CaseIterable {
  case resetOnFork = "SCHED_FLAG_RESET_ON_FORK"
  case reclaim = "SCHED_FLAG_RECLAIM"
  case dlOverrun = "SCHED_FLAG_DL_OVERRUN"
  case keepPolicy = "SCHED_FLAG_KEEP_POLICY"
  case keepParams = "SCHED_FLAG_KEEP_PARAMS"
  case utilClampMin = "SCHED_FLAG_UTIL_CLAMP_MIN"
  case utilClampMax = "SCHED_FLAG_UTIL_CLAMP_MAX"
}

/// The I/O priority of a process (config.md, `process.ioPriority`; ioprio_set(2)).
package struct LinuxIOPriority: Equatable, Sendable {
  /// The scheduling class.
  package var `class`: IOPriorityClass
  /// The level in the class, 0 (highest) to 7.
  package var priority: Int

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(`class`: IOPriorityClass, priority: Int) {
    self.class = `class`
    self.priority = priority
  }
}

/// The I/O scheduling classes of ioprio_set(2).
package enum IOPriorityClass: String, Equatable, Sendable, CaseIterable {
  case realTime = "IOPRIO_CLASS_RT"
  case bestEffort = "IOPRIO_CLASS_BE"
  case idle = "IOPRIO_CLASS_IDLE"
}

/// One resource limit (config.md, `process.rlimits`; getrlimit(2)).
package struct POSIXRlimit: Equatable, Sendable {
  /// The limited resource.
  package var type: POSIXRlimitType
  /// The limit that is enforced.
  package var soft: UInt64
  /// The ceiling of the soft limit.
  package var hard: UInt64

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(type: POSIXRlimitType, soft: UInt64, hard: UInt64) {
    self.type = type
    self.soft = soft
    self.hard = hard
  }
}

/// The resources of getrlimit(2).
package enum POSIXRlimitType: String, Equatable, Sendable, CaseIterable {
  case addressSpace = "RLIMIT_AS"
  case core = "RLIMIT_CORE"
  case cpu = "RLIMIT_CPU"
  case data = "RLIMIT_DATA"
  case fileSize = "RLIMIT_FSIZE"
  case locks = "RLIMIT_LOCKS"
  case memlock = "RLIMIT_MEMLOCK"
  case msgqueue = "RLIMIT_MSGQUEUE"
  case nice = "RLIMIT_NICE"
  case nofile = "RLIMIT_NOFILE"
  case nproc = "RLIMIT_NPROC"
  case rss = "RLIMIT_RSS"
  case rtprio = "RLIMIT_RTPRIO"
  case rttime = "RLIMIT_RTTIME"
  case sigpending = "RLIMIT_SIGPENDING"
  case stack = "RLIMIT_STACK"
}

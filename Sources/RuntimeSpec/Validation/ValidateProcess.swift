import JSON

extension Process {
  /// Whether `entry` has the form of environ(7), `KEY=VALUE`, with a key.
  package static func isEnvironmentEntry(_ entry: String) -> Bool {
    let equals = entry.utf8.firstIndex(of: UInt8(ascii: "="))
    return equals != nil && equals != entry.utf8.startIndex
  }
}

extension Validator {
  /// Checks a process (config.md, «Process»).
  mutating func check(_ process: Process, _ path: JSONPath) {
    require(!process.args.isEmpty, path["args"], "must have at least one entry")
    requireAbsolute(process.cwd, path["cwd"])
    requireEnvironment(process.env, path["env"])
    if process.terminal, let size = process.consoleSize {
      require(size.height <= 65535, path["consoleSize"]["height"], "must not exceed 65535 (got \(size.height))")
      require(size.width <= 65535, path["consoleSize"]["width"], "must not exceed 65535 (got \(size.width))")
    }
    check(process.user, path["user"])
    if let umask = process.user.umask {
      require(umask <= 0o777, path["user"]["umask"], "must not exceed 511, octal 777 (got \(umask))")
    }
    if let score = process.oomScoreAdj {
      require((-1000...1000).contains(score), path["oomScoreAdj"], "must be from -1000 to 1000 (got \(score))")
    }
    check(process.rlimits, path["rlimits"])
    if let scheduler = process.scheduler { check(scheduler, path["scheduler"]) }
    if let priority = process.ioPriority?.priority {
      require((0...7).contains(priority), path["ioPriority"]["priority"], "must be from 0 to 7 (got \(priority))")
    }
    if let affinity = process.execCPUAffinity {
      requireNumberList(affinity.initial, path["execCPUAffinity"]["initial"])
      requireNumberList(affinity.final, path["execCPUAffinity"]["final"])
    }
  }

  mutating func requireEnvironment(_ entries: [String], _ path: @autoclosure () -> JSONPath) {
    for (index, entry) in entries.enumerated() {
      require(
        Process.isEnvironmentEntry(entry), path()[index], "must have the form KEY=VALUE (got \(Quoted.text(entry)))")
    }
  }

  /// The highest number stands for «no change» in setresuid(2) and setresgid(2): the process would stay root.
  private mutating func check(_ user: User, _ path: JSONPath) {
    let message = "must be less than 4294967295, which is no user and no group"
    require(user.uid != .max, path["uid"], message)
    require(user.gid != .max, path["gid"], message)
    for (index, gid) in user.additionalGids.enumerated() {
      require(gid != .max, path["additionalGids"][index], message)
    }
  }

  private mutating func check(_ rlimits: [POSIXRlimit], _ path: @autoclosure () -> JSONPath) {
    for (index, rlimit) in rlimits.enumerated() {
      require(
        rlimit.soft <= rlimit.hard || !isKnown(path()[index]), path()[index]["soft"],
        "must not exceed the hard limit \(rlimit.hard) (got \(rlimit.soft))")
      // There are 16 types: more entries can't all differ, and the first of them show it.
      for earlier in 0..<min(index, 16) where rlimits[earlier].type == rlimit.type {
        guard isKnown(path()[index]["type"]), isKnown(path()[earlier]["type"]) else { continue }
        fail(path()[index]["type"], "must not occur twice (got \(Quoted.text(rlimit.type.rawValue)))")
        break
      }
    }
  }

  /// The rules of sched_setattr(2).
  private mutating func check(_ scheduler: Scheduler, _ path: JSONPath) {
    let policy = scheduler.policy
    guard isKnown(path["policy"]) else { return }
    if policy == .other || policy == .batch {
      require(
        (-20...19).contains(scheduler.nice), path["nice"], "must be from -20 to 19 (got \(scheduler.nice))")
    }
    if policy == .fifo || policy == .rr {
      require(
        (1...99).contains(scheduler.priority), path["priority"],
        "must be from 1 to 99 for \(policy.rawValue) (got \(scheduler.priority))")
    } else {
      require(
        scheduler.priority == 0, path["priority"],
        "is only for SCHED_FIFO and SCHED_RR, not for \(policy.rawValue) (got \(scheduler.priority))")
    }
    guard policy == .deadline else {
      for (name, value) in [
        ("runtime", scheduler.runtime), ("deadline", scheduler.deadline), ("period", scheduler.period),
      ] {
        require(value == 0, path[name], "is only for SCHED_DEADLINE, not for \(policy.rawValue) (got \(value))")
      }
      return
    }
    require(scheduler.runtime > 0, path["runtime"], "must be greater than zero for SCHED_DEADLINE")
    require(
      scheduler.runtime <= scheduler.deadline || !isKnown(path["runtime"]), path["deadline"],
      "must not be less than the runtime \(scheduler.runtime) (got \(scheduler.deadline))")
    require(
      scheduler.period == 0 || scheduler.deadline <= scheduler.period || !isKnown(path["deadline"]), path["period"],
      "must not be less than the deadline \(scheduler.deadline) (got \(scheduler.period))")
  }
}

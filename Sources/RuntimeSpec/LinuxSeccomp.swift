/// The system call filter (config-linux.md, «Seccomp»).
package struct LinuxSeccomp: Equatable, Sendable {
  /// What happens to calls that no rule matches.
  package var defaultAction: LinuxSeccompAction
  /// The errno of the default action. Absent: EPERM.
  package var defaultErrnoRet: UInt32?
  /// The architectures besides the native one.
  package var architectures: [Arch]
  /// Flags for seccomp(2). Absent differs from empty: runtimes have defaults.
  package var flags: [LinuxSeccompFlag]?
  /// The Unix socket that gets the notification descriptor.
  package var listenerPath: String?
  /// Opaque data for the listener.
  package var listenerMetadata: String?
  /// The rules.
  package var syscalls: [LinuxSyscall]

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(
    defaultAction: LinuxSeccompAction,
    defaultErrnoRet: UInt32? = nil,
    architectures: [Arch] = [],
    flags: [LinuxSeccompFlag]? = nil,
    listenerPath: String? = nil,
    listenerMetadata: String? = nil,
    syscalls: [LinuxSyscall] = []
  ) {
    self.defaultAction = defaultAction
    self.defaultErrnoRet = defaultErrnoRet
    self.architectures = architectures
    self.flags = flags
    self.listenerPath = listenerPath
    self.listenerMetadata = listenerMetadata
    self.syscalls = syscalls
  }
}

/// A rule for system calls (config-linux.md, `seccomp.syscalls`).
package struct LinuxSyscall: Equatable, Sendable {
  /// The system calls. Unknown names are ignored.
  package var names: [String]
  /// What happens.
  package var action: LinuxSeccompAction
  /// The errno of the action. Absent: EPERM.
  package var errnoRet: UInt32?
  /// Conditions on the arguments that must all hold.
  package var args: [LinuxSeccompArg]

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(names: [String], action: LinuxSeccompAction, errnoRet: UInt32? = nil, args: [LinuxSeccompArg] = []) {
    self.names = names
    self.action = action
    self.errnoRet = errnoRet
    self.args = args
  }
}

/// A condition on a system call's argument (config-linux.md, `seccomp.syscalls[].args`).
package struct LinuxSeccompArg: Equatable, Sendable {
  /// The argument, 0 to 5.
  package var index: UInt32
  /// The operand; for SCMP_CMP_MASKED_EQ the mask.
  package var value: UInt64
  /// The value to compare with under SCMP_CMP_MASKED_EQ.
  package var valueTwo: UInt64
  /// The comparison.
  package var op: LinuxSeccompOperator

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(index: UInt32, value: UInt64, valueTwo: UInt64 = 0, op: LinuxSeccompOperator) {
    self.index = index
    self.value = value
    self.valueTwo = valueTwo
    self.op = op
  }
}

/// The actions of seccomp_rule_add(3).
package enum LinuxSeccompAction: String, Equatable, Sendable, CaseIterable {
  case kill = "SCMP_ACT_KILL"
  case killProcess = "SCMP_ACT_KILL_PROCESS"
  case killThread = "SCMP_ACT_KILL_THREAD"
  case trap = "SCMP_ACT_TRAP"
  case errno = "SCMP_ACT_ERRNO"
  case trace = "SCMP_ACT_TRACE"
  case allow = "SCMP_ACT_ALLOW"
  case log = "SCMP_ACT_LOG"
  case notify = "SCMP_ACT_NOTIFY"
}

/// The comparisons of seccomp_rule_add(3).
package enum LinuxSeccompOperator: String, Equatable, Sendable, CaseIterable {
  case notEqual = "SCMP_CMP_NE"
  case lessThan = "SCMP_CMP_LT"
  case lessEqual = "SCMP_CMP_LE"
  case equalTo = "SCMP_CMP_EQ"
  case greaterEqual = "SCMP_CMP_GE"
  case greaterThan = "SCMP_CMP_GT"
  case maskedEqual = "SCMP_CMP_MASKED_EQ"
}

/// The flags of seccomp(2).
package enum LinuxSeccompFlag: String, Equatable, Sendable, CaseIterable {
  case tsync = "SECCOMP_FILTER_FLAG_TSYNC"
  case log = "SECCOMP_FILTER_FLAG_LOG"
  case specAllow = "SECCOMP_FILTER_FLAG_SPEC_ALLOW"
  case waitKillableRecv = "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"
}

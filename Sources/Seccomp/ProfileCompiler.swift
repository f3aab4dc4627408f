internal import CSeccomp
package import Linux
package import RuntimeSpec

extension SeccompProgram {
  /// Compiles a profile through libseccomp (config-linux.md, «Seccomp»).
  ///
  /// Names that libseccomp doesn't know are ignored, and so is a rule on those architectures that lack its system call;
  /// calls that are newer than the profile get ENOSYS (`NewerCalls`). Throws when the profile contradicts itself or
  /// asks for what this libseccomp or the kernel cannot give.
  package static func compile(_ profile: LinuxSeccomp) throws(Failure) -> SeccompProgram {
    do throws(Failure) {
      try checkNotifications(profile)
      let flags = try kernelFlags(profile)
      let architectures = try tokens(of: profile.architectures)
      var instructions = NewerCalls(profile, architectures: architectures).instructions()
      instructions += try filter(profile, architectures: architectures)
      guard instructions.count <= 4096 * 8 else {
        throw Failure("the filter has \(instructions.count / 8) instructions, the kernel takes 4096")
      }
      return SeccompProgram(instructions: instructions, flags: flags)
    } catch {
      throw error.within("seccomp")
    }
  }

  /// The architectures of the filter, the native one first and always among them.
  private static func tokens(of architectures: [Arch]) throws(Failure) -> [UInt32] {
    var tokens = [ArchitectureToken.native]
    for architecture in architectures {
      guard let token = architecture.token else {
        throw Failure("libseccomp \(SeccompSupport.libraryVersion) does not know architecture \(architecture.rawValue)")
      }
      if !tokens.contains(token) { tokens.append(token) }
    }
    return tokens
  }

  private static func filter(_ profile: LinuxSeccomp, architectures: [UInt32]) throws(Failure) -> [UInt8] {
    let defaultAction = try within("defaultErrnoRet") { () throws(Failure) in
      try profile.defaultAction.kernelAction(errno: profile.defaultErrnoRet)
    }
    let context = try FilterContext(defaultAction: defaultAction)
    for token in architectures.dropFirst() {
      try context.add(token, named: Arch.allCases.first { $0.token == token }?.rawValue ?? "\(token)")
    }
    // libseccomp up to 2.5.4 makes a wrong tree of a filter without rules; a short list gains nothing from one.
    if profile.syscalls.reduce(0, { $0 + $1.names.count }) > 32 { try context.optimizeForSearch() }

    for (place, rule) in profile.syscalls.enumerated() {
      do throws(Failure) {
        let action = try rule.action.kernelAction(errno: rule.errnoRet)
        // libseccomp refuses rules that change nothing.
        if action == defaultAction { continue }
        try add(rule, action, to: context)
      } catch {
        throw error.within("syscalls[\(place)]")
      }
    }
    return try context.export()
  }

  private static func add(_ rule: LinuxSyscall, _ action: UInt32, to context: borrowing FilterContext) throws(Failure) {
    let alternatives = try conditions(rule.args)
    for name in rule.names {
      let number = unsafe seccomp_syscall_resolve_name(name)
      if number == -1 /* __NR_SCMP_ERROR */ { continue }
      for conditions in alternatives { try context.add(action, number: number, conditions, name) }
    }
  }

  /// Lists of conditions, any of which is to hold as a whole. There is one, unless conditions share an argument:
  /// libseccomp takes one per argument, and runc makes each condition of such a rule an alternative.
  private static func conditions(_ arguments: [LinuxSeccompArg]) throws(Failure) -> [[scmp_arg_cmp]] {
    var seen: UInt32 = 0
    var shared = false
    var all: [scmp_arg_cmp] = []
    for argument in arguments {
      guard argument.index < 6 else { throw Failure("args: index \(argument.index) is out of range (0 to 5)") }
      let bit = UInt32(1) << argument.index
      shared = shared || seen & bit != 0
      seen |= bit
      all.append(
        scmp_arg_cmp(
          arg: argument.index, op: argument.op.libraryOperator, datum_a: argument.value, datum_b: argument.valueTwo))
    }
    return shared ? all.map { [$0] } : [all]
  }

  /// Flags for seccomp(2). Absent flags are SPEC_ALLOW, as in runc; TSYNC has nothing to do in a process with one
  /// thread, and WAIT_KILLABLE_RECV nothing without a listener, where the kernel refuses it.
  private static func kernelFlags(_ profile: LinuxSeccomp) throws(Failure) -> UInt32 {
    var flags: UInt32 = profile.syscalls.contains { $0.action == .notify } ? KernelFlag.newListener : 0
    guard let wanted = profile.flags else { return flags | KernelFlag.specAllow }
    for flag in wanted {
      switch flag {
      case .tsync: break
      case .log: flags |= KernelFlag.log
      case .specAllow: flags |= KernelFlag.specAllow
      case .waitKillableRecv:
        guard SeccompSupport.isSupported(flag) else { throw Failure("the kernel does not know \(flag.rawValue)") }
        if flags & KernelFlag.newListener != 0 { flags |= KernelFlag.waitKillableRecv }
      }
    }
    return flags
  }

  /// What config-linux.md and the hand-over of the listener ask of profiles with SCMP_ACT_NOTIFY.
  private static func checkNotifications(_ profile: LinuxSeccomp) throws(Failure) {
    guard profile.defaultAction != .notify else {
      throw Failure("SCMP_ACT_NOTIFY cannot be used as default action")
    }
    let rules = profile.syscalls.filter { $0.action == .notify }
    // The process hands the listener over by calls that nobody could answer for it yet.
    guard !rules.contains(where: { $0.names.contains("write") }) else {
      throw Failure("SCMP_ACT_NOTIFY cannot be used for the write syscall")
    }
    let hasPath = profile.listenerPath.map { !$0.isEmpty } ?? false
    guard rules.isEmpty || hasPath else { throw Failure("SCMP_ACT_NOTIFY is used, but listenerPath is not set") }
    guard hasPath || profile.listenerMetadata.map({ $0.isEmpty }) ?? true else {
      throw Failure("listenerMetadata is set, but listenerPath is not")
    }
  }
}

extension LinuxSeccompOperator {
  fileprivate var libraryOperator: scmp_compare {
    switch self {
    case .notEqual: SCMP_CMP_NE
    case .lessThan: SCMP_CMP_LT
    case .lessEqual: SCMP_CMP_LE
    case .equalTo: SCMP_CMP_EQ
    case .greaterEqual: SCMP_CMP_GE
    case .greaterThan: SCMP_CMP_GT
    case .maskedEqual: SCMP_CMP_MASKED_EQ
    }
  }
}

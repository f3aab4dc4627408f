package import Linux
package import RuntimeSpec

extension SeccompProgram {
  /// Compiles a profile (config-linux.md, «Seccomp»). Names and numbers are libseccomp's; the instructions are not,
  /// because its versions to 2.5.4 make wrong ones of some conditions (docs/design.md).
  ///
  /// Names that libseccomp doesn't know are ignored, and so is a rule on those architectures that lack its system call.
  /// Throws when the profile contradicts itself or asks for what this libseccomp or the kernel cannot give.
  package static func compile(_ profile: LinuxSeccomp) throws(Failure) -> SeccompProgram {
    do throws(Failure) {
      try checkNotifications(profile)
      let flags = try kernelFlags(profile)
      let tokens = try tokens(of: profile.architectures)
      let instructions = try filter(profile, tokens)
      guard instructions.count <= 4096 * 8 else {
        throw Failure("the filter has \(instructions.count / 8) instructions, the kernel takes 4096")
      }
      return SeccompProgram(instructions: instructions, flags: flags)
    } catch {
      throw error.within("seccomp")
    }
  }

  /// The architectures of the filter, the native one first and always among them. All have the native byte order, as
  /// in libseccomp: no kernel runs programs of both.
  private static func tokens(of architectures: [Arch]) throws(Failure) -> [UInt32] {
    var tokens = [ArchitectureToken.native]
    for architecture in architectures {
      guard let token = architecture.token else {
        throw Failure("libseccomp \(SeccompSupport.libraryVersion) does not know architecture \(architecture.rawValue)")
      }
      guard (token ^ tokens[0]) & ArchitectureToken.littleEndian == 0 else {
        throw Failure("architecture \(architecture.rawValue) has another byte order than this machine")
      }
      if !tokens.contains(token) { tokens.append(token) }
    }
    return tokens
  }

  private static func filter(_ profile: LinuxSeccomp, _ tokens: [UInt32]) throws(Failure) -> [UInt8] {
    let defaultAction = try within("defaultErrnoRet") { () throws(Failure) in
      try profile.defaultAction.kernelAction(errno: profile.defaultErrnoRet)
    }
    var rules: [CompiledRule] = []
    rules.reserveCapacity(profile.syscalls.count)
    for (place, rule) in profile.syscalls.enumerated() {
      do throws(Failure) {
        rules.append(try CompiledRule(rule))
      } catch {
        throw error.within("syscalls[\(place)]")
      }
    }
    let newer = answersNewerCalls(profile) ? KernelAction.notImplemented : nil
    var assembler = FilterAssembler()
    // Calls of an architecture that the profile does not name.
    var next = assembler.answer(KernelAction.killThread)
    for token in tokens.reversed() where token != ArchitectureToken.x32 {
      let decisions = decisions(
        token, hasX32: tokens.contains(ArchitectureToken.x32), rules, defaultAction: defaultAction, newer: newer)
      let place = decisions.assemble(&assembler)
      next = assembler.jump(.equal, token, then: place, otherwise: next)
    }
    _ = assembler.load(offset: 4, next: next)  // seccomp_data.arch
    return assembler.bytes()
  }

  /// The decisions on an architecture as the kernel tells them apart: x86_64 and x32 are one.
  private static func decisions(
    _ token: UInt32, hasX32: Bool, _ rules: [CompiledRule], defaultAction: UInt32, newer: UInt32?
  ) -> CallDecisions {
    var decisions = CallDecisions()
    let width: ArgumentWidth = ArchitectureToken.isWide(token) ? .wide : .narrow
    ArchitectureRules(token, rules, defaultAction: defaultAction)
      .decide(&decisions, from: 0, width: width, defaultAction: defaultAction, newer: newer)
    if token == ArchitectureToken.s390 || token == ArchitectureToken.s390x, newer != nil {
      decisions.answerUnknownOnS390()
    }
    guard token == ArchitectureToken.x86_64 else { return decisions }
    guard hasX32 else {
      decisions.decide(from: ArchitectureToken.x32Bit, .action(KernelAction.killThread))
      // A tracer skips a call by giving it this number, ptrace(2).
      decisions.decide(from: UInt32.max, .action(defaultAction))
      return decisions
    }
    ArchitectureRules(ArchitectureToken.x32, rules, defaultAction: defaultAction)
      .decide(
        &decisions, from: ArchitectureToken.x32Bit, width: .narrow, defaultAction: defaultAction, newer: newer)
    return decisions
  }

  /// Whether calls that are newer than the profile get ENOSYS.
  ///
  /// A profile is written against the calls of its time. One that came later would get the default action, mostly EPERM,
  /// which C libraries don't take as «use the older call»; with ENOSYS they do. «Newer» is a number above the highest one
  /// that the profile names on that architecture, as in runc. A profile that allows by default, or leaves unknown calls
  /// to a tracer, has no need of it.
  private static func answersNewerCalls(_ profile: LinuxSeccomp) -> Bool {
    switch profile.defaultAction {
    case .allow, .log, .trace: false
    case .errno, .kill, .killThread, .killProcess, .trap, .notify: true
    }
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

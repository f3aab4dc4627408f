internal import CSeccomp
internal import RuntimeSpec

/// The beginning of a filter that answers ENOSYS to system calls that are newer than its profile.
///
/// A profile is written against the calls of its time. One that came later would get the default action, mostly EPERM,
/// which C libraries don't take as «use the older call»; with ENOSYS they do. «Newer» is a number above the highest one
/// that the profile names on that architecture, as in runc.
struct NewerCalls {
  /// One architecture as the kernel tells them apart, with the highest number named. x86_64 and x32 are one.
  private struct Section {
    var audit: UInt32
    var highest: UInt32?
    var highestX32: UInt32?
  }

  private var sections: [Section] = []

  /// A profile that allows by default, or leaves unknown calls to a tracer, needs no such beginning; neither does one
  /// whose default is ENOSYS already.
  init(_ profile: LinuxSeccomp, architectures: [UInt32]) {
    switch profile.defaultAction {
    case .allow, .log, .trace: return
    case .errno where profile.defaultErrnoRet == 38: return
    case .errno, .kill, .killThread, .killProcess, .trap, .notify: break
    }
    for token in architectures {
      guard let highest = NewerCalls.highestNumber(in: profile, token) else { continue }
      let audit = ArchitectureToken.audit(token)
      let place = sections.firstIndex { $0.audit == audit } ?? sections.endIndex
      if place == sections.endIndex { sections.append(Section(audit: audit)) }
      if token == ArchitectureToken.x32 {
        sections[place].highestX32 = highest
      } else {
        sections[place].highest = highest
      }
    }
  }

  private static func highestNumber(in profile: LinuxSeccomp, _ token: UInt32) -> UInt32? {
    var highest: Int32 = 0
    for rule in profile.syscalls {
      for name in rule.names {
        let number = unsafe seccomp_syscall_resolve_name_arch(token, name)
        highest =
          switch number {
          // libseccomp's placeholders for calls behind socketcall and ipc, which have numbers of their own too: 373
          // and 402 are the last of them.
          case -120 ... -101: max(highest, 373)
          case -224 ... -201: max(highest, 402)
          // Negative for names that the architecture doesn't have.
          default: max(highest, number)
          }
      }
    }
    return highest > 0 ? UInt32(highest) : nil
  }

  /// The instructions; whatever is not newer falls out at their end.
  func instructions() -> [UInt8] {
    guard !sections.isEmpty else { return [] }
    var program = Program()
    program.load(offset: 4)  // seccomp_data.arch
    let bodies = sections.map(body)
    var left = bodies.reduce(0) { $0 + $1.count + 2 }
    for (section, body) in zip(sections, bodies) {
      left -= body.count + 2
      program.jump(.equal, section.audit, 0, UInt8(body.count + 1))
      program.append(body)
      program.skip(UInt32(left))
    }
    return program.bytes
  }

  /// Returns ENOSYS for newer calls; for others goes to the instruction behind it.
  private func body(_ section: Section) -> Program {
    var program = Program()
    program.load(offset: 0)  // seccomp_data.nr
    // Calls whose number does not fit are passed as number 0 on s390, and stay 0 when the kernel doesn't know them.
    // 0 is no call that a program makes.
    if section.audit == ArchitectureToken.s390 || section.audit == ArchitectureToken.s390x {
      program.jump(.equal, 0, 0, 1)
      program.answer(KernelAction.notImplemented)
    }
    guard section.audit == ArchitectureToken.x86_64 else {
      if let highest = section.highest { program.answerAbove(highest) }
      return program
    }
    switch (section.highest, section.highestX32) {
    case (let highest?, let highestX32?):
      program.jump(.bitsSet, ArchitectureToken.x32Bit, 1, 0)
      program.jump(.greater, highest, 1, 2)
      program.jump(.greater, highestX32, 0, 1)
      program.answer(KernelAction.notImplemented)
    case (let highest?, nil):
      program.jump(.bitsSet, ArchitectureToken.x32Bit, 2, 0)
      program.answerAbove(highest)
    case (nil, let highestX32?):
      program.jump(.bitsSet, ArchitectureToken.x32Bit, 0, 2)
      program.answerAbove(highestX32)
    case (nil, nil): break
    }
    return program
  }
}

/// Classic BPF, linux/filter.h.
private struct Program {
  enum Test: UInt16 {
    case equal = 0x15  // BPF_JMP | BPF_JEQ | BPF_K
    case greater = 0x25
    case bitsSet = 0x45
  }

  private(set) var bytes: [UInt8] = []

  var count: Int { bytes.count / 8 }

  mutating func load(offset: UInt32) {
    emit(0x20, 0, 0, offset)  // BPF_LD | BPF_W | BPF_ABS
  }

  mutating func jump(_ test: Test, _ value: UInt32, _ then: UInt8, _ otherwise: UInt8) {
    emit(test.rawValue, then, otherwise, value)
  }

  mutating func skip(_ count: UInt32) {
    emit(0x05, 0, 0, count)  // BPF_JMP | BPF_JA
  }

  mutating func answer(_ action: UInt32) {
    emit(0x06, 0, 0, action)  // BPF_RET | BPF_K
  }

  mutating func answerAbove(_ number: UInt32) {
    jump(.greater, number, 0, 1)
    answer(KernelAction.notImplemented)
  }

  mutating func append(_ other: Program) {
    bytes += other.bytes
  }

  private mutating func emit(_ code: UInt16, _ then: UInt8, _ otherwise: UInt8, _ value: UInt32) {
    #if _endian(little)
      bytes.append(contentsOf: [UInt8(truncatingIfNeeded: code), UInt8(code >> 8), then, otherwise])
      for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    #else
      bytes.append(contentsOf: [UInt8(code >> 8), UInt8(truncatingIfNeeded: code), then, otherwise])
      for shift in stride(from: UInt32(24), through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: value >> shift))
      }
    #endif
  }
}

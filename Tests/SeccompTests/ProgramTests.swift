import Linux
import RuntimeSpec
import Testing

@testable import Seccomp

/// Compiled programs against the profiles' own words, by simulation.
@Suite struct ProgramTests {
  private func compare(_ profile: LinuxSeccomp, _ calls: [Call]) throws {
    let program = try SeccompProgram.compile(profile)
    let reference = Reference(profile)
    for call in calls {
      let found = run(program.instructions, call)?.action
      let wanted = reference.action(call)
      // #expect itself is slow.
      if found != wanted { #expect(found == wanted, "\(call)") }
    }
  }

  @Test func dockerProfileDecidesAsWritten() throws {
    var calls: [Call] = []
    let values: [UInt64] = [0, 1, 8, 0x20000, 0x20008, 0xffff_ffff, 0x7e02_0000, 0x1_0000_0000, 17]
    for arch in [Arch.x86_64, .x86, .x32] {
      let bit: UInt32 = arch == .x32 ? 0x4000_0000 : 0
      for number in UInt32(0)..<600 {
        for value in values {
          calls.append(Call(arch, number | bit, [value]))
        }
      }
    }
    calls.append(Call(.aarch64, 1))
    try compare(dockerProfile, calls)
  }

  @Test(arguments: LinuxSeccompAction.allCases)
  func actionOfARule(_ action: LinuxSeccompAction) throws {
    let profile = LinuxSeccomp(
      defaultAction: action == .allow ? .errno : .allow, listenerPath: action == .notify ? "/l" : nil,
      syscalls: [LinuxSyscall(names: ["getpid", "getppid"], action: action)])
    try compare(profile, (0..<200).map { Call(.x86_64, $0) } + [Call(.x86, 20), Call(.x86_64, 0x4000_0027)])
  }

  @Test(arguments: LinuxSeccompAction.allCases.filter { $0 != .notify })
  func defaultActionAndNewerCalls(_ action: LinuxSeccompAction) throws {
    let profile = LinuxSeccomp(
      defaultAction: action, architectures: [.x86, .x32],
      syscalls: [LinuxSyscall(names: ["getpid", "statx"], action: action == .allow ? .errno : .allow)])
    let numbers: [UInt32] = [0, 39, 40, 332, 333, 382, 383, 384, 450, 0x7fff_ffff]
    let calls = numbers.flatMap { [Call(.x86_64, $0), Call(.x86, $0), Call(.x32, $0 | 0x4000_0000)] }
    try compare(profile, calls)
  }

  @Test(
    arguments: [
      (LinuxSeccompAction.errno, nil, 0x5_0001), (.errno, 0, 0x5_0000), (.errno, 38, 0x5_0026),
      (.errno, 4094, 0x5_0ffe),
      (.trace, nil, 0x7ff0_0001), (.trace, 0xffff, 0x7ff0_ffff),
    ] as [(LinuxSeccompAction, UInt32?, UInt32)])
  func errnoOfAnAction(_ action: LinuxSeccompAction, _ errno: UInt32?, _ word: UInt32) throws {
    let rule = LinuxSyscall(names: ["getpid"], action: action, errnoRet: errno)
    let program = try SeccompProgram.compile(LinuxSeccomp(defaultAction: .allow, syscalls: [rule]))
    #expect(run(program.instructions, Call(.x86_64, 39))?.action == word)
    let asDefault = LinuxSeccomp(
      defaultAction: action, defaultErrnoRet: errno, syscalls: [LinuxSyscall(names: ["uname"], action: .allow)])
    let other = try SeccompProgram.compile(asDefault)
    #expect(run(other.instructions, Call(.x86_64, 39))?.action == word)
  }

  @Test(arguments: LinuxSeccompOperator.allCases)
  func comparison(_ op: LinuxSeccompOperator) throws {
    let values: [UInt64] = [
      0, 1, 5, 6, 7, 0xf0, 0xff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0005, 0x1_0000_0006, 0xf_0000_0000,
      0xffff_ffff_0000_0000, 0xffff_ffff_8000_0000, .max,
    ]
    for value in values {
      for second in values where op == .maskedEqual || second == 0 {
        let profile = LinuxSeccomp(
          defaultAction: .errno, architectures: [.x86, .x32],
          syscalls: [
            LinuxSyscall(
              names: ["close"], action: .allow,
              args: [LinuxSeccompArg(index: 3, value: value, valueTwo: second, op: op)])
          ])
        let calls = values.flatMap { value in
          [(Arch.x86_64, UInt32(3)), (.x86, 6), (.x32, 0x4000_0003)].map { Call($0, $1, [99, 98, 97, value, 96, 95]) }
        }
        try compare(profile, calls)
      }
    }
  }

  @Test func conditionsOnDifferentArgumentsMustAllHold() throws {
    let rule = LinuxSyscall(
      names: ["socket"], action: .allow,
      args: [LinuxSeccompArg(index: 0, value: 1, op: .equalTo), LinuxSeccompArg(index: 1, value: 2, op: .greaterThan)])
    let profile = LinuxSeccomp(defaultAction: .killProcess, syscalls: [rule])
    try compare(profile, (0..<16).map { Call(.x86_64, 41, [$0 / 4, $0 % 4]) })
  }

  @Test func conditionsOnOneArgumentAreAlternatives() throws {
    let rule = LinuxSyscall(
      names: ["socket"], action: .allow,
      args: [
        LinuxSeccompArg(index: 0, value: 1, op: .equalTo), LinuxSeccompArg(index: 0, value: 3, op: .equalTo),
        LinuxSeccompArg(index: 1, value: 7, op: .equalTo),
      ])
    let profile = LinuxSeccomp(defaultAction: .errno, syscalls: [rule])
    try compare(profile, (0..<64).map { Call(.x86_64, 41, [$0 / 8, $0 % 8]) })
  }

  @Test func unknownNamesAndOtherArchitecturesNamesAreIgnored() throws {
    // `semtimedop` is a number of its own on x86_64 alone, `socketcall` on x86 alone.
    let profile = LinuxSeccomp(
      defaultAction: .errno, architectures: [.x86],
      syscalls: [LinuxSyscall(names: ["no_such_call", "mmap2", "arch_prctl", "read"], action: .allow)])
    let calls = [0, 3, 158, 192, 384].flatMap { [Call(.x86_64, $0), Call(.x86, $0)] }
    try compare(profile, calls)
  }

  @Test func rulesThatRepeatTheDefaultAreSkipped() throws {
    let profile = LinuxSeccomp(
      defaultAction: .errno, defaultErrnoRet: 5,
      syscalls: [
        LinuxSyscall(names: ["read"], action: .errno, errnoRet: 5), LinuxSyscall(names: ["write"], action: .allow),
        LinuxSyscall(names: ["getpid"], action: .errno, errnoRet: 6),
      ])
    try compare(profile, (0..<50).map { Call(.x86_64, $0) })
  }

  @Test func repeatedRulesAreOneRule() throws {
    let condition = LinuxSeccompArg(index: 0, value: 1, op: .equalTo)
    let profile = LinuxSeccomp(
      defaultAction: .errno,
      syscalls: [
        LinuxSyscall(names: ["read", "read"], action: .allow), LinuxSyscall(names: ["read"], action: .allow),
        LinuxSyscall(names: ["socket", "socket"], action: .allow, args: [condition]),
      ])
    try compare(profile, (0..<50).map { Call(.x86_64, $0, [1]) } + [Call(.x86_64, 41, [2])])
  }

  @Test func aProfileWithoutRulesIsItsDefault() throws {
    let program = try SeccompProgram.compile(LinuxSeccomp(defaultAction: .errno))
    #expect(run(program.instructions, Call(.x86_64, 39))?.action == 0x5_0001)
  }

  /// Alternatives that compare one argument by order, with equal and different upper halves.
  @Test func orderingsOfOneArgument() throws {
    let operators: [LinuxSeccompOperator] = [.lessThan, .lessEqual, .greaterEqual, .greaterThan]
    let operands: [UInt64] = [1, 3, 0x1_0000_0001, 0x1_0000_0003, 0x2_0000_0000]
    let values = operands.flatMap { [$0 - 1, $0, $0 + 1] } + [0x1_0000_0000, 0x1_ffff_ffff, 0xffff_ffff, .max]
    for first in operators {
      for second in operators {
        for left in operands {
          for right in operands {
            let rules = [(first, left), (second, right)].map { op, value in
              LinuxSyscall(names: ["read"], action: .allow, args: [LinuxSeccompArg(index: 0, value: value, op: op)])
            }
            let profile = LinuxSeccomp(defaultAction: .errno, syscalls: rules)
            try compare(profile, values.map { Call(.x86_64, 0, [$0]) })
          }
        }
      }
    }
  }

  @Test func aRuleWithoutConditionsDecidesAlone() throws {
    let condition = LinuxSeccompArg(index: 0, value: 1, op: .equalTo)
    let profile = LinuxSeccomp(
      defaultAction: .errno,
      syscalls: [
        LinuxSyscall(names: ["read", "write"], action: .trap, args: [condition]),
        LinuxSyscall(names: ["read"], action: .allow), LinuxSyscall(names: ["read"], action: .log),
        LinuxSyscall(names: ["write"], action: .allow, args: [condition]),
      ])
    let program = try SeccompProgram.compile(profile)
    #expect(run(program.instructions, Call(.x86_64, 0, [1]))?.action == KernelAction.allow)
    #expect(run(program.instructions, Call(.x86_64, 1, [1]))?.action == KernelAction.trap)
    #expect(run(program.instructions, Call(.x86_64, 1, [2]))?.action == KernelAction.errno | 1)
  }

  @Test func callsOfOtherArchitecturesEndTheThread() throws {
    let profile = LinuxSeccomp(defaultAction: .allow, syscalls: [LinuxSyscall(names: ["bpf"], action: .errno)])
    let calls = [Call(.x86_64, 0), Call(.x86_64, 321), Call(.x86, 0), Call(.aarch64, 0), Call(.x32, 0x4000_0000)]
    try compare(profile, calls + [Call(.x86_64, .max), Call(.x86_64, .max - 1)])
    #expect(run(try SeccompProgram.compile(profile).instructions, calls[4])?.action == KernelAction.killThread)
  }

  /// Jumps of classic BPF reach 255 instructions; this program is ten times as long.
  @Test func longPrograms() throws {
    let names = ["ioctl", "read", "write", "prctl"]
    let actions: [LinuxSeccompAction] = [.allow, .errno, .trap]
    var rules: [LinuxSyscall] = []
    for place in 0..<120 {
      let op: LinuxSeccompOperator = place % 5 == 0 ? .greaterThan : .equalTo
      let args = (UInt32(0)..<4).map { index in
        LinuxSeccompArg(index: index, value: UInt64(place) << 32 + UInt64(index), op: op)
      }
      let action = actions[place % 3]
      let errno: UInt32? = action == .errno ? UInt32(place) : nil
      rules.append(LinuxSyscall(names: [names[place % 4]], action: action, errnoRet: errno, args: args))
    }
    let profile = LinuxSeccomp(defaultAction: .killProcess, architectures: [.x86, .x32], syscalls: rules)
    #expect(try SeccompProgram.compile(profile).instructions.count > 8 * 2000)
    var calls: [Call] = []
    for place in UInt64(0)..<125 {
      for number in [UInt32(0), 1, 16, 157] {
        let args = (UInt64(0)..<4).map { place << 32 + $0 }
        calls.append(Call(.x86_64, number, args))
        calls.append(Call(.x86_64, number, args.map { $0 + 1 }))
      }
    }
    try compare(profile, calls)
  }

  @Test func aProgramThatTheKernelWouldNotTakeIsRefused() {
    let rules = (UInt64(0)..<700).map { place in
      let args = (UInt32(0)..<4).map { LinuxSeccompArg(index: $0, value: place, op: .lessThan) }
      return LinuxSyscall(names: ["ioctl"], action: .allow, args: args)
    }
    #expect(throws: Failure.self) {
      try SeccompProgram.compile(LinuxSeccomp(defaultAction: .errno, syscalls: rules))
    }
  }

  @Test(arguments: 1...300)
  func randomProfiles(_ seed: UInt64) throws {
    var random = Random(state: seed)
    let profile = random.profile(of: .anything)
    let reference = Reference(profile)
    var calls: [Call] = []
    for arch in [Arch.x86_64, .x86, .x32, .aarch64] {
      let bit: UInt32 = arch == .x32 ? 0x4000_0000 : 0
      for number in reference.numbers(of: arch) + [UInt32(random.next(500)) | bit] {
        for _ in 0..<30 {
          let args = (UInt32(0)..<3).map { argument in
            let values = reference.values(of: arch, number, argument: argument)
            return values[random.next(values.count)]
          }
          calls.append(Call(arch, number, args))
        }
      }
    }
    try compare(profile, calls)
  }
}

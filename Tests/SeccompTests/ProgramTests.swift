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
      let result = run(program.instructions, call)
      #expect(result?.action == reference.action(call), "\(call)")
    }
  }

  @Test func dockerProfileDecidesAsWritten() throws {
    var calls: [Call] = []
    let values: [UInt64] = [0, 1, 8, 0x20000, 0x20008, 0xffff_ffff, 0x7e02_0000, 0x1_0000_0000, 17]
    for arch in [Arch.x86_64, .x86, .x32] {
      let bit: UInt32 = arch == .x32 ? 0x4000_0000 : 0
      for number in UInt32(0)..<600 {
        // Arguments of socketcall and ipc stand for a system call of their own on x86.
        if arch == .x86, number == 102 || number == 117 { continue }
        // libseccomp compares the lower halves alone on x86 and x32.
        for value in values where arch == .x86_64 || value < 1 << 32 {
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
    let values: [UInt64] = [0, 1, 5, 6, 7, 0xf0, 0xff, 0x1_0000_0005, 0x1_0000_0006, 0xf_0000_0000, .max]
    for value in values {
      for second in values where op == .maskedEqual || second == 0 {
        // A datum with bits outside of the mask never matches; libseccomp drops them instead, see below.
        if op == .maskedEqual, second & ~value != 0 { continue }
        let profile = LinuxSeccomp(
          defaultAction: .errno,
          syscalls: [
            LinuxSyscall(
              names: ["close"], action: .allow,
              args: [LinuxSeccompArg(index: 3, value: value, valueTwo: second, op: op)])
          ])
        try compare(profile, values.map { Call(.x86_64, 3, [99, 98, 97, $0, 96, 95]) })
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

  @Test(arguments: 1...60)
  func randomProfiles(_ seed: UInt64) throws {
    var (profile, random, shifts) = randomProfile(seed)
    var calls: [Call] = []
    let reference = Reference(profile)
    for arch in [Arch.x86_64, .x32, .aarch64] {
      for number in reference.numbers(of: arch) + [UInt32(random.next(500))] {
        for _ in 0..<20 {
          let args = (0..<3).map { _ in UInt64(random.next(17)) << shifts[random.next(2)] }
          calls.append(Call(arch, arch == .x32 ? number | 0x4000_0000 : number, args))
        }
      }
    }
    try compare(profile, calls)
  }
}

func randomProfile(_ seed: UInt64) -> (LinuxSeccomp, Random, [Int]) {
  var random = Random(state: seed)
  let names = ["read", "write", "close", "socket", "clone", "statx", "mmap", "getpid", "openat", "prctl", "bpf"]
  let archs: [[Arch]] = [[], [.x32], [.x32, .x86_64], [.aarch64, .x86_64]]
  let architectures = archs[random.next(4)]
  // libseccomp compares the lower halves alone on x32.
  let shifts = architectures.contains(.x32) ? [0, 4] : [0, 32]
  var rules: [LinuxSyscall] = []
  for name in names where random.next(3) != 0 {
    // One action per call: which of several comes first is libseccomp's affair.
    let action: LinuxSeccompAction = [.allow, .errno, .trap, .log, .killProcess][random.next(5)]
    let errno = action == .errno ? UInt32(random.next(40)) : nil
    // libseccomp 2.5.4 makes wrong programs of alternatives with inequalities.
    let alternatives = random.next(3)
    for _ in 0...alternatives {
      let args = (0..<(alternatives == 0 ? 3 : 1)).map { index in
        let mask = UInt64(random.next(16)) << shifts[random.next(2)]
        return LinuxSeccompArg(
          index: UInt32(index), value: mask, valueTwo: mask & UInt64(random.next(16)),
          op: alternatives == 0 ? LinuxSeccompOperator.allCases[random.next(7)] : .equalTo)
      }
      rules.append(LinuxSyscall(names: [name], action: action, errnoRet: errno, args: args))
    }
  }
  let profile = LinuxSeccomp(
    defaultAction: [.errno, .allow, .killThread][random.next(3)], architectures: architectures, syscalls: rules)
  return (profile, random, shifts)
}

/// xorshift: the same numbers in every run.
struct Random {
  var state: UInt64

  init(state: UInt64) {
    self.state = state &* 0x9e37_79b9_7f4a_7c15 | 1
  }

  mutating func next(_ bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state % UInt64(bound))
  }
}

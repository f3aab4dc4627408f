import Linux

/// Device rules as an eBPF program for cgroup v2 (bpf(2), BPF_PROG_TYPE_CGROUP_DEVICE): 1 allows, 0 denies.
///
/// The program asks the rules from the last to the first. Each access bit is decided by the first of them that
/// matches: a denied one ends it, an allowed one is struck out, and when none is left all were allowed.
enum DeviceProgram {
  /// At most as many instructions as any kernel takes of an unprivileged loader.
  private static let longest = 4096

  static func instructions(_ rules: DeviceRules) -> [UInt64] {
    var program = BPFProgram()
    // struct bpf_cgroup_dev_ctx: access in the upper half and kind in the lower half of a word, major, minor.
    program.load(.r2, from: .r1, offset: 0)
    program.move(.r3, .r2)
    program.and(.r2, 0xffff)
    program.shiftRight(.r3, 16)
    program.load(.r4, from: .r1, offset: 4)
    program.load(.r5, from: .r1, offset: 8)
    for rule in rules.rules.reversed() { append(rule, to: &program) }
    program.leave(rules.allowsByDefault)
    return program.instructions
  }

  private static func append(_ rule: DeviceRule, to program: inout BPFProgram) {
    // What follows the tests is of known length, so every test can jump over it.
    let decision: Int16 = rule.access == .all ? 2 : 4
    var tests: [(BPFProgram.Register, UInt32)] = []
    if let kind = rule.kind { tests.append((.r2, kind.rawValue)) }
    if let major = rule.major { tests.append((.r4, major)) }
    if let minor = rule.minor { tests.append((.r5, minor)) }
    for (index, test) in tests.enumerated() {
      program.jumpUnlessEqual(test.0, test.1, by: Int16(tests.count - 1 - index) + decision)
    }
    if rule.access == .all {
      program.leave(rule.allow)
    } else if rule.allow {
      program.and(.r3, ~rule.access.rawValue)
      program.jumpUnlessEqual(.r3, 0, by: 2)
      program.leave(true)
    } else {
      program.jumpIfAny(.r3, rule.access.rawValue, by: 1)
      program.jump(by: 2)
      program.leave(false)
    }
  }

  /// Loads the program and attaches it in the place of any other; one that allows all is left out on a fresh cgroup.
  static func attach(
    _ rules: DeviceRules, to cgroup: borrowing FileDescriptor, isFresh: Bool
  ) throws(Failure) {
    if isFresh, rules.allowsByDefault, rules.rules.isEmpty { return }
    let program = instructions(rules)
    guard program.count <= longest else { throw Failure("\(rules.rules.count) device rules are too many") }
    let loaded = try load(program)
    let old = isFresh ? [] : try DevicePrograms.attached(to: cgroup)
    if old.count == 1 {
      let previous = try DevicePrograms.open(id: old[0])
      do throws(Failure) {
        return try DevicePrograms.attach(loaded, to: cgroup, replacing: previous)
      } catch {
        // Linux before 5.6 cannot replace; a program attached by others without the flag for several neither.
        guard error.errno == .invalidArgument || error.errno == .notFound else { throw error }
      }
    }
    // The new one first: two programs allow only what both do, so that nothing is allowed in between.
    try DevicePrograms.attach(loaded, to: cgroup)
    for id in old { try DevicePrograms.detach(DevicePrograms.open(id: id), from: cgroup) }
  }

  /// Before Linux 5.11 programs count as locked memory, of which the usual limit is small: it is raised for the call.
  private static func load(_ program: [UInt64]) throws(Failure) -> FileDescriptor {
    do throws(Failure) {
      return try DevicePrograms.load(program)
    } catch {
      let lockedMemory: Int32 = 8  // RLIMIT_MEMLOCK
      guard error.errno == .notPermitted, let limit = try? Scheduling.limit(resource: lockedMemory),
        limit.soft != UInt64.max,
        (try? Scheduling.setLimit(resource: lockedMemory, soft: .max, hard: .max, "RLIMIT_MEMLOCK")) != nil
      else { throw error }
      defer {
        try? Scheduling.setLimit(resource: lockedMemory, soft: limit.soft, hard: limit.hard, "RLIMIT_MEMLOCK")
      }
      return try DevicePrograms.load(program)
    }
  }
}

/// eBPF instructions, as in the kernel's bpf/standardization/instruction-set.rst: 8 bits of code, 4 of destination,
/// 4 of source, 16 of offset and 32 of immediate value, from the lowest bit up.
struct BPFProgram {
  enum Register: UInt64 {
    case r0, r1, r2, r3, r4, r5
  }

  private(set) var instructions: [UInt64] = []

  private mutating func append(
    _ code: UInt64, _ destination: Register, source: Register = .r0, offset: Int16 = 0, value: UInt32 = 0
  ) {
    instructions.append(
      code | destination.rawValue << 8 | source.rawValue << 12 | UInt64(UInt16(bitPattern: offset)) << 16
        | UInt64(value) << 32)
  }

  mutating func load(_ destination: Register, from source: Register, offset: Int16) {
    append(0x61, destination, source: source, offset: offset)  // LDX | MEM | W
  }

  mutating func move(_ destination: Register, _ source: Register) {
    append(0xbc, destination, source: source)  // ALU | MOV | X
  }

  mutating func and(_ register: Register, _ value: UInt32) {
    append(0x54, register, value: value)  // ALU | AND | K
  }

  mutating func shiftRight(_ register: Register, _ value: UInt32) {
    append(0x74, register, value: value)  // ALU | RSH | K
  }

  mutating func jumpUnlessEqual(_ register: Register, _ value: UInt32, by offset: Int16) {
    append(0x56, register, offset: offset, value: value)  // JMP32 | JNE | K
  }

  mutating func jumpIfAny(_ register: Register, _ value: UInt32, by offset: Int16) {
    append(0x46, register, offset: offset, value: value)  // JMP32 | JSET | K
  }

  mutating func jump(by offset: Int16) {
    append(0x05, .r0, offset: offset)  // JMP | JA
  }

  mutating func leave(_ allow: Bool) {
    append(0xb4, .r0, value: allow ? 1 : 0)  // ALU | MOV | K
    append(0x95, .r0)  // JMP | EXIT
  }
}

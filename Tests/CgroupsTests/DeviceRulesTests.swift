import Linux
import RuntimeSpec
import Testing

@testable import Cgroups

/// What the rules mean, said as plainly as can be: for each kind of access the last rule that matches decides.
func permits(
  _ rules: [DeviceRule], _ kind: DeviceKind, _ major: UInt32, _ minor: UInt32, _ access: DeviceAccess
) -> Bool {
  [DeviceAccess.read, .write, .mknod].filter { access.contains($0) }.allSatisfy { bit in
    rules.last { $0.matches(kind, major, minor) && $0.access.contains(bit) }?.allow ?? false
  }
}

/// What the kernel's v1 controller does with a default and exceptions, security/device_cgroup.c.
func permits(
  _ list: DeviceExceptions, _ kind: DeviceKind, _ major: UInt32, _ minor: UInt32, _ access: DeviceAccess
) -> Bool {
  let matching = list.exceptions.filter {
    $0.kind == kind && ($0.major == nil || $0.major == major) && ($0.minor == nil || $0.minor == minor)
  }
  if list.allowsByDefault { return matching.allSatisfy { $0.access.isDisjoint(with: access) } }
  return matching.contains { access.isSubset(of: $0.access) }
}

/// Executes a program as the kernel would, for the instructions that are used.
struct Machine64 {
  var program: [UInt64]

  enum Fault: Error { case unknown(UInt64), outside(Int), endless }

  func run(kind: DeviceKind, major: UInt32, minor: UInt32, access: DeviceAccess) throws -> Bool {
    let context: [UInt32] = [access.rawValue << 16 | kind.rawValue, major, minor]
    var registers = [UInt64](repeating: 0xdead_beef_dead_beef, count: 11)
    var counter = 0
    for _ in 0..<100_000 {
      guard program.indices.contains(counter) else { throw Fault.outside(counter) }
      let word = program[counter]
      let destination = Int(word >> 8 & 15)
      let source = Int(word >> 12 & 15)
      let offset = Int(Int16(bitPattern: UInt16(word >> 16 & 0xffff)))
      let value = UInt32(word >> 32)
      let low = UInt32(truncatingIfNeeded: registers[destination])
      counter += 1
      switch word & 0xff {
      case 0x61: registers[destination] = UInt64(context[offset / 4])
      case 0xbc: registers[destination] = UInt64(UInt32(truncatingIfNeeded: registers[source]))
      case 0xb4: registers[destination] = UInt64(value)
      case 0x54: registers[destination] = UInt64(low & value)
      case 0x74: registers[destination] = UInt64(low >> value)
      case 0x56: if low != value { counter += offset }
      case 0x46: if low & value != 0 { counter += offset }
      case 0x05: counter += offset
      case 0x95: return registers[0] != 0
      default: throw Fault.unknown(word)
      }
    }
    throw Fault.endless
  }
}

/// Rule lists at random, from few enough devices that rules meet.
struct RuleGenerator {
  var state: UInt64

  mutating func next(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }

  mutating func number() -> UInt32? { [nil, 1, 5, 0xffff_ffff][next(4)] }

  mutating func rule() -> DeviceRule {
    if next(8) == 0 { return DeviceRule(allow: next(2) == 0, access: .all) }
    return DeviceRule(
      allow: next(2) == 0, kind: [nil, .character, .block][next(3)], major: number(), minor: number(),
      access: DeviceAccess(rawValue: UInt32(next(7) + 1)))
  }
}

struct DeviceRulesTests {
  static let probes: [(DeviceKind, UInt32, UInt32, DeviceAccess)] = [DeviceKind.character, .block].flatMap { kind in
    [UInt32(1), 5, 9, 0xffff_ffff].flatMap { major in
      [UInt32(1), 5, 9, 0xffff_ffff].flatMap { minor in
        (1...7).map { (kind, major, minor, DeviceAccess(rawValue: UInt32($0))) }
      }
    }
  }

  @Test(arguments: 1...200) func programMeansWhatTheRulesSay(seed: Int) throws {
    var generator = RuleGenerator(state: UInt64(seed))
    let list = (0..<generator.next(12)).map { _ in generator.rule() }
    let machine = Machine64(program: DeviceProgram.instructions(DeviceRules(rules: list)))
    for (kind, major, minor, access) in Self.probes {
      let expected = permits(list, kind, major, minor, access)
      let got = try machine.run(kind: kind, major: major, minor: minor, access: access)
      #expect(got == expected, "\(list) \(kind) \(major):\(minor) \(access.text)")
    }
  }

  /// Where v1 can hold the rules at all, it decides as the rules say, for the accesses that the kernel asks about:
  /// mknod alone, or an opening for reading, writing or both.
  @Test func listMeansWhatTheRulesSay() throws {
    var held = 0
    for seed in 1...3000 {
      var generator = RuleGenerator(state: UInt64(seed))
      let list = (0..<generator.next(6)).map { _ in generator.rule() }
      guard let exceptions = try? DeviceExceptions(DeviceRules(rules: list)) else { continue }
      // Two exceptions that overlap without one covering the other: v1 cannot add them up.
      let crosses = exceptions.exceptions.contains { one in
        exceptions.exceptions.contains { one.overlaps($0) && !one.covers($0) && !$0.covers(one) }
      }
      if crosses { continue }
      held += 1
      for (kind, major, minor, access) in Self.probes where access == .mknod || !access.contains(.mknod) {
        let expected = permits(list, kind, major, minor, access)
        let got = permits(exceptions, kind, major, minor, access)
        #expect(got == expected, "\(list) \(kind) \(major):\(minor) \(access.text)")
      }
    }
    #expect(held > 500)
  }

  @Test func defaultsComeAfterTheConfiguredRules() throws {
    let list = try DeviceExceptions(
      DeviceRules([
        LinuxDeviceCgroup(allow: false, access: "rwm"),
        LinuxDeviceCgroup(allow: false, type: .character, major: 1, minor: 3, access: "rwm"),
      ]))
    #expect(!list.allowsByDefault)
    #expect(
      list.exceptions.map(\.text).sorted() == [
        "b *:* m", "c *:* m", "c 10:200 rwm", "c 136:* rwm", "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm",
        "c 1:9 rwm", "c 5:0 rwm", "c 5:2 rwm",
      ])
  }

  @Test func noRulesDenyAllButTheDefaults() throws {
    let rules = try DeviceRules([])
    #expect(!rules.allowsByDefault)
    #expect(rules.rules == DeviceRules.defaults)
  }

  @Test func allowAllNeedsNothingMore() throws {
    let rules = try DeviceRules([LinuxDeviceCgroup(allow: true, access: "rwm")])
    #expect(rules.allowsByDefault && rules.rules.isEmpty)
  }

  /// runc takes type `a` for all devices even with numbers, which would open everything.
  @Test func typeAllWithNumbersMeansThoseNumbers() throws {
    let rules = try DeviceRules([
      LinuxDeviceCgroup(allow: false),
      LinuxDeviceCgroup(allow: true, type: .all, major: 7, minor: 1, access: "r"),
    ])
    let list = try DeviceExceptions(rules)
    #expect(!list.allowsByDefault)
    #expect(list.exceptions.map(\.text).contains("b 7:1 r"))
    #expect(list.exceptions.map(\.text).contains("c 7:1 r"))
  }

  @Test func holesInWildcardsAreRefusedForV1() throws {
    let rules = DeviceRules(rules: [
      DeviceRule(allow: true, kind: .character, major: 1, access: .all),
      DeviceRule(allow: false, kind: .character, major: 1, minor: 11, access: .write),
    ])
    #expect(throws: Failure.self) { try DeviceExceptions(rules) }
    #expect(throws: Never.self) {
      try Machine64(program: DeviceProgram.instructions(rules)).run(kind: .block, major: 1, minor: 1, access: .read)
    }
  }

  @Test(arguments: [
    LinuxDeviceCgroup(allow: true, access: ""), LinuxDeviceCgroup(allow: true, access: "rx"),
    LinuxDeviceCgroup(allow: true, major: -2), LinuxDeviceCgroup(allow: true, minor: 1 << 32),
  ])
  func impossibleRules(rule: LinuxDeviceCgroup) {
    #expect(throws: Failure.self) { try DeviceRules([rule]) }
  }

  @Test func absentAndMinusOneAreWildcards() throws {
    let rule = LinuxDeviceCgroup(allow: true, type: .character, major: -1)
    #expect(try DeviceRules([rule]).rules.first == DeviceRule(allow: true, kind: .character, access: .all))
  }

  @Test func listsAreRead() {
    let list = DeviceList.parse("c 1:3 rwm\nb *:* m\nc 136:* r")
    #expect(list.exceptions.map(\.text) == ["c 1:3 rwm", "b *:* m", "c 136:* r"])
    #expect(!list.allowsByDefault)
    #expect(DeviceList.parse("a *:* rwm").allowsByDefault)
  }
}

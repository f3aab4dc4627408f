import Foundation
import Linux
import RuntimeSpec
import Testing

@testable import Cgroups

/// Device rules as the kernel of this machine enforces them.
@Suite(.enabled(if: LiveCgroup.isPossible, "needs root and mounted cgroups"))
struct LiveDeviceTests {
  static let script = """
    for device in null zero kmsg; do
      if (: </dev/$device) 2>/dev/null; then echo $device; fi
    done; if (: >>/dev/kmsg) 2>/dev/null; then echo kmsg writable; fi
    """

  /// kmsg is 1:11.
  static let cases: [(name: String, rules: [LinuxDeviceCgroup], output: String)] = [
    ("none", [], "null\nzero\n"),
    ("deny all", [LinuxDeviceCgroup(allow: false, access: "rwm")], "null\nzero\n"),
    ("allow all", [LinuxDeviceCgroup(allow: true, access: "rwm")], "null\nzero\nkmsg\nkmsg writable\n"),
    (
      "one device",
      [
        LinuxDeviceCgroup(allow: false, access: "rwm"),
        LinuxDeviceCgroup(allow: true, type: .character, major: 1, minor: 11, access: "r"),
      ], "null\nzero\nkmsg\n"
    ),
    (
      "all but one",
      [
        LinuxDeviceCgroup(allow: true, access: "rwm"),
        LinuxDeviceCgroup(allow: false, type: .character, major: 1, minor: 11, access: "w"),
      ], "null\nzero\nkmsg\n"
    ),
  ]

  @Test(arguments: cases.indices) func rulesAreEnforced(index: Int) throws {
    let (name, rules, output) = Self.cases[index]
    let live = try LiveCgroup()
    let resources = LinuxResources(devices: rules)
    try live.cgroup.create(for: resources)
    try live.cgroup.apply(resources)
    #expect(try live.output(Self.script) == output, "\(name)")
  }

  @Test func updateChangesTheRulesOfARunningContainer() throws {
    let live = try LiveCgroup()
    try live.cgroup.create(for: LinuxResources())
    try live.cgroup.apply(LinuxResources(devices: Self.cases[0].rules))
    let below = live.path("devices") + "/below"
    var last = 0
    for index in [3, 1, 3, 0, 2, 2, 4, 3, 0] {
      // With a cgroup below, v1 refuses to change the default: only exceptions can come and go.
      if [0, 1, 3].contains(last), [0, 1, 3].contains(index) { mkdir(below, 0o755) } else { rmdir(below) }
      try live.cgroup.apply(LinuxResources(devices: Self.cases[index].rules), devices: .update)
      #expect(try live.output(Self.script) == Self.cases[index].output, "\(Self.cases[index].name)")
      last = index
    }
  }

  @Test func legacyListIsRuncs() throws {
    let live = try LiveCgroup()
    guard live.cgroup.legacy("devices") != nil else { return }
    try live.cgroup.create(for: LinuxResources())
    try live.cgroup.apply(LinuxResources())
    #expect(
      live.read("devices", "devices.list")?.split(separator: "\n").sorted() == [
        "b *:* m", "c *:* m", "c 10:200 rwm", "c 136:* rwm", "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm",
        "c 1:9 rwm", "c 5:0 rwm", "c 5:2 rwm",
      ])
  }

  /// The kernel's verifier takes the programs of all the random rule lists.
  @Test func programsAreLoaded() throws {
    for seed in 1...100 {
      var generator = RuleGenerator(state: UInt64(seed))
      let rules = DeviceRules(rules: (0..<generator.next(12)).map { _ in generator.rule() }, then: DeviceRules.defaults)
      #expect(throws: Never.self, "\(rules)") { _ = try DevicePrograms.load(DeviceProgram.instructions(rules)) }
    }
  }

  /// On a hybrid machine, where v1 has the devices, the v2 program is tried beside it.
  @Test func programIsEnforcedAndReplaced() throws {
    let live = try LiveCgroup()
    guard let unified = live.cgroup.unified else { return }
    try live.cgroup.create(for: LinuxResources())
    let directory = FileDescriptor(owning: open(unified.path, O_DIRECTORY | O_CLOEXEC))
    for (index, one) in Self.cases.enumerated() {
      try DeviceProgram.attach(DeviceRules(one.rules), to: directory, isFresh: index == 0)
      #expect(try live.output(Self.script) == one.output, "\(one.name)")
      #expect(try DevicePrograms.attached(to: directory).count == 1)
    }
  }
}

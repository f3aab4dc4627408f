import Glibc
import Linux
import RuntimeSpec
import TestSupport
import Testing

@testable import Security

/// Credentials of real processes, as /proc/self/status shows them. They need root.
@Suite(.serialized, .enabled(if: geteuid() == 0)) struct CredentialTests {
  /// The fields of /proc/self/status after `apply` in a child, with «Warnings» and «Error» added.
  private func status(
    _ credentials: Credentials, prepare: () throws -> Void = {},
    asUser: @escaping () throws(Failure) -> Void = {}, loadSeccomp: @escaping () throws(Failure) -> Void = {}
  ) throws -> [String: String] {
    let result = try inChild {
      try prepare()
      var text = ""
      do {
        let warnings = try credentials.apply(asUser: asUser, loadSeccomp: loadSeccomp)
        text = "Warnings:\t" + warnings.joined(separator: "; ") + "\n"
      } catch {
        text = "Error:\t\(error)\n"
      }
      return text + String(decoding: try Files.read("/proc/self/status"), as: UTF8.self)
    }
    #expect(result.status == .exited(0))
    var fields: [String: String] = [:]
    for line in result.report.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      let value = parts.count > 1 ? parts[1].split(separator: "\t").joined(separator: " ") : ""
      fields[String(parts[0])] = String(value.drop { $0 == " " })
    }
    return fields
  }

  private func set(_ fields: [String: String], _ name: String) -> CapabilitySet? {
    fields[name].flatMap { UInt64($0, radix: 16) }.map { CapabilitySet(rawValue: $0) }
  }

  private func sets(_ fields: [String: String]) -> CapabilitySets? {
    guard let bounding = set(fields, "CapBnd"), let effective = set(fields, "CapEff"),
      let permitted = set(fields, "CapPrm"), let inheritable = set(fields, "CapInh"),
      let ambient = set(fields, "CapAmb")
    else { return nil }
    return CapabilitySets(
      bounding: bounding, effective: effective, permitted: permitted, inheritable: inheritable, ambient: ambient)
  }

  private static func user(_ id: UInt32, _ groups: [UInt32] = []) -> User {
    User(uid: id, gid: id, additionalGids: groups)
  }

  /// What this machine lets a process have.
  private func available() throws -> CapabilitySet {
    try ProcessCapabilities.current().permitted
  }

  @Test(arguments: 1...40)
  func setsAreWhatWasAskedFor(_ seed: UInt64) throws {
    var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    func random() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
    // Within the kernel's rules: effective below permitted, inheritable below bounding, ambient below both.
    let bounding = CapabilitySet(rawValue: random()).intersection(try available())
    let permitted = CapabilitySet(rawValue: random()).intersection(try available())
    let inheritable = CapabilitySet(rawValue: random()).intersection(bounding)
    let wanted = CapabilitySets(
      bounding: bounding, effective: permitted.intersection(CapabilitySet(rawValue: random())), permitted: permitted,
      inheritable: inheritable,
      ambient: permitted.intersection(inheritable).intersection(CapabilitySet(rawValue: random())))
    let id = [0, 1000, 65534][Int(seed % 3)] as UInt32
    let fields = try status(
      Credentials(user: Self.user(id, [7, 8]), capabilities: wanted, noNewPrivileges: seed % 2 == 0))
    #expect(sets(fields) == wanted)
    #expect(fields["Warnings"] == "")
    #expect(fields["Uid"] == "\(id) \(id) \(id) \(id)")
    #expect(fields["Gid"] == "\(id) \(id) \(id) \(id)")
    #expect(fields["Groups"] == "7 8 ")
    #expect(fields["NoNewPrivs"] == (seed % 2 == 0 ? "1" : "0"))
  }

  @Test(arguments: [0, 1000] as [UInt32])
  func nothingIsInheritableUnlessListed(_ id: UInt32) throws {
    var ignored: [String] = []
    let names = ["CAP_CHOWN", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
    let wanted = CapabilitySets(
      LinuxCapabilities(bounding: names, effective: names, permitted: names), ignored: &ignored)
    let fields = try status(
      Credentials(user: Self.user(id), capabilities: wanted, noNewPrivileges: false),
      prepare: {
        // A caller that is careless with its own.
        var own = try ProcessCapabilities.current()
        own.inheritable = own.permitted
        try own.set()
        try CapabilityCalls.raiseAmbient(0)
      })
    #expect(set(fields, "CapInh") == [])
    #expect(set(fields, "CapAmb") == [])
    #expect(sets(fields) == wanted)
  }

  @Test func groupsOfTheCallerGo() throws {
    let fields = try status(
      Credentials(user: Self.user(0), capabilities: nil, noNewPrivileges: false),
      prepare: { try Processes.setGroups([4, 5, 6]) })
    #expect(fields["Groups"] == "")
  }

  @Test func absentSetsAreLeftAsTheyAre() throws {
    let own = try ProcessCapabilities.current()
    let root = try status(Credentials(user: Self.user(0), capabilities: nil, noNewPrivileges: false))
    #expect(set(root, "CapPrm") == own.permitted && set(root, "CapEff") == own.effective)
    // Without keep capabilities at its exec: nothing is in force.
    let user = try status(Credentials(user: Self.user(1000), capabilities: nil, noNewPrivileges: false))
    #expect(set(user, "CapEff") == [])
  }

  @Test func umask() throws {
    var user = Self.user(0)
    user.umask = 0o137
    let fields = try status(Credentials(user: user, capabilities: nil, noNewPrivileges: false))
    #expect(fields["Umask"] == "0137")
  }

  @Test(arguments: [true, false], [0, 1000] as [UInt32])
  func seccompIsLoadedWhereTheKernelTakesIt(_ noNewPrivileges: Bool, _ id: UInt32) throws {
    // RET ALLOW
    let program: [UInt8] = [6, 0, 0, 0, 0, 0, 0xff, 0x7f]
    let kill = CapabilitySet(rawValue: 32)
    let log = try Files.memory(named: "log")
    let number = log.raw
    let fields = try status(
      Credentials(
        user: Self.user(id),
        capabilities: CapabilitySets(bounding: kill, effective: kill, permitted: kill),
        noNewPrivileges: noNewPrivileges),
      asUser: { () throws(Failure) in
        let privileged = try !ProcessCapabilities.current().effective.isEmpty
        write(number, "\(Processes.effectiveUserID) \(privileged)")
      },
      loadSeccomp: { () throws(Failure) in
        let isLast = try ProcessCapabilities.current().effective == kill
        _ = try SeccompFilter.install(program, flags: 0)
        write(number, ", last \(isLast)")
      })
    try log.rewind()
    let order = String(decoding: try log.readAll(limit: 100, "log"), as: UTF8.self)
    #expect(order == "\(id) \(id == 0), last \(noNewPrivileges)")
    #expect(fields["Error"] == nil)
    #expect(fields["Seccomp"] == "2")
    #expect(set(fields, "CapPrm") == kill && set(fields, "CapEff") == kill && set(fields, "CapBnd") == kill)
  }

  private func write(_ number: Int32, _ text: String) {
    _ = Glibc.write(number, text, text.utf8.count)
  }

  @Test func errorsOfTheHooksEndIt() throws {
    let fields = try status(
      Credentials(user: Self.user(0), capabilities: nil, noNewPrivileges: true),
      loadSeccomp: { () throws(Failure) in throw Failure("no filter") })
    #expect(fields["Error"] == "no filter")
  }

  @Test func groupsThatComeTwice() throws {
    let fields = try status(
      Credentials(
        user: Self.user(1000, [2000, 27, 2000, 27, 5]), capabilities: CapabilitySets(), noNewPrivileges: true))
    #expect(fields["Groups"]?.split(separator: " ") == ["5", "27", "2000"])
  }

  @Test func whatCannotBeGranted() throws {
    // Drop a capability first, so that it is missing on every machine.
    let kill: Int32 = 5
    let chown = CapabilitySet(rawValue: 1)
    let both = chown.union(CapabilitySet(rawValue: 32))
    func run(_ capabilities: CapabilitySets) throws -> [String: String] {
      try status(
        Credentials(user: Self.user(0), capabilities: capabilities, noNewPrivileges: true),
        prepare: {
          try CapabilityCalls.dropFromBounding(kill)
          var own = try ProcessCapabilities.current()
          own.permitted.remove(CapabilitySet(rawValue: 32))
          own.effective.remove(CapabilitySet(rawValue: 32))
          try own.set()
        })
    }
    let asked = CapabilitySets(bounding: both, effective: both, permitted: both, inheritable: both, ambient: both)
    let left = try run(asked)
    #expect(
      sets(left)
        == CapabilitySets(
          bounding: chown, effective: chown, permitted: chown, inheritable: chown, ambient: chown))
    #expect(
      left["Warnings"]
        == "ignoring capabilities that cannot be granted: CAP_KILL; "
        + "can't raise ambient capability CAP_KILL: operation not permitted")
    // Bounding and ambient alone are no error in runc either.
    let bounding = try run(CapabilitySets(bounding: both, effective: chown, permitted: chown))
    #expect(sets(bounding) == CapabilitySets(bounding: chown, effective: chown, permitted: chown))
    let ambient = try run(CapabilitySets(bounding: chown, effective: chown, permitted: chown, ambient: both))
    #expect(sets(ambient) == CapabilitySets(bounding: chown, effective: chown, permitted: chown))
    #expect(
      ambient["Warnings"] == "can't raise ambient capabilities CAP_CHOWN, CAP_KILL: operation not permitted")
    // Effective without permitted is the configuration's fault, not the machine's.
    let fault = try run(CapabilitySets(bounding: chown, effective: chown))
    #expect(fault["Error"] == "unable to apply caps: operation not permitted")
  }

  @Test func boundingSetThatCannotBeLimitedIsAnError() throws {
    let chown = CapabilitySet(rawValue: 1)
    let fields = try status(
      Credentials(
        user: Self.user(0), capabilities: CapabilitySets(bounding: chown), noNewPrivileges: true),
      prepare: {
        var own = try ProcessCapabilities.current()
        own.effective.remove(CapabilitySet(rawValue: 1 << 8))
        try own.set()
      })
    #expect(
      fields["Error"] == "unable to apply bounding set: drop CAP_DAC_OVERRIDE: operation not permitted")
  }

  @Test func userNamespaces() throws {
    // As an unprivileged user makes them: one id, and setgroups denied.
    let mapped = try status(
      Credentials(user: Self.user(0, [4]), capabilities: CapabilitySets(), noNewPrivileges: true),
      prepare: {
        try Namespaces.unshare(.user)
        try Files.write("deny", to: "/proc/self/setgroups")
        try Files.write("0 0 1", to: "/proc/self/uid_map")
        try Files.write("0 0 1", to: "/proc/self/gid_map")
      })
    #expect(mapped["Warnings"] == "additional groups are ignored: the user namespace denies setgroups")
    #expect(mapped["CapBnd"] == "0000000000000000")
    func unmapped(_ user: User) throws -> String? {
      try status(
        Credentials(user: user, capabilities: nil, noNewPrivileges: true),
        prepare: {
          try Namespaces.unshare(.user)
          try Files.write("deny", to: "/proc/self/setgroups")
          try Files.write("0 0 1", to: "/proc/self/uid_map")
          try Files.write("0 0 1", to: "/proc/self/gid_map")
        })["Error"]
    }
    #expect(try unmapped(User(uid: 5, gid: 0)) == "cannot setuid to unmapped uid 5 in user namespace")
    #expect(try unmapped(User(uid: 0, gid: 6)) == "cannot setgid to unmapped gid 6 in user namespace")
  }
}

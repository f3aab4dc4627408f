import Testing

/// Users, groups and capabilities, read from /proc/self/status as the kernel sees them.
@Suite(.root, .tags(.integration))
struct CredentialTests {
  private static let statusFields = "grep -E '^(Uid|Gid|Groups)' /proc/self/status"

  @Test(arguments: [(0, 0), (1000, 1000), (4242, 77)])
  func user(_ uid: Int, _ gid: Int) throws {
    try withContainer { container in
      container.config["process"]["user"] = ["uid": .int(uid), "gid": .int(gid), "additionalGids": [5, 2000]]
      let text = try container.output(of: Self.statusFields)
      let ids = "\(uid)\t\(uid)\t\(uid)\t\(uid)\nGid:\t\(gid)\t\(gid)\t\(gid)\t\(gid)"
      #expect(text == "Uid:\t\(ids)\nGroups:\t5 2000")
    }
  }

  /// The caller's own groups must not be inherited, also when the configuration has none (CVE-2022-29162's relative).
  @Test(arguments: [nil, []] as [JSON?])
  func groupsOfTheCallerAreDropped(_ groups: JSON?) throws {
    try withContainer(["sh", "-c", "grep Groups /proc/self/status"]) { container in
      if let groups { container.config["process"]["user"]["additionalGids"] = groups }
      try container.writeConfig()
      let run = ["--root", container.root, "run", "--bundle", container.bundle, container.id]
      let outcome = try container.launchOnHost(
        "/usr/bin/setpriv", ["--groups", "1234,4321", RuntimeUnderTest.path] + run
      ).wait()
      outcome.expectSuccess()
      #expect(outcome.text == "Groups:", "\(outcome)")
    }
  }

  private static let fields = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]

  struct Sets: Sendable, CustomTestStringConvertible {
    var name: String
    var uid = 0
    var bounding: [String] = []
    var permitted: [String] = []
    var effective: [String] = []
    var inheritable: [String] = []
    var ambient: [String] = []
    /// CapInh, CapPrm, CapEff, CapBnd, CapAmb after the exec.
    var masks: [UInt64]

    var testDescription: String { name }
  }

  private static let kill: UInt64 = 1 << 5
  private static let chown: UInt64 = 1 << 0
  private static let bind: UInt64 = 1 << 10

  static let table: [Sets] = [
    Sets(name: "none", masks: [0, 0, 0, 0, 0]),
    Sets(
      name: "root with all it may have", bounding: ["CAP_KILL", "CAP_CHOWN"], permitted: ["CAP_KILL", "CAP_CHOWN"],
      effective: ["CAP_KILL", "CAP_CHOWN"], masks: [0, kill | chown, kill | chown, kill | chown, 0]),
    Sets(
      name: "inheritable", bounding: ["CAP_KILL"], permitted: ["CAP_KILL"], effective: ["CAP_KILL"],
      inheritable: ["CAP_KILL"], masks: [kill, kill, kill, kill, 0]),
    Sets(
      name: "a user has none after the exec", uid: 1000, bounding: ["CAP_KILL", "CAP_CHOWN"], permitted: ["CAP_KILL"],
      effective: ["CAP_KILL"], masks: [0, 0, 0, kill | chown, 0]),
    Sets(
      name: "a user keeps the ambient ones", uid: 1000, bounding: ["CAP_KILL", "CAP_NET_BIND_SERVICE"],
      permitted: ["CAP_KILL", "CAP_NET_BIND_SERVICE"], effective: ["CAP_KILL"],
      inheritable: ["CAP_KILL", "CAP_NET_BIND_SERVICE"], ambient: ["CAP_NET_BIND_SERVICE"],
      masks: [kill | bind, bind, bind, kill | bind, bind]),
  ]

  @Test(arguments: table)
  func capabilities(_ sets: Sets) throws {
    try withContainer { container in
      container.config["process"]["user"] = ["uid": .int(sets.uid), "gid": .int(sets.uid)]
      container.config["process"]["capabilities"] = [
        "bounding": JSON(sets.bounding), "permitted": JSON(sets.permitted), "effective": JSON(sets.effective),
        "inheritable": JSON(sets.inheritable), "ambient": JSON(sets.ambient),
      ]
      let masks = try masks(container)
      #expect(masks == sets.masks)
    }
  }

  /// podman's `--group-add keep-groups`.
  @Test(arguments: [false, true]) func callersGroups(_ areKept: Bool) throws {
    try withContainer(["sleep", "60"]) { container in
      container.wrapper = ["/usr/bin/setpriv", "--groups", "4242,77", RuntimeUnderTest.path]
      container.config["process"]["user"] = ["uid": 1000, "gid": 1000, "additionalGids": [55]]
      if areKept { container.config["annotations"]["run.oci.keep_original_groups"] = "1" }
      try container.createAndStart()
      let groups = Host.status(try container.pid(), "Groups")
      #expect(groups?.split(separator: " ") == (areKept ? ["77", "4242"] : ["55"]))
      let exec = try container.exec(["--user", "1000:1000"], ["grep", "Groups", "/proc/self/status"]).expectSuccess()
      #expect(exec.text.split(whereSeparator: \.isWhitespace).dropFirst() == (areKept ? ["77", "4242"] : ["55"]))
    }
  }

  @Test func noCapabilitiesWhenTheConfigurationHasNone() throws {
    try withContainer { container in
      container.config["process"]["capabilities"] = nil
      let masks = try masks(container)
      #expect(masks == [0, 0, 0, 0, 0])
    }
  }

  /// config.md: what the runtime can't map is no error. runc warns; an engine's list may be newer than the kernel.
  @Test func unknownCapability() throws {
    try withContainer { container in
      container.config["process"]["capabilities"]["bounding"].append("CAP_FROM_THE_FUTURE")
      let outcome = try container.run()
      #expect(outcome.exitCode == 0 && outcome.stdout.isEmpty, "\(outcome)")
    }
  }

  /// Nor is what the runtime itself does not have: it is left out, with a warning.
  @Test(.ownTexts, .enabled(if: Host.exists("/usr/bin/setpriv")), arguments: ["run", "exec"])
  func aCapabilityThatCannotBeGranted(_ verb: String) throws {
    try withContainer(["grep", "CapEff", "/proc/self/status"]) { container in
      if verb == "exec" {
        container.config["process"]["args"] = ["sleep", "60"]
        try container.createAndStart()
      }
      let log = container.path("log")
      for set in ["bounding", "permitted", "effective"] {
        container.config["process"]["capabilities"][set].append("CAP_SYS_BOOT")
      }
      let restricted = ["--bounding-set", "-sys_boot", "--inh-caps", "-sys_boot", RuntimeUnderTest.path, "--log", log]
      let command =
        verb == "run"
        ? ["run", "--bundle", container.bundle, container.id]
        : ["exec", "--cap", "CAP_SYS_BOOT", container.id, "grep", "CapEff", "/proc/self/status"]
      try container.writeConfig()
      let arguments = restricted + container.globalOptions + command
      let outcome = try container.launchOnHost("/usr/bin/setpriv", arguments).wait()
      #expect(outcome.expectSuccess().text == "CapEff:\t0000000020000420")
      let warning = "level=warning msg=\"ignoring capabilities that cannot be granted: CAP_SYS_BOOT\""
      #expect(Host.read(log)?.contains(warning) == true, "\(Host.read(log) ?? "")")
    }
  }

  /// The kernel enforces the sets: a user without CAP_CHOWN can't chown.
  @Test func aMissingCapabilityIsFelt() throws {
    try withContainer { container in
      container.script = "touch /tmp/file && chown 1:1 /tmp/file"
      let outcome = try container.run()
      #expect(outcome.exitCode == 1 && outcome.stderr.contains("Operation not permitted"), "\(outcome)")
      for set in ["bounding", "permitted", "effective"] {
        container.config["process"]["capabilities"][set].append("CAP_CHOWN")
      }
      try container.run().expectSilentSuccess()
    }
  }

  private func masks(_ container: TestContainer) throws -> [UInt64?] {
    let lines = try container.output(of: "grep '^Cap' /proc/self/status").split(separator: "\n")
    return Self.fields.map { field in
      lines.first { $0.hasPrefix(field + ":") }.flatMap { UInt64($0.dropFirst(8), radix: 16) }
    }
  }
}

import Testing

/// features.md and features-linux.md: what the document names, a configuration may hold.
@Suite(.root, .tags(.integration))
struct FeaturesTests {
  /// The members that the specification defines, by the object they are in.
  private static let members: [String: Set<String>] = [
    "": [
      "ociVersionMin", "ociVersionMax", "hooks", "mountOptions", "linux", "annotations",
      "potentiallyUnsafeConfigAnnotations",
    ],
    "linux": [
      "namespaces", "capabilities", "cgroup", "seccomp", "apparmor", "selinux", "intelRdt", "memoryPolicy",
      "mountExtensions", "netDevices",
    ],
    "linux.cgroup": ["v1", "v2", "systemd", "systemdUser", "rdma"],
    "linux.seccomp": ["enabled", "actions", "operators", "archs", "knownFlags", "supportedFlags"],
    "linux.apparmor": ["enabled"], "linux.selinux": ["enabled"], "linux.netDevices": ["enabled"],
    "linux.intelRdt": ["enabled", "schemata", "monitoring"], "linux.memoryPolicy": ["modes", "flags"],
    "linux.mountExtensions": ["idmap"], "linux.mountExtensions.idmap": ["enabled"],
  ]

  private func document(_ container: TestContainer) throws -> JSON {
    try JSON(parsing: container.runtime(["features"]).expectSuccess().stdout)
  }

  private func strings(_ list: JSON) -> [String] { list.array.compactMap(\.string) }

  @Test(.ownTexts) func nothingButWhatIsSpecified() throws {
    try withContainer { container in
      func check(_ object: JSON, _ path: String) {
        guard let known = Self.members[path] else { return }
        #expect(known.isSuperset(of: object.object.keys), "\(path)")
        for (name, value) in object.object where !value.object.isEmpty {
          check(value, path.isEmpty ? name : path + "." + name)
        }
      }
      let features = try document(container)
      check(features, "")
      for (name, value) in features["annotations"].object {
        #expect(!name.isEmpty && value.string != nil, "\(name)")
      }
      for name in Self.members.keys where name.hasPrefix("linux.") {
        let value = name.split(separator: ".").reduce(features) { $0[String($1)] }
        #expect(!value.object.isEmpty, "\(name)")
      }
    }
  }

  @Test(arguments: ["ociVersionMin", "ociVersionMax"])
  func versions(_ name: String) throws {
    try withContainer { container in
      container.config["ociVersion"] = try document(container)[name]
      try container.run().expectSilentSuccess()
    }
  }

  @Test func versionsAreInOrder() throws {
    try withContainer { container in
      let features = try document(container)
      let numbers = ["ociVersionMin", "ociVersionMax"].map { name in
        (features[name].string ?? "").prefix { $0 != "-" && $0 != "+" }.split(separator: ".").compactMap { Int($0) }
      }
      #expect(numbers[0].count == 3 && numbers[1].count == 3 && !numbers[1].lexicographicallyPrecedes(numbers[0]))
    }
  }

  @Test func hooks() throws {
    try withContainer { container in
      try container.shareDirectory("log")
      let kinds = strings(try document(container)["hooks"])
      for kind in kinds {
        container.addHook(kind, script: "echo \(kind) >> \(container.logDirectory(kind))/ran")
      }
      try container.run().expectSilentSuccess()
      #expect(!kinds.isEmpty && Set(Host.list(container.path("log"))) == ["ran"])
      let ran = (Host.read(container.path("log") + "/ran") ?? "").split(separator: "\n").map(String.init)
      #expect(ran.sorted() == kinds.sorted())
    }
  }

  /// One that is not recognised would go to the file system, and tmpfs refuses what it does not know.
  @Test func mountOptions() throws {
    try withContainer { container in
      let options = strings(try document(container)["mountOptions"])
      #expect(options.count > 50)
      // These need another mount than a new tmpfs.
      let special: Set<String> = ["bind", "rbind", "remount", "idmap", "ridmap"]
      for (index, option) in options.enumerated() where !special.contains(option) {
        container.addMount("/mnt/\(index)", type: "tmpfs", source: "tmpfs", [option])
      }
      try container.run().expectSilentSuccess()
      container.addMount("/mnt/last", type: "tmpfs", source: "tmpfs", ["no-such-option"])
      try container.create().expectFailure(1, "/mnt/last")
    }
  }

  @Test func namespaces() throws {
    try withContainer { container in
      for kind in strings(try document(container)["linux"]["namespaces"]) { container.setNamespace(kind) }
      #expect(container.config["linux"]["namespaces"].array.count == 8)
      container.config["linux"]["uidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65536]]
      container.config["linux"]["gidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65536]]
      try container.giveRootfs(uid: 100_000, gid: 100_000)
      try container.run().expectSilentSuccess()
    }
  }

  /// libcap may know more than the kernel.
  @Test func capabilities() throws {
    try withContainer { container in
      let names = strings(try document(container)["linux"]["capabilities"])
      let last = try #require(Host.readTrimmed("/proc/sys/kernel/cap_last_cap").flatMap { Int($0) })
      #expect(names.count > last)
      let log = container.path("log")
      container.globalOptions += ["--log", log]
      container.config["process"]["capabilities"]["bounding"] = JSON(Array(names.prefix(last + 1)))
      try container.run().expectSilentSuccess()
      #expect(Host.read(log) == nil || Host.read(log) == "")
    }
  }

  @Test(arguments: ["actions", "operators", "archs", "knownFlags", "supportedFlags"])
  func seccomp(_ list: String) throws {
    try withContainer(["echo", "ran"]) { container in
      let values = strings(try document(container)["linux"]["seccomp"][list])
      #expect(values.count > 3)
      // A listener needs an agent (`SeccompListenerTests`).
      for value in values where value != "SCMP_ACT_NOTIFY" {
        var rule: JSON = ["names": ["kexec_load"], "action": "SCMP_ACT_ERRNO"]
        var profile: JSON = ["defaultAction": "SCMP_ACT_ALLOW"]
        switch list {
        case "actions": rule["action"] = .string(value)
        case "operators": rule["args"] = [["index": 0, "value": 1, "valueTwo": 1, "op": .string(value)]]
        case "archs": profile["architectures"] = [.string(value)]
        default: profile["flags"] = [.string(value)]
        }
        profile["syscalls"] = [rule]
        container.config["linux"]["seccomp"] = profile
        let outcome = try container.run()
        // One that is known, but that no program can have together with this machine's own.
        if list == "archs", outcome.stderr.contains("\(value) has another byte order than this machine") { continue }
        #expect(outcome.exitCode == 0 && outcome.stdout == "ran\n" && outcome.stderr.isEmpty, "\(value): \(outcome)")
      }
    }
  }

  /// What the kernel says to it is another matter: one without NUMA has no policies at all, an older one fewer modes.
  @Test(.ownTexts, arguments: ["modes", "flags"]) func memoryPolicy(_ list: String) throws {
    try withContainer { container in
      let values = strings(try document(container)["linux"]["memoryPolicy"][list])
      #expect(values.count > 2)
      for value in values {
        var policy: JSON = ["mode": .string(list == "modes" ? value : "MPOL_BIND"), "nodes": "0"]
        if list == "flags" { policy["flags"] = [.string(value)] }
        if value == "MPOL_DEFAULT" || value == "MPOL_LOCAL" { policy["nodes"] = nil }
        container.config["linux"]["memoryPolicy"] = policy
        let outcome = try container.run()
        #expect(outcome.exitCode == 0 || outcome.stderr.contains(": set memory policy: "), "\(value): \(outcome)")
      }
    }
  }

  /// Also where the kernel or the file system cannot.
  @Test func idMappedMounts() throws {
    try withContainer { container in
      let features = try document(container)
      #expect(features["linux"]["mountExtensions"]["idmap"]["enabled"] == true)
    }
  }
}

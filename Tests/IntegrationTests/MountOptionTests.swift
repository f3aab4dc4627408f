import Testing

/// config.md, «Linux mount options», and those of mount(8), as /proc/self/mountinfo shows them inside.
@Suite(.root, .tags(.integration))
struct MountOptionTests {
  /// The option, and what the mount's own options (the sixth field) must and must not have.
  static let ownOptions: [(String, has: String?, hasNot: String?)] = [
    ("ro", "ro", "rw"), ("rw", "rw", "ro"), ("nosuid", "nosuid", nil), ("suid", nil, "nosuid"),
    ("nodev", "nodev", nil), ("dev", nil, "nodev"), ("noexec", "noexec", nil), ("exec", nil, "noexec"),
    ("noatime", "noatime", "relatime"), ("atime", "relatime", "noatime"), ("relatime", "relatime", nil),
    ("norelatime", "relatime", nil), ("strictatime", nil, "relatime"), ("nostrictatime", "relatime", nil),
    ("nodiratime", "nodiratime", nil), ("diratime", nil, "nodiratime"), ("nosymfollow", "nosymfollow", nil),
    ("symfollow", nil, "nosymfollow"), ("defaults", "rw", "nosuid"),
  ]

  @Test(arguments: ownOptions)
  func ofATmpfs(_ option: String, _ has: String?, _ hasNot: String?) throws {
    try withContainer { container in
      container.addMount("/tmp", type: "tmpfs", source: "tmpfs", [option])
      let entry = try #require(try container.mountsInside().last { $0.target == "/tmp" })
      if let has { #expect(entry.options.contains(has), "\(entry)") }
      if let hasNot { #expect(!entry.options.contains(hasNot), "\(entry)") }
    }
  }

  @Test(arguments: ownOptions)
  func ofABindMount(_ option: String, _ has: String?, _ hasNot: String?) throws {
    try withContainer { container in
      let source = container.path("source")
      try Host.makeDirectory(source)
      container.addMount("/tmp", type: "bind", source: source, ["bind", option])
      let entry = try #require(try container.mountsInside().last { $0.target == "/tmp" })
      if let has { #expect(entry.options.contains(has), "\(entry)") }
      if let hasNot { #expect(!entry.options.contains(hasNot), "\(entry)") }
    }
  }

  /// Options of the file system itself (the last field).
  @Test(arguments: [
    ("sync", "sync", true), ("async", "sync", false), ("dirsync", "dirsync", true), ("lazytime", "lazytime", true),
    ("nolazytime", "lazytime", false), ("mand", "mand", true), ("nomand", "mand", false),
    ("size=64k", "size=64k", true), ("mode=1770", "mode=1770", true), ("nr_inodes=77", "nr_inodes=77", true),
    ("uid=3", "uid=3", true),
  ])
  func ofAFileSystem(_ option: String, _ shown: String, _ isSet: Bool) throws {
    try withContainer { container in
      container.addMount("/tmp", type: "tmpfs", source: "tmpfs", [option])
      let entry = try #require(try container.mountsInside().last { $0.target == "/tmp" })
      #expect(entry.superOptions.contains(shown) == isSet, "\(entry)")
    }
  }

  /// Those that nothing shows are taken.
  @Test(arguments: ["iversion", "noiversion", "silent", "loud"])
  func withoutATrace(_ option: String) throws {
    try withContainer { container in
      container.addMount("/tmp", type: "tmpfs", source: "tmpfs", [option])
      let mounts = try container.mountsInside()
      #expect(mounts.contains { $0.target == "/tmp" })
    }
  }

  @Test(arguments: ["nonsense", "size=nonsense"])
  func anUnknownOptionIsAnError(_ option: String) throws {
    try withContainer { container in
      container.addMount("/tmp", type: "tmpfs", source: "tmpfs", [option])
      try container.create().expectFailure(1, "/tmp")
      container.expectNothingLeft()
    }
  }

  /// The recursive ones change the mounts below, too; the others don't.
  @Test(arguments: [
    ("rro", "ro", true), ("rnosuid", "nosuid", true), ("rnodev", "nodev", true), ("rnoexec", "noexec", true),
    ("rnoatime", "noatime", true), ("rnodiratime", "nodiratime", true), ("rnosymfollow", "nosymfollow", true),
    ("rstrictatime", "relatime", false), ("rrelatime", "relatime", true), ("rnorelatime", "relatime", true),
    ("ro", "rw", true), ("nosuid", "nosuid", false), ("noexec", "noexec", false),
  ])
  func ofTheMountsBelow(_ option: String, _ shown: String, _ isSet: Bool) throws {
    try withMountBelow(options: []) { container, source in
      container.addMount("/var", type: "bind", source: source, ["rbind", option])
      let entry = try #require(try container.mountsInside().last { $0.target == "/var/below" })
      #expect(entry.options.contains(shown) == isSet, "\(entry)")
    }
  }

  /// What the mounts below have is taken away.
  @Test(arguments: [
    ("rrw", "ro"), ("rsuid", "nosuid"), ("rdev", "nodev"), ("rexec", "noexec"), ("rdiratime", "nodiratime"),
    ("rsymfollow", "nosymfollow"),
  ])
  func takenFromTheMountsBelow(_ option: String, _ taken: String) throws {
    try withMountBelow(options: [taken]) { container, source in
      container.addMount("/var", type: "bind", source: source, ["rbind", option])
      let entry = try #require(try container.mountsInside().last { $0.target == "/var/below" })
      #expect(!entry.options.contains(taken), "\(entry)")
    }
  }

  /// What the source's mount has is taken away; nothing else shows that an option is more than accepted.
  @Test(arguments: [
    ("rw", "ro", "rw"), ("suid", "nosuid", nil), ("dev", "nodev", nil), ("exec", "noexec", nil),
    ("diratime", "nodiratime", nil), ("symfollow", "nosymfollow", nil), ("atime", "noatime", "relatime"),
    ("relatime", "noatime", "relatime"), ("strictatime", "relatime", nil), ("nostrictatime", "strictatime", "relatime"),
  ])
  func takenFromABindMount(_ option: String, _ taken: String, _ has: String?) throws {
    try withMountBelow(options: [taken]) { container, source in
      container.addMount("/var", type: "bind", source: source + "/below", ["bind", option])
      let entry = try #require(try container.mountsInside().last { $0.target == "/var" })
      #expect(!entry.options.contains(taken), "\(entry)")
      if let has { #expect(entry.options.contains(has), "\(entry)") }
    }
  }

  @Test(arguments: [
    ("ratime", "noatime"), ("rrelatime", "noatime"), ("rnorelatime", "strictatime"), ("rnostrictatime", "strictatime"),
  ])
  func accessTimesOfTheMountsBelow(_ option: String, _ taken: String) throws {
    try withMountBelow(options: [taken]) { container, source in
      container.addMount("/var", type: "bind", source: source, ["rbind", option])
      let entry = try #require(try container.mountsInside().last { $0.target == "/var/below" })
      #expect(entry.options.contains("relatime") && !entry.options.contains(taken), "\(entry)")
    }
  }

  @Test(arguments: [
    ("private", "", ""), ("rprivate", "", ""), ("shared", "shared", ""), ("rshared", "shared", "shared"),
    ("slave", "", ""), ("rslave", "", ""), ("unbindable", "unbindable", ""),
    ("runbindable", "unbindable", "unbindable"),
  ])
  func propagation(_ option: String, _ ofMount: String, _ ofBelow: String) throws {
    try withMountBelow(options: []) { container, source in
      container.addMount("/var", type: "bind", source: source, ["rbind", option])
      let mounts = try container.mountsInside()
      let entry = try #require(mounts.last { $0.target == "/var" })
      let below = try #require(mounts.last { $0.target == "/var/below" })
      #expect(entry.propagation == ofMount, "\(entry)")
      #expect(below.propagation == ofBelow, "\(below)")
    }
  }

  /// A slave without a master is a private mount; only one that was shared before shows that the options do something.
  @Test(arguments: [("private", "shared"), ("rprivate", ""), ("slave", "shared"), ("rslave", "")])
  func propagationTakenAgain(_ option: String, _ ofBelow: String) throws {
    try withMountBelow(options: []) { container, source in
      container.addMount("/var", type: "bind", source: source, ["rbind", "rshared", option])
      let mounts = try container.mountsInside()
      let entry = try #require(mounts.last { $0.target == "/var" })
      let below = try #require(mounts.last { $0.target == "/var/below" })
      #expect(entry.propagation == "" && below.propagation == ofBelow, "\(entry) \(below)")
    }
  }

  /// What is read-only is so by a copy of its mount, and what is unbindable cannot be copied. A mount below that was left
  /// out of the copy would be missing.
  @Test(.ownTexts, arguments: ["unbindable", "runbindable"], ["/var", "/var/inner", "/", "/var/below"])
  func readOnlyPathsInUnbindableMounts(_ option: String, _ path: String) throws {
    try withMountBelow(options: []) { container, source in
      try Host.makeDirectory(source + "/inner")
      try Host.write("text", to: source + "/below/file")
      container.addMount("/var", type: "bind", source: source, ["rbind", option])
      container.config["linux"]["readonlyPaths"] = [.string(path == "/" ? "/var/../var" : path)]
      container.config["linux"]["maskedPaths"] = ["/var/below/masked"]
      try Host.write("text", to: source + "/below/masked")
      let writable = path == "/" ? "/var" : path
      container.script =
        "touch \(writable)/new 2>/dev/null || echo refused; cat /var/below/file /var/below/masked;"
        + "mount --bind /var /home 2>/dev/null || echo unbindable"
      container.config["process"]["capabilities"]["bounding"].append("CAP_SYS_ADMIN")
      container.config["process"]["capabilities"]["effective"].append("CAP_SYS_ADMIN")
      container.config["process"]["capabilities"]["permitted"].append("CAP_SYS_ADMIN")
      #expect(try container.run().expectSuccess().text == "refused\ntextunbindable")
    }
  }

  @Test(arguments: [
    (nil, ""), ("private", ""), ("rprivate", ""), ("slave", ""), ("shared", "shared"), ("unbindable", "unbindable"),
    ("rslave", ""), ("rshared", "shared"), ("runbindable", "unbindable"),
  ])
  func rootfsPropagation(_ value: String?, _ shown: String) throws {
    try withContainer { container in
      if let value { container.config["linux"]["rootfsPropagation"] = .string(value) }
      let root = try #require(try container.mountsInside().first { $0.target == "/" })
      #expect(root.propagation == shown, "\(root)")
    }
  }

  @Test func rootfsPropagationOfAnotherNameIsRefused() throws {
    try withContainer { container in
      container.config["linux"]["rootfsPropagation"] = "public"
      try container.create().expectFailure(1, "rootfsPropagation")
    }
  }

  /// A directory of the host with a tmpfs mounted on its directory `below`, for a test.
  private func withMountBelow(options: [String], _ body: (TestContainer, String) throws -> Void) throws {
    try withContainer { container in
      let source = container.path("source")
      try Host.makeDirectory(source + "/below")
      try Host.mount(["-t", "tmpfs", "-o", (["rw"] + options).joined(separator: ","), "tmpfs", source + "/below"])
      defer { Host.unmount(source + "/below") }
      try body(container, source)
    }
  }
}

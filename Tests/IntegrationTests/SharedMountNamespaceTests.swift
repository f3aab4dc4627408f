import Testing

/// Containers without a mount namespace of their own: what they mount is there for the host, or for all in the namespace
/// that they join, and their root is a directory among others.
@Suite(.root, .tags(.integration))
struct SharedMountNamespaceTests {
  /// The mounts at and below a directory as the host sees them.
  private static func mounts(below directory: String) -> [String] {
    (Host.read("/proc/self/mountinfo") ?? "").split(separator: "\n").compactMap(MountEntry.init).map(\.target)
      .filter { $0 == directory || $0.hasPrefix(directory + "/") }
  }

  private static func withHostMounts(
    _ command: [String], _ body: (TestContainer) throws -> Void
  ) throws {
    try withContainer(command) { container in
      container.removeNamespace("mount")
      container.config["linux"]["maskedPaths"] = .null
      container.config["linux"]["readonlyPaths"] = .null
      try Host.write("inside", to: container.rootfs + "/marker")
      try body(container)
    }
  }

  @Test func mountsGoWithTheContainer() throws {
    try Self.withHostMounts(["sleep", "60"]) { container in
      let before = Self.mounts(below: container.rootfs)
      try container.createAndStart()
      let pid = try container.pid()
      #expect(Host.namespace("mnt", of: pid) == Host.namespace("mnt"))
      #expect(Self.mounts(below: container.rootfs).contains(container.rootfs + "/proc"))
      #expect(try container.exec([], ["cat", "/marker"]).expectSuccess().text == "inside")
      #expect(try container.exec([], ["sh", "-c", "echo /proc/1/ns/pid; ls -d /dev/null"]).exitCode == 0)
      try container.delete("--force").expectSilentSuccess()
      #expect(Self.mounts(below: container.rootfs) == before)
    }
  }

  @Test func mountsGoWithTheLastProcessOfRun() throws {
    try Self.withHostMounts(["true"]) { container in
      let before = Self.mounts(below: container.rootfs)
      container.config["root"]["readonly"] = true
      container.script = "cat /marker; touch /file"
      let outcome = try container.run()
      #expect(outcome.stdout == "inside" && outcome.stderr.contains("Read-only file system"), "\(outcome)")
      #expect(Self.mounts(below: container.rootfs) == before)
    }
  }

  @Test func mountsGoWhenOneFails() throws {
    try Self.withHostMounts(["true"]) { container in
      let before = Self.mounts(below: container.rootfs)
      container.config["mounts"].append(["destination": "/x", "type": "nosuchfs", "source": "none"])
      let outcome = try container.run()
      #expect(outcome.exitCode == 1 && outcome.stderr.contains("nosuchfs"), "\(outcome)")
      #expect(Self.mounts(below: container.rootfs) == before)
    }
  }

  /// Only the host's root can take them away again.
  @Test func notInAUserNamespace() throws {
    try Self.withHostMounts(["true"]) { container in
      try UserNamespaceMountTests.giveUserNamespace(container)
      let outcome = try container.run()
      #expect(
        outcome.exitCode == 1 && outcome.stderr.contains("mounts: they need a mount namespace"), "\(outcome)")
      #expect(Self.mounts(below: container.rootfs).isEmpty)
    }
  }

  /// The root of the namespace is the host's.
  @Test func execInAJoinedMountNamespace() throws {
    try withContainer(["sleep", "60"]) { container in
      let pid = try NamespaceTests.holder(of: "mnt", "--mount", container)
      container.setNamespace("mount", path: "/proc/\(pid)/ns/mnt")
      container.config["linux"]["maskedPaths"] = .null
      container.config["linux"]["readonlyPaths"] = .null
      try Host.write("inside", to: container.rootfs + "/marker")
      try container.createAndStart()
      #expect(try container.exec([], ["cat", "/marker"]).expectSuccess().text == "inside")
      #expect(Host.namespace("mnt", of: try container.pid()) == Host.namespace("mnt", of: pid))
    }
  }
}

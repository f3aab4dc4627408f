import Foundation
import Glibc
import Testing

/// Mounts of a container whose root is an ordinary user of the host, and id-mapped mounts (config.md, «Mounts»).
@Suite(.root, .tags(.integration))
struct UserNamespaceMountTests {
  /// What only the host's root can reach is opened by the runtime.
  @Test(arguments: ["bind", "rbind"])
  func aSourceThatTheContainersRootCannotReach(_ option: String) throws {
    try withUserNamespace { container in
      let source = container.path("private/source")
      try Host.makeDirectory(source)
      try Host.write("text", to: source + "/file")
      chmod(container.path("private"), 0o700)
      container.addMount("/var", type: "bind", source: source, [option, "nosuid"])
      let text = try container.output(of: "cat /var/file; grep ' /var ' /proc/self/mountinfo")
      #expect(text.hasPrefix("text") && text.contains("nosuid"), "\(text)")
    }
  }

  /// The root file system itself may lie where only the host's root gets.
  @Test(
    .ownTexts, arguments: [nil, "rprivate", "slave", "shared", "rshared", "runbindable"] as [String?],
    [[], ["--no-pivot"]])
  func aRootThatTheContainersRootCannotReach(_ propagation: String?, _ flags: [String]) throws {
    try withUserNamespace { container in
      let directory = container.path("private")
      try Host.makeDirectory(directory)
      rename(container.rootfs, directory + "/rootfs")
      chmod(directory, 0o700)
      container.config["root"]["path"] = .string(directory + "/rootfs")
      container.config["linux"]["maskedPaths"] = ["/etc/masked"]
      container.config["linux"]["readonlyPaths"] = ["/tmp"]
      if let propagation { container.config["linux"]["rootfsPropagation"] = .string(propagation) }
      try Host.write("secret", to: directory + "/rootfs/etc/masked")
      container.addMount("/var", type: "bind", source: directory, ["bind"])
      container.script =
        "cat /etc/masked; touch /tmp/x || echo refused; touch /home/made; ls /.. | grep -c rootfs; id -u"
      try container.writeConfig()
      let outcome = try container.runtime(["run", "--bundle", container.bundle] + flags + [container.id])
      #expect(outcome.expectSuccess().text == "refused\n0\n0", "\(outcome)")
      #expect(Host.exists(directory + "/rootfs/home/made"))
      #expect(Host.read("/proc/self/mountinfo")?.contains(container.id) == false)
    }
  }

  /// The sysfs of the host's network namespace cannot be mounted anew by the container's root.
  @Test(arguments: [["nosuid", "noexec", "nodev", "ro"], ["nosuid"]])
  func sysfsOfTheHostsNetwork(_ options: [String]) throws {
    try withUserNamespace { container in
      container.removeNamespace("network")
      container.changeMount("/sys") { _ in options }
      container.script =
        "grep ' /sys ' /proc/self/mountinfo; ls /sys/class/net; touch /sys/kernel/x 2>/dev/null || echo refused"
      let text = try container.run().expectSuccess().text
      let lines = text.split(separator: "\n").map(String.init)
      #expect(lines.first?.contains("sysfs") == true && lines.last == "refused", "\(text)")
      for option in options { #expect(lines.first?.contains(option) == true, "\(text)") }
      for device in try FileManager.default.contentsOfDirectory(atPath: "/sys/class/net") {
        #expect(lines.contains(device), "\(text)")
      }
    }
  }

  /// A bind mount that is not recursive leaves the mounts below out, which the kernel lets only the host's root do.
  @Test(.ownTexts) func mountsBelowAreLeftOut() throws {
    try withUserNamespace { container in
      let source = container.path("source")
      try Host.makeDirectory(source + "/below")
      try Host.write("covered", to: source + "/below/file")
      try Host.mount(["-t", "tmpfs", "tmpfs", source + "/below"])
      defer { Host.unmount(source + "/below") }
      container.addMount("/var", type: "bind", source: source, ["bind"])
      #expect(try container.output(of: "cat /var/below/file") == "covered")
    }
  }

  /// What the host's mount has, the container's root can't take away; the options that it leaves alone stay.
  @Test func lockedFlagsStay() throws {
    try withUserNamespace { container in
      let source = container.path("source")
      try Host.makeDirectory(source)
      try Host.mount(["-t", "tmpfs", "-o", "ro,nosuid,nodev,noexec,noatime", "tmpfs", source])
      defer { Host.unmount(source) }
      container.addMount("/var", type: "bind", source: source, ["rbind"])
      let entry = try #require(try container.mountsInside().last { $0.target == "/var" })
      for option in ["ro", "nosuid", "nodev", "noexec", "noatime"] {
        #expect(entry.options.contains(option), "\(entry)")
      }
      container.addMount("/home", type: "bind", source: source, ["rbind", "rw"])
      try container.create().expectFailure(1, "/home", "operation not permitted")
    }
  }

  /// remount keeps what it does not name.
  @Test func remountKeepsLockedFlags() throws {
    try withUserNamespace { container in
      let source = container.path("source")
      try Host.makeDirectory(source)
      try Host.mount(["-t", "tmpfs", "-o", "nosuid,nodev", "tmpfs", source])
      defer { Host.unmount(source) }
      container.addMount("/var", type: "bind", source: source, ["rbind"])
      container.addMount("/var", type: nil, source: nil, ["remount", "bind", "ro"])
      let entry = try #require(try container.mountsInside().last { $0.target == "/var" })
      for option in ["ro", "nosuid", "nodev"] { #expect(entry.options.contains(option), "\(entry)") }
    }
  }

  /// A mapping of the mount's own, or that of the container's user namespace.
  @Test(arguments: [true, false])
  func idMappedBind(_ hasOwnMapping: Bool) throws {
    try withUserNamespace { container in
      let source = container.path("source")
      try Host.makeDirectory(source)
      try Host.write("", to: source + "/file")
      lchown(source + "/file", 7, 8)
      container.addMount("/var", type: "bind", source: source, ["bind", "idmap"])
      if hasOwnMapping { container.mapLastMount(uid: 100_000, gid: 100_000) }
      #expect(try container.output(of: "stat -c '%u %g' /var/file; touch /var/new") == "7 8")
      var status = stat()
      #expect(stat(source + "/new", &status) == 0 && status.st_uid == 0)
    }
  }

  /// `ridmap` maps the mounts below too, `idmap` does not.
  @Test(arguments: [("idmap", "0"), ("ridmap", "5000")])
  func mountsBelow(_ option: String, _ owner: String) throws {
    try withContainer { container in
      let source = container.path("source")
      try Host.makeDirectory(source + "/below")
      // Of the same file system: not every kernel can map a tmpfs.
      let below = container.path("below")
      try Host.makeDirectory(below)
      try Host.mount(["--bind", below, source + "/below"])
      defer { Host.unmount(source + "/below") }
      try Host.write("", to: source + "/below/file")
      container.addMount("/var", type: "bind", source: source, ["rbind", option])
      container.mapLastMount(uid: 5000, gid: 5000)
      let found = try container.output(of: "stat -c %u /var/below/file")
      #expect(found == owner)
    }
  }

  /// A new tmpfs with a mapping: its files belong to the mapped ids outside, and to the others inside.
  @Test(.ownTexts, .kernel(6, 3, "to mount a tmpfs id-mapped"), arguments: [false, true])
  func idMappedTmpfs(_ hasUserNamespace: Bool) throws {
    try withContainer { container in
      if hasUserNamespace { try Self.giveUserNamespace(container) }
      container.addMount("/var", type: "tmpfs", source: "tmpfs", ["uid=3", "mode=777"])
      container.mapLastMount(uid: hasUserNamespace ? 105_000 : 5000, gid: hasUserNamespace ? 105_000 : 5000)
      #expect(try container.output(of: "stat -c %u /var") == "5003")
    }
  }

  /// What the kernel cannot map says so.
  @Test(.ownTexts) func aFileSystemThatCannotBeMapped() throws {
    try withContainer { container in
      container.addMount("/var", type: "bind", source: "/proc/sys", ["bind", "idmap"])
      container.mapLastMount(uid: 5000, gid: 5000)
      try container.create().expectFailure(1, "/var", "id-mapped mount")
      container.expectNothingLeft()
    }
  }

  @Test(.ownTexts) func idmapWithoutAMapping() throws {
    try withContainer { container in
      container.addMount("/var", type: "bind", source: "/tmp", ["bind", "idmap"])
      try container.create().expectFailure(1, "mounts[7].options[1]")
    }
  }

  static func giveUserNamespace(_ container: TestContainer) throws {
    container.setNamespace("user")
    container.config["linux"]["uidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65536]]
    container.config["linux"]["gidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65536]]
    try container.giveRootfs(uid: 100_000, gid: 100_000)
  }

  private func withUserNamespace(_ body: (TestContainer) throws -> Void) throws {
    try withContainer { container in
      try Self.giveUserNamespace(container)
      try body(container)
    }
  }
}

extension TestContainer {
  /// Gives the mount that was added last a mapping of ten ids from 0 on.
  func mapLastMount(uid: Int, gid: Int) {
    let last = config["mounts"].array.count - 1
    config["mounts"][last]["uidMappings"] = [["containerID": 0, "hostID": .int(uid), "size": 10]]
    config["mounts"][last]["gidMappings"] = [["containerID": 0, "hostID": .int(gid), "size": 10]]
  }
}

import Glibc
import Testing

/// config.md, `apparmorProfile` and `selinuxLabel`; config-linux.md, `mountLabel`: where the kernel has one of them.
enum SecurityModuleTests {
  @Suite(
    .enabled(
      "needs AppArmor and apparmor_parser",
      { geteuid() == 0 && Host.readTrimmed("/sys/module/apparmor/parameters/enabled") == "Y" && parser != nil }),
    .tags(.integration))
  struct AppArmorTests {
    /// Runs `body` with a profile loaded that denies /secret.
    private func withProfile(_ body: (TestContainer, String) throws -> Void) throws {
      try withContainer(["sleep", "60"]) { container in
        let name = container.id
        let file = container.path("profile")
        try Host.write(
          """
          profile \(name) flags=(attach_disconnected,mediate_deleted) {
            file, capability, network, mount, umount, pivot_root, signal, ptrace, dbus, unix,
            deny /secret r,
          }
          """, to: file)
        let load = try container.launchOnHost(parser ?? "", ["--replace", "--skip-cache", file], .init(seconds: 60))
        try #require(load.wait().exitCode == 0, "\(load.outcome)")
        defer { _ = try? container.launchOnHost(parser ?? "", ["--remove", file], .init(seconds: 60)).wait() }
        try Host.write("secret\n", to: container.rootfs + "/secret")
        try body(container, name)
      }
    }

    private static let script = "cat /proc/self/attr/current; cat /secret 2>&1"

    @Test func profile() throws {
      try withProfile { container, name in
        container.config["process"]["apparmorProfile"] = .string(name)
        let denied = "\(name) (enforce)\ncat: can't open '/secret': Permission denied"
        container.script = Self.script + "; sleep 60"
        let command = try container.createAndStart()
        #expect(eventually { command.outcome.text == denied }, "\(command.outcome)")
        // exec has the container's profile, or one of its own.
        #expect(try container.exec([], ["sh", "-c", Self.script]).text == denied)
        let other = try container.exec(["--apparmor", "unconfined"], ["cat", "/proc/self/attr/current"])
        #expect(other.text == "unconfined")
      }
    }

    @Test func profileOfExec() throws {
      try withProfile { container, name in
        try container.createAndStart()
        #expect(try container.exec([], ["cat", "/proc/self/attr/current", "/secret"]).text == "unconfined\nsecret")
        let outcome = try container.exec(["--apparmor", name], ["cat", "/proc/self/attr/current"]).expectSuccess()
        #expect(outcome.text == "\(name) (enforce)")
      }
    }

    @Test func unknownProfile() throws {
      try withContainer { container in
        container.config["process"]["apparmorProfile"] = "swiftlet-no-such-profile"
        try container.run().expectFailure(1, "apparmor", "swiftlet-no-such-profile")
        container.expectNothingLeft()
      }
    }
  }

  private static let parser = ["/sbin/apparmor_parser", "/usr/sbin/apparmor_parser"].first { Host.exists($0) }

  @Suite(
    .enabled("needs SELinux", { geteuid() == 0 && Host.exists("/sys/fs/selinux/enforce") }), .tags(.integration))
  struct SELinuxTests {
    private static let process = "system_u:system_r:container_t:s0:c1,c2"
    private static let file = "system_u:object_r:container_file_t:s0:c1,c2"
    private static let script = "tr -d '\\000' < /proc/self/attr/current"

    @Test func labels() throws {
      try withContainer { container in
        container.config["process"]["selinuxLabel"] = .string(Self.process)
        container.config["linux"]["mountLabel"] = .string(Self.file)
        container.script = Self.script + "; echo; grep -o 'context=[^ ]*' /proc/self/mounts | sort | uniq -c; sleep 60"
        let command = try container.createAndStart()
        #expect(eventually { command.outcome.stdout.contains("context=") }, "\(command.outcome)")
        let lines = command.outcome.text.split(separator: "\n")
        #expect(lines.first ?? "" == Self.process)
        // The kernel quotes what has a comma. /dev, /dev/pts, /dev/shm, /dev/mqueue and the masks.
        #expect(lines.dropFirst().allSatisfy { $0.contains("context=\"\(Self.file)\"") }, "\(lines)")
        #expect(try container.exec([], ["sh", "-c", Self.script]).text == Self.process)
        let other = "system_u:system_r:container_t:s0:c3,c4"
        let outcome = try container.exec(["--process-label", other], ["sh", "-c", Self.script]).expectSuccess()
        #expect(outcome.text == other)
      }
    }

    @Test(arguments: ["nonsense", "system_u:system_r:swiftlet_no_such_t:s0"])
    func unknownLabel(_ label: String) throws {
      try withContainer { container in
        container.config["process"]["selinuxLabel"] = .string(label)
        try container.run().expectFailure(1, label)
        container.expectNothingLeft()
      }
    }
  }
}

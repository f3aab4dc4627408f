import Glibc
import Testing

/// A volume on /dev whose `null` is not what it seems (CVE-2025-31133): masks must come from elsewhere.
@Suite(.root, .tags(.integration))
struct MaskedPathAttacks {
  enum Null: String, CaseIterable, Sendable {
    case link, linkToMaskedFile, missing, file, directory, otherDevice

    func make(at path: String) throws {
      switch self {
      case .link: symlink("/proc/sys/kernel/core_pattern", path)
      case .linkToMaskedFile: symlink("/proc/meminfo", path)
      case .missing: break
      case .file: try Host.write("", to: path, mode: 0o666)
      case .directory: try Host.makeDirectory(path)
      case .otherDevice: mknod(path, S_IFCHR | 0o666, 0x105)
      }
    }
  }

  private func prepare(_ container: TestContainer, _ null: Null) throws {
    let volume = container.path("volume")
    try Host.makeDirectory(volume)
    try null.make(at: volume + "/null")
    container.removeDevMounts()
    container.addBind(volume, "/dev")
    container.config["linux"]["maskedPaths"] = ["/proc/meminfo", "/proc/fs", "/proc/no-such-file"]
    container.config["linux"]["readonlyPaths"] = []
    container.setCapabilities(TestContainer.allCapabilities)
    container.script = """
      head -c 1 /proc/meminfo | wc -c; stat -c '%F %t:%T' /proc/meminfo; ls -A /proc/fs
      (echo evil > /proc/meminfo) 2> /tmp/errors
      """
  }

  /// With the caller's standard input on /dev/null, the container's own has to take its place.
  @Test(arguments: Null.allCases) func nullOfAVolumeAsStandardInput(_ null: Null) throws {
    try withAttack { container, _ in
      try prepare(container, null)
      try container.run().expectFailure(1, "/dev/null", location: #_sourceLocation)
      container.expectNothingLeft()
    }
  }

  @Test(arguments: Null.allCases) func nullOfAVolumeAsMask(_ null: Null) throws {
    try withAttack { container, _ in
      try prepare(container, null)
      let outcome = try container.run(options: .init(input: "not /dev/null"))
      #expect(outcome.expectSuccess().text == "0\ncharacter special file 1:3")
    }
  }

  /// Only a path that does not exist needs no mask.
  @Test func linksInTheWayOfAMask() throws {
    try withAttack { container, canary in
      try container.link("etc/shadow", to: "../../../../../../.." + canary.path + "/file")
      try container.link("etc/inside", to: "secret")
      try Host.write("secret", to: container.rootfs + "/etc/secret")
      try Host.write("secret", to: container.rootfs + "/etc/plain")
      container.config["linux"]["maskedPaths"] = ["/etc/shadow", "/etc/inside", "/etc/plain/x", "/etc/../etc/plain"]
      container.script = "cat /etc/secret /etc/plain"
      let outcome = try container.run()
      #expect(outcome.expectSuccess().text == "")
    }
  }

  /// A magic link is no path that a mask could follow safely.
  @Test func magicLinkAsMask() throws {
    try withAttack { container, _ in
      try container.link("etc/magic", to: "/proc/self/root/etc")
      container.config["linux"]["maskedPaths"] = ["/etc/magic"]
      try container.run().expectFailure(1, "/etc/magic")
      container.expectNothingLeft()
    }
  }
}

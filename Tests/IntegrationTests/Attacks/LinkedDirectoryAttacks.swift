import Foundation
import Glibc
import Testing

/// Root file systems in which the directories that a runtime sets up are symbolic links.
@Suite(.root, .tags(.integration))
struct LinkedDirectoryAttacks {
  /// /proc and /sys must be plain directories (CVE-2019-18837, CVE-2019-19921, CVE-2023-27561, CVE-2023-28642,
  /// CVE-2025-54867).
  @Test(
    arguments: ["proc", "sys"],
    ["\(Canary.fromRoot)/directory", "/tmp", "tmp", "../../../../../../../../../../../tmp", "/proc/self/root"])
  func procAndSys(_ name: String, _ target: String) throws {
    try withAttack { container, _ in
      try container.link(name, to: target)
      try container.run().expectFailure(1, "must be mounted on ordinary directory")
      container.expectNothingLeft()
    }
  }

  @Test func procIsAFile() throws {
    try withAttack { container, _ in
      rmdir(container.rootfs + "/proc")
      try Host.write("", to: container.rootfs + "/proc")
      try container.run().expectFailure(1, "not a directory")
      container.expectNothingLeft()
    }
  }

  /// The link leads where another mount puts a directory of the attacker's.
  @Test func procIsALinkIntoAVolume() throws {
    try withAttack { container, _ in
      let volume = container.path("volume")
      try Host.makeDirectory(volume + "/proc")
      try Host.makeDirectory(container.rootfs + "/volume")
      try container.link("proc", to: "/volume/proc")
      container.config["mounts"] = .array(
        [["type": "bind", "source": .string(volume), "destination": "/volume", "options": ["bind"]]]
          + container.config["mounts"].array)
      try container.run().expectFailure(1, "must be mounted on ordinary directory")
      container.expectNothingLeft()
    }
  }

  /// Without a mount on it, /dev is what the image has there: nodes and links must not go elsewhere, and a `ptmx`
  /// elsewhere must stay (CVE-2026-41579, CVE-2026-47766).
  @Test(arguments: ["\(Canary.fromRoot)", "host", "\(Canary.fromRoot)/missing"])
  func dev(_ target: String) throws {
    try withAttack { container, canary in
      try container.link("dev", to: target == "host" ? canary.path : target)
      container.removeDevMounts()
      container.setCapabilities(TestContainer.allCapabilities)
      container.script = "ls /dev/canary /dev/file"
      let outcome = try container.run()
      #expect(outcome.exitCode != 0, "\(outcome)")
      #expect(!outcome.stdout.contains("file"), "\(outcome)")
    }
  }

  @Test(arguments: ["null", "ptmx", "fd", "pts", "shm", "mqueue", "console"])
  func filesOfDev(_ name: String) throws {
    try withAttack { container, canary in
      container.removeDevMounts()
      try container.link("dev/" + name, to: canary.path + "/file")
      container.addMount(["type": "devpts", "source": "devpts", "destination": "/dev/pts", "options": ["newinstance"]])
      container.addMount(["type": "tmpfs", "source": "shm", "destination": "/dev/shm"])
      container.addMount(["type": "mqueue", "source": "mqueue", "destination": "/dev/mqueue"])
      container.script = "echo evil > /dev/\(name); cat /dev/\(name)/../file"
      try container.run(options: .init(input: "not /dev/null")).expectHarmless("canary")
    }
  }

  @Test(arguments: ["sys/fs/cgroup", "sys/fs"]) func cgroupDirectory(_ name: String) throws {
    try withAttack { container, canary in
      container.replaceMount("/sys", with: nil)
      try Host.makeDirectory(container.rootfs + "/sys/fs")
      try container.link(name, to: canary.path + "/directory")
      container.script = "ls /sys/fs/cgroup | head -1"
      try container.run().expectHarmless("canary")
    }
  }

  /// The root file system of a second container swaps a directory and a link below /proc's name meanwhile.
  @Test func exchangedProc() throws {
    try withAttack { container, _ in
      try Host.makeDirectory(container.rootfs + "/elsewhere")
      symlink("\(Canary.fromRoot)/directory", container.rootfs + "/link")
      container.script = "readlink /proc/self/exe"
      var (succeeded, refused) = (0, 0)
      let rounds = try Exchange.of(container.rootfs + "/proc", container.rootfs + "/link") {
        for _ in 0..<40 {
          let outcome = try container.run()
          // With a proc where it belongs the program sees it; else nothing was run at all.
          if outcome.exitCode == 0, outcome.text == "/bin/busybox" { succeeded += 1 }
          if outcome.exitCode == 1, outcome.stdout.isEmpty { refused += 1 }
        }
      }
      // A run whose directory was swapped away between mount and exec ends as the container's own program did.
      #expect(rounds > 40 && succeeded + refused > 20, "\(rounds) rounds, \(succeeded) and \(refused)")
    }
  }
}

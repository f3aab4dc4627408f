import Foundation
import Glibc
import Testing

/// Mounts over /proc that would have the runtime write elsewhere than it means to (CVE-2019-16884, CVE-2025-52881), and
/// kernel parameters that would lead elsewhere (CVE-2022-0811).
@Suite(.root, .tags(.integration))
struct ProcMountAttacks {
  private static let destinations = [
    "/proc", "/proc/self", "/proc/self/attr", "/proc/thread-self", "/proc/thread-self/attr", "/proc/1", "/proc/1/attr",
    "/proc/sys", "/proc/sys/net", "/proc/sysrq-trigger", "/proc/sys/kernel", "/proc//self/../sys",
  ]

  @Test(arguments: Self.destinations, ["bind", "tmpfs"]) func fake(_ destination: String, _ type: String) throws {
    try withAttack { container, _ in
      let fake = container.path("fake")
      try Host.makeDirectory(fake + "/self/attr")
      try Host.makeDirectory(fake + "/sys/net/ipv4")
      try Host.write("", to: fake + "/self/attr/exec", mode: 0o666)
      let options: JSON = type == "bind" ? ["rbind"] : []
      container.addMount([
        "type": .string(type), "source": .string(fake), "destination": .string(destination), "options": options,
      ])
      try container.run().expectFailure(1, "proc")
      container.expectNothingLeft()
    }
  }

  /// The same through links of the image, which hide where the destination is.
  @Test(arguments: ["/link/self/attr", "/link", "/link/sys/kernel"]) func fakeThroughALink(_ destination: String) throws
  {
    try withAttack { container, _ in
      let fake = container.path("fake")
      try Host.makeDirectory(fake)
      symlink("/tmp/../proc", container.rootfs + "/link")
      container.addBind(fake, destination)
      try container.run().expectFailure(1, destination)
      container.expectNothingLeft()
    }
  }

  /// A volume that is bound with a procfs of the host's own in it, or a directory with links in /proc's place.
  @Test func parameterThroughALinkOfAVolume() throws {
    try withAttack { container, _ in
      let fake = container.path("fake")
      try Host.makeDirectory(fake + "/ipv4")
      symlink("../../kernel/core_pattern", fake + "/ipv4/ip_forward")
      symlink("/proc/sys/kernel/core_pattern", fake + "/ipv4/ip_default_ttl")
      container.addBind(fake, "/proc/sys/net")
      container.config["linux"]["sysctl"] = ["net.ipv4.ip_forward": "|/evil", "net.ipv4.ip_default_ttl": "|/evil"]
      try container.run().expectFailure(1, "proc")
      container.expectNothingLeft()
    }
  }

  /// Without a /proc of its own, the container's root has what an image put there.
  @Test func parametersWithoutAProcfs() throws {
    try withAttack { container, canary in
      container.replaceMount("/proc", with: nil)
      container.config["linux"]["maskedPaths"] = []
      container.config["linux"]["readonlyPaths"] = []
      try Host.makeDirectory(container.rootfs + "/proc/sys/net/ipv4")
      symlink(
        "../../../../../../../../../../.." + canary.path + "/file",
        container.rootfs + "/proc/sys/net/ipv4/ip_default_ttl")
      container.config["linux"]["sysctl"] = ["net.ipv4.ip_default_ttl": "77"]
      container.config["process"]["oomScoreAdj"] = 77
      container.script = "ls /proc"
      try container.run().expectHarmless("canary")
    }
  }

  @Test(
    arguments: [
      "kernel.core_pattern", "kernel/core_pattern", "kernel.modprobe", "vm.overcommit_memory", "fs.file-max",
      "net.ipv4/../../kernel/core_pattern", "net/../kernel/core_pattern", "net....kernel.core_pattern",
      "net/ipv4/../../../kernel/core_pattern", "net//kernel", "net.", "net", "", ".", "..", "/net/ipv4/ip_forward",
      "kernel.shm_rmid_forced+kernel.core_pattern", "kernel.shm_rmid_forced=0\nkernel.core_pattern", "net.ipv4 .x",
      "kernel.hostname", "fs.mqueue/../../kernel/core_pattern", "kernel.shmmax/../core_pattern",
      "user.max_user_namespaces",
    ])
  func parameterNames(_ name: String) throws {
    try withAttack { container, _ in
      container.config["linux"]["sysctl"][name] = "|/evil"
      try container.run().expectFailure(1)
      container.expectNothingLeft()
    }
  }

  @Test(arguments: ["0\n|/evil", "0\0|/evil", "0+kernel.core_pattern=|/evil", "0\r1", "|/evil"])
  func parameterValues(_ value: String) throws {
    try withAttack { container, _ in
      container.config["linux"]["sysctl"]["kernel.shm_rmid_forced"] = .string(value)
      try container.run().expectFailure(1)
      container.expectNothingLeft()
    }
  }

  /// A parameter of a namespace that is the host's own, by any path, is the host's.
  @Test(.ownTexts, arguments: [("network", "net", "net.ipv4.ip_default_ttl"), ("ipc", "ipc", "kernel.shmmni")])
  func parameterOfAHostNamespace(_ type: String, _ file: String, _ name: String) throws {
    try withAttack { container, _ in
      let path = "/proc/sys/" + name.replacingOccurrences(of: ".", with: "/")
      let before = Host.readTrimmed(path)
      container.config["linux"]["sysctl"] = [name: "77"]
      container.setNamespace(type, path: "/proc/\(getpid())/ns/\(file)")
      try container.run().expectFailure(1)
      container.removeNamespace(type)
      try container.run().expectFailure(1)
      #expect(Host.readTrimmed(path) == before)
    }
  }

  /// Nor does anything get mounted in a mount namespace that is the host's own.
  @Test(.ownTexts) func mountsInTheHostNamespace() throws {
    try withAttack { container, _ in
      container.setNamespace("mount", path: "/proc/\(getpid())/ns/mnt")
      try container.run().expectFailure(1, "mounts")
      container.config["mounts"] = []
      try container.run().expectFailure(1, "mounts")
      container.expectNothingLeft()
    }
  }
}

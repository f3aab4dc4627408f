import Foundation
import Glibc

/// Configurations that engines wrote (containerd's ctr and CRI, dockerd, podman), made to run on this machine: what the
/// engine would have prepared is supplied, what this machine lacks is left out, and nothing else is changed.
enum Fixtures {
  /// They are RuntimeSpecTests' as well, which has them.
  static let directory: String = {
    // Support, IntegrationTests, Tests.
    var tests = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { tests.deleteLastPathComponent() }
    return tests.appendingPathComponent("RuntimeSpecTests/Fixtures").path
  }()

  /// The names of the bundles' configurations, without `.json`.
  static let bundles: [String] = Host.list(directory).filter { $0.hasSuffix(".json") && !$0.hasPrefix("exec-") }
    .map { String($0.dropLast(5)) }

  static func load(_ name: String) throws -> JSON {
    try JSON(file: "\(directory)/\(name).json")
  }

  /// The capabilities that this process may give away, by name.
  static let availableCapabilities: JSON = {
    let mask = Host.status(Int(getpid()), "CapBnd").flatMap { UInt64($0, radix: 16) } ?? 0
    return JSON(capabilityNames.enumerated().filter { mask & 1 << UInt64($0.offset) != 0 }.map(\.element))
  }()

  private static let capabilityNames = [
    "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
    "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
    "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
    "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
    "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
    "CHECKPOINT_RESTORE",
  ].map { "CAP_" + $0 }

  /// Drops the capabilities that this machine's root doesn't have.
  static func adaptCapabilities(_ process: inout JSON) {
    let available = availableCapabilities.array
    for set in process["capabilities"].object.keys {
      process["capabilities"][set] = .array(process["capabilities"][set].array.filter { available.contains($0) })
    }
  }

  /// Makes an engine's configuration the one of `container`, with `true` as its program.
  static func apply(_ name: String, to container: TestContainer) throws {
    var config = try load(name)
    config["process"]["args"] = ["true"]
    config["process"]["env"].append("\(Leftovers.marker)=\(container.id)")
    adaptCapabilities(&config["process"])
    adaptLabels(&config)
    config["root"]["path"] = .string(container.rootfs)
    config["linux"]["cgroupsPath"] = .string("/" + container.id)
    try supplySources(&config, container)
    supplyNamespaces(&config)
    for kind in config["hooks"].object.keys {
      let present = config["hooks"][kind].array.filter { access($0["path"].string ?? "", X_OK) == 0 }
      config["hooks"][kind] = present.isEmpty ? .null : .array(present)
    }
    container.config = config
    if let uid = config["linux"]["uidMappings"][0]["hostID"].int,
      let gid = config["linux"]["gidMappings"][0]["hostID"].int
    {
      try container.giveRootfs(uid: uid_t(uid), gid: gid_t(gid))
    }
  }

  private static func adaptLabels(_ config: inout JSON) {
    if !Host.exists("/sys/kernel/security/apparmor") { config["process"]["apparmorProfile"] = nil }
    if !Host.exists("/sys/fs/selinux/enforce") {
      config["process"]["selinuxLabel"] = nil
      config["linux"]["mountLabel"] = nil
    }
    let own = Host.readTrimmed("/proc/self/oom_score_adj").flatMap { Int($0) } ?? 0
    if let score = config["process"]["oomScoreAdj"].int, score < own,
      !availableCapabilities.array.contains("CAP_SYS_RESOURCE")
    {
      config["process"]["oomScoreAdj"] = nil
    }
  }

  /// Makes what bind mounts show, as the engine had it: files for files, directories for directories.
  private static func supplySources(_ config: inout JSON, _ container: TestContainer) throws {
    let files = ["hosts", "hostname", "resolv.conf", ".containerenv"]
    for index in config["mounts"].array.indices {
      let mount = config["mounts"][index]
      let options = mount["options"].array
      guard mount["type"] == "bind" || options.contains("bind") || options.contains("rbind"),
        let source = mount["source"].string, !Host.exists(source)
      else { continue }
      let supplied = container.path("source-\(index)")
      if files.contains(URL(fileURLWithPath: source).lastPathComponent) {
        try Host.write("supplied\n", to: supplied)
      } else {
        try Host.makeDirectory(supplied)
      }
      config["mounts"][index]["source"] = .string(supplied)
    }
  }

  /// Makes new namespaces of those that another container had.
  private static func supplyNamespaces(_ config: inout JSON) {
    for index in config["linux"]["namespaces"].array.indices {
      config["linux"]["namespaces"][index]["path"] = nil
    }
  }
}

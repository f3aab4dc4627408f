/// The configuration that `spec` writes: a shell in the container `rootfs`, isolated as runc's example is.
extension Spec {
  /// Makes the configuration. On a host with cgroup v2 alone the container gets a cgroup namespace.
  package static func example(hasCgroupNamespace: Bool = false) -> Spec {
    var spec = Spec(
      process: exampleProcess, root: Root(path: "rootfs", readonly: true), hostname: "swiftlet", mounts: exampleMounts)
    spec.linux.resources = LinuxResources(devices: [LinuxDeviceCgroup(allow: false, access: "rwm")])
    spec.linux.namespaces = [LinuxNamespaceType.pid, .network, .ipc, .uts, .mount].map { LinuxNamespace(type: $0) }
    if hasCgroupNamespace { spec.linux.namespaces.append(LinuxNamespace(type: .cgroup)) }
    spec.linux.maskedPaths = [
      "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
      "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi",
    ]
    spec.linux.readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
    return spec
  }

  /// The configuration changed so that an unprivileged user can run it: a user namespace with that one user, the host's
  /// network and its `/sys`, and no limits.
  package func rootless(uid: UInt32, gid: UInt32) -> Spec {
    var spec = self
    spec.linux.namespaces.removeAll { $0.type == .network || $0.type == .user }
    spec.linux.namespaces.append(LinuxNamespace(type: .user))
    spec.linux.uidMappings = [LinuxIDMapping(containerID: 0, hostID: uid, size: 1)]
    spec.linux.gidMappings = [LinuxIDMapping(containerID: 0, hostID: gid, size: 1)]
    spec.linux.resources = nil
    spec.mounts = mounts.map { mount in
      var mount = mount
      if mount.destination == "/sys" {
        mount.type = "none"
        mount.source = "/sys"
        mount.options = ["rbind", "nosuid", "noexec", "nodev", "ro"]
      }
      // Ids of the host other than the user's own have no place in the new namespace.
      mount.options.removeAll { $0.hasPrefix("gid=") || $0.hasPrefix("uid=") }
      return mount
    }
    return spec
  }

  private static var exampleProcess: Process {
    let capabilities = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
    return Process(
      terminal: true,
      args: ["sh"],
      env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
      cwd: "/",
      capabilities: LinuxCapabilities(bounding: capabilities, effective: capabilities, permitted: capabilities),
      rlimits: [POSIXRlimit(type: .nofile, soft: 1024, hard: 1024)],
      noNewPrivileges: true)
  }

  private static var exampleMounts: [Mount] {
    [
      Mount(destination: "/proc", type: "proc", source: "proc"),
      Mount(
        destination: "/dev", type: "tmpfs", source: "tmpfs",
        options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
      Mount(
        destination: "/dev/pts", type: "devpts", source: "devpts",
        options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
      Mount(
        destination: "/dev/shm", type: "tmpfs", source: "shm",
        options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
      Mount(destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"]),
      Mount(destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]),
      Mount(
        destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
        options: ["nosuid", "noexec", "nodev", "relatime", "ro"]),
    ]
  }
}

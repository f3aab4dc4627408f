import Linux
import Rootfs
import RuntimeSpec

extension Spec {
  /// What `runc spec` writes, as far as the root file system goes.
  static func standard(_ change: (inout Spec) -> Void = { _ in }) -> Spec {
    var spec = Spec()
    spec.root = Root(path: "rootfs")
    spec.mounts = [
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
    ]
    spec.linux.maskedPaths = [
      "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
      "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi",
    ]
    spec.linux.readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
    change(&spec)
    return spec
  }

  /// Mounts alone.
  static func mounting(_ mounts: Mount...) -> Spec {
    Spec(root: Root(path: "rootfs"), mounts: mounts)
  }
}

extension Sandbox {
  func plan(_ spec: Spec, cgroups: CgroupMountView? = nil) throws(Failure) -> RootfsPlan {
    try RootfsPlan(spec, bundle: bundle, cgroups: cgroups)
  }

  /// Performs all steps of `spec` in a child, and then reports what `look` sees in the new root.
  func build(
    _ spec: Spec, cgroups: CgroupMountView? = nil, namespaces: Namespaces.Kinds = [.mount],
    userNamespace: Bool = false, how: RootSwitch = .pivotRoot, before: () throws -> Void = {},
    beforePivot: () throws -> Void = {},
    _ look: () throws -> String
  ) throws -> String {
    let plan = try plan(spec, cgroups: cgroups)
    return try inChild(namespaces, userNamespace: userNamespace) {
      try before()
      var root = try ContainerRoot.prepare(plan)
      var prepared = PreparedMounts()
      try root.performMounts(&prepared)
      try root.makeDevices()
      try beforePivot()
      try root.enter(how)
      try root.finish()
      return try look()
    }
  }

  /// Performs the mounts of `spec` alone, and then reports what `look` sees on the host's side.
  func mount(
    _ spec: Spec, cgroups: CgroupMountView? = nil, namespaces: Namespaces.Kinds = [.mount],
    before: () throws -> Void = {}, _ look: () throws -> String
  ) throws -> String {
    let plan = try plan(spec, cgroups: cgroups)
    return try inChild(namespaces) {
      try before()
      var root = try ContainerRoot.prepare(plan)
      var prepared = PreparedMounts()
      try root.performMounts(&prepared)
      return try look()
    }
  }
}

internal import Cgroups
internal import Linux
internal import RuntimeSpec
internal import SystemdBus

/// Making containers' cgroups through systemd (`--systemd-cgroup`).
enum SystemdDriver {
  /// The place for the container's unit and its cgroup; makes nothing. Throws when the machine has no systemd.
  static func cgroup(_ plan: ContainerPlan, _ hierarchies: CgroupHierarchies) throws(Failure) -> SystemdCgroup {
    // sd_booted(3)
    guard try Files.openIfPresent("/run/systemd/system", [.path, .directory, .noFollow]) != nil else {
      throw Failure("systemd not running on this host, cannot use systemd as cgroups manager")
    }
    let environment = plan.options.environment
    let runtimeDirectory = ContainerPlan.value("XDG_RUNTIME_DIR", environment)
    let isUser = plan.options.rootless || isRootOfUser(runtimeDirectory)
    let buses =
      if isUser {
        try BusAddress.user(
          ContainerPlan.value("DBUS_SESSION_BUS_ADDRESS", environment), runtimeDirectory: runtimeDirectory,
          userID: Processes.effectiveUserID)
      } else {
        try BusAddress.system(ContainerPlan.value("DBUS_SYSTEM_BUS_ADDRESS", environment))
      }
    let unit = try SystemdUnit(
      plan.spec.linux.cgroupsPath, containerID: plan.options.id.text, isUser: isUser)
    return try SystemdCgroup(
      unit, properties: try SystemdAnnotations.properties(plan.spec.annotations), buses: buses, isUser: isUser,
      in: hierarchies)
  }

  /// Whether the caller is root only in a user namespace that an ordinary user made, as engines of such users do: its
  /// systemd is that user's. In a container with a systemd of its own root has no or its own runtime directory.
  private static func isRootOfUser(_ runtimeDirectory: String?) -> Bool {
    guard Processes.effectiveUserID == 0, let runtimeDirectory, runtimeDirectory != "/run/user/0",
      let map = try? Files.read("/proc/self/uid_map", limit: 65536)
    else { return false }
    let first = map.split(separator: 10).first?.split { $0 == 32 || $0 == 9 } ?? []
    return first.count == 3 && !first[1].elementsEqual("0".utf8)
  }
}

extension ContainerRecord {
  /// The container's cgroup, by the driver that made it.
  func cgroup() throws(Failure) -> ContainerCgroup {
    let paths = cgroupPaths.map { ($0.key, $0.value) }
    guard let systemdUnit, let systemdBus else { return .cgroupfs(Cgroup(paths: paths)) }
    return .systemd(try SystemdCgroup(unit: systemdUnit, buses: systemdBus, paths: paths))
  }

  /// Moves a process that could not be born there into the container's cgroup, or one below it.
  func place(_ pid: Int32, in cgroup: Cgroup) throws(Failure) {
    do throws(Failure) {
      try cgroup.addToUnified(pid)
    } catch {
      guard error.isForbidden, case .systemd(let unit) = try self.cgroup() else { throw error }
      try unit.attach(pid, in: cgroup)
    }
  }
}

internal import Linux
internal import Rootfs
internal import RuntimeSpec

extension ContainerPlan {
  /// The host's user to whom the container's cgroup is given, that its own user may make cgroups below it: where the
  /// container has a new cgroup namespace and sees the cgroup writable (config-linux.md, «Cgroup ownership»).
  var cgroupOwner: UInt32? {
    guard namespaces.creates(.cgroup), mountsWritableCgroup else { return nil }
    let uid = process.user.uid
    guard hasUserNamespace else { return uid }
    for mapping in spec.linux.uidMappings
    where uid >= mapping.containerID && uid - mapping.containerID < mapping.size {
      return mapping.hostID + (uid - mapping.containerID)
    }
    return nil
  }

  private var mountsWritableCgroup: Bool {
    let mount = spec.mounts.last { ContainerPath($0.destination).text == "/sys/fs/cgroup" }
    guard let mount, mount.type == "cgroup" || mount.type == "cgroup2" else { return false }
    // Of contradicting options the last one counts.
    return mount.options.last { $0 == "ro" || $0 == "rw" } != "ro"
  }
}

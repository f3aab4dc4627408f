internal import Cgroups
internal import Linux
internal import RuntimeSpec

extension ContainerPlan {
  /// The group that `linux.intelRdt` asks for; nil when it asks for none. Makes nothing.
  ///
  /// Throws when no resctrl file system is mounted, and whatever stands against the group (config-linux.md, «IntelRdt»).
  func intelRdtGroup() throws(Failure) -> IntelRdtGroup? {
    guard let config = spec.linux.intelRdt else { return nil }
    let file = options.bundle == "." ? Configuration.fileName : bundle + "/" + Configuration.fileName
    return try within("\(file): linux.intelRdt") { () throws(Failure) in
      guard let tree = try MountedResctrl.detect() else { throw Failure("no resctrl file system is mounted") }
      return try IntelRdtGroup(config, containerID: options.id.text, in: tree)
    }
  }
}

extension IntelRdtGroup {
  /// The file system that the group is in.
  var tree: MountedResctrl { MountedResctrl(root: root) }
}

internal import Cgroups
package import Linux
package import RuntimeSpec

/// `update`: changes the limits of a container that exists.
package enum UpdateContainer {
  /// Sets the limits that are present in `resources`, and leaves the others as they are. When one is refused, none has
  /// changed. Works on a paused container too. The kernel's own files are what a later update goes by.
  ///
  /// Device rules are replaced as a whole when there are any. Throws `container not running` for a stopped container.
  package static func run(_ container: borrowing Container, _ resources: LinuxResources) throws(Failure) {
    let status = try container.status()
    guard status != .stopped, status != .creating else { throw Failure("container not running") }
    try container.record.cgroup().update(resources, devices: resources.devices.isEmpty ? .keep : .update)
  }

  /// Whether `resources` holds limits of kernel memory, which Linux has no more and which are ignored (config-linux.md,
  /// «Memory»).
  package static func limitsKernelMemory(_ resources: LinuxResources) -> Bool {
    resources.memory?.kernel != nil || resources.memory?.kernelTCP != nil
  }
}

internal import Cgroups
package import Linux
package import RuntimeSpec

/// `update`: changes the limits of a container that exists.
package enum UpdateContainer {
  /// Lines for the schemata file of the container's resctrl group; nil or empty for those to leave as they are.
  package struct Schemas: Sendable {
    package var cache: String?
    package var bandwidth: String?

    /// Makes a value from its properties; both may be absent.
    package init(cache: String? = nil, bandwidth: String? = nil) {
      self.cache = cache.flatMap { $0.isEmpty ? nil : $0 }
      self.bandwidth = bandwidth.flatMap { $0.isEmpty ? nil : $0 }
    }

    var lines: [String] { [cache, bandwidth].compactMap { $0 } }
  }

  /// Sets the limits that are present in `resources`, and leaves the others as they are. When one is refused, none has
  /// changed. Works on a paused container too. The kernel's own files are what a later update goes by.
  ///
  /// Device rules are replaced as a whole when there are any. Throws `container not running` for a stopped container.
  package static func run(
    _ container: borrowing Container, _ resources: LinuxResources, schemas: Schemas = Schemas()
  ) throws(Failure) {
    let status = try container.status()
    guard status != .stopped, status != .creating else { throw Failure("container not running") }
    let change = try setSchemas(schemas, container.record)
    do throws(Failure) {
      try container.record.cgroup().update(resources, devices: resources.devices.isEmpty ? .keep : .update)
    } catch {
      if let change { try? change.group.restore(change.before, in: change.group.tree) }
      throw error
    }
  }

  /// Changes the resctrl group, and returns how it was.
  private static func setSchemas(
    _ schemas: Schemas, _ record: ContainerRecord
  ) throws(Failure) -> (group: IntelRdtGroup, before: String)? {
    if schemas.lines.isEmpty { return nil }
    for line in schemas.lines where line.utf8.contains(UInt8(ascii: "\n")) {
      throw Failure("a schema must be one line (got \(line.debugDescription))")
    }
    if let line = schemas.bandwidth, !line.hasPrefix("MB:") {
      throw Failure("the schema of memory bandwidth must start with \"MB:\" (got \(line.debugDescription))")
    }
    guard let group = record.intelRdt else {
      throw Failure("updating a non-existent Intel RDT configuration is not supported")
    }
    let tree = group.tree
    if schemas.cache != nil { try IntelRdtResource.cache.check(in: tree) }
    if schemas.bandwidth != nil { try IntelRdtResource.bandwidth.check(in: tree) }
    return (group, try group.update(schemas.lines, in: tree))
  }

  /// Whether `resources` holds limits of kernel memory, which Linux has no more and which are ignored (config-linux.md,
  /// «Memory»).
  package static func limitsKernelMemory(_ resources: LinuxResources) -> Bool {
    resources.memory?.kernel != nil || resources.memory?.kernelTCP != nil
  }
}

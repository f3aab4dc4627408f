internal import Linux
internal import RuntimeSpec

/// Moves network devices of the host into a container's network namespace (config-linux.md, «Network Devices»).
enum NetDevices {
  /// Moves all of `devices` to the network namespace that the process `pid` is in.
  static func move(_ devices: OrderedMap<LinuxNetDevice>, to pid: Int32) throws(Failure) {
    let namespace = try Files.open("/proc/\(pid)/ns/net", .read)
    let own = try Files.open("/proc/self/ns/net", .read)
    guard try FileStatus.of(at: namespace).inode != FileStatus.of(at: own).inode else {
      throw Failure("linux.netDevices: the container is in the runtime's own network namespace")
    }
    let host = try NetworkDevices()
    let container = try NetworkDevices(in: namespace)
    for entry in devices.entries {
      do {
        try move(entry.key, entry.value.name ?? "", host, container, namespace)
      } catch {
        throw error.within("linux.netDevices: \(entry.key)")
      }
    }
  }

  private static func move(
    _ name: String, _ newName: String, _ host: borrowing NetworkDevices, _ container: borrowing NetworkDevices,
    _ namespace: borrowing FileDescriptor
  ) throws(Failure) {
    guard let device = try host.all().first(where: { $0.name == name }) else {
      throw Failure("no such network device on the host")
    }
    let wanted = newName.isEmpty ? name : newName
    let before = try container.all()
    if before.contains(where: { $0.name == wanted }) {
      throw Failure("the container has a network device \(wanted) already", .exists)
    }
    let addresses = try host.addresses(of: device).filter { $0.isPermanentAndGlobal }
    try host.move(device, to: namespace, as: wanted)
    // By name, or the one that was not there before: with a template only the kernel knows its name, and its index may
    // have changed.
    let after = try container.all()
    guard
      let moved = after.first(where: { $0.name == wanted })
        ?? after.first(where: { found in !before.contains { $0.index == found.index } })
    else { throw Failure("is not found in the container") }
    for address in addresses { try container.add(address, to: moved, formerName: name) }
    try container.bringUp(moved)
  }
}

internal import Linux
package import RuntimeSpec

/// Writes the id maps of a new user namespace, user_namespaces(7) (config-linux.md, «User namespace mappings»).
package enum UserMapping {
  /// Maps for the process `pid`, the first in its user namespace.
  ///
  /// Root maps what it likes. An ordinary user maps its own user and group alone, the group at the price of setgroups(2);
  /// everything else is done by newuidmap(1) and newgidmap(1), which ask /etc/subuid and /etc/subgid.
  static func write(_ linux: LinuxSection, of pid: Int32, _ options: CreateOptions) throws(Failure) {
    if options.userID == 0 { return try write(uid: linux.uidMappings, gid: linux.gidMappings, of: pid) }
    let procfs = try Procfs(.processes)
    if isAlone(linux.uidMappings, options.userID) {
      try procfs.write(text(linux.uidMappings), to: "\(pid)/uid_map")
    } else {
      try MappingProgram.run("newuidmap", linux.uidMappings, of: pid, options.environment)
    }
    if isAlone(linux.gidMappings, Processes.effectiveGroupID) {
      try procfs.write("deny", to: "\(pid)/setgroups")
      try procfs.write(text(linux.gidMappings), to: "\(pid)/gid_map")
    } else {
      try MappingProgram.run("newgidmap", linux.gidMappings, of: pid, options.environment)
    }
  }

  static func write(uid: [LinuxIDMapping], gid: [LinuxIDMapping], of pid: Int32) throws(Failure) {
    let procfs = try Procfs(.processes)
    try procfs.write(text(uid), to: "\(pid)/uid_map")
    try procfs.write(text(gid), to: "\(pid)/gid_map")
  }

  /// Whether the mapping is of nobody but `id`.
  private static func isAlone(_ mappings: [LinuxIDMapping], _ id: UInt32) -> Bool {
    mappings.count == 1 && mappings[0].size == 1 && mappings[0].hostID == id
  }

  /// Reads a map as the kernel shows it.
  package static func parse(_ bytes: [UInt8]) -> [LinuxIDMapping] {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ").compactMap { UInt32($0) }
      return fields.count == 3 ? LinuxIDMapping(containerID: fields[0], hostID: fields[1], size: fields[2]) : nil
    }
  }

  /// A map as the kernel takes it.
  package static func text(_ mappings: [LinuxIDMapping]) -> String {
    mappings.map { "\($0.containerID) \($0.hostID) \($0.size)\n" }.joined()
  }
}

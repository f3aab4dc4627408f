internal import Linux
package import RuntimeSpec

/// Writes the id maps of a new user namespace, user_namespaces(7) (config-linux.md, «User namespace mappings»).
package enum UserMapping {
  /// Maps for the process `pid`, the first in its user namespace, written by a parent with the right to map any id.
  static func write(_ linux: LinuxSection, of pid: Int32) throws(Failure) {
    try write(uid: linux.uidMappings, gid: linux.gidMappings, of: pid)
  }

  static func write(uid: [LinuxIDMapping], gid: [LinuxIDMapping], of pid: Int32) throws(Failure) {
    let procfs = try Procfs(.processes)
    try procfs.write(text(uid), to: "\(pid)/uid_map")
    try procfs.write(text(gid), to: "\(pid)/gid_map")
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

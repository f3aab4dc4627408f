/// What a container that mounts `cgroup` on /sys/fs/cgroup is shown (config-linux.md, «Mounts» of type cgroup).
package struct CgroupMountView: Equatable, Sendable {
  /// One mount: at /sys/fs/cgroup itself for pure v2, below it by name otherwise.
  package struct Hierarchy: Equatable, Sendable {
    /// Directory below /sys/fs/cgroup, as on the host: `cpu,cpuacct`, `systemd`, `unified`; empty for pure v2.
    package var name: String
    /// The file system's type: `cgroup` or `cgroup2`.
    package var type: String
    /// Options of a new mount in a cgroup namespace: `cpu,cpuacct`, `name=systemd`; empty for v2.
    package var options: String
    /// The container's own cgroup on the host, the source of a bind mount without a cgroup namespace.
    package var hostPath: String
  }

  /// The mounts.
  package var hierarchies: [Hierarchy] = []
  /// Symbolic links for controllers that share a hierarchy: `cpu` to `cpu,cpuacct`.
  package var links: [(name: String, target: String)] = []

  /// The view of the container whose cgroup is `cgroup`, which must have been made in these `hierarchies`.
  package init(of cgroup: Cgroup, in hierarchies: CgroupHierarchies) {
    for directory in cgroup.directories {
      let isUnified = directory.controllers.isEmpty
      let mounted =
        isUnified ? hierarchies.unified : hierarchies.legacy.first { $0.controllers == directory.controllers }
      guard let mounted else { continue }
      let name = isUnified ? (hierarchies.legacy.isEmpty ? "" : "unified") : Self.lastName(of: mounted.mountPoint)
      self.hierarchies.append(
        Hierarchy(
          name: name, type: isUnified ? "cgroup2" : "cgroup", options: directory.controllers.joined(separator: ","),
          hostPath: directory.path))
      guard directory.controllers.count > 1 else { continue }
      for controller in directory.controllers where controller != name { links.append((controller, name)) }
    }
  }

  private static func lastName(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
    return String(path[path.utf8.index(after: slash)...])
  }

  package static func == (left: CgroupMountView, right: CgroupMountView) -> Bool {
    left.hierarchies == right.hierarchies && left.links.elementsEqual(right.links) { $0 == $1 }
  }
}

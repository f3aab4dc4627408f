/// What a mount of type `cgroup` shows, told by the caller that knows the container's control groups.
package struct CgroupMountView: Equatable, Sendable {
  /// One hierarchy of cgroup v1, or the unified one of a hybrid machine.
  package struct Hierarchy: Equatable, Sendable {
    /// Its directory below the destination: `cpu,cpuacct`, `systemd`, `unified`.
    package var directory: String
    /// The type of file system, `cgroup` or `cgroup2`.
    package var isUnified: Bool
    /// The options of a new mount: `cpu,cpuacct` or `name=systemd`; empty for cgroup2.
    package var options: String
    /// The container's own directory in it, on the host.
    package var path: String
    /// Names that link to `directory`: `cpu` and `cpuacct`.
    package var links: [String]

    package init(directory: String, isUnified: Bool = false, options: String, path: String, links: [String] = []) {
      self.directory = directory
      self.isUnified = isUnified
      self.options = options
      self.path = path
      self.links = links
    }
  }

  package enum Layout: Equatable, Sendable {
    /// Cgroup v2 at the destination itself; `path` is the container's own directory on the host.
    case unified(path: String)
    /// A tmpfs with a directory for each hierarchy.
    case separate([Hierarchy])
  }

  package var layout: Layout
  /// Whether the container has a cgroup namespace that it is in already: then new mounts show its own group as root.
  package var hasNamespace: Bool

  package init(layout: Layout, hasNamespace: Bool) {
    self.layout = layout
    self.hasNamespace = hasNamespace
  }
}

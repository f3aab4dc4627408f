package import Linux

/// One mounted cgroup hierarchy, cgroups(7).
package struct CgroupHierarchy: Equatable, Sendable {
  /// Controllers of a v1 hierarchy as the kernel names them, `name=systemd` for a named one; empty for v2.
  package var controllers: [String]
  /// Where it is mounted.
  package var mountPoint: String
  /// Which cgroup of the hierarchy is the root of the mount: `/`, but for bind mounts and nested containers.
  package var root: String
  /// The cgroup that the runtime itself is in; nil when it was not asked for or the hierarchy has none.
  package var own: String?

  /// Makes a value from its properties.
  package init(controllers: [String], mountPoint: String, root: String = "/", own: String? = nil) {
    self.controllers = controllers
    self.mountPoint = mountPoint
    self.root = root
    self.own = own
  }

  /// Whether it is the unified hierarchy, version 2.
  package var isUnified: Bool { controllers.isEmpty }
}

/// The cgroup hierarchies that the runtime sees.
package struct CgroupHierarchies: Equatable, Sendable {
  /// The v1 hierarchies, in the order of their mounting.
  package var legacy: [CgroupHierarchy]
  /// The v2 hierarchy: the only one, or beside v1 ones («hybrid»).
  package var unified: CgroupHierarchy?

  /// Makes a value from its parts.
  package init(legacy: [CgroupHierarchy] = [], unified: CgroupHierarchy? = nil) {
    self.legacy = legacy
    self.unified = unified
  }

  /// How the machine lays cgroups out.
  package enum Mode: Equatable, Sendable {
    /// Version 2 alone.
    case unified
    /// Version 1 alone.
    case legacy
    /// Version 1 for the controllers, and version 2 beside it.
    case hybrid
    /// None is mounted.
    case none
  }

  /// How the machine lays cgroups out.
  package var mode: Mode {
    switch (legacy.isEmpty, unified == nil) {
    case (true, true): .none
    case (true, false): .unified
    case (false, true): .legacy
    case (false, false): .hybrid
    }
  }

  private static let unifiedMountPoint = "/sys/fs/cgroup"

  /// What is mounted now.
  ///
  /// - Parameter ownCgroup: whether the runtime's own cgroup is needed, that is for a relative `cgroupsPath`. Without
  ///   it a pure v2 machine costs one system call, and /proc/self/mountinfo, which grows with every container, is
  ///   read on v1 only.
  package static func detect(ownCgroup: Bool) throws(Failure) -> CgroupHierarchies {
    if !ownCgroup, try isUnified() {
      return CgroupHierarchies(unified: CgroupHierarchy(controllers: [], mountPoint: unifiedMountPoint))
    }
    let mounts = try Files.read("/proc/self/mountinfo", limit: 64 << 20)
    let own = ownCgroup ? try Files.read("/proc/self/cgroup") : []
    return parse(mountinfo: mounts, cgroup: own)
  }

  private static func isUnified() throws(Failure) -> Bool {
    do throws(Failure) {
      return try FileSystemType.of(unifiedMountPoint) == .cgroup2
    } catch {
      if error.errno == .notFound { return false }
      throw error
    }
  }

  /// The hierarchies that the text of /proc/self/mountinfo and of /proc/self/cgroup (or nothing) tells of.
  ///
  /// Of several mounts of one hierarchy the one below /sys/fs/cgroup counts, else the first. A v2 mount elsewhere
  /// than systemd's two places counts only where there is nothing else.
  package static func parse(mountinfo: [UInt8], cgroup: [UInt8]) -> CgroupHierarchies {
    var result = CgroupHierarchies()
    var unified: [CgroupHierarchy] = []
    for hierarchy in MountInfo.cgroupMounts(mountinfo) {
      if hierarchy.isUnified {
        unified.append(hierarchy)
      } else if let seen = result.legacy.firstIndex(where: { $0.controllers == hierarchy.controllers }) {
        if isPreferred(hierarchy.mountPoint, to: result.legacy[seen].mountPoint) { result.legacy[seen] = hierarchy }
      } else {
        result.legacy.append(hierarchy)
      }
    }
    result.unified =
      unified.last { $0.mountPoint == unifiedMountPoint }
      ?? unified.last { $0.mountPoint == "/sys/fs/cgroup/unified" }
      ?? (result.legacy.isEmpty ? unified.first : nil)
    if result.unified?.mountPoint == unifiedMountPoint {
      // What lies below is mounted over by it, or is a part that somebody mounted inside.
      result.legacy.removeAll()
    }
    result.setOwn(OwnCgroups.parse(cgroup))
    return result
  }

  private static func isPreferred(_ candidate: String, to other: String) -> Bool {
    candidate == other || (candidate.hasPrefix("/sys/fs/cgroup/") && !other.hasPrefix("/sys/fs/cgroup/"))
  }

  private mutating func setOwn(_ own: [OwnCgroups.Entry]) {
    for entry in own {
      if entry.controllers.isEmpty {
        unified?.own = entry.path
      } else if let index = legacy.firstIndex(where: { $0.controllers.contains(entry.controllers[0]) }) {
        legacy[index].own = entry.path
      }
    }
  }
}

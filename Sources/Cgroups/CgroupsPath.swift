package import Linux

/// Where a container's cgroup lies: `linux.cgroupsPath` (config-linux.md, «Cgroups Path») made safe, or `/ID`; `ID` for
/// an ordinary user, to whom the root of a hierarchy never belongs.
///
/// An absolute path is relative to the root of each mount, a relative one to the runtime's own cgroup in each
/// hierarchy. No form of it leads out of either.
package struct CgroupsPath: Equatable, Sendable {
  /// Whether it began with `/`.
  package let isAbsolute: Bool
  /// The names in it; never empty, and none of them is `.` or `..`.
  package let components: [String]

  /// PATH_MAX and NAME_MAX of Linux.
  private static let longestPath = 4095
  private static let longestName = 255

  /// - Parameters:
  ///   - configured: `linux.cgroupsPath`. Absent or empty, the container's id names a cgroup at the root.
  ///   - isRelative: whether that is instead beside the runtime's own cgroup.
  /// - Throws: for what leads out by `..`, names no cgroup, or the kernel would refuse as a name.
  package init(_ configured: String?, containerID: String, isRelative: Bool = false) throws(Failure) {
    guard let configured, !configured.isEmpty else {
      try self.init(absolute: !isRelative, containerID, shown: "container id \"\(containerID)\"")
      return
    }
    try self.init(
      absolute: configured.utf8.first == UInt8(ascii: "/"), configured, shown: "cgroupsPath \"\(configured)\"")
  }

  private init(absolute: Bool, _ path: String, shown: @autoclosure () -> String) throws(Failure) {
    if path.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "\n") }) {
      throw Failure("cgroupsPath holds a NUL or newline character")
    }
    if path.utf8.count > Self.longestPath {
      throw Failure("cgroupsPath of \(path.utf8.count) bytes", .nameTooLong)
    }
    var names: [String] = []
    for name in path.utf8.split(separator: UInt8(ascii: "/")) {
      switch Substring(name) {
      case ".": continue
      case "..":
        guard names.popLast() != nil else { throw Failure("\(shown()) leads out of its parent cgroup") }
      default:
        if name.count > Self.longestName { throw Failure("name of \(name.count) bytes in cgroupsPath", .nameTooLong) }
        names.append(String(Substring(name)))
      }
    }
    if names.isEmpty { throw Failure("\(shown()) names no cgroup of its own") }
    isAbsolute = absolute
    components = names
  }

  /// The directory of this cgroup in `hierarchy`.
  ///
  /// In pure v2 a relative path begins beside the runtime's own cgroup and not in it: a v2 cgroup that holds processes
  /// cannot give controllers to those below.
  package func directory(in hierarchy: CgroupHierarchy, isPureUnified: Bool) throws(Failure) -> String {
    var path = hierarchy.mountPoint == "/" ? "" : hierarchy.mountPoint
    if !isAbsolute {
      for name in try Self.base(hierarchy, beside: isPureUnified) { path += "/" + name }
    }
    for name in components { path += "/" + name }
    if path.utf8.count > Self.longestPath { throw Failure("cgroup path below \(hierarchy.mountPoint)", .nameTooLong) }
    return path
  }

  /// The runtime's own cgroup as seen through the mount.
  private static func base(_ hierarchy: CgroupHierarchy, beside: Bool) throws(Failure) -> [Substring] {
    let place = hierarchy.mountPoint
    guard let own = hierarchy.own else { throw Failure("the runtime's own cgroup below \(place) is not known") }
    var names = own.pathNames
    let root = hierarchy.root.pathNames
    if beside, names.count > root.count { names.removeLast() }
    guard names.starts(with: root), !names.contains("..") else {
      throw Failure("the runtime's own cgroup \(own) is not visible below \(place)")
    }
    return Array(names.dropFirst(root.count))
  }
}

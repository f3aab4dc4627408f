import Linux
import RuntimeSpec

/// A v1 cpuset cgroup begins without CPUs and memory nodes and takes no process until it has some, cpuset(7).
enum CpusetInheritance {
  /// Gives the cgroup at `path` the CPUs and nodes of `cpu`, and its parent's where those say nothing; parents
  /// without any are filled first. What a cgroup that was there already has stays. The hierarchy is one that was just
  /// detected.
  static func fill(
    _ path: String, below mountPoint: String, with cpu: LinuxCPU?, isFresh: Bool
  ) throws(Failure) {
    for (file, asked) in [("cpuset.cpus", cpu?.cpus ?? ""), ("cpuset.mems", cpu?.mems ?? "")] {
      if !isFresh, asked.isEmpty, !(try CgroupDirectory.value(file, of: path, isKnown: true) ?? "").isEmpty { continue }
      let inherited = try inherited(parent(of: path), below: mountPoint, file)
      try CgroupDirectory.write(asked.isEmpty ? inherited : asked, to: file, of: path, isKnown: true)
    }
  }

  /// What a cgroup has in `file`, after filling it from its parents when that is nothing.
  private static func inherited(_ path: String, below mountPoint: String, _ file: String) throws(Failure) -> String {
    let value = try CgroupDirectory.value(file, of: path, isKnown: true) ?? ""
    if !value.isEmpty || path.utf8.count <= mountPoint.utf8.count { return value }
    let above = try inherited(parent(of: path), below: mountPoint, file)
    try CgroupDirectory.write(above, to: file, of: path, isKnown: true)
    return above
  }

  private static func parent(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return String(path[..<slash])
  }
}

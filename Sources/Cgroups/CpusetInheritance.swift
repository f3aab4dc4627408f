import Linux
import RuntimeSpec

/// A v1 cpuset cgroup begins without CPUs and memory nodes and takes no process until it has some, cpuset(7).
enum CpusetInheritance {
  /// Gives the cgroup at `path` the CPUs and nodes of `cpu`, and its parent's where those say nothing; parents
  /// without any are filled first.
  static func fill(_ path: String, below mountPoint: String, with cpu: LinuxCPU?) throws(Failure) {
    let directory = try CgroupDirectory(path)
    try fill(directory, below: mountPoint, "cpuset.cpus", cpu?.cpus ?? "")
    try fill(directory, below: mountPoint, "cpuset.mems", cpu?.mems ?? "")
  }

  private static func fill(
    _ directory: borrowing CgroupDirectory, below mountPoint: String, _ file: String, _ asked: String
  ) throws(Failure) {
    // What was asked for may need the parent's first, and a cgroup that was there may have some.
    guard asked.isEmpty else {
      _ = try inherited(parent(of: directory.path), below: mountPoint, file)
      return try directory.write(asked, to: file)
    }
    if try !directory.read(file).isEmpty { return }
    try directory.write(inherited(parent(of: directory.path), below: mountPoint, file), to: file)
  }

  /// What a cgroup has in `file`, after filling it from its parents when that is nothing.
  private static func inherited(_ path: String, below mountPoint: String, _ file: String) throws(Failure) -> String {
    let value = try CgroupDirectory.value(file, of: path) ?? ""
    if !value.isEmpty || path.utf8.count <= mountPoint.utf8.count { return value }
    let above = try inherited(parent(of: path), below: mountPoint, file)
    try CgroupDirectory(path).write(above, to: file)
    return above
  }

  private static func parent(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return String(path[..<slash])
  }
}

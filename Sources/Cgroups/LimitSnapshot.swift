import Linux
import RuntimeSpec

/// What the files held that an update writes, so that one which the kernel refuses halfway changes nothing.
struct LimitSnapshot {
  private struct File {
    var directory: String
    var name: String
    var text: String
  }

  private var files: [File] = []

  /// Reads the files of every limit that `resources` sets; one that is missing will be missing for the update too.
  init(of cgroup: Cgroup, before resources: LinuxResources) throws(Failure) {
    for controller in LimitedController.allCases where controller.isSet(in: resources) {
      if let directory = cgroup.legacy(controller.legacyName) {
        try add(Self.legacyFiles(controller, resources), of: directory.path)
      } else if let unified = cgroup.unified {
        try add(Self.unifiedFiles(controller, resources), of: unified.path)
      }
    }
    guard let unified = cgroup.unified, cgroup.isPureUnified else { return }
    // A key that is no file name is refused before anything is written.
    for key in resources.unified.entries.map(\.key) where !key.utf8.contains(UInt8(ascii: "/")) {
      try add([key], of: unified.path)
    }
  }

  private mutating func add(_ names: [String], of directory: String) throws(Failure) {
    guard let open = try CgroupDirectory.ifPresent(directory) else { return }
    for name in names {
      // What cannot be read (cgroup.kill) cannot be restored either.
      guard let text = try? open.read(name) else { continue }
      files.append(File(directory: directory, name: name, text: text))
    }
  }

  /// Writes back what has changed. One limit may be refused while another is still the new one: such a file waits for
  /// the next round.
  func restore() {
    var left = files
    for _ in 0..<3 where !left.isEmpty {
      left = left.filter { !Self.restore($0) }
    }
  }

  /// Whether the file has its old text again.
  private static func restore(_ file: File) -> Bool {
    do throws(Failure) {
      let directory = try CgroupDirectory(file.directory)
      let current = try directory.read(file.name)
      if current == file.text { return true }
      for line in lines(toTurn: current, into: file.text, of: file.name) { try directory.write(line, to: file.name) }
      return true
    } catch {
      return false
    }
  }

  /// The writes that make a file read `old` again. A file with one line for each device or interface takes them one by
  /// one, and those that were not there before in the form that removes them.
  static func lines(toTurn current: String, into old: String, of file: String) -> [String] {
    if file == "memory.oom_control" {
      return [old.utf8.contains(UInt8(ascii: "1")) && old.hasPrefix("oom_kill_disable 1") ? "1" : "0"]
    }
    guard let removal = removal(file) else { return [old.isEmpty ? "\n" : old] }
    let before = old.split(separator: "\n")
    let present = before.map { key($0) }
    let after = current.split(separator: "\n")
    return before.filter { !after.contains($0) }.map { String($0) }
      + after.filter { !present.contains(key($0)) }.map { "\(key($0)) \(removal)" }
  }

  private static func key(_ line: Substring) -> Substring { line.prefix { $0 != " " } }

  /// What follows the key in a write that removes a line; nil for a file with a single value.
  private static func removal(_ file: String) -> String? {
    switch file {
    case "io.max": "rbps=max wbps=max riops=max wiops=max"
    case "io.weight", "io.bfq.weight": "default"
    case "rdma.max": "hca_handle=max hca_object=max"
    case "net_prio.ifpriomap": "0"
    default: file.hasPrefix("blkio.") && file.hasSuffix("_device") ? "0" : nil
    }
  }

  private static func legacyFiles(_ controller: LimitedController, _ resources: LinuxResources) -> [String] {
    switch controller {
    case .memory:
      [
        "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.soft_limit_in_bytes", "memory.swappiness",
        "memory.oom_control",
      ]
    case .cpu:
      [
        "cpu.shares", "cpu.cfs_period_us", "cpu.cfs_quota_us", "cpu.cfs_burst_us", "cpu.idle", "cpu.rt_period_us",
        "cpu.rt_runtime_us",
      ]
    case .blockIO:
      [
        "blkio.weight", "blkio.weight_device", "blkio.bfq.weight", "blkio.bfq.weight_device", "blkio.leaf_weight",
        "blkio.leaf_weight_device", "blkio.throttle.read_bps_device", "blkio.throttle.write_bps_device",
        "blkio.throttle.read_iops_device", "blkio.throttle.write_iops_device",
      ]
    case .hugepage: hugepageFiles(resources, ".limit_in_bytes")
    case .networkClass: ["net_cls.classid"]
    case .networkPriority: ["net_prio.ifpriomap"]
    case .cpuset, .pids, .rdma: unifiedFiles(controller, resources)
    }
  }

  private static func unifiedFiles(_ controller: LimitedController, _ resources: LinuxResources) -> [String] {
    switch controller {
    case .memory: ["memory.max", "memory.swap.max", "memory.low"]
    case .cpu: ["cpu.weight", "cpu.max", "cpu.max.burst", "cpu.idle"]
    case .cpuset: ["cpuset.cpus", "cpuset.mems"]
    case .pids: ["pids.max"]
    case .blockIO: ["io.weight", "io.bfq.weight", "io.max"]
    case .hugepage: hugepageFiles(resources, ".max")
    case .rdma: ["rdma.max"]
    case .networkClass, .networkPriority: []
    }
  }

  private static func hugepageFiles(_ resources: LinuxResources, _ suffix: String) -> [String] {
    resources.hugepageLimits.filter { !$0.pageSize.utf8.contains(UInt8(ascii: "/")) }
      .flatMap { ["hugetlb.\($0.pageSize)\(suffix)", "hugetlb.\($0.pageSize).rsvd\(suffix)"] }
  }
}

@testable import Cgroups

/// Where cgroups are.
enum CgroupTexts {
  static func checkPaths(_ bytes: [UInt8]) -> String? {
    let text = String(decoding: bytes, as: UTF8.self)
    let hierarchy = CgroupHierarchy(controllers: ["memory"], mountPoint: "/mount", root: "/", own: "/own/group")
    for isPureUnified in [true, false] {
      guard let path = try? CgroupsPath(text, containerID: "id"),
        let directory = try? path.directory(in: hierarchy, isPureUnified: isPureUnified)
      else { continue }
      if let fault = fault(directory, below: "/mount/") { return fault }
    }
    for isUser in [true, false] {
      guard let unit = try? SystemdUnit(text, containerID: "id", isUser: isUser) else { continue }
      if unit.name.utf8.contains(UInt8(ascii: "/")) || unit.name.utf8.count > 255 { return "unit \(unit.name)" }
      guard let slice = try? SystemdUnit.path(ofSlice: unit.slice) else { return "slice \(unit.slice)" }
      if !slice.isEmpty, let fault = fault(slice + "/" + unit.name, below: "/") { return fault }
    }
    if let slice = try? SystemdUnit.path(ofSlice: text), !slice.isEmpty { return fault(slice, below: "/") }
    return nil
  }

  private static func fault(_ path: String, below start: String) -> String? {
    guard path.utf8.starts(with: start.utf8) else { return "\(path.debugDescription) is not below \(start)" }
    let names = path.utf8.dropFirst(start.utf8.count).split(
      separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    for name in names where name.isEmpty || name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) {
      return "a bad name in \(path.debugDescription)"
    }
    return path.utf8.contains(0) || path.utf8.contains(10) || path.utf8.count > 4095 ? "a bad path" : nil
  }

  static func checkMountInfo(_ bytes: [UInt8]) -> String? {
    let end = bytes.firstIndex(of: 0) ?? bytes.endIndex
    let own = Array(bytes[min(end + 1, bytes.endIndex)...])
    let hierarchies = CgroupHierarchies.parse(mountinfo: Array(bytes[..<end]), cgroup: own)
    _ = MountedResctrl.mountPoints(in: Array(bytes[..<end]))
    for hierarchy in hierarchies.legacy where hierarchy.controllers.isEmpty { return "a v1 hierarchy of nothing" }
    var all = hierarchies.legacy
    if let unified = hierarchies.unified { all.append(unified) }
    for hierarchy in all {
      guard let path = try? CgroupsPath("group", containerID: "id"),
        let directory = try? path.directory(in: hierarchy, isPureUnified: hierarchies.legacy.isEmpty)
      else { continue }
      if !directory.hasSuffix("/group") { return "directory \(directory.debugDescription)" }
      if directory.split(separator: "/").dropFirst(hierarchy.mountPoint.split(separator: "/").count).contains("..") {
        return "directory \(directory.debugDescription)"
      }
    }
    return nil
  }

  /// Each form gets each text: most is refused.
  static func checkStatistics(_ bytes: [UInt8]) -> String? {
    let text = CgroupDirectory.text(bytes)
    _ = StatisticsText.number(text)
    _ = StatisticsText.keyed(text)
    _ = StatisticsText.row(text)
    if let list = StatisticsText.list(text), list.contains(where: { $0 > UInt64(UInt16.max) }) { return "list \(list)" }
    _ = StatisticsText.usageOfAll(text)
    _ = StatisticsText.blockIO(text)
    _ = StatisticsText.ioStat(text)
    _ = StatisticsText.pressure(text)
    _ = StatisticsText.pageSize(text)
    let schemata = Schemata(text)
    for line in text.split(separator: "\n") {
      for granularity in [nil, 0, 10, UInt64.max] { _ = schemata.matches(String(line), granularity: granularity) }
    }
    return nil
  }
}

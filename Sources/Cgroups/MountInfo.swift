/// The cgroup mounts in /proc/PID/mountinfo, proc(5).
enum MountInfo {
  /// Every word among a v1 mount's options that is a controller; other words are options of the mount.
  private static let controllers: [String] = [
    "cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "hugetlb", "net_cls", "net_prio",
    "perf_event", "rdma", "misc", "dmem", "debug",
  ]

  /// The mounts of type cgroup and cgroup2, in the file's order.
  static func cgroupMounts(_ text: [UInt8]) -> [CgroupHierarchy] {
    var result: [CgroupHierarchy] = []
    for line in text.split(separator: UInt8(ascii: "\n")) {
      guard let type = typeField(line) else { continue }
      let head = line[..<(type - 3)].split(separator: UInt8(ascii: " "))
      let tail = line[type...].split(separator: UInt8(ascii: " "))
      guard head.count >= 6, tail.count >= 3 else { continue }
      let names = tail[0].count == 6 ? legacyControllers(tail[2]) : []
      if tail[0].count == 6, names.isEmpty { continue }
      result.append(
        CgroupHierarchy(controllers: names, mountPoint: unescaped(head[4]), root: unescaped(head[3])))
    }
    return result
  }

  /// Where the type begins in a line for a cgroup or cgroup2 mount; nil in other lines, which are most of them.
  private static func typeField(_ line: ArraySlice<UInt8>) -> Int? {
    var index = line.startIndex
    // " - TYPE SOURCE OPTIONS": no field before it is a lone hyphen.
    while index + 11 < line.endIndex {
      if line[index] == 0x20, line[index + 1] == UInt8(ascii: "-"), line[index + 2] == 0x20 {
        let start = index + 3
        guard line[start...].starts(with: "cgroup".utf8) else { return nil }
        let end = line[start + 6]
        let isLonger = end == UInt8(ascii: "2") && line[start + 7] == 0x20
        return end == 0x20 || isLonger ? start : nil
      }
      index += 1
    }
    return nil
  }

  private static func legacyControllers(_ options: ArraySlice<UInt8>) -> [String] {
    options.split(separator: UInt8(ascii: ",")).compactMap { word in
      let option = String(decoding: word, as: UTF8.self)
      return option.hasPrefix("name=") || controllers.contains(option) ? option : nil
    }
  }

  /// Blanks, tabs, newlines and backslashes are written as three octal digits.
  private static func unescaped(_ field: ArraySlice<UInt8>) -> String {
    guard field.contains(UInt8(ascii: "\\")) else { return String(decoding: field, as: UTF8.self) }
    var bytes: [UInt8] = []
    var index = field.startIndex
    while index < field.endIndex {
      if field[index] == UInt8(ascii: "\\"), index + 3 < field.endIndex {
        let digits = field[(index + 1)...(index + 3)].map { Int($0) - 48 }
        if digits.allSatisfy({ (0...7).contains($0) }) {
          bytes.append(UInt8(truncatingIfNeeded: digits[0] << 6 | digits[1] << 3 | digits[2]))
          index += 4
          continue
        }
      }
      bytes.append(field[index])
      index += 1
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// The cgroups of a process in /proc/PID/cgroup, cgroups(7).
enum OwnCgroups {
  struct Entry: Equatable {
    /// As in `CgroupHierarchy`.
    var controllers: [String]
    var path: String
  }

  /// The entries of the form `ID:CONTROLLERS:PATH`; of lines of another form nothing.
  static func parse(_ text: [UInt8]) -> [Entry] {
    text.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3, fields[2].first == UInt8(ascii: "/") else { return nil }
      let names = fields[1].split(separator: UInt8(ascii: ",")).map { String(decoding: $0, as: UTF8.self) }
      guard !names.isEmpty || fields[0].elementsEqual("0".utf8) else { return nil }
      return Entry(controllers: names, path: String(decoding: fields[2], as: UTF8.self))
    }
  }
}

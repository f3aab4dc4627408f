internal import Linux

/// The mounts in /proc/PID/mountinfo, proc(5).
enum MountInfo {
  /// Every word among a v1 mount's options that is a controller; other words are options of the mount.
  private static let controllers: [String] = [
    "cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "hugetlb", "net_cls", "net_prio",
    "perf_event", "rdma", "misc", "dmem", "debug",
  ]

  /// The mounts of type cgroup and cgroup2 that can be reached by their paths, in the file's order.
  static func cgroupMounts(_ text: [UInt8]) -> [CgroupHierarchy] {
    var lines: [Line] = []
    for line in text.split(separator: UInt8(ascii: "\n")) {
      guard let line = Line(line, typePrefix: "cgroup"), line.type.count == 6 || line.type.last == UInt8(ascii: "2")
      else { continue }
      lines.append(line)
    }
    var result: [CgroupHierarchy] = []
    for line in Covering(text, of: lines).reachable(lines) {
      let isUnified = line.type.count == 7
      let names = isUnified ? [] : legacyControllers(line.superOptions)
      if !isUnified, names.isEmpty { continue }
      result.append(
        CgroupHierarchy(
          controllers: names, mountPoint: MountInfoField.unescaped(line.place.path),
          root: MountInfoField.unescaped(line.root)))
    }
    return result
  }

  /// Where file systems of a type are mounted, and which of their directories.
  static func mounts(ofType type: StaticString, in text: [UInt8]) -> [(mountPoint: String, root: String)] {
    text.split(separator: UInt8(ascii: "\n")).compactMap { bytes in
      guard let line = Line(bytes, typePrefix: type), line.type.count == type.utf8CodeUnitCount else { return nil }
      return (MountInfoField.unescaped(line.place.path), MountInfoField.unescaped(line.root))
    }
  }

  private static func legacyControllers(_ options: ArraySlice<UInt8>) -> [String] {
    options.split(separator: UInt8(ascii: ",")).compactMap { word in
      let option = String(decoding: word, as: UTF8.self)
      return option.hasPrefix("name=") || controllers.contains(option) ? option : nil
    }
  }
}

extension MountInfo {
  /// Which mount, on which other, and where: the fields that every line begins with.
  fileprivate struct Place {
    var id: ArraySlice<UInt8>
    var parent: ArraySlice<UInt8>
    var root: ArraySlice<UInt8>
    /// The mount point, escaped as in the file.
    var path: ArraySlice<UInt8>

    /// `ID PARENT MAJOR:MINOR ROOT PATH `, nil for another form.
    init?(_ line: ArraySlice<UInt8>) {
      var ends = (line.startIndex, line.startIndex, line.startIndex, line.startIndex)
      var count = 0
      var index = line.startIndex
      while index < line.endIndex {
        if line[index] == 0x20 {
          switch count {
          case 0: ends.0 = index
          case 1: ends.1 = index
          case 2: ends.2 = index
          case 3: ends.3 = index
          default:
            id = line[..<ends.0]
            parent = line[(ends.0 + 1)..<ends.1]
            root = line[(ends.2 + 1)..<ends.3]
            path = line[(ends.3 + 1)..<index]
            return
          }
          count += 1
        }
        index += 1
      }
      return nil
    }

    /// Whether its mount point is a directory above `other`, or the same.
    func isAtOrAbove(_ other: Place) -> Bool {
      guard other.path.starts(with: path) else { return false }
      let end = other.path.startIndex + path.count
      return end == other.path.endIndex || other.path[end] == UInt8(ascii: "/") || path.count == 1
    }
  }

  /// A line for a file system of a type that is looked for.
  fileprivate struct Line {
    var place: Place
    var root: ArraySlice<UInt8> { place.root }
    var type: ArraySlice<UInt8>
    var superOptions: ArraySlice<UInt8>

    init?(_ line: ArraySlice<UInt8>, typePrefix: StaticString) {
      guard let start = Self.typeField(line, typePrefix), let place = Place(line[..<start]) else { return nil }
      let tail = line[start...].split(separator: UInt8(ascii: " "))
      guard tail.count >= 3 else { return nil }
      self.place = place
      type = tail[0]
      superOptions = tail[2]
    }

    /// Where the type begins; nil for other types, which most lines have.
    private static func typeField(_ line: ArraySlice<UInt8>, _ prefix: StaticString) -> Int? {
      var index = line.startIndex
      // " - TYPE SOURCE OPTIONS": no field before it is a lone hyphen.
      while index + 3 < line.endIndex {
        if line[index] == 0x20, line[index + 1] == UInt8(ascii: "-"), line[index + 2] == 0x20 {
          let start = index + 3
          return prefix.withUTF8Buffer { unsafe line[start...].starts(with: $0) } ? start : nil
        }
        index += 1
      }
      return nil
    }
  }

  /// The mounts on the way to those that are looked for: one may cover what was mounted below it before, which the kernel
  /// goes on to list.
  fileprivate struct Covering {
    private var places: [Place] = []

    init(_ text: [UInt8], of lines: [Line]) {
      if lines.isEmpty { return }
      for line in text.split(separator: UInt8(ascii: "\n")) {
        guard let place = Place(line), lines.contains(where: { place.isAtOrAbove($0.place) }) else { continue }
        places.append(place)
      }
    }

    func reachable(_ lines: [Line]) -> [Line] {
      lines.filter { line in
        let place = line.place
        let isCovered = places.contains { $0.parent == place.id && $0.path == place.path }
        return !isCovered && isReachable(place, depth: 0)
      }
    }

    /// Whether a walk along the path comes to the mount's own mount point.
    private func isReachable(_ place: Place, depth: Int) -> Bool {
      // A walk leaves the parent early where another mount is on the way. One on "/" is no such: a walk begins below it.
      let isDiverted = places.contains {
        $0.parent == place.parent && $0.path.count > 1 && $0.path.count < place.path.count && $0.isAtOrAbove(place)
      }
      if isDiverted { return false }
      guard depth < 64, let parent = places.first(where: { $0.id == place.parent && $0.id != place.id }) else {
        return true
      }
      return isReachable(parent, depth: depth + 1)
    }
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

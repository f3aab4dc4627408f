import Foundation
import Glibc

/// Names that no other test, and no other run of the tests, uses.
enum Unique {
  private static let counter = Counter()

  private final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var value = 0

    func next() -> Int {
      lock.lock()
      defer { lock.unlock() }
      value += 1
      return value
    }
  }

  static func name(_ stem: String) -> String {
    "\(stem)-\(getpid())-\(counter.next())"
  }
}

/// How much longer than usual everything may take: SWIFTLET_TEST_PATIENCE, which slow machines set.
enum Patience {
  static let factor = ProcessInfo.processInfo.environment["SWIFTLET_TEST_PATIENCE"].flatMap(Double.init) ?? 1
}

/// Waits until `condition` holds; returns whether it did within `seconds`.
func eventually(within seconds: Double = 10, _ condition: () throws -> Bool) rethrows -> Bool {
  let deadline = Date(timeIntervalSinceNow: seconds * Patience.factor)
  while true {
    if try condition() { return true }
    if Date() > deadline { return false }
    usleep(2000)
  }
}

/// What can be seen of the machine: files of /proc and /sys, cgroups, mounts, processes.
enum Host {
  /// The text of a file of any kind; nil when it can't be read.
  static func read(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0 { return nil }
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer.prefix(count)
    }
  }

  static func readTrimmed(_ path: String) -> String? {
    read(path)?.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  static func write(_ text: String, to path: String, mode: mode_t = 0o644) throws {
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    chmod(path, mode)
  }

  static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  static func link(_ path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = buffer.withUnsafeMutableBytes { bytes in
      bytes.baseAddress.map { readlink(path, $0, bytes.count) } ?? -1
    }
    return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
  }

  static func list(_ path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  static func makeDirectory(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// The value of a line of /proc/PID/status, such as `CapEff` or `State`.
  static func status(_ pid: Int, _ field: String) -> String? {
    for line in (read("/proc/\(pid)/status") ?? "").split(separator: "\n") where line.hasPrefix(field + ":") {
      return line.dropFirst(field.count + 1).trimmingCharacters(in: .whitespaces)
    }
    return nil
  }

  /// Whether a process is there and no zombie.
  static func isAlive(_ pid: Int) -> Bool {
    status(pid, "State").map { !$0.hasPrefix("Z") && !$0.hasPrefix("X") } ?? false
  }

  /// What a namespace link of a process says, such as `net:[4026531840]`.
  static func namespace(_ name: String, of pid: Int? = nil) -> String? {
    link("/proc/\(pid.map(String.init) ?? "self")/ns/\(name)")
  }
}

/// The machine's cgroup hierarchies.
enum CgroupHierarchies {
  /// The mount points by controller (`name=systemd` for a named one), and the unified hierarchy by the empty name.
  static let mountPoints: [String: String] = {
    var points: [String: String] = [:]
    for line in (Host.read("/proc/self/mountinfo") ?? "").split(separator: "\n") {
      let halves = line.components(separatedBy: " - ")
      let left = halves[0].split(separator: " ")
      let right = (halves.last ?? "").split(separator: " ")
      guard halves.count == 2, left.count > 4, right.count > 2, left[3] == "/" else { continue }
      if right[0] == "cgroup2" {
        points[""] = String(left[4])
      } else if right[0] == "cgroup" {
        let known: Set = ["rw", "ro", "xattr", "noprefix", "clone_children"]
        for option in right[2].split(separator: ",") where !known.contains(String(option)) {
          points[String(option)] = String(left[4])
        }
      }
    }
    return points
  }()

  /// Whether controllers are in v1 hierarchies of their own here.
  static var isV1: Bool { mountPoints["memory"] != nil }

  /// A file of a cgroup in the hierarchy of `controller`.
  static func file(_ controller: String, _ cgroup: String, _ name: String) -> String? {
    mountPoints[controller].flatMap { Host.readTrimmed($0 + cgroup + "/" + name) }
  }

  /// All cgroups, in any hierarchy and at any depth, whose name has `text`, deepest first.
  static func directories(naming text: String) -> [String] {
    var found: [String] = []
    func visit(_ path: String) {
      for name in Host.list(path) {
        var status = stat()
        let child = path + "/" + name
        guard lstat(child, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { continue }
        visit(child)
        if child.contains(text) { found.append(child) }
      }
    }
    for point in Set(mountPoints.values) { visit(point) }
    return found
  }
}

extension Host {
  /// The relative paths of all that is below a directory.
  static func descendants(of path: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: path)
  }
}

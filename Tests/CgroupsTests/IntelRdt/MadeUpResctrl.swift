import Cgroups
import Foundation
import Glibc
import Linux

/// A directory that behaves as the kernel's resctrl file system does: groups come with their files and go with them, a
/// task is in one group at a time, schemata are checked and shown as the kernel shows them.
final class MadeUpResctrl: ResctrlTree {
  let root: String
  private let files: MountedResctrl
  /// How many groups of each kind there can be.
  var groupLimit = 4
  /// What was written to schemata files, in order.
  private(set) var written: [String] = []
  /// Files that refuse to be written.
  var refused: Set<String> = []
  private let hasMonitoring: Bool

  static let defaultSchemata = "    L3:0=7ff;1=7ff\n    MB:0=100;1=100\n"

  init(resources: Set<String> = ["L3", "MB", "L3_MON"]) throws {
    var template = Array("/tmp/resctrl-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure("mkdtemp") }
    root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    files = MountedResctrl(root: root)
    hasMonitoring = resources.contains("L3_MON")
    let info = [
      "L3": ["cbm_mask": "7ff", "min_cbm_bits": "1", "num_closids": "16"],
      "MB": ["bandwidth_gran": "10", "delay_linear": "1", "min_bandwidth": "10", "num_closids": "8"],
      "L3_MON": ["mon_features": "llc_occupancy\nmbm_total_bytes\nmbm_local_bytes", "num_rmids": "4"],
    ]
    for (name, values) in info where resources.contains(name) {
      for (file, value) in values { put("info/\(name)/\(file)", value + "\n") }
    }
    put("info/last_cmd_status", "ok\n")
    populate("", tasks: "1\n")
    if hasMonitoring { mkdir(root + "/mon_groups", 0o755) }
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  /// A group that an administrator made.
  func addGroup(_ name: String, schemata: String) throws {
    _ = try make(name)
    put(name + "/schemata", schemata)
  }

  func text(_ file: String) -> String? { try? String(contentsOfFile: root + "/" + file, encoding: .utf8) }

  func put(_ file: String, _ text: String) {
    let path = root + "/" + file
    try? FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    _ = FileManager.default.createFile(atPath: path, contents: Data(text.utf8))
  }

  private func populate(_ group: String, tasks: String) {
    let prefix = group.isEmpty ? "" : group + "/"
    put(prefix + "tasks", tasks)
    if !group.contains("mon_groups/") {
      put(prefix + "schemata", Self.defaultSchemata)
      if hasMonitoring, !group.isEmpty { mkdir("\(root)/\(prefix)mon_groups", 0o755) }
    }
    guard hasMonitoring else { return }
    for (cache, size) in [("00", 100), ("01", 200)] {
      for (file, value) in [("llc_occupancy", size), ("mbm_total_bytes", size * 10), ("mbm_local_bytes", size * 5)] {
        put("\(prefix)mon_data/mon_L3_\(cache)/\(file)", "\(value)\n")
      }
    }
  }

  // MARK: ResctrlTree

  func make(_ path: String) throws(Failure) -> Bool {
    let parent = path.contains("/") ? (path as NSString).deletingLastPathComponent : ""
    let groups = (try? directories(in: parent)) ?? []
    let count = groups.filter { !["info", "mon_data", "mon_groups"].contains($0) }.count
    if count >= groupLimit, !groups.contains((path as NSString).lastPathComponent) {
      throw Failure("make group \(root)/\(path)", .noSpace)
    }
    guard try files.make(path) else { return false }
    populate(path, tasks: "")
    return true
  }

  func remove(_ path: String) throws(Failure) {
    for task in (text(path + "/tasks") ?? "").split(separator: "\n") {
      put("tasks", (text("tasks") ?? "") + task + "\n")
    }
    try? FileManager.default.removeItem(atPath: root + "/" + path)
  }

  func exists(_ path: String) throws(Failure) -> Bool { try files.exists(path) }
  func directories(in path: String) throws(Failure) -> [String] { try files.directories(in: path) }
  func read(_ file: String) throws(Failure) -> String { try files.read(file) }

  func write(_ text: String, to file: String) throws(Failure) {
    if refused.contains(file) { throw Failure("write \(root)/\(file)", .invalidArgument) }
    guard text.hasSuffix("\n") || file.hasSuffix("tasks") else { throw Failure("no newline", .invalidArgument) }
    // The file has to be there.
    _ = try files.read(file)
    if file.hasSuffix("schemata") { try merge(text, into: file) } else { move(text, to: file) }
  }

  /// A task is in one control group, and in one of its monitoring groups besides.
  private func move(_ task: String, to file: String) {
    for other in FileManager.default.enumerator(atPath: root)?.compactMap({ $0 as? String }) ?? [] {
      guard other.hasSuffix("tasks"), other != file, !file.hasPrefix(other.dropLast("tasks".count) + "mon_groups/")
      else {
        continue
      }
      put(other, (text(other) ?? "").split(separator: "\n").filter { $0 != task }.map { $0 + "\n" }.joined())
    }
    put(file, (text(file) ?? "") + task + "\n")
  }

  private func merge(_ lines: String, into file: String) throws(Failure) {
    var present: [String: [Int: String]] = [:]
    for line in (text(file) ?? "").split(separator: "\n") { Self.add(line, to: &present) }
    for line in lines.split(separator: "\n") {
      let name = String(line.prefix { $0 != ":" })
      guard present[name] != nil else {
        put("info/last_cmd_status", "Unknown or unsupported resource name '\(name)'\n")
        throw Failure("write \(root)/\(file)", .invalidArgument)
      }
    }
    for line in lines.split(separator: "\n") {
      written.append(String(line))
      Self.add(line, to: &present)
    }
    put(
      file,
      present.sorted { $0.key < $1.key }.map { name, values in
        "    \(name):" + values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ";") + "\n"
      }.joined())
  }

  private static func add(_ line: Substring, to present: inout [String: [Int: String]]) {
    let parts = line.trimmingCharacters(in: .whitespaces).split(separator: ":")
    for pair in parts[1].split(separator: ";").map({ $0.split(separator: "=") }) {
      var value = String(pair[1])
      if parts[0] == "MB" {
        value = String((Int(value) ?? 0) / 10 * 10 + ((Int(value) ?? 0) % 10 == 0 ? 0 : 10))
      } else {
        value = String(Int(value.replacing("0x", with: ""), radix: 16) ?? 0, radix: 16)
      }
      present[String(parts[0]), default: [:]][Int(pair[0]) ?? 0] = value
    }
  }
}

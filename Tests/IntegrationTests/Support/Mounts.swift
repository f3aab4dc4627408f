import Foundation
import Glibc
import Testing

/// One line of /proc/PID/mountinfo, proc_pid_mountinfo(5).
struct MountEntry: CustomStringConvertible {
  let description: String
  /// The part of the file system that is mounted.
  let root: String
  let target: String
  let options: [String]
  /// "shared", "master" or "unbindable", without the group's number; empty for a private mount.
  let propagation: String
  let type: String
  let source: String
  let superOptions: [String]

  init?(_ line: Substring) {
    let fields = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard fields.count >= 9, let separator = fields.dropFirst(6).firstIndex(of: "-"), fields.count > separator + 3
    else { return nil }
    description = String(line)
    root = fields[3]
    target = fields[4]
    options = fields[5].components(separatedBy: ",")
    propagation = fields[6..<separator].map { $0.components(separatedBy: ":")[0] }.joined(separator: " ")
    type = fields[separator + 1]
    source = fields[separator + 2]
    superOptions = fields[separator + 3].components(separatedBy: ",")
  }
}

extension TestContainer {
  func addMount(_ destination: String, type: String?, source: String?, _ options: [String] = []) {
    var mount: JSON = ["destination": .string(destination), "options": JSON(options)]
    if let type { mount["type"] = .string(type) }
    if let source { mount["source"] = .string(source) }
    config["mounts"].append(mount)
  }

  /// The container's mounts, as its process sees them, in the order in which they were made.
  func mountsInside(_ location: SourceLocation = #_sourceLocation) throws -> [MountEntry] {
    try output(of: "cat /proc/self/mountinfo", location).split(separator: "\n").compactMap(MountEntry.init)
  }
}

extension Host {
  /// Mounts with mount(8); `unmount` must follow.
  static func mount(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/mount")
    process.arguments = arguments
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw TestFailure("mount \(arguments) failed") }
  }

  static func unmount(_ path: String) {
    umount2(path, Int32(MNT_DETACH))
  }
}

import Foundation
import Linux
import RuntimeSpec

@testable import Cgroups

/// A cgroup of a test's own on the running machine, and processes in it; everything goes away at the end.
final class LiveCgroup {
  static let isPossible =
    geteuid() == 0 && (try? CgroupHierarchies.detect(ownCgroup: false).mode) != CgroupHierarchies.Mode.none

  let hierarchies: CgroupHierarchies
  /// The first component of the path: the test's own, and above the container's.
  let top: String
  var cgroup: Cgroup
  private var children: [Foundation.Process] = []

  init(_ below: String = "container") throws {
    hierarchies = try CgroupHierarchies.detect(ownCgroup: true)
    top = "swiftlet-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    cgroup = try Cgroup(CgroupsPath("/\(top)/\(below)", containerID: "unused"), in: hierarchies)
  }

  deinit {
    for directory in cgroup.directories {
      if directory.path.contains(top), directory.controllers.contains("freezer") {
        try? "THAWED".write(toFile: directory.path + "/freezer.state", atomically: false, encoding: .utf8)
      }
    }
    for child in children {
      kill(child.processIdentifier, SIGKILL)
      child.waitUntilExit()
    }
    try? cgroup.signalAll(SIGKILL)
    for path in topDirectories {
      try? Cgroup(paths: [(controller: "", path: path)]).destroy()
    }
  }

  /// The test's own directory in each hierarchy.
  var topDirectories: [String] {
    (hierarchies.legacy + [hierarchies.unified].compactMap { $0 }).map { "\($0.mountPoint)/\(top)" }
  }

  var isUnified: Bool { hierarchies.mode == .unified }

  func path(_ controller: String) -> String {
    (isUnified ? cgroup.paths[0] : cgroup.paths.first { $0.controller == controller } ?? ("", "")).path
  }

  func read(_ controller: String, _ file: String) -> String? {
    (try? String(contentsOfFile: "\(path(controller))/\(file)", encoding: .utf8))?
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Makes cgroups below the container's, each in the one before, and returns the last.
  func subgroup(_ names: String...) throws -> Cgroup {
    var below = cgroup
    for name in names {
      for index in below.directories.indices { below.directories[index].path += "/" + name }
      if isUnified {
        // Without giving it controllers: that would bar processes from the one above.
        try FileManager.default.createDirectory(atPath: below.directories[0].path, withIntermediateDirectories: false)
      } else {
        try below.create(for: LinuxResources())
      }
    }
    return below
  }

  /// Starts a shell in the cgroup: it runs `script` only after it was moved there.
  @discardableResult
  func run(_ script: String, in cgroup: Cgroup? = nil) throws -> (process: Foundation.Process, output: Pipe) {
    let process = Foundation.Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "read line; \(script)"]
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    children.append(process)
    try (cgroup ?? self.cgroup).add(process.processIdentifier)
    try input.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
    try input.fileHandleForWriting.close()
    return (process, output)
  }

  /// What a script in the cgroup prints.
  func output(_ script: String) throws -> String {
    let (process, output) = try run(script)
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }

  static func isDirectory(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
  }

  /// Waits for what another process does; false after two seconds.
  static func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    for _ in 0..<200 {
      if try condition() { return true }
      usleep(10_000)
    }
    return false
  }
}

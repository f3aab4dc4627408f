import Foundation
import Linux
import Testing

/// The C library's fork, which leaves malloc usable in the child of a process with threads.
@_silgen_name("fork") private func forkProcess() -> Int32

/// A bundle with an almost empty root file system, and a directory beside it that stands for the host and must never
/// change. Everything goes when the value does.
final class Sandbox {
  let path: String
  var rootfs: String { path + "/bundle/rootfs" }
  var bundle: String { path + "/bundle" }
  /// What an escape would reach.
  var host: String { path + "/host" }

  init() throws {
    path = NSTemporaryDirectory() + "rootfs-" + UUID().uuidString
    for directory in ["bundle/rootfs/bin", "bundle/rootfs/etc", "bundle/rootfs/tmp", "host/sub"] {
      try FileManager.default.createDirectory(atPath: path + "/" + directory, withIntermediateDirectories: true)
    }
    try write("canary", to: host + "/ptmx")
    try write("canary", to: host + "/sub/file")
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  func write(_ text: String, to path: String) throws {
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  func makeDirectory(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  func link(_ path: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
  }

  /// Every file below `directory` with type, permissions, owner, size and link text.
  func snapshot(_ directory: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/find")
    process.arguments = [directory, "-printf", "%P %y %m %U:%G %s %l %t\n"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }

  /// Runs `body` in a child with its own mount namespace that nothing leaves, and returns what it reports; an error
  /// comes back as `error: TEXT`. The host's directory and the machine's mounts must be the same afterwards.
  func inChild(
    _ namespaces: Namespaces.Kinds = [.mount], userNamespace: Bool = false,
    _ body: () throws -> String
  ) throws -> String {
    let before = try snapshot(host)
    let mountsBefore = try Data(contentsOf: URL(fileURLWithPath: "/proc/self/mountinfo"))
    let result = try Self.run(namespaces, userNamespace: userNamespace, body)
    #expect(try snapshot(host) == before, "the host's directory changed")
    let mountsAfter = try Data(contentsOf: URL(fileURLWithPath: "/proc/self/mountinfo"))
    #expect(mountsBefore == mountsAfter, "the host's mounts changed")
    return result
  }

  private static func run(
    _ namespaces: Namespaces.Kinds, userNamespace: Bool, _ body: () throws -> String
  ) throws -> String {
    let report = Pipe()
    let ready = Pipe()
    let go = Pipe()
    let pid = forkProcess()
    precondition(pid >= 0)
    if pid == 0 {
      // Nothing may run after this in the child but what it reports.
      var text: String
      do {
        if userNamespace { try Namespaces.unshare(.user) }
        ready.fileHandleForWriting.write(Data([1]))
        _ = go.fileHandleForReading.readData(ofLength: 1)
        if userNamespace {
          try Processes.setGroup(0)
          try Processes.setUser(0)
        }
        try Namespaces.unshare(namespaces)
        if !userNamespace { try Mounts.setPropagationOfRoot(.private, recursive: true) }
        text = try body()
      } catch {
        text = "error: \(error)"
      }
      let bytes = Array(text.utf8)
      let descriptor = FileDescriptor(owning: report.fileHandleForWriting.fileDescriptor)
      try? descriptor.write(bytes, "report")
      Processes.exit(0)
    }
    report.fileHandleForWriting.closeFile()
    ready.fileHandleForWriting.closeFile()
    _ = ready.fileHandleForReading.readData(ofLength: 1)
    if userNamespace {
      try Files.write("0 100000 65536", to: "/proc/\(pid)/uid_map")
      try Files.write("0 100000 65536", to: "/proc/\(pid)/gid_map")
    }
    go.fileHandleForWriting.write(Data([1]))
    let watchdog = DispatchWorkItem { kill(pid, SIGKILL) }
    DispatchQueue.global().asyncAfter(deadline: .now() + 60, execute: watchdog)
    let data = report.fileHandleForReading.readDataToEndOfFile()
    watchdog.cancel()
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    return String(decoding: data, as: UTF8.self)
  }
}

/// What a process sees, as lines of text.
enum See {
  /// Mount point, root, options, propagation, type, source and file system options of each mount.
  static func mounts() throws -> String {
    let bytes = try Files.read("/proc/self/mountinfo", limit: 16 << 20)
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
      let fields = line.split(separator: " ")
      let dash = fields.firstIndex(of: "-") ?? 0
      let propagation = fields[6..<dash].map { $0.prefix { $0 != ":" } }.joined(separator: ",")
      return "\(fields[4]) \(fields[3]) \(fields[5]) [\(propagation)] \(fields[(dash + 1)...].joined(separator: " "))"
    }.joined(separator: "\n")
  }

  /// Those of `mounts` whose mount point is `path`.
  static func mounts(at path: String) throws -> [String] {
    try mounts().split(separator: "\n").map(String.init).filter { $0.hasPrefix(path + " ") }
  }

  /// `kind mode uid:gid [major:minor]` of a file, not following a link; `-` when there is none.
  static func file(_ path: String) -> String {
    guard let status = try? FileStatus.of(path) else { return "-" }
    var text = "\(status.kind) \(String(status.permissions, radix: 8)) \(status.uid):\(status.gid)"
    if status.kind == .characterDevice || status.kind == .blockDevice {
      text += " \(status.special.major):\(status.special.minor)"
    }
    if status.kind == .symbolicLink, let target = try? Files.readLink(path) { text = "link \(target)" }
    return text
  }

  static func text(_ path: String) -> String {
    do {
      return String(decoding: try Files.read(path), as: UTF8.self)
    } catch {
      return "\(error)"
    }
  }

  /// What happens on an attempt to make a file: `ok` or the error.
  static func creating(_ path: String) -> String {
    do {
      _ = try Files.open(path, [.write, .create, .exclusive])
      return "ok"
    } catch {
      return error.errno?.text ?? "\(error)"
    }
  }

  static func list(_ path: String) -> [String] {
    ((try? Files.list(Files.open(path, [.read, .directory]), path)) ?? []).sorted()
  }
}

extension Trait where Self == ConditionTrait {
  static var needsRoot: Self { .enabled(if: Processes.effectiveUserID == 0, "mounting needs root") }
}

/// All tests that fork, one after the other.
@Suite(.serialized, .needsRoot) enum AsRoot {}

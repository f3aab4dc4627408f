import Glibc
import Linux
import Rootfs

/// Paths in a container: what leads out of its root leads to the host.
enum ContainerPaths {
  /// A path is what its bytes say: the names between its slashes, with `..` taking the one before away.
  static func checkText(_ bytes: [UInt8]) -> String? {
    let text = String(decoding: bytes, as: UTF8.self)
    var names: [[UInt8]] = []
    for name in Array(text.utf8).split(separator: 0x2f) {
      if name == [0x2e] { continue }
      if name == [0x2e, 0x2e] { _ = names.popLast() } else { names.append(Array(name)) }
    }
    let path = ContainerPath(text)
    let expected = [0x2f] + names.joined(separator: [0x2f])
    if Array(path.text.utf8) != expected { return "\(text.debugDescription) is \(path.text.debugDescription)" }
    if path.names.map({ Array($0.utf8) }) != names { return "names \(path.names)" }
    if Array(path.name.utf8) != names.last ?? [] { return "name \(path.name.debugDescription)" }
    if Array(path.parent.text.utf8) != [0x2f] + names.dropLast().joined(separator: [0x2f]) {
      return "parent \(path.parent.text.debugDescription)"
    }
    if path.isRoot != names.isEmpty || ContainerPath(path.text) != path { return "the root, or cleaned once more" }
    var above = path
    while !above.isRoot {
      if !path.isAtOrBelow(above) || (above != path && above.isAtOrBelow(path)) { return "above \(above)" }
      above = above.parent
    }
    return path.isAtOrBelow(above) ? nil : "not below /"
  }

  /// Resolves a path in a root with links of these texts, making what is missing. The result lies in the root, is what
  /// the kernel finds under that path then, and was what it found before where there was something.
  static func checkLinks(_ bytes: [UInt8]) -> String? {
    let texts = bytes.split(separator: 0, maxSplits: 8, omittingEmptySubsequences: false)
    guard let first = texts.first, let path = String(validating: first, as: UTF8.self) else { return nil }
    do {
      let tree = try MadeUpTree()
      defer { tree.remove() }
      for (index, target) in texts.dropFirst().enumerated() { tree.link(index, to: Array(target)) }
      return try tree.check(ContainerPath(path), makesFile: first.last == UInt8(ascii: "f"))
    } catch {
      return "\(error)"
    }
  }
}

/// A directory `root` with directories `a`, `a/b` and `c`, and beside it `out`, which nothing may be made in.
private struct MadeUpTree {
  private static let directories = ["", "/a", "/a/b", "/c"]

  private let top: String
  private var root: String { top + "/root" }

  init() throws {
    let base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
    top = base + "/swiftlet-links-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
    for directory in ["", "/out", "/root", "/root/a", "/root/a/b", "/root/c"] {
      try Files.makeDirectory(top + directory)
    }
  }

  func remove() { try? Files.removeTree(top) }

  /// Makes link number `index`, `l0` and so on, in one directory after the other.
  func link(_ index: Int, to target: [UInt8]) {
    let target = target.map { CChar(bitPattern: $0) } + [0]
    _ = symlink(target, root + Self.directories[index % Self.directories.count] + "/l\(index)")
  }

  func check(_ path: ContainerPath, makesFile: Bool) throws -> String? {
    let root = RootDescriptor(try Files.open(self.root, [.path, .directory]))
    let before = try? FileStatus.of(at: root.resolve(path))
    do {
      let file = makesFile ? try root.makeFile(path) : try root.makeDirectories(path)
      let place = try Files.readLinkBytes(Files.open("/proc/self/fd/\(file.raw)", [.path, .noFollow])).description
      if !place.isPath(atOrBelow: self.root) { return "\(path) led to \(place.debugDescription)" }
      let made = try FileStatus.of(at: file)
      if let before, before.inode != made.inode { return "\(path) was another file before" }
      let found = try FileStatus.of(at: root.resolve(path))
      if found.inode != made.inode { return "\(path) is another file for the kernel" }
    } catch {
      if before != nil { return "\(path) is there, but: \(error)" }
      let expected: [Errno] = [
        .notDirectory, .symbolicLinkLoop, .nameTooLong, .illegalSequence, .invalidArgument, .notFound, .exists,
      ]
      guard let errno = error.errno, expected.contains(errno) else { return "\(path): \(error)" }
    }
    let outside = try Files.entries(Files.open(top, .directory), top)
    let below = try Files.entries(Files.open(top + "/out", .directory), top)
    return outside.count == 2 && below.isEmpty ? nil : "\(path) made something outside of the root"
  }
}

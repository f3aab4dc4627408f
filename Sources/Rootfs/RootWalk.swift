package import Linux

/// A file in the root that is open, with what is known of where it is.
package struct Located: ~Copyable {
  /// The file, opened with O_PATH.
  package let file: FileDescriptor
  /// Its path in the container after all symbolic links.
  package let path: ContainerPath
  /// Whether it was made just now.
  package let isNew: Bool

  /// Gives the descriptor away.
  consuming func takeFile() -> FileDescriptor { file }
}

extension RootDescriptor {
  /// What to make of the last name of a path when it is missing.
  enum MissingFile {
    case directory
    case file(mode: UInt32)
  }

  /// Opens the file at `path`, or makes it, and tells its real path in the container.
  ///
  /// One openat2(2) does for a path that exists and has no symbolic links; one that lacks its last name costs three
  /// more. Everything else is walked name by name, each by descriptor.
  borrowing func locate(
    _ path: ContainerPath, orMake missing: MissingFile, directoryMode: UInt32 = 0o755, links: SymbolicLinks
  ) throws(Failure) -> Located {
    do {
      return Located(file: try resolve(path, links: .refused), path: path, isNew: false)
    } catch {
      switch error.errno {
      case .notFound: break
      case .symbolicLinkLoop where links == .followed: break
      default: throw error
      }
    }
    if let file = try makeLast(path, missing, directoryMode) {
      return Located(file: file, path: path, isNew: true)
    }
    var walk = try RootWalk(self, path, missing: missing, directoryMode: directoryMode, links: links)
    do {
      return try walk.run(self)
    } catch {
      throw error.within("open \(path) in the container's root")
    }
  }

  /// Makes the last name of a path whose directory exists and is reached without symbolic links; nil when it is not
  /// so, or when there is something of that name already.
  private borrowing func makeLast(
    _ path: ContainerPath, _ missing: MissingFile, _ directoryMode: UInt32
  ) throws(Failure) -> FileDescriptor? {
    if path.parent.isRoot { return try Self.make(path.name, at: directory, missing, directoryMode) }
    let parent: FileDescriptor
    do {
      parent = try resolve(path.parent, [.path, .directory], links: .refused)
    } catch {
      switch error.errno {
      case .notFound, .symbolicLinkLoop: return nil
      default: throw error
      }
    }
    return try Self.make(path.name, at: parent, missing, directoryMode)
  }

  /// Makes one name in a verified directory and opens it; nil when there is something of that name already.
  static func make(
    _ name: String, at parent: borrowing FileDescriptor, _ missing: MissingFile, _ directoryMode: UInt32
  ) throws(Failure) -> FileDescriptor? {
    do {
      switch missing {
      case .directory: try Files.makeDirectory(name, at: parent, mode: directoryMode)
      case .file(let mode): try Files.makeNode(name, at: parent, mode: 0o100000 | mode)
      }
    } catch {
      if error.errno == .exists { return nil }
      throw error
    }
    switch missing {
    case .directory: return try Files.open(name, at: parent, [.path, .directory, .noFollow])
    case .file: return try Files.open(name, at: parent, [.path, .noFollow])
    }
  }
}

/// Resolution of a path in a root name by name, which makes what is missing. Every step is by descriptor and without
/// following links; links are read and their names walked in turn, as path_resolution(7) does it after chroot(2).
private struct RootWalk: ~Copyable {
  /// Names still to walk, the next one last.
  private var pending: [String]
  /// Names from the root to `here`, none of them a link.
  private var resolved: [String] = []
  private var here: FileDescriptor
  private var linksLeft = 40
  private var attemptsLeft = 16
  private var isNew = false
  private let missing: RootDescriptor.MissingFile
  private let directoryMode: UInt32
  private let links: RootDescriptor.SymbolicLinks

  init(
    _ root: borrowing RootDescriptor, _ path: ContainerPath, missing: RootDescriptor.MissingFile,
    directoryMode: UInt32, links: RootDescriptor.SymbolicLinks
  ) throws(Failure) {
    pending = path.names.reversed()
    here = try root.directory.duplicate()
    self.missing = missing
    self.directoryMode = directoryMode
    self.links = links
  }

  mutating func run(_ root: borrowing RootDescriptor) throws(Failure) -> Located {
    while let name = pending.popLast() {
      if name == ".." {
        _ = resolved.popLast()
        try reopen(root)
        continue
      }
      guard let next = try open(name) else { continue }
      switch try FileStatus.of(at: next).kind {
      case .symbolicLink:
        try follow(next, root)
      case .directory:
        resolved.append(name)
        here = next
      default:
        guard pending.isEmpty else { throw Failure(name, .notDirectory) }
        resolved.append(name)
        return Located(file: next, path: ContainerPath(names: resolved), isNew: isNew)
      }
    }
    return Located(file: try here.duplicate(), path: ContainerPath(names: resolved), isNew: isNew)
  }

  /// Opens one name itself, link or not. Nil when something else made it in the meantime: then it is tried again.
  private mutating func open(_ name: String) throws(Failure) -> FileDescriptor? {
    if let file = try Files.openIfPresent(name, at: here, [.path, .noFollow]) { return file }
    let make = pending.isEmpty ? missing : .directory
    if let file = try RootDescriptor.make(name, at: here, make, directoryMode) {
      isNew = pending.isEmpty
      return file
    }
    attemptsLeft -= 1
    guard attemptsLeft > 0 else { throw Failure(name, .again) }
    pending.append(name)
    return nil
  }

  private mutating func follow(
    _ link: borrowing FileDescriptor, _ root: borrowing RootDescriptor
  ) throws(Failure) {
    linksLeft -= 1
    // The links of procfs can lead anywhere, whatever their text says.
    guard links == .followed, linksLeft > 0, try FileSystemType.of(link) != .proc else {
      throw Failure("", .symbolicLinkLoop)
    }
    let target = try Files.readLink("", at: link)
    if target.utf8.first == UInt8(ascii: "/") {
      resolved = []
      here = try root.directory.duplicate()
    }
    // By bytes, as the kernel does: a slash before a combining mark is no Character of its own, and a name that holds
    // one would be resolved by the kernel, links and `..` included.
    for name in target.utf8.split(separator: UInt8(ascii: "/")).reversed() where !name.elementsEqual(".".utf8) {
      pending.append(String(Substring(name)))
    }
  }

  /// Goes to the directory of `resolved` from the root down; it had no links, and must still have none.
  private mutating func reopen(_ root: borrowing RootDescriptor) throws(Failure) {
    here = try root.resolve(ContainerPath(names: resolved), [.path, .directory], links: .refused)
  }
}

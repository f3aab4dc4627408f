internal import Linux

/// `tmpcopyup`: fills a new tmpfs with what is in the directory that it will cover, before it covers it
/// (config.md, «Linux mount options»).
///
/// Directories, regular files and symbolic links are copied with owner and permissions; devices, sockets and fifos are
/// left out. Everything is opened by name from a verified directory and without following links.
enum TmpCopyUp {
  /// Two descriptors are open on each level; more levels than this would run into the usual limit of 1024.
  private static let deepest = 256

  /// Copies the content of `source` into the root of the tmpfs `mount`, and unless the options name an owner, the
  /// owner of `source` too.
  static func copy(
    from source: borrowing FileDescriptor, to mount: borrowing FileDescriptor, keepsOwner: Bool
  ) throws(Failure) {
    try within("tmpcopyup") { () throws(Failure) in
      if keepsOwner {
        let status = try FileStatus.of(at: source)
        if status.uid != 0 || status.gid != 0 {
          try Files.changeOwner(at: mount, uid: status.uid, gid: status.gid)
        }
      }
      try copyDirectory(source, mount, depth: 0)
    }
  }

  private static func copyDirectory(
    _ source: borrowing FileDescriptor, _ target: borrowing FileDescriptor, depth: Int
  ) throws(Failure) {
    guard depth < deepest else { throw Failure("directories are nested too deeply") }
    let readable = try Files.open(".", at: source, [.read, .directory])
    for (name, _) in try Files.entries(readable, "directory") {
      try within(name.description) { () throws(Failure) in try copyEntry(name, source, target, depth: depth) }
    }
  }

  private static func copyEntry(
    _ name: PathBytes, _ source: borrowing FileDescriptor, _ target: borrowing FileDescriptor, depth: Int
  ) throws(Failure) {
    // What has gone since it was listed is no error.
    guard let entry = try Files.openIfPresent(name, at: source, [.path, .noFollow]) else { return }
    let status = try FileStatus.of(at: entry)
    switch status.kind {
    case .directory:
      try Files.makeDirectory(name, at: target, mode: 0o700)
      let copy = try Files.open(name, at: target, [.read, .directory, .noFollow])
      try copyDirectory(entry, copy, depth: depth + 1)
      try finish(copy, status)
    case .regular:
      try copyFile(name, status, source, target)
    case .symbolicLink:
      try Files.makeSymbolicLink(name, at: target, target: Files.readLinkBytes(entry))
      try Files.changeOwner(name, at: target, uid: status.uid, gid: status.gid)
    case .characterDevice, .blockDevice, .fifo, .socket, .other:
      return
    }
  }

  private static func copyFile(
    _ name: PathBytes, _ status: FileStatus, _ source: borrowing FileDescriptor,
    _ target: borrowing FileDescriptor
  ) throws(Failure) {
    let content = try Files.open(name, at: source, [.read, .noFollow, .nonBlocking, .noControllingTerminal])
    let found = try FileStatus.of(at: content)
    guard found.kind == .regular, found.inode == status.inode else { return }
    let copy = try Files.open(name, at: target, [.write, .create, .exclusive, .noFollow], mode: 0o600)
    try Files.copy(from: content, to: copy, size: Int(clamping: found.size))
    try finish(copy, found)
  }

  /// Owner before permissions: a change of owner takes set-id bits away.
  private static func finish(_ copy: borrowing FileDescriptor, _ status: FileStatus) throws(Failure) {
    try Files.changeOwner(at: copy, uid: status.uid, gid: status.gid)
    try Files.changeMode(copy, status.permissions)
  }
}

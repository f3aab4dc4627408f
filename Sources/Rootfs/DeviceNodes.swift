internal import Linux

/// Makes device nodes in a root: with mknod(2), or where that is not permitted (in a user namespace) by binding the
/// host's node. All relative to the directory that the path leads to inside the root (CVE-2026-41579, CVE-2026-47766).
struct DeviceNodes: ~Copyable {
  /// Whether nodes are bound from the host; also after mknod(2) was refused once.
  private var binds: Bool

  init(bindsFromHost: Bool) {
    binds = bindsFromHost
  }

  /// Makes `nodes`. The umask must be 0. `dev` is the container's /dev, opened in the root.
  mutating func make(
    _ nodes: [DeviceNode], in root: borrowing RootDescriptor, dev: borrowing FileDescriptor
  ) throws(Failure) {
    // Nothing but this process reaches a new tmpfs, and it gives the permissions that it is asked for.
    let isPlain = try FileSystemType.of(dev) == .tmpfs
    for node in nodes {
      try within("device \"\(node.path)\"") { () throws(Failure) in
        if node.path.parent.text == "/dev" {
          try make(node, in: dev, isPlain: isPlain)
        } else {
          try make(node, in: root.makeDirectories(node.path.parent), isPlain: false)
        }
      }
    }
  }

  private mutating func make(
    _ node: DeviceNode, in directory: borrowing FileDescriptor, isPlain: Bool
  ) throws(Failure) {
    guard !binds || node.kind == .fifo else { return try bind(node, in: directory) }
    do {
      try Files.makeNode(
        node.path.name, at: directory, mode: node.kind.rawValue | node.mode, major: node.number.major,
        minor: node.number.minor)
    } catch {
      switch error.errno {
      case .exists: return try checkExisting(node, in: directory)
      case .notPermitted, .accessDenied:
        binds = true
        return try bind(node, in: directory)
      default: throw error
      }
    }
    if !isPlain || node.uid != 0 || node.gid != 0 { try finish(node, in: directory) }
  }

  /// Owner, and permissions where the file system's own rules (a default access list) changed them.
  private borrowing func finish(_ node: DeviceNode, in directory: borrowing FileDescriptor) throws(Failure) {
    let file = try Files.open(node.path.name, at: directory, [.path, .noFollow])
    let status = try FileStatus.of(at: file)
    guard status.kind == node.kind.status, node.kind == .fifo || status.special == node.number else {
      throw Failure("was replaced while it was made")
    }
    if status.uid != node.uid || status.gid != node.gid {
      try Files.changeOwner(at: file, uid: node.uid, gid: node.gid)
    }
    if status.permissions != node.mode {
      try Files.changeMode("/proc/self/fd/\(file.raw)", at: .workingDirectory, node.mode)
    }
  }

  /// A file that is there already must be the device («Devices»: the runtime MUST generate an error otherwise).
  private borrowing func checkExisting(
    _ node: DeviceNode, in directory: borrowing FileDescriptor
  ) throws(Failure) {
    let status = try FileStatus.of(node.path.name, at: directory)
    guard status.kind == node.kind.status, node.kind == .fifo || status.special == node.number else {
      throw Failure("another file is there already", .exists)
    }
  }

  private borrowing func bind(_ node: DeviceNode, in directory: borrowing FileDescriptor) throws(Failure) {
    let tree = try Mounts.copy(node.path.text, recursive: false)
    let status = try FileStatus.of(at: tree)
    guard status.kind == node.kind.status, status.special == node.number else {
      throw Failure("the host's file of that name is another device")
    }
    // The device can be written to all the same, but nobody in the container changes the host's node.
    try Mounts.setAttributes(tree, set: .readOnly)
    let target = try EmptyFile.open(node.path.name, in: directory)
    try Mounts.attach(tree, to: target, node.path.text)
  }
}

/// Files that exist to be mounted over.
enum EmptyFile {
  /// Opens `name` in a verified directory, which is made when it is missing; a symbolic link is refused.
  static func open(
    _ name: String, in directory: borrowing FileDescriptor, mode: UInt32 = 0
  ) throws(Failure) -> FileDescriptor {
    do {
      try Files.makeNode(name, at: directory, mode: 0o100000 | mode)
    } catch {
      guard error.errno == .exists else { throw error }
    }
    let file = try Files.open(name, at: directory, [.path, .noFollow])
    switch try FileStatus.of(at: file).kind {
    case .symbolicLink: throw Failure("open \(name)", .symbolicLinkLoop)
    case .directory: throw Failure("open \(name)", .isDirectory)
    default: return file
    }
  }
}

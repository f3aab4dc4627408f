internal import Linux

/// What is mounted over masked paths: a device node that is /dev/null for certain, and an empty directory. Both are in
/// a read-only tmpfs of the runtime's own; nothing in the container's root is ever used (CVE-2025-31133).
struct MaskSource: ~Copyable {
  /// The tmpfs, with `null` and `empty` in it.
  private let tree: FileDescriptor
  /// The host's /dev/null, where no node can be made.
  private let hostNull: FileDescriptor?
  private var isHostNullUsed = false
  private var isAttached = false
  /// Whether the kernel is taken to be one that copies only mounts that are attached, before Linux 6.15.
  private let copiesOnlyAttached: Bool

  /// Makes it, while the host's /dev is still there. The umask must be 0.
  static func make(label: String?, copiesOnlyAttached: Bool = false) throws(Failure) -> MaskSource {
    let context = try FileSystemContext(type: "tmpfs")
    try context.set("source", "tmpfs")
    if let label { try context.set("context", label) }
    let tree = try context.mount([.noSuid, .noExec])
    try Files.makeDirectory("empty", at: tree, mode: 0o555)
    let hostNull = try makeNull(tree) ? nil : copyOfHostNull()
    try Mounts.setAttributes(tree, set: .readOnly)
    return MaskSource(tree: tree, hostNull: hostNull, copiesOnlyAttached: copiesOnlyAttached)
  }

  private init(
    tree: consuming FileDescriptor, hostNull: consuming FileDescriptor?, copiesOnlyAttached: Bool
  ) {
    self.tree = tree
    self.hostNull = hostNull
    self.copiesOnlyAttached = copiesOnlyAttached
  }

  /// False where no node can be made.
  private static func makeNull(_ tree: borrowing FileDescriptor) throws(Failure) -> Bool {
    do {
      try Files.makeNode("null", at: tree, mode: 0o020666, major: 1, minor: 3)
      return true
    } catch {
      guard error.errno == .notPermitted || error.errno == .accessDenied else { throw error }
      return false
    }
  }

  private static func copyOfHostNull() throws(Failure) -> FileDescriptor {
    let null = try Mounts.copy("/dev/null", recursive: false)
    let status = try FileStatus.of(at: null)
    guard status.kind == .characterDevice, status.special == DeviceNumber(major: 1, minor: 3) else {
      throw Failure("the host's /dev/null is invalid")
    }
    // Read-only is the mount, so that nobody changes the node itself; the device can still be written to.
    try Mounts.setAttributes(null, set: [.readOnly, .noSuid, .noExec])
    return null
  }

  /// A new detached mount of the empty directory.
  mutating func directory(_ root: borrowing RootDescriptor) throws(Failure) -> FileDescriptor {
    try copy("empty", root)
  }

  /// A new detached mount of the null device.
  mutating func file(_ root: borrowing RootDescriptor) throws(Failure) -> FileDescriptor {
    guard let null = try copyOfNull() else { return try copy("null", root) }
    return null
  }

  /// The host's node, where it is used. The first user attaches the mount itself, the others a copy of that: this
  /// works on every kernel.
  private mutating func copyOfNull() throws(Failure) -> FileDescriptor? {
    let isUsed = isHostNullUsed
    isHostNullUsed = true
    switch hostNull {
    case .none: return nil
    case .some(let null): return isUsed ? try Mounts.copy("", at: null, recursive: false) : try null.duplicate()
    }
  }

  private mutating func copy(
    _ name: String, _ root: borrowing RootDescriptor
  ) throws(Failure) -> FileDescriptor {
    if isAttached || !copiesOnlyAttached {
      do {
        return try Mounts.copy(name, at: tree, recursive: false)
      } catch {
        guard error.errno == .invalidArgument, !isAttached else { throw error }
      }
    }
    try Mounts.attach(tree, to: root.directory, "/")
    isAttached = true
    return try Mounts.copy(name, at: tree, recursive: false)
  }

  /// Takes the tmpfs away from where it had to be attached. The copies stay.
  mutating func remove(_ root: borrowing RootDescriptor) throws(Failure) {
    guard isAttached else { return }
    try Processes.changeDirectory(tree)
    try Mounts.detach(".")
    try Processes.changeDirectory(root.directory)
    isAttached = false
  }
}

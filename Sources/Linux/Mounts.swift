internal import CShim
internal import Glibc

/// Attributes of one mount (not of the file system in it), mount_setattr(2) MOUNT_ATTR_*.
package struct MountAttribute: OptionSet, Sendable, Equatable {
  package let rawValue: UInt64

  package init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// The standard library's is generic: a thousand instructions for each literal in another module.
  @inlinable package init(arrayLiteral elements: MountAttribute...) {
    self.init(rawValue: elements.reduce(0) { $0 | $1.rawValue })
  }

  package static let readOnly = MountAttribute(rawValue: 0x01)
  package static let noSuid = MountAttribute(rawValue: 0x02)
  package static let noDev = MountAttribute(rawValue: 0x04)
  package static let noExec = MountAttribute(rawValue: 0x08)
  /// All bits of the access-time mode: clear these whenever one of the three below is set.
  package static let accessTimeMask = MountAttribute(rawValue: 0x70)
  package static let relativeAccessTime: MountAttribute = []
  package static let noAccessTime = MountAttribute(rawValue: 0x10)
  package static let strictAccessTime = MountAttribute(rawValue: 0x20)
  package static let noDirectoryAccessTime = MountAttribute(rawValue: 0x80)
  package static let idMap = MountAttribute(rawValue: 0x0010_0000)
  package static let noSymbolicLinks = MountAttribute(rawValue: 0x0020_0000)
}

/// How mount events travel, mount_setattr(2) `propagation`: MS_SHARED and the like.
package enum MountPropagation: UInt64, Sendable {
  case unbindable = 0x20000
  case `private` = 0x40000
  case slave = 0x80000
  case shared = 0x100000
}

/// A configuration in the making of a file system, fsopen(2).
package struct FileSystemContext: ~Copyable {
  private let descriptor: FileDescriptor
  private let type: String

  /// fsopen(2) for a file system type as in /proc/filesystems.
  package init(type: String) throws(Failure) {
    self.type = type
    descriptor = FileDescriptor(
      owning: try check(unsafe sw_fsopen(type, 1 /* FSOPEN_CLOEXEC */), "fsopen \(type)"))
  }

  /// FSCONFIG_SET_STRING, or FSCONFIG_SET_FLAG when there is no value.
  package borrowing func set(_ key: String, _ value: String?) throws(Failure) {
    let result =
      if let value {
        unsafe sw_fsconfig(descriptor.raw, 1, key, value, 0)
      } else {
        unsafe sw_fsconfig(descriptor.raw, 0, key, nil, 0)
      }
    guard result < 0 else { return }
    throw failure("option \(key)\(value.map { "=" + $0 } ?? "")", result)
  }

  /// FSCONFIG_CMD_CREATE, then fsmount(2): a mount that is attached nowhere yet.
  package borrowing func mount(_ attributes: MountAttribute) throws(Failure) -> FileDescriptor {
    let created = sw_fsconfig(descriptor.raw, 6, nil, nil, 0)
    if created < 0 { throw failure("create", created) }
    let result = sw_fsmount(descriptor.raw, 1 /* FSMOUNT_CLOEXEC */, UInt32(attributes.rawValue))
    if result < 0 { throw failure("mount", result) }
    return FileDescriptor(owning: result)
  }

  /// The kernel's own words on what went wrong, which fsopen(2) contexts queue up for reading.
  private borrowing func failure(_ what: String, _ result: Int32) -> Failure {
    var text = "\(type) file system: \(what)"
    if let bytes = try? descriptor.readSome(512, type), bytes.count > 2, bytes[0] == UInt8(ascii: "e") {
      text += ": " + String(decoding: bytes.dropFirst(2), as: UTF8.self).split(separator: "\n").joined(separator: " ")
    }
    return Failure(text, Errno(rawValue: -result))
  }
}

/// The mount system calls. Nothing here takes a path inside a container: attach by descriptor.
package enum Mounts {
  private static let recursive = UInt32(AT_RECURSIVE)
  private static let emptyPath = UInt32(AT_EMPTY_PATH)
  private static let cloneTree: UInt32 = 1 | UInt32(O_CLOEXEC)

  /// A detached copy of the mount that `path` is on, cut at `path`, open_tree(2) OPEN_TREE_CLONE.
  package static func copy(
    _ path: String, at directory: borrowing FileDescriptor = .workingDirectory, recursive: Bool,
    followLink: Bool = true
  ) throws(Failure) -> FileDescriptor {
    var flags = cloneTree | (recursive ? Self.recursive : 0) | (path.isEmpty ? emptyPath : 0)
    if !followLink { flags |= UInt32(AT_SYMLINK_NOFOLLOW) }
    return FileDescriptor(owning: try check(unsafe sw_open_tree(directory.raw, path, flags), "bind source \(path)"))
  }

  /// As `copy`, with `attributes` set on it, and with `recursive` on all mounts in it, open_tree_attr(2). Linux knows that
  /// call since 6.15.
  package static func copy(
    _ path: String, at directory: borrowing FileDescriptor = .workingDirectory, recursive: Bool,
    setting attributes: MountAttribute
  ) throws(Failure) -> FileDescriptor {
    let flags = cloneTree | (recursive ? Self.recursive : 0) | (path.isEmpty ? emptyPath : 0)
    let result = unsafe sw_open_tree_attr(directory.raw, path, flags, attributes.rawValue, 0)
    if result >= 0 { return FileDescriptor(owning: result) }
    // Whatever went wrong: two calls do the same, or tell which of them can't.
    let tree = try copy(path, at: directory, recursive: recursive)
    try setAttributes(tree, set: attributes, recursive: recursive)
    return tree
  }

  /// Attaches a detached mount (or moves an attached one) onto the file that `target` is open on, move_mount(2).
  package static func attach(
    _ mount: borrowing FileDescriptor, to target: borrowing FileDescriptor, _ name: @autoclosure () -> String
  ) throws(Failure) {
    // MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH
    try check(unsafe sw_move_mount(mount.raw, "", target.raw, "", 0x4 | 0x40), "mount on \(name())")
  }

  /// Sets and clears attributes of the mount that `mount` is open on, mount_setattr(2).
  package static func setAttributes(
    _ mount: borrowing FileDescriptor, set: MountAttribute = [], clear: MountAttribute = [], recursive: Bool = false,
    userNamespace: borrowing FileDescriptor = .workingDirectory
  ) throws(Failure) {
    let flags = emptyPath | (recursive ? Self.recursive : 0)
    let result = unsafe sw_mount_setattr(
      mount.raw, "", flags, set.rawValue, clear.rawValue, 0, userNamespace.raw)
    try check(result, "set mount attributes")
  }

  package static func setPropagation(
    _ mount: borrowing FileDescriptor, _ propagation: MountPropagation, recursive: Bool
  ) throws(Failure) {
    let flags = emptyPath | (recursive ? Self.recursive : 0)
    try check(
      unsafe sw_mount_setattr(mount.raw, "", flags, 0, 0, propagation.rawValue, -1), "set mount propagation")
  }

  /// Propagation of every mount of the namespace, seen from its root.
  package static func setPropagationOfRoot(_ propagation: MountPropagation, recursive: Bool) throws(Failure) {
    let flags = recursive ? Self.recursive : 0
    try check(
      unsafe sw_mount_setattr(AT_FDCWD, "/", flags, 0, 0, propagation.rawValue, -1), "set propagation of /")
  }

  /// Changes super-block flags that only mount(2) can reach on an existing file system: MS_REMOUNT with `flags`.
  package static func remount(
    descriptor: borrowing FileDescriptor, flags: UInt, data: String
  ) throws(Failure) {
    let path = "/proc/self/fd/\(descriptor.raw)"
    try check(unsafe sw_mount(nil, path, nil, 32 /* MS_REMOUNT */ | flags, data), "remount")
  }

  /// pivot_root(2) with both arguments ".": the working directory becomes the root, the old root lies above it.
  package static func pivotRootHere() throws(Failure) {
    try check(unsafe sw_pivot_root(".", "."), "pivot_root")
  }

  /// umount2(2) MNT_DETACH of a path that the caller has made safe.
  package static func detach(_ path: String) throws(Failure) {
    try check(unsafe sw_umount2(path, 2 /* MNT_DETACH */), "unmount \(path)")
  }
}

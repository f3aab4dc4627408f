internal import CShim
internal import Glibc

/// What statx(2) tells of a file.
package struct FileStatus: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    case regular, directory, symbolicLink, characterDevice, blockDevice, fifo, socket, other
  }

  package var kind: Kind
  /// Permission bits with set-id and sticky bits, 0o7777.
  package var permissions: UInt32
  package var uid: UInt32
  package var gid: UInt32
  package var links: UInt32
  package var size: UInt64
  package var inode: UInt64
  /// The file system's device number.
  package var device: DeviceNumber
  /// Of a device node.
  package var special: DeviceNumber
  package var mountID: UInt64
  package var isMountRoot: Bool

  /// Status of `path` relative to `directory`, without following a link at its end; `path` empty is the descriptor.
  package static func of(
    _ path: String = "", at directory: borrowing FileDescriptor = .workingDirectory, followLink: Bool = false
  ) throws(Failure) -> FileStatus {
    var raw = sw_stat()
    let flags = (followLink ? 0 : AT_SYMLINK_NOFOLLOW) | (path.isEmpty ? AT_EMPTY_PATH : 0)
    try check(unsafe sw_statx(directory.raw, path, flags, &raw), "stat \(path)")
    return FileStatus(raw)
  }

  private init(_ raw: sw_stat) {
    kind =
      switch raw.mode & UInt32(S_IFMT) {
      case UInt32(S_IFREG): .regular
      case UInt32(S_IFDIR): .directory
      case UInt32(S_IFLNK): .symbolicLink
      case UInt32(S_IFCHR): .characterDevice
      case UInt32(S_IFBLK): .blockDevice
      case UInt32(S_IFIFO): .fifo
      case UInt32(S_IFSOCK): .socket
      default: .other
      }
    permissions = raw.mode & 0o7777
    uid = raw.uid
    gid = raw.gid
    links = raw.nlink
    size = raw.size
    inode = raw.inode
    device = DeviceNumber(major: raw.device_major, minor: raw.device_minor)
    special = DeviceNumber(major: raw.rdev_major, minor: raw.rdev_minor)
    mountID = raw.mount_id
    isMountRoot = raw.attributes & 0x2000 != 0  // STATX_ATTR_MOUNT_ROOT
  }
}

/// A device number, makedev(3).
package struct DeviceNumber: Sendable, Equatable {
  package var major: UInt32
  package var minor: UInt32

  package init(major: UInt32, minor: UInt32) {
    self.major = major
    self.minor = minor
  }
}

/// The type of a file system, statfs(2) f_type.
package struct FileSystemType: Equatable, Sendable {
  package let magic: Int64

  package static let proc = FileSystemType(magic: 0x9fa0)
  package static let sysfs = FileSystemType(magic: 0x6265_6572)
  package static let cgroup2 = FileSystemType(magic: 0x6367_7270)
  package static let cgroup1 = FileSystemType(magic: 0x0027_e0eb)
  package static let devpts = FileSystemType(magic: 0x1cd1)
  package static let tmpfs = FileSystemType(magic: 0x0102_1994)
  package static let namespace = FileSystemType(magic: 0x6e73_6673)
  package static let selinux = FileSystemType(magic: 0xf97c_ff8c)
  package static let resctrl = FileSystemType(magic: 0x0765_5821)

  private init(magic: Int64) {
    self.magic = magic
  }

  /// Whether the mount that `path` leads to can't be written to, statfs(2) ST_RDONLY.
  package static func isReadOnly(_ path: String) throws(Failure) -> Bool {
    try check(unsafe sw_statfs_flags(path), "statfs \(path)") & 1 != 0
  }

  /// The file system that an open file is on.
  package static func of(_ file: borrowing FileDescriptor) throws(Failure) -> FileSystemType {
    var magic: Int64 = 0
    try check(unsafe sw_fstatfs_type(file.raw, &magic), "fstatfs")
    return FileSystemType(magic: magic)
  }

  /// The file system that `path` is on.
  package static func of(_ path: String) throws(Failure) -> FileSystemType {
    var magic: Int64 = 0
    try check(unsafe sw_statfs_type(path, &magic), "statfs \(path)")
    return FileSystemType(magic: magic)
  }
}

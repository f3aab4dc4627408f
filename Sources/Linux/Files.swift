internal import CShim
internal import Glibc

/// How to open a file, open(2). O_CLOEXEC is always added.
package struct OpenFlags: OptionSet, Sendable {
  package let rawValue: Int32

  package init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  /// The standard library's is generic: a thousand instructions for each literal in another module.
  @inlinable package init(arrayLiteral elements: OpenFlags...) {
    self.init(rawValue: elements.reduce(0) { $0 | $1.rawValue })
  }

  package static let read: OpenFlags = []
  package static let write = OpenFlags(rawValue: O_WRONLY)
  package static let readWrite = OpenFlags(rawValue: O_RDWR)
  package static let path = OpenFlags(rawValue: O_PATH)
  package static let directory = OpenFlags(rawValue: O_DIRECTORY)
  package static let noFollow = OpenFlags(rawValue: O_NOFOLLOW)
  package static let create = OpenFlags(rawValue: O_CREAT)
  package static let exclusive = OpenFlags(rawValue: O_EXCL)
  package static let truncate = OpenFlags(rawValue: O_TRUNC)
  package static let append = OpenFlags(rawValue: O_APPEND)
  package static let nonBlocking = OpenFlags(rawValue: O_NONBLOCK)
  package static let noControllingTerminal = OpenFlags(rawValue: O_NOCTTY)
}

/// How a path may be resolved, openat2(2) RESOLVE_*.
package struct ResolveFlags: OptionSet, Sendable {
  package let rawValue: UInt64

  package init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// The standard library's is generic: a thousand instructions for each literal in another module.
  @inlinable package init(arrayLiteral elements: ResolveFlags...) {
    self.init(rawValue: elements.reduce(0) { $0 | $1.rawValue })
  }

  package static let noCrossDevice = ResolveFlags(rawValue: 0x01)
  package static let noMagicLinks = ResolveFlags(rawValue: 0x02)
  package static let noSymbolicLinks = ResolveFlags(rawValue: 0x04)
  package static let beneath = ResolveFlags(rawValue: 0x08)
  package static let inRoot = ResolveFlags(rawValue: 0x10)
}

/// Files by path, relative to a directory descriptor or to the working directory.
///
/// Nothing here confines a path: what a container can influence goes through `Rootfs` or a `ResolveFlags`.
package enum Files {
  /// Opens `path`, open(2); new files get `mode`.
  package static func open(_ path: String, _ flags: OpenFlags, mode: UInt32 = 0o600) throws(Failure) -> FileDescriptor {
    try open(path, at: .workingDirectory, flags, mode: mode)
  }

  /// Opens `path` relative to `directory`, openat2(2). An EAGAIN that a rename race causes is retried a bounded number
  /// of times. A payload's filter that is older than the call refuses it: what asks for no confinement is then opened by
  /// openat(2).
  package static func open(
    _ path: String, at directory: borrowing FileDescriptor, _ flags: OpenFlags, mode: UInt32 = 0o600,
    resolve: ResolveFlags = []
  ) throws(Failure) -> FileDescriptor {
    unsafe try open(path, at: directory, flags, mode: mode, resolve: resolve, shown: path)
  }

  /// As `open`, of a path that need not be a String; `shown` is what errors call it.
  static func open(
    _ path: UnsafePointer<CChar>, at directory: borrowing FileDescriptor, _ flags: OpenFlags, mode: UInt32,
    resolve: ResolveFlags, shown: @autoclosure () -> String
  ) throws(Failure) -> FileDescriptor {
    let mode = flags.contains(.create) ? UInt64(mode) : 0
    var attempts = 0
    while true {
      let result = unsafe sw_openat2(
        directory.raw, path, UInt64(flags.rawValue | O_CLOEXEC), mode, resolve.rawValue)
      if result == -EINTR { continue }
      if result == -EAGAIN, !resolve.isEmpty, attempts < 128 {
        attempts += 1
        continue
      }
      if result == -EPERM || result == -ENOSYS, resolve.isEmpty {
        let flags = flags.rawValue | O_CLOEXEC
        return FileDescriptor(
          owning: try check(unsafe sw_openat(directory.raw, path, flags, UInt32(mode)), "open \(shown())"))
      }
      return FileDescriptor(owning: try check(result, "open \(shown())"))
    }
  }

  /// As `open`, but nil when there is no such file.
  package static func openIfPresent(
    _ path: String, at directory: borrowing FileDescriptor = .workingDirectory, _ flags: OpenFlags,
    resolve: ResolveFlags = []
  ) throws(Failure) -> FileDescriptor? {
    do {
      return try open(path, at: directory, flags, resolve: resolve)
    } catch {
      if error.errno == .notFound { return nil }
      throw error
    }
  }

  /// The whole of a file, at most `limit` bytes.
  package static func read(
    _ path: String, at directory: borrowing FileDescriptor = .workingDirectory, limit: Int = 1 << 20
  ) throws(Failure) -> [UInt8] {
    let file = try open(path, at: directory, .read)
    return try file.readAll(limit: limit, path)
  }

  /// What one read(2) of `size` bytes gives: the whole of a file that the kernel makes in one piece.
  package static func readOnce(_ path: String, size: Int) throws(Failure) -> [UInt8] {
    let file = try open(path, .read)
    return try file.readSome(size, path)
  }

  /// Writes `text` to an existing file in one write(2), as kernel files want it.
  package static func write(
    _ text: String, to path: String, at directory: borrowing FileDescriptor = .workingDirectory
  ) throws(Failure) {
    let file = try open(path, at: directory, .write)
    try file.write(text, path)
  }

  package static func makeDirectory(
    _ path: String, at directory: borrowing FileDescriptor = .workingDirectory, mode: UInt32 = 0o755
  ) throws(Failure) {
    try check(unsafe sw_mkdirat(directory.raw, path, mode), "mkdir \(path)")
  }

  /// Makes `path` and the directories above it that are missing; never follows what it did not find there.
  package static func makeDirectories(_ path: String, mode: UInt32 = 0o755) throws(Failure) {
    let result = unsafe sw_mkdirat(AT_FDCWD, path, mode)
    if result == 0 || result == -EEXIST { return }
    guard result == -ENOENT, let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash != path.startIndex else {
      try check(result, "mkdir \(path)")
      return
    }
    try makeDirectories(String(path[..<slash]), mode: mode)
    let again = unsafe sw_mkdirat(AT_FDCWD, path, mode)
    if again != -EEXIST { try check(again, "mkdir \(path)") }
  }

  /// Removes a file, or with `directory` an empty directory, unlinkat(2).
  package static func remove(
    _ path: String, at directory: borrowing FileDescriptor = .workingDirectory, isDirectory: Bool = false
  ) throws(Failure) {
    try check(unsafe sw_unlinkat(directory.raw, path, isDirectory ? AT_REMOVEDIR : 0), "remove \(path)")
  }

  package static func rename(
    _ from: String, to: String, at directory: borrowing FileDescriptor = .workingDirectory
  ) throws(Failure) {
    try check(unsafe sw_renameat2(directory.raw, from, directory.raw, to, 0), "rename \(from) to \(to)")
  }

  /// Makes a device node, fifo, socket or empty file; `mode` holds type and permissions, mknod(2).
  package static func makeNode(
    _ path: String, at directory: borrowing FileDescriptor, mode: UInt32, major: UInt32 = 0, minor: UInt32 = 0
  ) throws(Failure) {
    try check(unsafe sw_mknodat(directory.raw, path, mode, major, minor), "mknod \(path)")
  }

  package static func makeSymbolicLink(
    _ path: String, at directory: borrowing FileDescriptor, target: String
  ) throws(Failure) {
    try check(unsafe sw_symlinkat(target, directory.raw, path), "symlink \(path)")
  }

  /// The text of a symbolic link, readlinkat(2); `path` empty reads the link that `directory` itself is. Throws EILSEQ
  /// for a text that is not UTF-8.
  package static func readLink(
    _ path: String, at directory: borrowing FileDescriptor = .workingDirectory
  ) throws(Failure) -> String {
    guard let text = String(validating: try linkBytes(path, directory), as: UTF8.self) else {
      throw Failure("readlink \(path)", .illegalSequence)
    }
    return text
  }

  /// Owner and group of `path`, or of `descriptor` itself when it is empty, without following a link, fchownat(2).
  package static func changeOwner(
    _ path: String = "", at descriptor: borrowing FileDescriptor, uid: UInt32, gid: UInt32
  ) throws(Failure) {
    let flags = path.isEmpty ? AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW : AT_SYMLINK_NOFOLLOW
    try check(unsafe sw_fchownat(descriptor.raw, path, uid, gid, flags), "chown \(path)")
  }

  /// Permissions of an open file (not one opened with O_PATH), fchmod(2).
  package static func changeMode(_ descriptor: borrowing FileDescriptor, _ mode: UInt32) throws(Failure) {
    try check(sw_fchmod(descriptor.raw, mode), "chmod")
  }

  /// Permissions of `path` relative to `directory`, fchmodat(2): follows a symbolic link.
  package static func changeMode(
    _ path: String, at directory: borrowing FileDescriptor, _ mode: UInt32
  ) throws(Failure) {
    try check(unsafe sw_fchmodat(directory.raw, path, mode), "chmod \(path)")
  }

  /// access(2) with the effective ids, faccessat2(2). Where a payload's filter that is older than the call refuses it,
  /// the answer is true, and the use of the file will tell.
  package static func isAccessible(_ path: String, mode: Int32 = F_OK) -> Bool {
    let result = unsafe sw_faccessat2(AT_FDCWD, path, mode, AT_EACCESS)
    return result == 0 || result == -EPERM || result == -ENOSYS
  }

  /// A file in memory, memfd_create(2), that can be sealed.
  package static func memory(named name: String, executable: Bool = false) throws(Failure) -> FileDescriptor {
    let base = MFD_CLOEXEC | MFD_ALLOW_SEALING
    // MFD_EXEC and MFD_NOEXEC_SEAL are known since Linux 6.3; older kernels refuse them with EINVAL.
    let flags = base | (executable ? 0x10 : 0x08)
    let result = unsafe sw_memfd_create(name, flags)
    if result != -EINVAL { return FileDescriptor(owning: try check(result, "memfd_create")) }
    return FileDescriptor(owning: try check(unsafe sw_memfd_create(name, base), "memfd_create"))
  }

  /// Forbids every later change of a file in memory, and of its seals, fcntl(2) F_ADD_SEALS.
  package static func seal(_ file: borrowing FileDescriptor) throws(Failure) {
    try check(sw_add_seals(file.raw, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE), "seal memory file")
  }

  /// Whether a file in memory has the seals of `seal`, fcntl(2) F_GET_SEALS; false for any other file.
  package static func isSealed(_ file: borrowing FileDescriptor) -> Bool {
    let all = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE
    let seals = sw_get_seals(file.raw)
    return seals >= 0 && seals & all == all
  }

  /// Copies up to `size` bytes between two open files, sendfile(2).
  package static func copy(
    from source: borrowing FileDescriptor, to target: borrowing FileDescriptor, size: Int
  ) throws(Failure) {
    var left = size
    while left > 0 {
      let moved = try check(sw_sendfile(target.raw, source.raw, left), "copy file")
      if moved == 0 { return }
      left -= moved
    }
  }

  /// Gives a lock back, flock(2) LOCK_UN, for every process that shares the open file.
  package static func unlock(_ file: borrowing FileDescriptor) throws(Failure) {
    try check(sw_flock(file.raw, LOCK_UN), "unlock")
  }

  /// A lock of the open file, flock(2). Returns false when `wait` is false and somebody else holds it.
  package static func lock(_ file: borrowing FileDescriptor, exclusive: Bool, wait: Bool) throws(Failure) -> Bool {
    let operation = (exclusive ? LOCK_EX : LOCK_SH) | (wait ? 0 : LOCK_NB)
    while true {
      let result = sw_flock(file.raw, operation)
      if result == -EINTR { continue }
      if result == -EWOULDBLOCK { return false }
      try check(result, "flock")
      return true
    }
  }
}

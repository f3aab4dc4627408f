internal import CShim
internal import Glibc

/// A name in a directory, or the text of a symbolic link, byte for byte as the kernel has it. It need not be UTF-8, and a
/// String must: as one it would be the name of another file, or of none.
package struct PathBytes: Sendable, CustomStringConvertible {
  /// With the null byte that ends it.
  fileprivate let characters: [CChar]

  package init(_ bytes: some Sequence<UInt8>) {
    characters = bytes.map { CChar(bitPattern: $0) } + [0]
  }

  /// For messages: what is no UTF-8 is shown as U+FFFD.
  package var description: String {
    String(decoding: characters.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// Files by what a directory's list says of them.
extension Files {
  /// The entries of a directory, without `.` and `..`, in the kernel's order, each with the type that getdents64(2) tells
  /// (DT_UNKNOWN, 0, on some file systems).
  package static func entries(
    _ directory: borrowing FileDescriptor, _ name: @autoclosure () -> String
  ) throws(Failure) -> [(name: PathBytes, type: UInt8)] {
    var found: [(name: PathBytes, type: UInt8)] = []
    try forEachEntry(directory, name()) { name, type in found.append((PathBytes(name), type)) }
    return found
  }

  /// Gives each entry of a directory but `.` and `..` to `body`, with its type.
  static func forEachEntry(
    _ directory: borrowing FileDescriptor, _ name: @autoclosure () -> String, _ body: (ArraySlice<UInt8>, UInt8) -> Void
  ) throws(Failure) {
    while true {
      var size = 0
      let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 32768) { buffer, filled in
        size = unsafe sw_getdents(directory.raw, buffer.baseAddress, buffer.count)
        filled = max(size, 0)
      }
      if try check(size, "list \(name())") == 0 { return }
      var offset = 0
      // struct linux_dirent64: inode 8, offset 8, record length 2, type 1, name.
      while offset + 19 < bytes.count {
        let length = Int(bytes[offset + 16]) | Int(bytes[offset + 17]) << 8
        guard length > 19, offset + length <= bytes.count else { break }
        let field = bytes[(offset + 19)..<(offset + length)].prefix { $0 != 0 }
        if !field.elementsEqual(".".utf8), !field.elementsEqual("..".utf8) { body(field, bytes[offset + 18]) }
        offset += length
      }
    }
  }

  /// As `open` of a String.
  package static func open(
    _ name: PathBytes, at directory: borrowing FileDescriptor, _ flags: OpenFlags, mode: UInt32 = 0o600,
    resolve: ResolveFlags = []
  ) throws(Failure) -> FileDescriptor {
    unsafe try open(name.characters, at: directory, flags, mode: mode, resolve: resolve, shown: name.description)
  }

  /// As `openIfPresent` of a String.
  package static func openIfPresent(
    _ name: PathBytes, at directory: borrowing FileDescriptor, _ flags: OpenFlags, resolve: ResolveFlags = []
  ) throws(Failure) -> FileDescriptor? {
    do {
      return try open(name, at: directory, flags, resolve: resolve)
    } catch {
      if error.errno == .notFound { return nil }
      throw error
    }
  }

  /// As `remove` of a String.
  package static func remove(
    _ name: PathBytes, at directory: borrowing FileDescriptor, isDirectory: Bool = false
  ) throws(Failure) {
    try check(unsafe sw_unlinkat(directory.raw, name.characters, isDirectory ? AT_REMOVEDIR : 0), "remove \(name)")
  }

  /// As `makeDirectory` of a String.
  package static func makeDirectory(
    _ name: PathBytes, at directory: borrowing FileDescriptor, mode: UInt32
  ) throws(Failure) {
    try check(unsafe sw_mkdirat(directory.raw, name.characters, mode), "mkdir \(name)")
  }

  /// As `makeSymbolicLink` of a String.
  package static func makeSymbolicLink(
    _ name: PathBytes, at directory: borrowing FileDescriptor, target: PathBytes
  ) throws(Failure) {
    try check(unsafe sw_symlinkat(target.characters, directory.raw, name.characters), "symlink \(name)")
  }

  /// Owner and group of `name`, without following a link, fchownat(2).
  package static func changeOwner(
    _ name: PathBytes, at directory: borrowing FileDescriptor, uid: UInt32, gid: UInt32
  ) throws(Failure) {
    let result = unsafe sw_fchownat(directory.raw, name.characters, uid, gid, AT_SYMLINK_NOFOLLOW)
    try check(result, "chown \(name)")
  }

  /// The text of the symbolic link that `link` is, opened with O_PATH.
  package static func readLinkBytes(_ link: borrowing FileDescriptor) throws(Failure) -> PathBytes {
    PathBytes(try linkBytes("", link))
  }

  static func linkBytes(_ path: String, _ directory: borrowing FileDescriptor) throws(Failure) -> [UInt8] {
    var length = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, filled in
      length = unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
        unsafe sw_readlinkat(directory.raw, path, characters.baseAddress, 4096)
      }
      filled = max(length, 0)
    }
    try check(length, "readlink \(path)")
    return bytes
  }

  /// Removes a directory and all below it by descriptor, without crossing into another file system's mount.
  package static func removeTree(
    _ name: String, at parent: borrowing FileDescriptor = .workingDirectory
  ) throws(Failure) {
    guard let directory = try openIfPresent(name, at: parent, [.directory, .noFollow]) else { return }
    try removeContent(of: directory, name)
    try remove(name, at: parent, isDirectory: true)
  }

  private static func removeContent(
    of directory: borrowing FileDescriptor, _ name: @autoclosure () -> String
  ) throws(Failure) {
    for (entry, _) in try entries(directory, name()) {
      let file = try open(entry, at: directory, [.path, .noFollow])
      guard try FileStatus.of(at: file).kind == .directory else {
        try remove(entry, at: directory)
        continue
      }
      try removeContent(of: open(entry, at: directory, [.directory, .noFollow]), entry.description)
      try remove(entry, at: directory, isDirectory: true)
    }
  }
}

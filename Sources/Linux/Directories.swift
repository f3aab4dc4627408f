internal import CShim

extension Files {
  /// The names in a directory, without `.` and `..`, in the kernel's order.
  package static func list(
    _ directory: borrowing FileDescriptor, _ name: @autoclosure () -> String
  ) throws(Failure) -> [String] {
    var names: [String] = []
    while let entries = try nextEntries(directory, name()) { for entry in entries { names.append(entry.name) } }
    return names
  }

  /// The names of the directories in `directory`, without `.` and `..`, going by the type that getdents64(2) tells.
  ///
  /// For file systems that always tell it, as cgroupfs does.
  package static func listDirectories(
    _ directory: borrowing FileDescriptor, _ name: @autoclosure () -> String
  ) throws(Failure) -> [String] {
    let directoryType: UInt8 = 4  // DT_DIR
    var names: [String] = []
    while let entries = try nextEntries(directory, name()) {
      for entry in entries where entry.type == directoryType { names.append(entry.name) }
    }
    return names
  }

  /// What one call of getdents64(2) gives, nothing at the end.
  private static func nextEntries(
    _ directory: borrowing FileDescriptor, _ name: @autoclosure () -> String
  ) throws(Failure) -> [(name: String, type: UInt8)]? {
    var size = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 32768) { buffer, filled in
      size = unsafe sw_getdents(directory.raw, buffer.baseAddress, buffer.count)
      filled = max(size, 0)
    }
    if try check(size, "list \(name())") == 0 { return nil }
    var entries: [(name: String, type: UInt8)] = []
    var offset = 0
    // struct linux_dirent64: inode 8, offset 8, record length 2, type 1, name.
    while offset + 19 < bytes.count {
      let length = Int(bytes[offset + 16]) | Int(bytes[offset + 17]) << 8
      guard length > 19, offset + length <= bytes.count else { break }
      let field = bytes[(offset + 19)..<(offset + length)]
      let text = String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
      if text != ".", text != ".." { entries.append((text, bytes[offset + 18])) }
      offset += length
    }
    return entries
  }
}

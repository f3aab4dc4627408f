internal import CShim
internal import Glibc

extension Files {
  /// The names of the directories in `directory`, without `.` and `..`, going by the type that getdents64(2) tells.
  ///
  /// For file systems that always tell it, as cgroupfs does.
  package static func listDirectories(
    _ directory: borrowing FileDescriptor, _ name: @autoclosure () -> String
  ) throws(Failure) -> [String] {
    let directoryType: UInt8 = 4  // DT_DIR
    var names: [String] = []
    while true {
      var size = 0
      let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 32768) { buffer, filled in
        size = unsafe sw_getdents(directory.raw, buffer.baseAddress, buffer.count)
        filled = max(size, 0)
      }
      if try check(size, "list \(name())") == 0 { return names }
      var offset = 0
      // struct linux_dirent64: inode 8, offset 8, record length 2, type 1, name.
      while offset + 19 < bytes.count {
        let length = Int(bytes[offset + 16]) | Int(bytes[offset + 17]) << 8
        guard length > 19, offset + length <= bytes.count else { break }
        if bytes[offset + 18] == directoryType {
          let field = bytes[(offset + 19)..<(offset + length)]
          let text = String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
          if text != ".", text != ".." { names.append(text) }
        }
        offset += length
      }
    }
  }
}

/// The little of the C library's arithmetic that the standard library lacks.
package enum Arithmetic {
  /// log2(3).
  package static func log2(_ value: Double) -> Double { Glibc.log2(value) }

  /// pow(3).
  package static func power(_ base: Double, _ exponent: Double) -> Double { Glibc.pow(base, exponent) }
}

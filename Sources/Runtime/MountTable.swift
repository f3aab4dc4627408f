internal import Linux

/// The mounts of a process's mount namespace, proc(5) /proc/PID/mountinfo.
struct MountTable: Equatable {
  struct Entry: Equatable {
    var id: UInt64
    /// As the process sees it.
    var mountPoint: String
    /// Of the file system.
    var type: String
  }

  var entries: [Entry] = []

  init(of pid: Int32) throws(Failure) {
    self.init(parsing: try Files.read("/proc/\(pid)/mountinfo", limit: 64 << 20))
  }

  init(parsing text: [UInt8]) {
    for line in text.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: " "))
      guard fields.count > 6, let id = UInt64(String(decoding: fields[0], as: UTF8.self)),
        let dash = fields.firstIndex(where: { $0.elementsEqual("-".utf8) }), dash + 1 < fields.count
      else { continue }
      entries.append(
        Entry(
          id: id, mountPoint: Self.unescaped(fields[4]), type: String(decoding: fields[dash + 1], as: UTF8.self)))
    }
  }

  /// Blanks, tabs, newlines and backslashes are written as three octal digits.
  private static func unescaped(_ field: ArraySlice<UInt8>) -> String {
    var bytes: [UInt8] = []
    var rest = field
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ (48...55).contains($0) }) {
        bytes.append(digits.reduce(0) { $0 &* 8 &+ ($1 - 48) })
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

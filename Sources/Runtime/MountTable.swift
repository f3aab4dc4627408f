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
          id: id, mountPoint: MountInfoField.unescaped(fields[4]),
          type: String(decoding: fields[dash + 1], as: UTF8.self)))
    }
  }
}

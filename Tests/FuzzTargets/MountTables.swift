@testable import Linux
@testable import Rootfs
@testable import Runtime

/// proc(5) mountinfo as those read it who look for mounts.
enum MountTables {
  static func check(_ bytes: [UInt8]) -> String? {
    for entry in MountTable(parsing: bytes).entries where entry.mountPoint.utf8.contains(10) {
      // Only as an escape.
      if !bytes.contains(UInt8(ascii: "\\")) { return "a mount point of two lines" }
    }
    let all = MoveRoot.wholeMounts(bytes, outside: "/nowhere")
    let outside = MoveRoot.wholeMounts(bytes, outside: "/proc")
    if outside.contains(where: { $0.isPath(atOrBelow: "/proc") }) || outside.count > all.count { return "\(outside)" }
    // A field that was escaped as the kernel does it comes out as it was.
    let text = String(decoding: bytes, as: UTF8.self)
    var field: [UInt8] = []
    for byte in text.utf8 {
      if [9, 10, 32, 92].contains(byte) {
        field += [92, 48 + byte / 64, 48 + byte / 8 % 8, 48 + byte % 8]
      } else {
        field.append(byte)
      }
    }
    return Array(MountInfoField.unescaped(field[...]).utf8) == Array(text.utf8) ? nil : "an escaped field is another"
  }
}

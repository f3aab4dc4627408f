internal import Linux

/// /etc/passwd: of the container, read as data of bounded size, only after the root was changed; or of the host.
package enum Accounts {
  /// The name of a user; `#` and the number for one without.
  static func name(of uid: UInt32) -> String {
    field(0, of: uid) ?? "#\(uid)"
  }

  /// The home directory of a user; `/` for one without.
  static func home(of uid: UInt32) -> String {
    field(5, of: uid) ?? "/"
  }

  private static func field(_ index: Int, of uid: UInt32) -> String? {
    // Not blocking, and regular files only: a fifo in its place must not hang the runtime.
    guard let file = try? Files.open("/etc/passwd", [.read, .nonBlocking, .noControllingTerminal]),
      let status = try? FileStatus.of(at: file), status.kind == .regular,
      let bytes = try? file.readAll(limit: 4 << 20, "/etc/passwd")
    else { return nil }
    return field(index, of: uid, in: bytes)
  }

  /// A field, counted from 0, of the first entry for a user in the text of a passwd(5) file; nil for none, for an empty
  /// one, and for one that no environment can hold or that is not UTF-8.
  package static func field(_ index: Int, of uid: UInt32, in passwd: [UInt8]) -> String? {
    for line in passwd.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
      guard fields.count >= 6, UInt32(String(decoding: fields[2], as: UTF8.self)) == uid else { continue }
      guard let text = String(validating: fields[index], as: UTF8.self), !text.isEmpty, !text.utf8.contains(0) else {
        return nil
      }
      return text
    }
    return nil
  }
}

/// The value of `exec --user`.
struct UserArgument: Equatable, Sendable {
  /// The user id.
  let uid: UInt32
  /// The group id, when one was given.
  let gid: UInt32?

  /// Reads `UID[:GID]`. Both are numbers, 0 to 4294967294: a name is never looked up in the container's files, and what
  /// is not a number is an error, never user 0.
  static func parse(_ text: String) throws(ValueError) -> UserArgument {
    let colon = text.utf8.firstIndex(of: UInt8(ascii: ":"))
    guard let uid = parseID(String(text[..<(colon ?? text.endIndex)])) else {
      throw ValueError(message: "invalid user \"\(text)\": must be <uid>[:<gid>], numbers from 0 to 4294967294")
    }
    guard let colon else {
      return UserArgument(uid: uid, gid: nil)
    }
    guard let gid = parseID(String(text[text.utf8.index(after: colon)...])) else {
      throw ValueError(message: "invalid user \"\(text)\": must be <uid>[:<gid>], numbers from 0 to 4294967294")
    }
    return UserArgument(uid: uid, gid: gid)
  }
}

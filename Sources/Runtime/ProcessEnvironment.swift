/// The environment of the container's program.
package enum ProcessEnvironment {
  /// The entries, each `NAME=VALUE`, with one for each name: the last, as what `exec --env` and engines add comes later,
  /// while getenv(3) takes the first. HOME is from the user's entry in /etc/passwd, or `/`, where it is not set.
  static func complete(_ entries: [String], uid: UInt32) -> [String] {
    let entries = withoutRepetitions(entries)
    if entries.contains(where: { $0.hasPrefix("HOME=") && $0.utf8.count > 5 }) { return entries }
    return entries.filter { !$0.hasPrefix("HOME=") } + ["HOME=" + Accounts.home(of: uid)]
  }

  /// The last entry of each name, in their order.
  package static func withoutRepetitions(_ entries: [String]) -> [String] {
    let equals = UInt8(ascii: "=")
    // Lengths first: a pod of many services has hundreds of entries.
    let lengths = entries.map { $0.utf8.prefix { $0 != equals }.count }
    let isRepeated = entries.indices.map { index in
      let name = entries[index].utf8.prefix(lengths[index])
      return entries[(index + 1)...].indices.contains {
        lengths[$0] == lengths[index] && entries[$0].utf8.starts(with: name)
      }
    }
    guard isRepeated.contains(true) else { return entries }
    return entries.indices.filter { !isRepeated[$0] }.map { entries[$0] }
  }
}

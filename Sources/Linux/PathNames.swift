extension Substring {
  /// The names of a path: what stands between its slashes, by bytes, as the kernel has it. Swift's Characters differ: a
  /// slash before a combining mark is no Character of its own, so `../` and such a mark would pass for a name.
  package var pathNames: [Substring] { utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) } }

  /// Whether this path is the directory `path` or lies below it.
  package func isPath(atOrBelow path: String) -> Bool {
    guard utf8.starts(with: path.utf8) else { return false }
    let rest = utf8.dropFirst(path.utf8.count)
    return rest.isEmpty || rest.first == UInt8(ascii: "/") || path.utf8.last == UInt8(ascii: "/")
  }
}

extension String {
  /// As of a substring.
  package var pathNames: [Substring] { self[...].pathNames }

  /// As of a substring.
  package func isPath(atOrBelow path: String) -> Bool { self[...].isPath(atOrBelow: path) }
}

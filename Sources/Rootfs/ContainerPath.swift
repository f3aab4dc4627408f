internal import Linux

/// A path as the container sees it, absolute and lexically clean: no `.`, no `..`, no doubled or trailing slash.
///
/// It has its own type so that a path of the container cannot be handed to a function that resolves paths of the
/// host, and the other way round. Relative paths are relative to `/` (config.md, «Mounts»).
package struct ContainerPath: Sendable, Hashable, CustomStringConvertible {
  /// The path with its leading slash.
  package let text: String

  /// Cleans `path` lexically: `..` takes the name before it away, and stays in the root at its top.
  package init(_ path: String) {
    guard !Self.isClean(path) else {
      text = path
      return
    }
    var names: [Substring] = []
    for name in path.pathNames {
      if name == "." { continue }
      if name == ".." {
        _ = names.popLast()
      } else {
        names.append(name)
      }
    }
    text = "/" + names.joined(separator: "/")
  }

  /// Whether it can stay as it is, as most paths can; false also for names that merely begin with a dot.
  private static func isClean(_ path: String) -> Bool {
    let slash = UInt8(ascii: "/")
    guard path.utf8.first == slash else { return false }
    var last: UInt8 = 0
    for byte in path.utf8 {
      if last == slash, byte == slash || byte == UInt8(ascii: ".") { return false }
      last = byte
    }
    return last != slash
  }

  /// A path of names that are clean already.
  init(names: [String]) {
    text = "/" + names.joined(separator: "/")
  }

  package var description: String { text }

  /// By bytes, as the kernel has it: Strings are equal too where only their combining marks are written in another way,
  /// and of two such paths one would go without its mask.
  package static func == (one: ContainerPath, other: ContainerPath) -> Bool {
    one.text.utf8.count == other.text.utf8.count && one.text.utf8.elementsEqual(other.text.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
  }

  package var isRoot: Bool { text.utf8.count == 1 }

  /// The names between the slashes, from the root down.
  package var names: [String] { text.pathNames.map { String($0) } }

  /// The last name; empty for the root.
  package var name: String {
    guard let slash = text.utf8.lastIndex(of: UInt8(ascii: "/")) else { return text }
    return String(text[text.utf8.index(after: slash)...])
  }

  /// The directory above; the root is above itself.
  package var parent: ContainerPath {
    guard let slash = text.utf8.lastIndex(of: UInt8(ascii: "/")) else { return self }
    return ContainerPath(String(text[..<slash]))
  }

  /// Whether the path lies below `other`, or is it.
  package func isAtOrBelow(_ other: ContainerPath) -> Bool {
    self == other || other.isRoot || text.utf8.starts(with: (other.text + "/").utf8)
  }
}

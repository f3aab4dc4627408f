/// The way from a document's root to a value, written as `mounts[2].destination`.
package struct JSONPath: Equatable, Sendable, CustomStringConvertible {
  /// One step.
  package enum Component: Equatable, Sendable {
    /// To an object's member.
    case name(String)
    /// To an array's element, counted from 0.
    case index(Int)
  }

  /// The steps, from the root.
  package var components: [Component]

  /// Makes a path; without steps that of the root.
  package init(_ components: [Component] = []) {
    self.components = components
  }

  /// The path to a member of the value.
  package subscript(name: String) -> JSONPath { JSONPath(components + [.name(name)]) }

  /// The path to an element of the value.
  package subscript(index: Int) -> JSONPath { JSONPath(components + [.index(index)]) }

  /// Whether this is the path of a value, or of something inside it.
  package func isInside(_ other: JSONPath) -> Bool { components.starts(with: other.components) }

  /// The path as text. Names that are not plain words are quoted: `linux.sysctl["net.core.somaxconn"]`.
  package var description: String {
    var text = ""
    for component in components {
      switch component {
      case .index(let index): text += "[\(index)]"
      case .name(let name) where Self.isWord(name): text += text.isEmpty ? name : ".\(name)"
      case .name(let name): text += "[\(JSONWriter.quote(name))]"
      }
    }
    return text
  }

  private static func isWord(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }
}

extension JSONDocument {
  /// The path of a value.
  package func path(to value: Int) -> JSONPath {
    var path = JSONPath()
    var current = root
    while current != value {
      let isObject = kind(current) == .object
      var child = first(current)
      var index = 0
      while index < count(current) {
        let start = isObject ? child + 1 : child
        if value < next(start) {
          path.components.append(isObject ? .name(string(child) ?? "") : .index(index))
          // A member's name has the path of its value.
          if value == child { return path }
          child = start
          break
        }
        child = next(start)
        index += 1
      }
      guard index < count(current) else { return path }
      current = child
    }
    return path
  }

  /// The value at a path, or where there is none the deepest value on the way.
  package func nearestValue(at path: JSONPath) -> Int {
    var current = root
    for component in path.components {
      var found: Int?
      var child = first(current)
      for index in 0..<count(current) {
        switch (component, kind(current)) {
        case (.name(let name), .object):
          if string(child) == name { found = child + 1 }
          child = next(child + 1)
        case (.index(let wanted), .array):
          if index == wanted { found = child }
          child = next(child)
        default: return current
        }
      }
      guard let found else { return current }
      current = found
    }
    return current
  }
}

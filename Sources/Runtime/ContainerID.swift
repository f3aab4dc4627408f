internal import JSON
package import Linux

/// The name of a container: what runc accepts, of at most 1024 bytes, and never `.` or `..`, since it names a directory
/// (runtime.md, «create»).
package struct ContainerID: Equatable, Sendable, CustomStringConvertible {
  package let text: String

  package init(_ text: String) throws(Failure) {
    guard !text.isEmpty else { throw Failure("container id cannot be empty") }
    let allowed = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"),
        UInt8(ascii: "."):
        true
      default: false
      }
    }
    guard allowed, text != ".", text != "..", text.utf8.count <= 1024 else {
      let quoted = JSONWriter.quote(String(text.prefix(64)))
      throw Failure("invalid container ID format: \(quoted) (only letters, digits and _+-. are allowed)")
    }
    self.text = text
  }

  package var description: String { text }
}

package import Linux

/// The unit that stands for a container with the systemd driver, from a cgroupsPath of the form `slice:prefix:name`:
/// the scope `prefix-name.scope` in `slice`, or the slice `name` when that ends so.
package struct SystemdUnit: Equatable, Sendable {
  /// The unit's name.
  package let name: String
  /// The slice that it is in.
  package let slice: String
  /// The container's name in the unit's description.
  package let containerName: String

  /// UNIT_NAME_MAX of systemd, which includes a NUL.
  private static let longestName = 255
  /// PATH_MAX of Linux, with room for a unit's name behind it.
  private static let longestPath = 4095 - 256

  /// - Parameters:
  ///   - configured: `linux.cgroupsPath`; absent or empty, the scope is named for the container's id.
  ///   - isUser: whether a user's systemd makes it, whose default slice is `user.slice` and not `system.slice`.
  package init(_ configured: String?, containerID: String, isUser: Bool) throws(Failure) {
    var slice = ""
    var prefix = "runc"
    var name = containerID
    if let configured, !configured.isEmpty {
      let parts = configured.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 3 else {
        throw Failure(
          "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, "
            + "got \"\(configured)\" instead")
      }
      slice = String(parts[0])
      prefix = String(parts[1])
      name = String(parts[2])
    }
    self.slice = slice.isEmpty ? (isUser ? "user.slice" : "system.slice") : slice
    guard !name.isEmpty else { throw Failure("cgroupsPath \"\(configured ?? "")\" names no unit") }
    containerName = name
    self.name = name.hasSuffix(".slice") ? name : "\(prefix)-\(name).scope"
    _ = try Self.path(ofSlice: self.slice)
    if isSlice { _ = try Self.path(ofSlice: name) }
    guard Self.isUnitName(self.name) else { throw Failure("\"\(self.name)\" is no name of a systemd unit") }
  }

  /// Rebuilds the value from a stored name.
  init(storedName: String) {
    name = storedName
    slice = ""
    containerName = storedName
  }

  /// Whether the unit is a slice and not a scope.
  var isSlice: Bool { name.hasSuffix(".slice") }

  /// Its cgroup, relative to that of systemd.
  func cgroup() throws(Failure) -> String {
    isSlice ? try Self.path(ofSlice: name) : try Self.path(ofSlice: slice) + "/" + name
  }

  /// The cgroup of a slice: each `-` in the name leads one slice deeper, systemd.slice(5). The root slice is empty.
  package static func path(ofSlice slice: String) throws(Failure) -> String {
    guard slice.hasSuffix(".slice"), isUnitName(slice) else { throw Failure("invalid slice name: \(slice)") }
    let stem = slice.dropLast(6)
    if stem == "-" { return "" }
    var path = ""
    var prefix = ""
    for part in stem.split(separator: "-", omittingEmptySubsequences: false) {
      guard !part.isEmpty else { throw Failure("invalid slice name: \(slice)") }
      path += "/\(prefix)\(part).slice"
      prefix += "\(part)-"
    }
    // Each dash repeats all that is before it.
    guard path.utf8.count <= longestPath else { throw Failure("cgroup of slice \(slice)", .nameTooLong) }
    return path
  }

  /// systemd.unit(5): letters, digits and `:-_.\`, and `@` for instances; that also keeps a name from being a path.
  private static func isUnitName(_ name: String) -> Bool {
    guard name.utf8.count < longestName, name.utf8.first != UInt8(ascii: ".") else { return false }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"):
        true
      default: ":-_.\\@".utf8.contains(byte)
      }
    }
  }
}

/// A device node in the container (config-linux.md, «Devices»).
package struct LinuxDevice: Equatable, Sendable {
  /// The kind of node.
  package var type: LinuxDeviceType
  /// Where it is, an absolute path in the container.
  package var path: String
  /// The major number. Pipes have none.
  package var major: Int64
  /// The minor number. Pipes have none.
  package var minor: Int64
  /// Permission bits.
  package var fileMode: UInt32?
  /// The owner in the container's namespace.
  package var uid: UInt32?
  /// The group in the container's namespace.
  package var gid: UInt32?

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(
    type: LinuxDeviceType,
    path: String,
    major: Int64 = 0,
    minor: Int64 = 0,
    fileMode: UInt32? = nil,
    uid: UInt32? = nil,
    gid: UInt32? = nil
  ) {
    self.type = type
    self.path = path
    self.major = major
    self.minor = minor
    self.fileMode = fileMode
    self.uid = uid
    self.gid = gid
  }
}

/// The kinds of nodes of mknod(1).
package enum LinuxDeviceType: String, Equatable, Sendable, CaseIterable {
  case character = "c"
  case block = "b"
  case unbuffered = "u"
  case pipe = "p"
}

/// A network device moved into the container (config-linux.md, «Network Devices»).
package struct LinuxNetDevice: Equatable, Sendable {
  /// The name inside, possibly with `%d`. Absent: the same as outside.
  package var name: String?

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(name: String? = nil) {
    self.name = name
  }
}

/// A namespace to make or join (config-linux.md, «Namespaces»).
package struct LinuxNamespace: Equatable, Sendable {
  /// The kind.
  package var type: LinuxNamespaceType
  /// The namespace to join, an absolute path. Absent: a new one is made.
  package var path: String?

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(type: LinuxNamespaceType, path: String? = nil) {
    self.type = type
    self.path = path
  }
}

/// The kinds of namespaces(7).
package enum LinuxNamespaceType: String, Equatable, Sendable, CaseIterable {
  case pid
  case network
  case mount
  case ipc
  case uts
  case user
  case cgroup
  case time
}

/// A range of user or group ids (config-linux.md, «User namespace mappings»).
package struct LinuxIDMapping: Equatable, Sendable {
  /// The first id in the container.
  package var containerID: UInt32
  /// The first id outside.
  package var hostID: UInt32
  /// The number of ids, at least one.
  package var size: UInt32

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(containerID: UInt32, hostID: UInt32, size: UInt32) {
    self.containerID = containerID
    self.hostID = hostID
    self.size = size
  }
}

/// A clock's offset in a time namespace (config-linux.md, «Offset for Time Namespace»).
package struct LinuxTimeOffset: Equatable, Sendable {
  /// Seconds.
  package var secs: Int64
  /// Nanoseconds, below 1 000 000 000.
  package var nanosecs: UInt32

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(secs: Int64 = 0, nanosecs: UInt32 = 0) {
    self.secs = secs
    self.nanosecs = nanosecs
  }
}

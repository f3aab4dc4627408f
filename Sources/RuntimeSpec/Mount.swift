/// A mount beyond the root filesystem (config.md, «Mounts»).
package struct Mount: Equatable, Sendable {
  /// Where to mount, a path inside the container; a relative one begins at its root.
  package var destination: String
  /// The filesystem type. Bind mounts ignore it.
  package var type: String?
  /// A device name, or for bind mounts a path, absolute or relative to the bundle.
  package var source: String?
  /// Options, parsed by `MountOptions.parse`.
  package var options: [String]
  /// The user id mapping of an id-mapped mount.
  package var uidMappings: [LinuxIDMapping]
  /// The group id mapping of an id-mapped mount.
  package var gidMappings: [LinuxIDMapping]

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(
    destination: String,
    type: String? = nil,
    source: String? = nil,
    options: [String] = [],
    uidMappings: [LinuxIDMapping] = [],
    gidMappings: [LinuxIDMapping] = []
  ) {
    self.destination = destination
    self.type = type
    self.source = source
    self.options = options
    self.uidMappings = uidMappings
    self.gidMappings = gidMappings
  }
}

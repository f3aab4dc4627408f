/// A container's configuration, the content of `config.json` (config.md).
package struct Spec: Equatable, Sendable {
  /// The version of the specification that the bundle complies with, in SemVer 2.0.0 form.
  package var ociVersion: String
  /// The container's process. Creating a container works without one, starting it doesn't.
  package var process: Process?
  /// The container's root filesystem.
  package var root: Root
  /// The hostname in the container's UTS namespace.
  package var hostname: String?
  /// The NIS domain name in the container's UTS namespace.
  package var domainname: String?
  /// Mounts beyond the root filesystem, made in this order.
  package var mounts: [Mount]
  /// Programs to run at points of the container's life.
  package var hooks: Hooks
  /// Free-form metadata.
  package var annotations: OrderedMap<String>
  /// The Linux section (config-linux.md). Absence means the same as an empty section.
  package var linux: LinuxSection

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(
    ociVersion: String = SpecVersion.current,
    process: Process? = nil,
    root: Root = Root(path: "rootfs"),
    hostname: String? = nil,
    domainname: String? = nil,
    mounts: [Mount] = [],
    hooks: Hooks = Hooks(),
    annotations: OrderedMap<String> = [:],
    linux: LinuxSection = LinuxSection()
  ) {
    self.ociVersion = ociVersion
    self.process = process
    self.root = root
    self.hostname = hostname
    self.domainname = domainname
    self.mounts = mounts
    self.hooks = hooks
    self.annotations = annotations
    self.linux = linux
  }
}

/// The container's root filesystem (config.md, «Root»).
package struct Root: Equatable, Sendable {
  /// The directory: absolute, or relative to the bundle.
  package var path: String
  /// Whether the root filesystem is read-only inside the container.
  package var readonly: Bool

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(path: String, readonly: Bool = false) {
    self.path = path
    self.readonly = readonly
  }
}

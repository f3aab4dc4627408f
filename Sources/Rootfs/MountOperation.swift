package import Linux
package import RuntimeSpec

/// One entry of `mounts`, worked out: what to mount, where, and what to set on it (config.md, «Mounts»).
package struct MountOperation: Equatable, Sendable {
  /// What is mounted.
  package enum Kind: Equatable, Sendable {
    /// The tree at `source` on the host, with the mounts in it when `recursive`.
    case bind(recursive: Bool)
    /// A file system of a type of /proc/filesystems.
    case fileSystem(String)
    /// The container's control groups: `cgroup` is what the machine has, `cgroup2` the unified hierarchy alone.
    case cgroup(unifiedOnly: Bool)
    /// Changes of what is mounted at the destination, mount(8) `remount`.
    case remount(bind: Bool)
  }

  /// Attributes to set and to clear; what neither names stays as it is.
  package struct AttributeChange: Equatable, Sendable {
    package var set: MountAttribute
    package var clear: MountAttribute

    package init(set: MountAttribute = [], clear: MountAttribute = []) {
      self.set = set
      self.clear = clear
    }

    package var isEmpty: Bool { self.set.isEmpty && clear.isEmpty }
  }

  /// A change of propagation, mount(8) `shared`, `rslave` and so on.
  package struct PropagationChange: Equatable, Sendable {
    package var propagation: Linux.MountPropagation
    package var recursive: Bool

    package init(_ propagation: Linux.MountPropagation, recursive: Bool) {
      self.propagation = propagation
      self.recursive = recursive
    }
  }

  /// A file system's own option, `key=value` or `key`.
  package struct DataOption: Equatable, Sendable {
    package var key: String
    package var value: String?

    package init(_ key: String, _ value: String? = nil) {
      self.key = key
      self.value = value
    }
  }

  /// The id mapping of a mount, mount_setattr(2) MOUNT_ATTR_IDMAP.
  package struct IDMapping: Equatable, Sendable {
    /// Empty, with `gid`: the mapping of the container's user namespace.
    package var uid: [LinuxIDMapping]
    package var gid: [LinuxIDMapping]
    /// Whether mounts below get it too, `ridmap`.
    package var recursive: Bool

    package init(uid: [LinuxIDMapping], gid: [LinuxIDMapping], recursive: Bool) {
      self.uid = uid
      self.gid = gid
      self.recursive = recursive
    }
  }

  /// Options of crun and mount(8) beyond the specification's.
  package struct Extras: Equatable, Sendable {
    /// A source that is a symbolic link is made anew at the destination, `copy-symlink`.
    package var copiesSymlink = false
    /// A source that is a symbolic link is mounted itself, `src-nofollow`.
    package var keepsSourceSymlink = false
    /// A symbolic link at the end of the destination is mounted over, `dest-nofollow`.
    package var keepsDestinationSymlink = false
    /// Permissions of directories that have to be made for the destination, `X-mount.mkdir`.
    package var directoryMode: UInt32 = 0o755
    /// The directory in the source that is bound in its place, `X-mount.subdir`.
    package var subdirectory: ContainerPath?
    /// Who the mounted directory is given to, `X-mount.owner`, `X-mount.group`, and its permissions then, `X-mount.mode`.
    package var owner: UInt32?
    package var group: UInt32?
    package var mode: UInt32?
    /// A source that does not exist is no error, `nofail`.
    package var toleratesMissingSource = false

    package init() {}

    /// Whether the mounted directory itself is changed.
    var changesDirectory: Bool { owner != nil || group != nil || mode != nil }
  }

  /// The position in `mounts`, by which descriptors that the parent made are found.
  package var position: Int
  package var kind: Kind
  /// A device, a label, or a path on the host (for bind mounts absolute).
  package var source: String
  package var destination: ContainerPath
  /// Of the mount alone. For a bind mount, attributes that are not named stay as they are at the source.
  package var attributes = AttributeChange()
  /// Of the mount and all in it, `rro` and the like.
  package var recursiveAttributes = AttributeChange()
  /// Flags of the file system itself.
  package var fileSystemFlags: SuperblockFlags = []
  package var data: [DataOption] = []
  /// Changes of propagation in the order given.
  package var propagation: [PropagationChange] = []
  /// `tmpcopyup`: the tmpfs starts with a copy of what was at the destination.
  package var copiesUp = false
  package var idMapping: IDMapping?
  package var extras = Extras()

  package init(position: Int, kind: Kind, source: String, destination: ContainerPath) {
    self.position = position
    self.kind = kind
    self.source = source
    self.destination = destination
  }

  /// Whether the mount becomes read-only only when everything in it has been set up: what lies in a tmpfs and below
  /// /dev is made by the runtime itself.
  package var isReadOnlyLater: Bool {
    guard attributes.set.contains(.readOnly) else { return false }
    switch kind {
    case .fileSystem("tmpfs"): return true
    case .fileSystem: return destination.text == "/dev"
    case .bind, .cgroup, .remount: return false
    }
  }

  /// Whether the destination must be a directory that is reached without symbolic links: a procfs or sysfs elsewhere
  /// than it seems to be undoes masks and labels (CVE-2019-19921, CVE-2023-27561, CVE-2023-28642).
  package var needsOrdinaryDirectory: Bool {
    kind == .fileSystem("proc") || kind == .fileSystem("sysfs")
  }

  /// Whether the parent may make it for a child that is root in a user namespace only: binds of what the child cannot
  /// reach, and the sysfs of a network namespace that does not belong to that user namespace.
  package var isForParent: Bool {
    if case .bind = kind { return true }
    return kind == .fileSystem("sysfs")
  }

  /// `"/src" on "/dst"` for messages.
  var title: String { "mount \"\(source)\" on \"\(destination)\"" }
}

extension SuperblockFlags {
  /// Their names for fsconfig(2). `silent` has none: the kernel's messages go to the caller there; nor has
  /// `iversion`, which file systems do by themselves.
  var names: [String] {
    var names: [String] = []
    if contains(.readOnly) { names.append("ro") }
    if contains(.synchronous) { names.append("sync") }
    if contains(.synchronousDirectories) { names.append("dirsync") }
    if contains(.mandatoryLocks) { names.append("mand") }
    if contains(.lazyTime) { names.append("lazytime") }
    return names
  }
}

extension MountAttribute {
  /// The same attributes as mount(2) MS_* flags.
  var legacyFlags: UInt {
    var flags: UInt = 0
    if contains(.readOnly) { flags |= 1 }
    if contains(.noSuid) { flags |= 2 }
    if contains(.noDev) { flags |= 4 }
    if contains(.noExec) { flags |= 8 }
    if contains(.noSymbolicLinks) { flags |= 256 }
    if contains(.noAccessTime) { flags |= 1024 }
    if contains(.noDirectoryAccessTime) { flags |= 2048 }
    if contains(.strictAccessTime) { flags |= 1 << 24 }
    return flags
  }
}

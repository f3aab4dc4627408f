/// Attributes of a mount, as mount_setattr(2) knows them, but for the access time.
package struct MountAttributes: OptionSet, Sendable {
  /// One bit for each attribute. The values are the kernel's `MOUNT_ATTR_*`.
  package let rawValue: UInt64

  /// Makes a set from its bits.
  package init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// The standard library's is generic: a thousand instructions for each literal in another module.
  @inlinable package init(arrayLiteral elements: MountAttributes...) {
    self.init(rawValue: elements.reduce(0) { $0 | $1.rawValue })
  }

  /// Nothing can be written (`MOUNT_ATTR_RDONLY`).
  package static let readOnly = MountAttributes(rawValue: 0x0000_0001)
  /// Set-user-id bits and file capabilities are ignored (`MOUNT_ATTR_NOSUID`).
  package static let noSuid = MountAttributes(rawValue: 0x0000_0002)
  /// Device nodes can't be opened (`MOUNT_ATTR_NODEV`).
  package static let noDev = MountAttributes(rawValue: 0x0000_0004)
  /// Programs can't be executed (`MOUNT_ATTR_NOEXEC`).
  package static let noExec = MountAttributes(rawValue: 0x0000_0008)
  /// Access times of directories are not kept (`MOUNT_ATTR_NODIRATIME`).
  package static let noDirAtime = MountAttributes(rawValue: 0x0000_0080)
  /// Symbolic links are not followed (`MOUNT_ATTR_NOSYMFOLLOW`).
  package static let noSymFollow = MountAttributes(rawValue: 0x0020_0000)
}

/// How access times are kept on a mount: one of three modes, not a set.
package enum AccessTime: Equatable, Sendable {
  /// Only when they are older than the modification, or than a day. The kernel's default.
  case relatime
  /// Never.
  case noatime
  /// Always.
  case strictatime
}

/// Changes to the attributes of a mount. What is in neither set stays as it is.
package struct MountAttributeChange: Equatable, Sendable {
  /// The attributes to set.
  package var set: MountAttributes = []
  /// The attributes to clear.
  package var clear: MountAttributes = []
  /// The new mode of access times, or nil to leave it.
  package var accessTime: AccessTime?

  /// Makes a change.
  package init(set: MountAttributes = [], clear: MountAttributes = [], accessTime: AccessTime? = nil) {
    self.set = set
    self.clear = clear
    self.accessTime = accessTime
  }

  /// Whether nothing changes.
  package var isEmpty: Bool { self.set.isEmpty && clear.isEmpty && accessTime == nil }

  /// Adds attributes to those that are set; a later word overrules an earlier one.
  mutating func add(_ attributes: MountAttributes) {
    set.formUnion(attributes)
    clear.subtract(attributes)
  }

  /// Adds attributes to those that are cleared.
  mutating func remove(_ attributes: MountAttributes) {
    clear.formUnion(attributes)
    set.subtract(attributes)
  }

  /// Denies a mode of access times: the kernel's default takes its place, unless another mode was asked for.
  mutating func deny(_ mode: AccessTime) {
    if accessTime == nil || accessTime == mode { accessTime = .relatime }
  }
}

/// Flags of a filesystem, which all of its mounts share.
package struct SuperblockFlags: OptionSet, Sendable {
  /// One bit for each flag. The values are the kernel's `MS_*` (`SB_*`).
  package let rawValue: UInt64

  /// Makes a set from its bits.
  package init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// The standard library's is generic: a thousand instructions for each literal in another module.
  @inlinable package init(arrayLiteral elements: SuperblockFlags...) {
    self.init(rawValue: elements.reduce(0) { $0 | $1.rawValue })
  }

  /// Nothing can be written (`ro`).
  package static let readOnly = SuperblockFlags(rawValue: 1)
  /// Writes are synchronous (`sync`).
  package static let synchronous = SuperblockFlags(rawValue: 1 << 4)
  /// Mandatory locks are allowed (`mand`). Gone since Linux 5.15.
  package static let mandatoryLocks = SuperblockFlags(rawValue: 1 << 6)
  /// Changes of directories are synchronous (`dirsync`).
  package static let synchronousDirectories = SuperblockFlags(rawValue: 1 << 7)
  /// Some warnings are not logged (`silent`).
  package static let silent = SuperblockFlags(rawValue: 1 << 15)
  /// Inodes have version numbers (`iversion`).
  package static let inodeVersion = SuperblockFlags(rawValue: 1 << 23)
  /// Times are kept in memory for longer (`lazytime`).
  package static let lazyTime = SuperblockFlags(rawValue: 1 << 25)
}

/// A change of a mount's propagation (mount_namespaces(7)).
package struct MountPropagation: Equatable, Sendable {
  /// The types of propagation.
  package enum Kind: Equatable, Sendable {
    /// Mounts appear in all peers.
    case shared
    /// Mounts appear here, but not in the peers.
    case slave
    /// Mounts stay where they are made.
    case `private`
    /// Private, and not to be bound elsewhere.
    case unbindable
  }

  /// The type.
  package var kind: Kind
  /// Whether the mounts below change too.
  package var isRecursive: Bool

  /// Makes a change.
  package init(_ kind: Kind, isRecursive: Bool = false) {
    self.kind = kind
    self.isRecursive = isRecursive
  }
}

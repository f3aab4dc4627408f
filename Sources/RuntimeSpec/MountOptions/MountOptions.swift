/// The options of a mount, by what they do (config.md, «Linux mount options»; mount(8)).
package struct MountOptions: Equatable, Sendable {
  /// How a mount shows what is mounted already.
  package enum Bind: Equatable, Sendable {
    /// Without the mounts below (`bind`).
    case single
    /// With the mounts below (`rbind`).
    case recursive
  }

  /// To what an id mapping is applied.
  package enum IDMapping: Equatable, Sendable {
    /// To the mount alone (`idmap`).
    case single
    /// To the mounts below, too (`ridmap`).
    case recursive
  }

  /// Attributes of the mount itself.
  package var attributes = MountAttributeChange()
  /// Attributes of the mount and those below.
  package var recursiveAttributes = MountAttributeChange()
  /// Flags of the filesystem to set. Bind mounts have none of their own.
  package var superblockFlags: SuperblockFlags = []
  /// Flags of the filesystem to clear.
  package var clearedSuperblockFlags: SuperblockFlags = []
  /// Whether, and how, this is a bind mount.
  package var bind: Bind?
  /// Whether an existing mount is changed.
  package var isRemount = false
  /// Changes of propagation, in order.
  package var propagation: [MountPropagation] = []
  /// Whether the directory's files are copied into the new tmpfs (`tmpcopyup`).
  package var copiesUp = false
  /// Whether, and how, ids are mapped.
  package var idMapping: IDMapping?
  /// Whether a symbolic link as the source is made anew at the destination (`copy-symlink`, as crun).
  package var copiesSymlink = false
  /// Whether a symbolic link as the source is mounted itself (`src-nofollow`, as crun).
  package var keepsSourceSymlink = false
  /// Whether a symbolic link at the destination is mounted over (`dest-nofollow`, as crun).
  package var keepsDestinationSymlink = false
  /// The mode of a destination directory that has to be made (`X-mount.mkdir`), or nil without the option.
  package var mkdirMode: UInt32?
  /// The directory of the filesystem that is mounted in place of its root (`X-mount.subdir`).
  package var subdirectory: String?
  /// What the mounted directory's user, group and permissions become (`X-mount.owner`, `X-mount.group`, `X-mount.mode`).
  /// Names of users are not looked up: there is no telling which system's they would be.
  package var owner: UInt32?
  package var group: UInt32?
  package var mode: UInt32?
  /// Whether a source that doesn't exist is no error (`nofail`).
  package var toleratesMissingSource = false
  /// What only the filesystem itself understands, in order.
  package var data: [String] = []

  /// Makes options that change nothing.
  package init() {}

  /// Sorts options by what they do. Of contradicting ones the last wins. Nothing is refused here: what isn't known goes
  /// to the filesystem, which knows its own.
  package static func parse(_ options: [String]) -> MountOptions {
    var result = MountOptions()
    for option in options {
      if let effect = MountOptionTable.effect(of: option) {
        result.apply(effect)
      } else {
        result.applyUnlisted(option)
      }
    }
    return result
  }

  private mutating func apply(_ effect: MountOptionEffect) {
    switch effect {
    case .none: break
    case .set(let change): attributes.add(change)
    case .clear(let change): attributes.remove(change)
    case .accessTime(let mode): attributes.accessTime = mode
    case .notAccessTime(let mode): attributes.deny(mode)
    case .recursiveSet(let change): recursiveAttributes.add(change)
    case .recursiveClear(let change): recursiveAttributes.remove(change)
    case .recursiveAccessTime(let mode): recursiveAttributes.accessTime = mode
    case .recursiveNotAccessTime(let mode): recursiveAttributes.deny(mode)
    case .superblockSet(let flags): setSuperblock(flags)
    case .superblockClear(let flags): clearSuperblock(flags)
    case .readOnly:
      attributes.add(.readOnly)
      setSuperblock(.readOnly)
    case .readWrite:
      attributes.remove(.readOnly)
      clearSuperblock(.readOnly)
    case .bind(let bind): self.bind = bind
    case .remount: isRemount = true
    case .propagation(let kind, let isRecursive):
      propagation.append(MountPropagation(kind, isRecursive: isRecursive))
    case .copyUp: copiesUp = true
    case .idMapping(let mapping): idMapping = mapping
    case .copySymlink: copiesSymlink = true
    case .sourceNoFollow: keepsSourceSymlink = true
    case .destinationNoFollow: keepsDestinationSymlink = true
    case .noFail: toleratesMissingSource = true
    }
  }

  private mutating func setSuperblock(_ flags: SuperblockFlags) {
    superblockFlags.formUnion(flags)
    clearedSuperblockFlags.subtract(flags)
  }

  private mutating func clearSuperblock(_ flags: SuperblockFlags) {
    clearedSuperblockFlags.formUnion(flags)
    superblockFlags.subtract(flags)
  }

  /// Options with a value, comments in the sense of mount(8) (`X-*`, `x-*`, `comment=`), and the filesystem's own.
  private mutating func applyUnlisted(_ option: String) {
    guard option.hasPrefix("X-") || option.hasPrefix("x-") || option.hasPrefix("comment=") else {
      if !option.isEmpty { data.append(option) }
      return
    }
    if option == "X-mount.mkdir" || option == "x-mount.mkdir" {
      mkdirMode = 0o755
    } else if option.hasPrefix("X-mount.mkdir=") || option.hasPrefix("x-mount.mkdir=") {
      mkdirMode = UInt32(option.dropFirst("X-mount.mkdir=".count), radix: 8) ?? 0o755
    } else if option.hasPrefix("X-mount.subdir=") {
      subdirectory = String(option.dropFirst("X-mount.subdir=".count))
    } else if option.hasPrefix("X-mount.owner=") {
      owner = number(option, radix: 10, most: .max - 1)
    } else if option.hasPrefix("X-mount.group=") {
      group = number(option, radix: 10, most: .max - 1)
    } else if option.hasPrefix("X-mount.mode=") {
      mode = number(option, radix: 8, most: 0o7777)
    }
  }

  /// The value of an option. One that is no such number is left to the filesystem, which refuses the option.
  private mutating func number(_ option: String, radix: Int, most: UInt32) -> UInt32? {
    let value = option.utf8.firstIndex(of: UInt8(ascii: "=")).flatMap {
      UInt32(option[option.utf8.index(after: $0)...], radix: radix)
    }
    if let value, value <= most { return value }
    data.append(option)
    return nil
  }
}

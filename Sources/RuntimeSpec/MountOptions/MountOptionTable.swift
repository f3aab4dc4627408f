/// What an option does to a mount.
enum MountOptionEffect: Equatable, Sendable {
  case none
  case set(MountAttributes)
  case clear(MountAttributes)
  case accessTime(AccessTime)
  case notAccessTime(AccessTime)
  case recursiveSet(MountAttributes)
  case recursiveClear(MountAttributes)
  case recursiveAccessTime(AccessTime)
  case recursiveNotAccessTime(AccessTime)
  case superblockSet(SuperblockFlags)
  case superblockClear(SuperblockFlags)
  case readOnly
  case readWrite
  case bind(MountOptions.Bind)
  case remount
  case propagation(MountPropagation.Kind, Bool)
  case copyUp
  case idMapping(MountOptions.IDMapping)
  case copySymlink
  case sourceNoFollow
  case destinationNoFollow
  case noFail
}

/// The one table of mount options without a value: those of config.md («Linux mount options»), those of mount(8) that
/// concern any filesystem, and crun's.
enum MountOptionTable {
  struct Row: Sendable {
    let name: StaticString
    let effect: MountOptionEffect
    /// Whether the runtime shows the option among its features. Words that only have a meaning in /etc/fstab are taken,
    /// as mount(8) takes them, but not shown.
    let isShown: Bool

    init(_ name: StaticString, _ effect: MountOptionEffect, isShown: Bool = true) {
      self.name = name
      self.effect = effect
      self.isShown = isShown
    }
  }

  /// The rows in the order of their names' bytes, which the look-up rests on.
  static let rows: [Row] = [
    Row("_netdev", .none, isShown: false),
    Row("async", .superblockClear(.synchronous)),
    Row("atime", .notAccessTime(.noatime)),
    Row("auto", .none, isShown: false),
    Row("bind", .bind(.single)),
    Row("copy-symlink", .copySymlink),
    Row("defaults", .none),
    Row("dest-nofollow", .destinationNoFollow),
    Row("dev", .clear(.noDev)),
    Row("diratime", .clear(.noDirAtime)),
    Row("dirsync", .superblockSet(.synchronousDirectories)),
    Row("exec", .clear(.noExec)),
    Row("group", .set([.noSuid, .noDev]), isShown: false),
    Row("idmap", .idMapping(.single)),
    Row("iversion", .superblockSet(.inodeVersion)),
    Row("lazytime", .superblockSet(.lazyTime)),
    Row("loud", .superblockClear(.silent)),
    Row("mand", .superblockSet(.mandatoryLocks)),
    Row("noatime", .accessTime(.noatime)),
    Row("noauto", .none, isShown: false),
    Row("nodev", .set(.noDev)),
    Row("nodiratime", .set(.noDirAtime)),
    Row("noexec", .set(.noExec)),
    Row("nofail", .noFail, isShown: false),
    Row("noiversion", .superblockClear(.inodeVersion)),
    Row("nolazytime", .superblockClear(.lazyTime)),
    Row("nomand", .superblockClear(.mandatoryLocks)),
    Row("norelatime", .notAccessTime(.relatime)),
    Row("nostrictatime", .notAccessTime(.strictatime)),
    Row("nosuid", .set(.noSuid)),
    Row("nosymfollow", .set(.noSymFollow)),
    Row("nouser", .none, isShown: false),
    Row("owner", .set([.noSuid, .noDev]), isShown: false),
    Row("private", .propagation(.private, false)),
    Row("ratime", .recursiveNotAccessTime(.noatime)),
    Row("rbind", .bind(.recursive)),
    Row("rdev", .recursiveClear(.noDev)),
    Row("rdiratime", .recursiveClear(.noDirAtime)),
    Row("relatime", .accessTime(.relatime)),
    Row("remount", .remount),
    Row("rexec", .recursiveClear(.noExec)),
    Row("ridmap", .idMapping(.recursive)),
    Row("rnoatime", .recursiveAccessTime(.noatime)),
    Row("rnodev", .recursiveSet(.noDev)),
    Row("rnodiratime", .recursiveSet(.noDirAtime)),
    Row("rnoexec", .recursiveSet(.noExec)),
    Row("rnorelatime", .recursiveNotAccessTime(.relatime)),
    Row("rnostrictatime", .recursiveNotAccessTime(.strictatime)),
    Row("rnosuid", .recursiveSet(.noSuid)),
    Row("rnosymfollow", .recursiveSet(.noSymFollow)),
    Row("ro", .readOnly),
    Row("rprivate", .propagation(.private, true)),
    Row("rrelatime", .recursiveAccessTime(.relatime)),
    Row("rro", .recursiveSet(.readOnly)),
    Row("rrw", .recursiveClear(.readOnly)),
    Row("rshared", .propagation(.shared, true)),
    Row("rslave", .propagation(.slave, true)),
    Row("rstrictatime", .recursiveAccessTime(.strictatime)),
    Row("rsuid", .recursiveClear(.noSuid)),
    Row("rsymfollow", .recursiveClear(.noSymFollow)),
    Row("runbindable", .propagation(.unbindable, true)),
    Row("rw", .readWrite),
    Row("shared", .propagation(.shared, false)),
    Row("silent", .superblockSet(.silent)),
    Row("slave", .propagation(.slave, false)),
    Row("src-nofollow", .sourceNoFollow),
    Row("strictatime", .accessTime(.strictatime)),
    Row("suid", .clear(.noSuid)),
    Row("symfollow", .clear(.noSymFollow)),
    Row("sync", .superblockSet(.synchronous)),
    Row("tmpcopyup", .copyUp),
    Row("unbindable", .propagation(.unbindable, false)),
    Row("user", .set([.noExec, .noSuid, .noDev]), isShown: false),
    Row("users", .set([.noExec, .noSuid, .noDev]), isShown: false),
  ]

  /// What an option does, or nil for one that is not in the table.
  static func effect(of option: String) -> MountOptionEffect? {
    var low = 0
    var high = rows.count
    while low < high {
      let middle = (low + high) / 2
      switch compare(option, rows[middle].name) {
      case 0: return rows[middle].effect
      case ..<0: high = middle
      default: low = middle + 1
      }
    }
    return nil
  }

  /// Compares bytes: less than, equal to or greater than zero.
  private static func compare(_ option: String, _ name: StaticString) -> Int {
    name.withUTF8Buffer { name in
      var index = 0
      for byte in option.utf8 {
        guard index < name.count else { return 1 }
        let other = unsafe name[index]
        if byte != other { return byte < other ? -1 : 1 }
        index += 1
      }
      return index - name.count
    }
  }
}

extension MountOptions {
  /// The names of all options that the runtime knows itself, sorted (features.md, `mountOptions`).
  package static var knownNames: [String] {
    MountOptionTable.rows.filter(\.isShown).map(\.name.description)
  }
}

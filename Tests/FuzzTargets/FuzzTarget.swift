/// Every parser of bytes that somebody else has written: a bundle, a container's file system, the kernel, a bus, an
/// earlier command. The raw value names the target in `make fuzz` and its directory below `Corpora`.
package enum FuzzTarget: String, CaseIterable, Sendable {
  /// config.json, and what `create` works out from it before it changes anything.
  case config
  /// `linux.seccomp`, compiled.
  case seccomp
  /// state.json of a container.
  case state
  /// The options of a mount, separated by commas.
  case mountOptions = "mount-options"
  /// The text of uid_map and gid_map.
  case idMaps = "id-maps"
  /// `linux.cgroupsPath`, for cgroupfs and for systemd, and names of slices.
  case cgroupPaths = "cgroup-paths"
  /// A message of D-Bus, and below a first byte of 0 the text of an annotation's value or of a bus address.
  case dbus
  /// passwd(5).
  case passwd
  /// /proc/self/mountinfo; after a NUL /proc/self/cgroup.
  case mountinfo

  /// Gives `bytes` to the parser. Returns what is wrong when it accepts them and a property of its results does not
  /// hold; a crash is the other kind of finding.
  package func check(_ bytes: [UInt8]) -> String? {
    switch self {
    case .config: Documents.checkConfiguration(bytes)
    case .seccomp: Documents.checkSeccomp(bytes)
    case .state: Documents.checkState(bytes)
    case .mountOptions: Texts.checkMountOptions(bytes)
    case .idMaps: Texts.checkIDMaps(bytes)
    case .cgroupPaths: CgroupTexts.checkPaths(bytes)
    case .dbus: BusMessages.check(bytes)
    case .passwd: Texts.checkPasswd(bytes)
    case .mountinfo: CgroupTexts.checkMountInfo(bytes)
    }
  }
}

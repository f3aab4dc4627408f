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
  /// Paths in a container, as text.
  case containerPaths = "container-paths"
  /// Symbolic links in a root file system: a path that is resolved in it, then the links' texts, each after a NUL.
  case links
  /// What criu answers, rpc.proto.
  case criu
  /// What the kernel answers over rtnetlink(7).
  case netlink
  /// Files of the cache of compiled filters, and of a container's own.
  case filters
  /// The kernel's files of numbers below /sys/fs/cgroup and /sys/fs/resctrl.
  case statistics
  /// The kernel's /proc/PID/stat, which holds a name of the process's choice.
  case processStatus = "process-status"

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
    case .mountinfo: CgroupTexts.checkMountInfo(bytes) ?? MountTables.check(bytes)
    case .containerPaths: ContainerPaths.checkText(bytes)
    case .links: ContainerPaths.checkLinks(bytes)
    case .criu: CriuMessages.check(bytes)
    case .netlink: NetlinkAnswers.check(bytes)
    case .filters: Filters.check(bytes)
    case .statistics: CgroupTexts.checkStatistics(bytes)
    case .processStatus: Texts.checkProcessStatus(bytes)
    }
  }
}

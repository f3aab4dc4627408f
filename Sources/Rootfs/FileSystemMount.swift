package import Linux
internal import RuntimeSpec

extension MountOperation {
  /// A new mount of a file system with its options and attributes set, attached nowhere yet, fsopen(2).
  ///
  /// `label` is the SELinux context for the file system's files; procfs, sysfs and mqueue do not take one. `mode` is
  /// used for a tmpfs whose options have none.
  package func makeFileSystem(
    _ type: String, label: String? = nil, mode: UInt32? = nil, userNamespace: borrowing FileDescriptor? = nil
  ) throws(Failure) -> FileDescriptor {
    let context = try FileSystemContext(type: type)
    if !source.isEmpty { try context.set("source", source) }
    let flags = Self.isSharedByMounts(type) ? fileSystemFlags.subtracting(.readOnly) : fileSystemFlags
    for name in flags.names { try context.set(name, nil) }
    for option in options(of: type, label: label, mode: mode) { try context.set(option.key, option.value) }
    let tree = try context.mount(isReadOnlyLater ? attributes.set.subtracting(.readOnly) : attributes.set)
    try setIDMapping(of: tree, userNamespace)
    try setRecursiveAttributes(of: tree)
    return tree
  }

  /// What fsopen(2) cannot carry: fsconfig(2) takes values of at most 255 bytes.
  var needsMountSystemCall: Bool {
    source.utf8.count > 255 || data.contains { ($0.value?.utf8.count ?? 0) > 255 }
  }

  /// Whether mount(2) does the same as fsopen(2) and the calls that follow it, in one call: for the kernel's own file
  /// systems with options that need no quotes, where the mount itself is not worked on.
  func isSimple(_ type: String, label: String?) -> Bool {
    switch type {
    case "proc", "tmpfs", "devpts", "mqueue", "sysfs": break
    default: return false
    }
    return label == nil && !source.isEmpty && !attributes.set.contains(.readOnly) && fileSystemFlags.isEmpty
      && propagation.isEmpty && recursiveAttributes.isEmpty && !copiesUp && idMapping == nil && !extras.changesDirectory
      && !data.contains { ($0.value ?? "").utf8.contains { $0 == 0x2c || $0 == 0x22 || $0 == 0x5c } }
  }

  /// Mounts with mount(2) itself, its flags set from the start; the caller opens the new mount anew.
  func mountDirectly(
    _ type: String, on target: borrowing FileDescriptor, label: String?, mode: UInt32? = nil
  ) throws(Failure) {
    try Mounts.mountDirectly(
      source: source, type: type, flags: attributes.set.legacyFlags | UInt(fileSystemFlags.rawValue),
      data: MountData.join(options(of: type, label: label, mode: mode)), on: target)
  }

  /// What the file system is told: the options of the configuration, `mode` for a tmpfs that has none of its own, and
  /// `label` as the context of all files, where the file system takes one and the options do not name one.
  func options(of type: String, label: String?, mode: UInt32?) -> [DataOption] {
    var options = data
    if type == "tmpfs", let mode, !data.contains(where: { $0.key == "mode" }) {
      options.append(DataOption("mode", String(mode, radix: 8)))
    }
    if let label, Self.takesLabel(type), !data.contains(where: { $0.key == "context" }) {
      options.append(DataOption("context", label))
    }
    return options
  }

  /// The same, as an operation of its own: a detached mount made ahead by another process than the one that attaches
  /// it (a procfs or mqueue of a namespace that the child joins).
  package func makeDetached(
    label: String? = nil, userNamespace: borrowing FileDescriptor? = nil
  ) throws(Failure) -> FileDescriptor {
    try within(title) { () throws(Failure) in
      switch kind {
      case .bind(let recursive): try copySource(recursive: recursive, userNamespace: userNamespace)
      case .fileSystem(let type): try makeFileSystem(type, label: label, userNamespace: userNamespace)
      case .cgroup, .remount: throw Failure("cannot be made ahead")
      }
    }
  }

  /// Whether `ro` is for the mount alone: all mounts of these share one file system, which the runtime itself writes
  /// to (sysctl) or whose other mounts are writable.
  private static func isSharedByMounts(_ type: String) -> Bool {
    switch type {
    case "proc", "sysfs", "tmpfs", "devpts", "mqueue", "cgroup", "cgroup2": true
    default: false
    }
  }

  private static func takesLabel(_ type: String) -> Bool {
    type != "proc" && type != "sysfs" && type != "mqueue"
  }
}

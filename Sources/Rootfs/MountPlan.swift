internal import Linux
package import RuntimeSpec

/// The entries of `mounts` as operations, in their order (config.md, «Mounts»). Pure: nothing is looked up.
package enum MountPlan {
  /// Works `mounts` out. Relative bind sources are relative to `bundle`. Everything that is wrong is appended to
  /// `problems`, by position.
  package static func operations(
    _ mounts: [Mount], bundle: String, problems: inout [String]
  ) -> [MountOperation] {
    var operations: [MountOperation] = []
    operations.reserveCapacity(mounts.count)
    for (position, mount) in mounts.enumerated() {
      let operation = operation(mount, at: position, bundle: bundle)
      if let problem = problem(mount, operation) {
        problems.append("mounts[\(position)]: \(problem)")
      } else {
        operations.append(operation)
      }
    }
    return operations
  }

  private static func operation(_ mount: Mount, at position: Int, bundle: String) -> MountOperation {
    let options = MountOptions.parse(mount.options)
    let kind = kind(mount, options)
    var source = mount.source ?? ""
    if case .bind = kind, source.utf8.first != UInt8(ascii: "/") { source = bundle + "/" + source }
    var operation = MountOperation(
      position: position, kind: kind, source: source, destination: ContainerPath(mount.destination))
    operation.attributes = .init(options.attributes)
    operation.recursiveAttributes = .init(options.recursiveAttributes)
    operation.fileSystemFlags = options.superblockFlags
    operation.data = options.data.flatMap(MountData.split)
    operation.propagation = options.propagation.map(MountOperation.PropagationChange.init)
    operation.copiesUp = options.copiesUp
    operation.extras = .init(options)
    if options.idMapping != nil || !mount.uidMappings.isEmpty || !mount.gidMappings.isEmpty {
      operation.idMapping = .init(
        uid: mount.uidMappings, gid: mount.gidMappings, recursive: options.idMapping == .recursive)
    }
    return operation
  }

  /// Only the options make a bind mount; its type is a dummy then.
  private static func kind(_ mount: Mount, _ options: MountOptions) -> MountOperation.Kind {
    if options.isRemount { return .remount(bind: options.bind != nil) }
    if let bind = options.bind { return .bind(recursive: bind == .recursive) }
    switch mount.type {
    case "cgroup": return .cgroup(unifiedOnly: false)
    case "cgroup2": return .cgroup(unifiedOnly: true)
    default: return .fileSystem(mount.type ?? "")
    }
  }

  /// Options of a tmpfs that do nothing on a bind mount, where they are left out with a warning; so the validation
  /// programs of runtime-tools have them. Of any other the author expects something that would not be so.
  private static let harmlessOnBinds = ["size", "mode"]

  private static func problem(_ mount: Mount, _ operation: MountOperation) -> String? {
    let strings = [mount.destination, mount.source ?? "", mount.type ?? ""] + mount.options
    if strings.contains(where: { $0.utf8.contains(0) }) { return "contains a null byte" }
    if mount.destination.isEmpty { return "has no destination" }
    switch operation.kind {
    case .bind:
      if (mount.source ?? "").isEmpty { return "a bind mount needs a source" }
      if operation.data.contains(where: { !Self.harmlessOnBinds.contains($0.key) }) {
        return "bind mounts cannot have any filesystem-specific options applied"
      }
    case .fileSystem(let type):
      if type.isEmpty { return "has no type" }
      if operation.idMapping != nil, operation.needsMountSystemCall {
        return "an id-mapped mount cannot have options of more than 255 bytes"
      }
    case .cgroup, .remount:
      if operation.idMapping != nil { return "id-mapped mounts are only supported for bind-mounts and file systems" }
    }
    if let mapping = operation.idMapping, mapping.uid.isEmpty != mapping.gid.isEmpty {
      return "id-mapped mounts must have both uid and gid mappings specified"
    }
    return MountDestination.problem(operation.destination, operation.kind)
  }
}

extension MountOperation.AttributeChange {
  /// The same change in the kernel's terms: the mode of access times is one field, which is cleared whole to be set.
  init(_ change: MountAttributeChange) {
    set = MountAttribute(rawValue: change.set.rawValue)
    clear = MountAttribute(rawValue: change.clear.rawValue)
    guard let accessTime = change.accessTime else { return }
    clear.formUnion(.accessTimeMask)
    switch accessTime {
    case .relatime: set.formUnion(.relativeAccessTime)
    case .noatime: set.formUnion(.noAccessTime)
    case .strictatime: set.formUnion(.strictAccessTime)
    }
  }
}

extension MountOperation.PropagationChange {
  init(_ change: RuntimeSpec.MountPropagation) {
    let propagation: Linux.MountPropagation =
      switch change.kind {
      case .shared: .shared
      case .slave: .slave
      case .private: .private
      case .unbindable: .unbindable
      }
    self.init(propagation, recursive: change.isRecursive)
  }
}

extension MountOperation.Extras {
  init(_ options: MountOptions) {
    copiesSymlink = options.copiesSymlink
    keepsSourceSymlink = options.keepsSourceSymlink
    keepsDestinationSymlink = options.keepsDestinationSymlink
    directoryMode = options.mkdirMode ?? 0o755
    subdirectory = options.subdirectory.map(ContainerPath.init)
    toleratesMissingSource = options.toleratesMissingSource
    owner = options.owner
    group = options.group
    mode = options.mode
  }
}

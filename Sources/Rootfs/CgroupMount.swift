internal import Linux

/// A mount of type `cgroup`. With a cgroup namespace it is a new mount, which shows the container's own group alone;
/// without one the container's own group is bound there, and never the host's whole hierarchy (CVE-2023-25809).
struct CgroupMount {
  private let operation: MountOperation
  private let view: CgroupMountView
  private let label: String?
  /// What every hierarchy's mount gets, whatever the options say.
  private let attributes: MountOperation.AttributeChange

  init(_ operation: MountOperation, _ view: CgroupMountView?, label: String?) throws(Failure) {
    guard let view else { throw Failure("no control groups to mount") }
    self.operation = operation
    self.view = view
    self.label = label
    attributes = .init(
      set: operation.attributes.set.union([.noSuid, .noDev, .noExec]), clear: operation.attributes.clear)
  }

  func perform(unifiedOnly: Bool, _ root: borrowing RootDescriptor) throws(Failure) {
    let place = try MountDestination.openDirectory(for: operation, in: root)
    switch view.layout {
    case .unified(let path):
      try attach(unified(path, operation.data), to: place.file)
    case .separate(let hierarchies) where unifiedOnly:
      guard let hierarchy = hierarchies.first(where: \.isUnified) else {
        throw Failure("this machine has no cgroup2 hierarchy")
      }
      try attach(unified(hierarchy.path, operation.data), to: place.file)
    case .separate(let hierarchies):
      if !view.hasNamespace, operation.propagation.isEmpty, label == nil {
        return try bindOwnGroups(hierarchies, place, root)
      }
      try mountSeparate(hierarchies, place.file)
    }
  }

  private func mountSeparate(
    _ hierarchies: [CgroupMountView.Hierarchy], _ target: borrowing FileDescriptor
  ) throws(Failure) {
    let context = try FileSystemContext(type: "tmpfs")
    try context.set("source", "tmpfs")
    try context.set("mode", "755")
    if let label { try context.set("context", label) }
    let tmpfs = try context.mount([.noSuid, .noDev, .noExec])
    try operation.attach(tmpfs, to: target)
    for hierarchy in hierarchies {
      try within(hierarchy.directory) { () throws(Failure) in
        try Files.makeDirectory(hierarchy.directory, at: tmpfs, mode: 0o755)
        let directory = try Files.open(hierarchy.directory, at: tmpfs, [.path, .directory, .noFollow])
        try attach(tree(hierarchy), to: directory)
        for link in hierarchy.links {
          try Files.makeSymbolicLink(link, at: tmpfs, target: hierarchy.directory)
        }
      }
    }
    if attributes.set.contains(.readOnly) { try Mounts.setAttributes(tmpfs, set: .readOnly) }
  }

  /// Binds each hierarchy into a new tmpfs, which only this process reaches, and sets the attributes of all at the end:
  /// two system calls for each.
  private func bindOwnGroups(
    _ hierarchies: [CgroupMountView.Hierarchy], _ place: borrowing Located, _ root: borrowing RootDescriptor
  ) throws(Failure) {
    let flags: MountAttribute = [.noSuid, .noDev, .noExec]
    try Mounts.mountDirectly(
      source: "tmpfs", type: "tmpfs", flags: flags.legacyFlags, data: "mode=755", on: place.file)
    let tmpfs = try root.resolve(place.path, [.path, .directory], links: .refused)
    try Processes.changeDirectory(tmpfs)
    for hierarchy in hierarchies {
      try within(hierarchy.directory) { () throws(Failure) in
        try Files.makeDirectory(hierarchy.directory, at: tmpfs, mode: 0o755)
        try Mounts.bind(hierarchy.path, toNameHere: hierarchy.directory)
        for link in hierarchy.links {
          try Files.makeSymbolicLink(link, at: tmpfs, target: hierarchy.directory)
        }
      }
    }
    try Mounts.setAttributes(tmpfs, set: attributes.set, clear: attributes.clear, recursive: true)
  }

  private func tree(_ hierarchy: CgroupMountView.Hierarchy) throws(Failure) -> FileDescriptor {
    if hierarchy.isUnified { return try unified(hierarchy.path, []) }
    guard view.hasNamespace else { return try ownGroup(hierarchy.path) }
    do {
      let context = try FileSystemContext(type: "cgroup")
      try context.set("source", "cgroup")
      for option in MountData.split(hierarchy.options) { try context.set(option.key, option.value) }
      return try context.mount(attributes.set)
    } catch {
      // The cgroup namespace was joined, and belongs to another user namespace than the container's.
      guard error.errno == .notPermitted else { throw error }
      return try ownGroup(hierarchy.path)
    }
  }

  private func unified(
    _ path: String, _ options: [MountOperation.DataOption]
  ) throws(Failure) -> FileDescriptor {
    guard view.hasNamespace else { return try ownGroup(path) }
    do {
      let context = try FileSystemContext(type: "cgroup2")
      try context.set("source", "cgroup")
      for option in options { try context.set(option.key, option.value) }
      return try context.mount(attributes.set)
    } catch {
      // In a user namespace the kernel refuses it where the host's own mount is covered in part.
      guard error.errno == .notPermitted || error.errno == .busy else { throw error }
      return try ownGroup(path)
    }
  }

  private func ownGroup(_ path: String) throws(Failure) -> FileDescriptor {
    let tree = try Mounts.copy(path, recursive: true)
    try Mounts.setAttributes(tree, set: attributes.set, clear: attributes.clear)
    return tree
  }

  private func attach(
    _ tree: consuming FileDescriptor, to target: borrowing FileDescriptor
  ) throws(Failure) {
    try operation.attach(tree, to: target)
  }
}

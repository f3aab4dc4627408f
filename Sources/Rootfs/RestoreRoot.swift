package import Linux

/// What criu needs of the file system to restore a container: its root, and the mounts that come from the host, each at a
/// path of its own below a workspace. It is made in a mount namespace that only criu lives in, so that nothing of it is
/// ever seen on the host or left there.
///
///     root       the root file system, a mount of its own that nothing covers
///     mount-N    the source of the bind mount at position N, with its attributes and id mapping
///     null       what is mounted over masked files
///     empty      what is mounted over masked directories
package enum RestoreRoot {
  package static let root = "root"
  package static let null = "null"
  package static let empty = "empty"

  /// The name of the source of the bind mount at a position of `mounts`.
  package static func source(_ position: Int) -> String { "mount-\(position)" }

  /// Makes the workspace as a new file system on `directory`, which must be of this mount namespace. Mount points that
  /// the root lacks are made in it, as at create.
  package static func prepare(
    _ plan: RootfsPlan, on directory: borrowing FileDescriptor, _ prepared: inout PreparedMounts
  ) throws(Failure) {
    let umask = Processes.exchangeUmask(0)
    // Before `directory` is covered: a source may lie in it.
    var sources = DescriptorList()
    var positions: [Int] = []
    for operation in plan.mounts {
      guard let tree = try within(operation.title, { () throws(Failure) in try source(operation, &prepared) })
      else { continue }
      sources.append(tree)
      positions.append(operation.position)
    }
    let context = try FileSystemContext(type: "tmpfs")
    try context.set("source", "tmpfs")
    try context.set("mode", "755")
    let workspace = try context.mount([.noSuid, .noExec])
    try Mounts.attach(workspace, to: directory, "the workspace")
    try Files.makeDirectory(root, at: workspace, mode: 0o755)
    try Files.makeDirectory(empty, at: workspace, mode: 0o555)
    try makeNull(workspace)
    // Each a read-only mount: criu does not make all mounts of one source read-only that were.
    for name in [null, empty] {
      let mask = try Mounts.copy(name, at: workspace, recursive: false, setting: .readOnly)
      try Mounts.attach(mask, to: try Files.open(name, at: workspace, [.path, .noFollow]), name)
    }
    for (number, position) in zip(sources.numbers, positions) {
      let tree = try Descriptors.duplicate(number, lowest: 3)
      try attach(tree, source(position), workspace)
    }
    try makeMountPoints(plan, workspace, sources.numbers, positions)
    try attachRoot(plan, workspace)
    Processes.setUmask(umask)
  }

  private static func makeNull(_ workspace: borrowing FileDescriptor) throws(Failure) {
    do {
      try Files.makeNode(null, at: workspace, mode: 0o020666, major: 1, minor: 3)
    } catch {
      guard error.errno == .notPermitted || error.errno == .accessDenied else { throw error }
      try attach(try Mounts.copy("/dev/null", recursive: false), null, workspace)
    }
  }

  /// The source of a bind mount; nil for other mounts, and for a source that may be missing and is.
  private static func source(
    _ operation: MountOperation, _ prepared: inout PreparedMounts
  ) throws(Failure) -> FileDescriptor? {
    guard case .bind(let recursive) = operation.kind else { return nil }
    if operation.extras.copiesSymlink, try FileStatus.of(operation.source).kind == .symbolicLink { return nil }
    if let tree = prepared.takeTree(operation.position) {
      // Copied where it may share events with the host's.
      try Mounts.setPropagation(tree, .slave, recursive: true)
      return tree
    }
    do {
      let namespace = prepared.takeUserNamespace(operation.position)
      return try operation.copySource(recursive: recursive, userNamespace: namespace)
    } catch {
      guard operation.extras.toleratesMissingSource, error.errno == .notFound else { throw error }
      return nil
    }
  }

  /// Attaches a tree to a new file or directory of that name.
  private static func attach(
    _ tree: borrowing FileDescriptor, _ name: String, _ workspace: borrowing FileDescriptor
  ) throws(Failure) {
    let isDirectory = try FileStatus.of(at: tree).kind == .directory
    if isDirectory {
      try Files.makeDirectory(name, at: workspace, mode: 0o755)
    } else {
      try Files.makeNode(name, at: workspace, mode: 0o100644)
    }
    let target = try Files.open(name, at: workspace, [.path, .noFollow])
    try Mounts.attach(tree, to: target, name)
  }

  private static func attachRoot(
    _ plan: RootfsPlan, _ workspace: borrowing FileDescriptor
  ) throws(Failure) {
    let tree = try Mounts.copy(plan.rootPath, recursive: true)
    let target = try Files.open(root, at: workspace, [.path, .directory, .noFollow])
    try Mounts.attach(tree, to: target, plan.rootPath)
  }
}

/// The mount points in the root.
extension RestoreRoot {
  /// Makes those that are missing, in a copy of the root in which the bind mounts are in their places: one may hold the
  /// mount point of the next.
  private static func makeMountPoints(
    _ plan: RootfsPlan, _ workspace: borrowing FileDescriptor, _ sources: [Int32], _ positions: [Int]
  ) throws(Failure) {
    let tree = try Mounts.copy(plan.rootPath, recursive: true)
    let target = try Files.open(root, at: workspace, [.path, .directory, .noFollow])
    try Mounts.attach(tree, to: target, plan.rootPath)
    let root = RootDescriptor(tree)
    var covered: [ContainerPath] = []
    for operation in plan.mounts where !covered.contains(where: { operation.destination.isAtOrBelow($0) }) {
      try within(operation.title) { () throws(Failure) in
        switch operation.kind {
        case .bind:
          guard let index = positions.firstIndex(of: operation.position) else { return }
          let mount = try Mounts.copy("", at: Descriptors.duplicate(sources[index], lowest: 3), recursive: true)
          let place = try MountDestination.open(for: operation, like: mount, in: root)
          try operation.attach(mount, to: place.file)
        case .fileSystem:
          _ = try MountDestination.openDirectory(for: operation, in: root)
          // criu restores what is in it.
          covered.append(operation.destination)
        case .cgroup:
          _ = try MountDestination.openDirectory(for: operation, in: root)
          covered.append(operation.destination)
        case .remount: break
        }
      }
    }
    try Processes.changeDirectory(root.directory)
    try Mounts.detach(".")
    try Processes.changeDirectory("/")
  }
}

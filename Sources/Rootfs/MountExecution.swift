package import Linux
internal import RuntimeSpec

/// Has the parent, which has the host's rights, make the detached mount for the operation at a position.
package typealias AskParent = (Int) throws(Failure) -> FileDescriptor

/// Performs mount operations one after the other in a root. Every mount is made detached with its attributes set, and
/// then attached by descriptor onto a target that was resolved in the root.
struct MountExecution: ~Copyable {
  /// SELinux context for the files of new file systems.
  private let label: String?
  private let cgroups: CgroupMountView?
  /// Whether the container is in the host's network namespace.
  private let sharesNetwork: Bool
  /// What the root's mounts got: trees that the parent copied in its own mount namespace get it too.
  private let rootPropagation: MountOperation.PropagationChange
  /// Asks the parent for the mount at a position; nil where the parent has no more rights than this process.
  private let askParent: AskParent?
  /// Whether mounts become unbindable only at the end.
  private let delaysUnbindable: Bool
  private var late = LateMounts()
  /// Targets that were mounted over: closed together at the end.
  private var used = DescriptorList()
  /// The tmpfs that was mounted last, and where.
  private var newDirectory: FileDescriptor?
  private var newPath = ContainerPath("/")

  init(_ plan: RootfsPlan, askParent: AskParent?) {
    label = plan.mountLabel
    cgroups = plan.cgroups
    sharesNetwork = plan.sharesNetwork
    rootPropagation = plan.propagation.first
    delaysUnbindable = !plan.readonlyPaths.isEmpty
    self.askParent = askParent
  }

  /// Gives up what is left to change at the end.
  consuming func takeLate() -> LateMounts { late }

  mutating func perform(
    _ operation: MountOperation, in root: borrowing RootDescriptor, _ prepared: inout PreparedMounts
  ) throws(Failure) {
    guard delaysUnbindable, operation.propagation.contains(where: { $0.propagation == .unbindable }) else {
      return try mount(operation, root, &prepared)
    }
    var bindable = operation
    bindable.propagation = []
    try mount(bindable, root, &prepared)
    try late.unbindable.append(operation, in: root)
  }

  private mutating func mount(
    _ operation: MountOperation, _ root: borrowing RootDescriptor, _ prepared: inout PreparedMounts
  ) throws(Failure) {
    if case .fileSystem = operation.kind {} else { newDirectory = nil }
    switch operation.kind {
    case .bind(let recursive):
      do {
        try bind(operation, recursive, root, &prepared)
      } catch {
        guard operation.extras.toleratesMissingSource, error.errno == .notFound else { throw error }
      }
    case .fileSystem(let type):
      try mountFileSystem(operation, type, root, &prepared)
    case .cgroup(let unifiedOnly):
      try CgroupMount(operation, cgroups, label: label).perform(unifiedOnly: unifiedOnly, root)
    case .remount(let bind):
      try remount(operation, bind, root)
    }
  }

  private borrowing func bind(
    _ operation: MountOperation, _ recursive: Bool, _ root: borrowing RootDescriptor,
    _ prepared: inout PreparedMounts
  ) throws(Failure) {
    if operation.extras.copiesSymlink, try copySymlink(operation, root) { return }
    let tree: FileDescriptor
    if let ready = try takePrepared(operation, &prepared) {
      tree = ready
    } else {
      tree = try copySource(operation, recursive, &prepared)
    }
    let place = try MountDestination.open(for: operation, like: tree, in: root)
    try MountDestination.checkProc(place.path, tree)
    try operation.attach(tree, to: place.file)
  }

  /// Copies the source of a bind mount; by way of the parent where this process, root in a user namespace only, cannot
  /// reach it, or may not leave the mounts in it out.
  private borrowing func copySource(
    _ operation: MountOperation, _ recursive: Bool, _ prepared: inout PreparedMounts
  ) throws(Failure) -> FileDescriptor {
    let namespace = prepared.takeUserNamespace(operation.position)
    guard let askParent else { return try operation.copySource(recursive: recursive, userNamespace: namespace) }
    do {
      return try operation.copySource(recursive: recursive, userNamespace: namespace)
    } catch {
      guard error.errno == .accessDenied || (error.errno == .invalidArgument && !recursive) else { throw error }
    }
    let tree = try askParent(operation.position)
    try Mounts.setPropagation(tree, rootPropagation.propagation, recursive: true)
    return tree
  }

  /// Makes the symbolic link that the source is, in the root; false when the source is none.
  private borrowing func copySymlink(
    _ operation: MountOperation, _ root: borrowing RootDescriptor
  ) throws(Failure) -> Bool {
    guard try FileStatus.of(operation.source).kind == .symbolicLink else { return false }
    let target = try Files.readLink(operation.source)
    let directory = try root.makeDirectories(operation.destination.parent)
    do {
      try Files.makeSymbolicLink(operation.destination.name, at: directory, target: target)
    } catch {
      guard error.errno == .exists else { throw error }
      let found = try? Files.readLink(operation.destination.name, at: directory)
      guard found == target else { throw error }
    }
    return true
  }

  private mutating func mountFileSystem(
    _ operation: MountOperation, _ type: String, _ root: borrowing RootDescriptor,
    _ prepared: inout PreparedMounts
  ) throws(Failure) {
    let place = try openTarget(operation, root)
    if newPath.isAtOrBelow(place.path) { newDirectory = nil }
    if operation.needsMountSystemCall {
      return try mountDirectly(operation, type, place, root)
    }
    let tree: FileDescriptor
    if let ready = try takePrepared(operation, &prepared) {
      tree = ready
    } else {
      let isTmpfs = type == "tmpfs"
      // As runc does it, a tmpfs has the permissions of the directory that it covers.
      let needsMode = isTmpfs && !place.isNew && !operation.data.contains { $0.key == "mode" }
      let mode = needsMode ? try FileStatus.of(at: place.file).permissions : nil
      // What goes wrong here is told better below.
      if operation.isSimple(type, label: label),
        (try? operation.mountDirectly(type, on: place.file, label: nil, mode: mode)) != nil
      {
        try remember(operation, type, place.path, root)
        used.append(place.takeFile())
        return used.closeIfMany()
      }
      let namespace = operation.idMapping == nil ? nil : prepared.takeUserNamespace(operation.position)
      do throws(Failure) {
        tree = try operation.makeFileSystem(type, label: label, mode: mode, userNamespace: namespace)
      } catch {
        guard type == "sysfs", sharesNetwork, error.errno == .notPermitted else { throw error }
        tree = try hostSysfs(operation)
      }
    }
    if type == "tmpfs", operation.copiesUp, !place.isNew {
      try TmpCopyUp.copy(from: place.file, to: tree, keepsOwner: !operation.data.contains { $0.key == "uid" })
    }
    if operation.isReadOnlyLater { late.readOnly.append(try tree.duplicate()) }
    if let label, type == "mqueue" { try Files.setExtendedAttribute("security.selinux", of: tree, to: label) }
    try operation.attach(tree, to: place.file)
  }

  /// The sysfs of the host's network namespace, which the container shares: only who has rights over that namespace can
  /// mount it anew, and the root of another user namespace has none. An ordinary user gets the host's own, with all that
  /// is mounted in it, and all of it read-only.
  private borrowing func hostSysfs(_ operation: MountOperation) throws(Failure) -> FileDescriptor {
    if let askParent { return try askParent(operation.position) }
    let tree = try Mounts.copy("/sys", recursive: true)
    try Mounts.setAttributes(
      tree, set: operation.attributes.set.union([.readOnly, .noSuid, .noDev, .noExec]), recursive: true)
    return tree
  }

  /// Keeps a new tmpfs open: what is missing in it for the mounts that follow is made there at once. Only this process
  /// reaches it, so that it cannot be moved away meanwhile.
  private mutating func remember(
    _ operation: MountOperation, _ type: String, _ path: ContainerPath, _ root: borrowing RootDescriptor
  ) throws(Failure) {
    // One that lies in the last one takes fewer of the mounts that follow: in /dev/shm there are none.
    guard type == "tmpfs", path.parent != newPath || newPath.isRoot else { return }
    newDirectory = try root.resolve(path, [.path, .directory], links: .refused)
    newPath = path
  }

  private borrowing func openTarget(
    _ operation: MountOperation, _ root: borrowing RootDescriptor
  ) throws(Failure) -> Located {
    if let file = try makeInNewDirectory(operation) {
      return Located(file: file, path: operation.destination, isNew: true)
    }
    return try MountDestination.openDirectory(for: operation, in: root)
  }

  private borrowing func makeInNewDirectory(_ operation: MountOperation) throws(Failure) -> FileDescriptor? {
    guard operation.destination.parent == newPath else { return nil }
    switch newDirectory {
    case .none: return nil
    case .some(let directory):
      return try RootDescriptor.make(
        operation.destination.name, at: directory, .directory, operation.extras.directoryMode)
    }
  }

  private borrowing func mountDirectly(
    _ operation: MountOperation, _ type: String, _ place: borrowing Located, _ root: borrowing RootDescriptor
  ) throws(Failure) {
    try operation.mountDirectly(type, on: place.file, label: label)
    guard !operation.propagation.isEmpty || !operation.recursiveAttributes.isEmpty || operation.extras.changesDirectory
    else { return }
    let mount = try root.resolve(place.path, links: .refused)
    try operation.changeDirectory(mount)
    try operation.setRecursiveAttributes(of: mount)
    try operation.setPropagation(of: mount)
  }

  private borrowing func remount(
    _ operation: MountOperation, _ bind: Bool, _ root: borrowing RootDescriptor
  ) throws(Failure) {
    let mount = try root.resolve(operation.destination)
    guard try FileStatus.of(at: mount).isMountRoot else {
      throw Failure("remount: not a mount point", .invalidArgument)
    }
    if !bind, !operation.data.isEmpty || !operation.fileSystemFlags.subtracting(.readOnly).isEmpty {
      try Mounts.remount(
        descriptor: mount, flags: operation.attributes.set.legacyFlags | UInt(operation.fileSystemFlags.rawValue),
        data: MountData.join(operation.data))
    }
    try operation.setAttributes(of: mount)
    try operation.setPropagation(of: mount)
  }

  /// A tree that the parent made ahead. It is a copy of mounts of the parent's mount namespace, so it must not
  /// propagate back there.
  private borrowing func takePrepared(
    _ operation: MountOperation, _ prepared: inout PreparedMounts
  ) throws(Failure) -> FileDescriptor? {
    guard let tree = prepared.takeTree(operation.position) else { return nil }
    if case .bind = operation.kind {
      try Mounts.setPropagation(tree, rootPropagation.propagation, recursive: true)
    }
    return tree
  }
}

extension MountOperation {
  /// Attaches a mount onto an open target, and changes its propagation then: a mount inherits it from where it is
  /// attached.
  func attach(_ tree: borrowing FileDescriptor, to target: borrowing FileDescriptor) throws(Failure) {
    do {
      try Mounts.attach(tree, to: target, "\"\(destination)\"")
    } catch {
      // The kernel answers EINVAL here where mount(2) said ENOTDIR, which engines know how to explain.
      guard error.errno == .invalidArgument else { throw error }
      let isDirectory = try FileStatus.of(at: tree).kind == .directory
      guard try isDirectory != (FileStatus.of(at: target).kind == .directory) else { throw error }
      throw Failure(error.message, .notDirectory)
    }
    try changeDirectory(tree)
    try setPropagation(of: tree)
  }

  /// Gives the mounted directory the owner and permissions of the options, as mount(8) does after mounting.
  func changeDirectory(_ mount: borrowing FileDescriptor) throws(Failure) {
    guard extras.changesDirectory else { return }
    if extras.owner != nil || extras.group != nil {
      try Files.changeOwner(at: mount, uid: extras.owner ?? .max, gid: extras.group ?? .max)
    }
    // After the owner: a change of it takes the bits for set-user-id and set-group-id away.
    guard let mode = extras.mode else { return }
    try within("X-mount.mode") { () throws(Failure) in
      try Files.changeMode(Files.open(".", at: mount, .directory), mode)
    }
  }

  func setPropagation(of mount: borrowing FileDescriptor) throws(Failure) {
    for change in propagation {
      try Mounts.setPropagation(mount, change.propagation, recursive: change.recursive)
    }
  }
}

package import Linux

/// The directory of one container below the runtime's root, mode 0700: all that outlasts a command besides the kernel's
/// own objects.
///
///     state.json   what the container is: a superset of the OCI state with runc's names (ContainerRecord)
///     config.json  the configuration as it was at create: later edits of the bundle have no effect (runtime.md)
///     seccomp.bpf  the compiled seccomp program, when there is a profile
///     exec.fifo    there from create to start; the container's process waits on it
///     notify       a directory with the socket that stands for NOTIFY_SOCKET, when that is used
///
/// The directory itself is locked, flock(2), by every command that changes the container.
package struct StateDirectory: ~Copyable {
  package static let fifo = "exec.fifo"
  static let record = "state.json"
  static let configuration = "config.json"

  package let id: ContainerID
  package let path: String
  let descriptor: FileDescriptor

  private init(_ id: ContainerID, path: String, descriptor: consuming FileDescriptor) {
    self.id = id
    self.path = path
    self.descriptor = descriptor
  }

  /// The directory that holds all containers' directories when `--root` does not say: below $XDG_RUNTIME_DIR for an
  /// ordinary user, else /run/swiftlet.
  package static func defaultRoot(runtimeDirectory: String?, rootless: Bool) -> String {
    if rootless, let runtimeDirectory, !runtimeDirectory.isEmpty { return runtimeDirectory + "/swiftlet" }
    return "/run/swiftlet"
  }

  /// Makes the directory of a new container, locked. Throws when one of that id exists.
  static func create(_ id: ContainerID, root: String) throws(Failure) -> StateDirectory {
    let path = root + "/" + id.text
    do throws(Failure) {
      do throws(Failure) {
        try Files.makeDirectory(path, mode: 0o700)
      } catch {
        guard error.errno == .notFound else { throw error }
        // Sticky below an ordinary user's runtime directory, where files that grow old would be cleaned away.
        try Files.makeDirectories(root, mode: Processes.effectiveUserID == 0 ? 0o711 : 0o1700)
        try Files.makeDirectory(path, mode: 0o700)
      }
    } catch {
      throw error.errno == .exists ? Failure("container with given ID already exists") : error
    }
    let directory = StateDirectory(id, path: path, descriptor: try Files.open(path, [.directory, .noFollow]))
    try directory.checkOwner()
    guard try Files.lock(directory.descriptor, exclusive: true, wait: true) else { throw Self.missing }
    return directory
  }

  /// What engines look for when a container is gone.
  static var missing: Failure { Failure("container does not exist") }

  /// The directory of an existing container; nil when there is none. Throws when it is another user's, unless
  /// `isOnlyRead`: its files name processes to signal, cgroups to remove and programs to execute.
  static func openIfPresent(
    _ id: ContainerID, root: String, isOnlyRead: Bool = false
  ) throws(Failure) -> StateDirectory? {
    let path = root + "/" + id.text
    guard let descriptor = try Files.openIfPresent(path, [.directory, .noFollow]) else { return nil }
    let directory = StateDirectory(id, path: path, descriptor: descriptor)
    if !isOnlyRead { try directory.checkOwner() }
    return directory
  }

  /// The directory of an existing container, as `openIfPresent`. Throws `missing`.
  package static func open(
    _ id: ContainerID, root: String, isOnlyRead: Bool = false
  ) throws(Failure) -> StateDirectory {
    guard let directory = try openIfPresent(id, root: root, isOnlyRead: isOnlyRead) else { throw missing }
    return directory
  }

  /// Only this user, or root, may have made the directory, and nobody else may write to it: where `--root` is in a
  /// directory of all, another user could have put it there.
  private borrowing func checkOwner() throws(Failure) {
    let status = try FileStatus.of(at: descriptor)
    guard status.uid == Processes.effectiveUserID || status.uid == 0, status.permissions & 0o022 == 0 else {
      throw Failure("\(path) belongs to another user (uid \(status.uid)) or can be written to by others")
    }
  }

  /// Waits for the lock that commands which change a container hold, so that of concurrent ones each sees what the
  /// other left. Throws `missing` when it was deleted meanwhile.
  package borrowing func acquireLock() throws(Failure) {
    guard try acquireLockIfPresent() else { throw Self.missing }
  }

  /// As `acquireLock`, but false when the container was deleted meanwhile: the descriptor is then that of a directory
  /// without a name.
  borrowing func acquireLockIfPresent() throws(Failure) -> Bool {
    _ = try Files.lock(descriptor, exclusive: true, wait: true)
    return try FileStatus.of(at: descriptor).links > 0
  }

  borrowing func releaseLock() throws(Failure) {
    try Files.unlock(descriptor)
  }

  /// Whether the container's process still waits for `start`.
  package borrowing func hasFifo() -> Bool {
    (try? FileStatus.of(Self.fifo, at: descriptor)) != nil
  }

  /// Whether the container was made with a socket in the place of NOTIFY_SOCKET.
  borrowing func hasNotifyDirectory() -> Bool {
    (try? FileStatus.of(NotifyProxy.directory, at: descriptor)) != nil
  }

  /// Makes exec.fifo, for the user that opens it in the container's user namespace.
  borrowing func makeFifo() throws(Failure) {
    let umask = Processes.exchangeUmask(0)
    defer { _ = Processes.exchangeUmask(umask) }
    try Files.makeNode(Self.fifo, at: descriptor, mode: 0o010622)
  }

  borrowing func removeFifo() throws(Failure) {
    try Files.remove(Self.fifo, at: descriptor)
  }

  /// Writes a new file, which nobody reads before `state.json` is there.
  borrowing func make(_ name: String, _ bytes: [UInt8]) throws(Failure) {
    let file = try Files.open(name, at: descriptor, [.write, .create, .exclusive, .noFollow])
    try file.write(bytes, "\(path)/\(name)")
  }

  /// Writes a file whole or not at all.
  borrowing func replace(_ name: String, _ bytes: [UInt8]) throws(Failure) {
    let temporary = name + ".new"
    do {
      let file = try Files.open(temporary, at: descriptor, [.write, .create, .truncate, .noFollow])
      try file.write(bytes, "\(path)/\(temporary)")
    }
    try Files.rename(temporary, to: name, at: descriptor)
  }

  /// A file of the directory; nil when there is none.
  package borrowing func read(_ name: String) throws(Failure) -> [UInt8]? {
    guard let file = try Files.openIfPresent(name, at: descriptor, [.read, .noFollow]) else { return nil }
    return try file.readAll(limit: 64 << 20, "\(path)/\(name)")
  }

  /// Removes the directory and all in it.
  borrowing func remove() throws(Failure) {
    // Most often there are just these.
    for name in [Self.configuration, Self.record] { try? Files.remove(name, at: descriptor) }
    if (try? Files.remove(path, isDirectory: true)) != nil { return }
    try? Files.remove(Self.filter, at: descriptor)
    if (try? Files.remove(path, isDirectory: true)) == nil { try Files.removeTree(path) }
  }

  /// The ids below `root` that could be containers, sorted.
  package static func list(root: String) throws(Failure) -> [ContainerID] {
    guard let directory = try Files.openIfPresent(root, .directory) else { return [] }
    var ids: [ContainerID] = []
    for (name, _) in try Files.entries(directory, root) {
      if let id = try? ContainerID(name.description) { ids.append(id) }
    }
    return ids.sorted { $0.text < $1.text }
  }
}

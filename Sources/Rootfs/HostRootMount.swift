package import Linux

/// The mount for the root file system of a container without a mount namespace: whatever the container mounts is visible
/// on the host, but all of it lies on this one, which takes it away with itself.
package enum HostRootMount {
  /// Mounts the directory `path` on itself, with all mounts below it. Nothing that is mounted there afterwards propagates.
  /// Returns the mount's id, statx(2) `stx_mnt_id`.
  package static func make(_ path: String) throws(Failure) -> UInt64 {
    try within("root file system \"\(path)\"") { () throws(Failure) in
      let directory = try Files.open(path, [.path, .directory])
      let tree = try Mounts.copy("", at: directory, recursive: true)
      try Mounts.attach(tree, to: directory, path)
      do throws(Failure) {
        // Only now: what is attached to a shared mount becomes shared.
        try Mounts.setPropagation(tree, .private, recursive: true)
        return try FileStatus.of(at: tree).mountID
      } catch {
        try? detach(tree)
        throw error
      }
    }
  }

  /// Takes the mount `id` on `path` away, with all that is mounted on it. False when another mount covers it, and when it
  /// is gone already.
  package static func remove(_ path: String, id: UInt64) throws(Failure) -> Bool {
    guard let directory = try Files.openIfPresent(path, [.path, .directory]),
      try FileStatus.of(at: directory).mountID == id
    else { return false }
    try within("root file system \"\(path)\"") { () throws(Failure) in try detach(directory) }
    return true
  }

  /// By the working directory: names could lead to another mount by then.
  private static func detach(_ mount: borrowing FileDescriptor) throws(Failure) {
    let here = try Files.open(".", [.path, .directory])
    try Processes.changeDirectory(mount)
    let result: Result<Void, Failure>
    do {
      result = .success(try Mounts.detach("."))
    } catch {
      result = .failure(error)
    }
    try Processes.changeDirectory(here)
    try result.get()
  }
}

package import Linux

/// A resctrl file system (the kernel's filesystems/resctrl.rst): what `IntelRdtGroup` does with it. Paths are relative to
/// its root, and empty for the root itself, which is the default group.
package protocol ResctrlTree {
  /// Where it is mounted.
  var root: String { get }

  /// Makes a group; false when there is one of that name.
  func make(_ path: String) throws(Failure) -> Bool

  /// Removes a group; its tasks go to the default one. One that is gone is fine.
  func remove(_ path: String) throws(Failure)

  /// Whether there is such a directory.
  func exists(_ path: String) throws(Failure) -> Bool

  /// The names of the directories in one.
  func directories(in path: String) throws(Failure) -> [String]

  /// Writes `text` to an existing file in one write(2).
  func write(_ text: String, to file: String) throws(Failure)

  /// The text of a file, without the line break at its end. Throws ENOENT when there is none.
  func read(_ file: String) throws(Failure) -> String
}

/// A resctrl file system by its mount.
package struct MountedResctrl: ResctrlTree, Equatable, Sendable {
  package let root: String

  /// The file system at `root`, which nothing here checks.
  package init(root: String) {
    self.root = root
  }

  private static let usualPlace = "/sys/fs/resctrl"

  /// The one that is mounted in the runtime's mount namespace; nil when there is none.
  package static func detect() throws(Failure) -> MountedResctrl? {
    if isResctrl(usualPlace) { return MountedResctrl(root: usualPlace) }
    let mounts = try Files.read("/proc/self/mountinfo", limit: 64 << 20)
    return mountPoints(in: mounts).first { isResctrl($0) }.map { MountedResctrl(root: $0) }
  }

  /// Where the text of /proc/self/mountinfo says that resctrl is mounted whole.
  package static func mountPoints(in mountinfo: [UInt8]) -> [String] {
    MountInfo.mounts(ofType: "resctrl", in: mountinfo).filter { $0.root == "/" }.map { $0.mountPoint }
  }

  private static func isResctrl(_ path: String) -> Bool {
    (try? FileSystemType.of(path)) == .resctrl
  }

  package func make(_ path: String) throws(Failure) -> Bool {
    do throws(Failure) {
      try Files.makeDirectory(full(path))
      return true
    } catch {
      if error.errno == .exists { return false }
      throw explained("make group \(full(path))", error)
    }
  }

  package func remove(_ path: String) throws(Failure) {
    do throws(Failure) {
      try Files.remove(full(path), isDirectory: true)
    } catch {
      if error.errno == .notFound { return }
      throw explained("remove group \(full(path))", error)
    }
  }

  package func exists(_ path: String) throws(Failure) -> Bool {
    try Files.openIfPresent(full(path), [.path, .directory, .noFollow]) != nil
  }

  package func directories(in path: String) throws(Failure) -> [String] {
    let directory = try Files.open(full(path), [.directory, .noFollow])
    return try Files.listDirectories(directory, full(path)).map { $0.description }.sorted()
  }

  package func write(_ text: String, to file: String) throws(Failure) {
    do throws(Failure) {
      try open(file, .write).write(text, full(file))
    } catch {
      throw explained("write \(text.debugDescription) to \(full(file))", error)
    }
  }

  package func read(_ file: String) throws(Failure) -> String {
    CgroupDirectory.text(try open(file, .read).readAll(limit: 1 << 20, full(file)))
  }

  private func open(_ file: String, _ flags: OpenFlags) throws(Failure) -> FileDescriptor {
    try Files.open(full(file), at: .workingDirectory, [flags, .noFollow], resolve: CgroupDirectory.resolve)
  }

  private func full(_ path: String) -> String { path.isEmpty ? root : root + "/" + path }

  /// The kernel keeps a sentence about why it refused the last command.
  private func explained(_ attempt: String, _ error: Failure) -> Failure {
    guard let reason = try? read("info/last_cmd_status"), !reason.isEmpty, reason != "ok" else {
      return Failure(attempt, error.errno)
    }
    return Failure("\(attempt) (\(reason))", error.errno)
  }
}

internal import CShim
internal import Glibc

/// A procfs of the runtime's own that nobody can mount over: every read and write of /proc on the runtime's own behalf
/// goes through it, below it, and without following magic links. Never leave it open in a payload: it shows what
/// masked paths hide.
package struct Procfs: ~Copyable, Sendable {
  private let root: FileDescriptor

  /// What of procfs is needed: the smaller, the less there is to redirect.
  package enum Scope: Sendable {
    /// The directories of processes alone, proc(5) subset=pid.
    case processes
    /// All, /proc/sys included.
    case whole
  }

  /// A new mount for the calling process's pid namespace; else a copy of the mount on /proc without what is mounted
  /// over its files; checked to be the root of a procfs in either case.
  package init(_ scope: Scope) throws(Failure) {
    let root = try Procfs.open(scope)
    let type = try FileSystemType.of(root)
    let inode = try FileStatus.of(at: root).inode
    guard type == .proc, inode == 1 else {
      throw Failure("/proc is not the root of a proc file system")
    }
    self.root = root
  }

  private static func open(_ scope: Scope) throws(Failure) -> FileDescriptor {
    if let mount = fresh(scope) { return mount }
    return try existing()
  }

  private static func existing() throws(Failure) -> FileDescriptor {
    do {
      return try Mounts.copy("/proc", recursive: false)
    } catch {
      return try Files.open("/proc", [.path, .directory])
    }
  }

  private static func fresh(_ scope: Scope) -> FileDescriptor? {
    do {
      let context = try FileSystemContext(type: "proc")
      if scope == .processes { try context.set("subset", "pid") }
      return try context.mount([.noSuid, .noDev, .noExec])
    } catch {
      return nil
    }
  }

  /// Opens a file below it, and checks that it is on procfs and not mounted over.
  package borrowing func open(_ path: String, _ flags: OpenFlags) throws(Failure) -> FileDescriptor {
    do {
      return try Files.open(path, at: root, flags, resolve: [.beneath, .noCrossDevice, .noMagicLinks])
    } catch {
      throw Failure("open /proc/\(path)", error.errno)
    }
  }

  /// Opens what a descriptor of this process is open on (with O_PATH, say) once more with other flags. The one place
  /// that follows a magic link, and that of a descriptor which the caller holds.
  package borrowing func reopen(_ file: borrowing FileDescriptor, _ flags: OpenFlags) throws(Failure) -> FileDescriptor
  {
    try Files.open("self/fd/\(file.raw)", at: root, flags)
  }

  /// Opens a namespace of this process by its name in /proc/self/ns, which is a magic link too.
  package borrowing func openNamespace(_ name: String) throws(Failure) -> FileDescriptor {
    try Files.open("self/ns/\(name)", at: root, .read)
  }

  /// Opens the root directory of a process, /proc/PID/root, with O_PATH: one more magic link.
  package borrowing func openRoot(of process: borrowing ProcessDescriptor) throws(Failure) -> FileDescriptor {
    let directory = try Files.open("\(process.pid)/root", at: root, [.path, .directory])
    try process.signal(0)  // The number is still that of this process.
    return directory
  }

  /// Writes `text` to a file below it in one write(2).
  package borrowing func write(_ text: String, to path: String) throws(Failure) {
    let file = try open(path, .write)
    try file.write(text, "/proc/\(path)")
  }

  /// The whole of a file below it, at most `limit` bytes.
  package borrowing func read(_ path: String, limit: Int = 1 << 20) throws(Failure) -> [UInt8] {
    let file = try open(path, .read)
    return try file.readAll(limit: limit, "/proc/\(path)")
  }
}

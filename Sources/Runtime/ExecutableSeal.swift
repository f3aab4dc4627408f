package import Linux

/// Keeps the runtime's executable out of a container's reach (CVE-2019-5736): a process inside can open
/// /proc/PID/exe of the runtime's child, or make the runtime execute itself through `#!/proc/self/exe`.
///
/// The commands that enter a container re-execute once, before anything else, from a detached read-only copy of the
/// mount that the executable is on. The exec closes the only descriptor of that copy, which dissolves it: from then on
/// nobody, not even root with all capabilities, can open the file for writing through it, change its flags or copy it.
/// Where the copy cannot be made (no CAP_SYS_ADMIN), a sealed file in memory takes its place.
package enum ExecutableSeal {
  private static let name = "_SWIFTLET_SEALED="
  private static let marker = name + "1"
  /// Set besides when a mark was there that nobody but the caller can have made.
  private static let repeated = name + "2"

  package enum State {
    case sealed, unsealed
    /// It was sealed to no effect.
    case broken
  }

  /// Whether this process runs from a sealed executable. Takes the mark out of `environment`.
  ///
  /// The mark alone is not believed: whoever calls with it would have the container meet the executable itself.
  package static func check(environment: inout [String]) -> State {
    guard environment.contains(where: { $0.hasPrefix(name) }) else { return .unsealed }
    let isRepeated = environment.contains(repeated)
    environment.removeAll { $0.hasPrefix(name) }
    if isSealed() { return .sealed }
    if isRepeated { return .broken }
    environment.append(repeated)
    return .unsealed
  }

  /// Whether the executable lies on a read-only mount, or is a file in memory that is sealed.
  private static func isSealed() -> Bool {
    if (try? FileSystemType.isReadOnly("/proc/self/exe")) == true { return true }
    guard let file = try? Files.open("/proc/self/exe", .read) else { return false }
    return Files.isSealed(file)
  }

  /// Re-executes; returns only why it could not.
  package static func reexecute(arguments: [String], environment: [String]) -> Failure {
    let environment = environment + [marker]
    do {
      let file = try readOnlyCopy()
      _ = Processes.execute(file, arguments: arguments, environment: environment)
    } catch {
      // The sealed copy in memory does as well.
    }
    do {
      let file = try memoryCopy()
      return Processes.execute(file, arguments: arguments, environment: environment).within("seal the executable")
    } catch {
      return error.within("seal the executable")
    }
  }

  /// The executable on a read-only copy of its mount. The copy is cut at the directory, not at the file: what is the root
  /// of a mount could be made writable again while that mount exists.
  private static func readOnlyCopy() throws(Failure) -> FileDescriptor {
    let path = try Files.readLink("/proc/self/exe")
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { throw Failure("no path") }
    let mount = try Mounts.copy(
      slash == path.startIndex ? "/" : String(path[..<slash]), recursive: false, setting: [.readOnly, .noSuid, .noDev])
    let name = String(path[path.utf8.index(after: slash)...])
    let file = try Files.open(name, at: mount, [.path, .noFollow], resolve: [.beneath])
    let own = try FileStatus.of("/proc/self/exe", followLink: true)
    let copy = try FileStatus.of(at: file)
    guard copy.inode == own.inode, copy.device == own.device else { throw Failure("the executable was replaced") }
    return file
  }

  private static func memoryCopy() throws(Failure) -> FileDescriptor {
    let source = try Files.open("/proc/self/exe", .read)
    let copy = try Files.memory(named: "swiftlet", executable: true)
    try Files.copy(from: source, to: copy, size: Int(FileStatus.of(at: source).size))
    try Files.seal(copy)
    // Executing a file that is open for writing is ETXTBSY: open it again, for reading alone.
    return try Files.open("/proc/self/fd/\(copy.raw)", .read)
  }
}

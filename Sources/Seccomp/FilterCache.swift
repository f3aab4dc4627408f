internal import Linux

/// Compiled filters of profiles that were met before: a directory below the runtime's root with a file for each.
///
/// A hit is exact: the file holds the whole text of the profile as config.json has it, and all else that the program
/// depends on, and both are compared byte for byte. It is also trusted only as far as the runtime's user is: directory
/// and file must be his and writable by nobody else, by their open descriptors. What is wrong with the cache never fails
/// a command: a file that is damaged, missing or not to be trusted is a miss, and what cannot be written is not kept.
package struct FilterCache: Sendable {
  /// The directory's name. No container can have it: `@` is not allowed in their names.
  package static let name = "@seccomp"
  /// To be raised when the compiler gives other programs for the same profile within one version of swiftlet.
  private static let generation = 1
  /// How many files there are at most.
  static let limit = 64
  /// The longest file, in bytes. Profiles of engines take 10 to 30 KB.
  static let longest = 256 << 10

  private let directory: String

  /// The cache below `root`, the directory that holds all containers' directories.
  package init(root: String) {
    directory = root + "/" + Self.name
  }

  /// What a program is made of.
  package struct Key: Sendable {
    let bytes: [UInt8]
    let hash: UInt64

    /// - Parameters:
    ///   - profile: the text of `linux.seccomp`.
    ///   - version: swiftlet's.
    package init(profile: ArraySlice<UInt8>, version: String) {
      let text =
        "swiftlet \(version) \(generation)\nlibseccomp \(SeccompSupport.libraryVersion)\n"
        + "architecture \(ArchitectureToken.native)\nkernel \(Kernel.release)\n"
      var bytes: [UInt8] = []
      bytes.reserveCapacity(text.utf8.count + profile.count)
      bytes += text.utf8
      bytes += profile
      self.bytes = bytes
      hash = Checksum.of(bytes)
    }

    var fileName: String {
      let digits = String(hash, radix: 16)
      return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
  }

  /// The program of a profile that was stored before; nil when there is none.
  package func find(_ key: Key) -> SeccompProgram? {
    guard let directory = open(),
      let file = try? Files.open(key.fileName, at: directory, [.read, .noFollow, .nonBlocking]),
      let status = try? FileStatus.of(at: file), status.kind == .regular, isOwn(status),
      status.size <= Self.longest,
      let bytes = try? file.readSome(Int(status.size), "filter"), bytes.count == Int(status.size)
    else { return nil }
    return CachedFilter.decode(bytes, key)
  }

  /// Keeps a program for later. Programs with a listener are not kept: their configuration has more to say.
  package func store(_ program: SeccompProgram, for key: Key) {
    let bytes = CachedFilter.encode(program, key)
    guard !program.hasListener, bytes.count <= Self.longest else { return }
    try? Files.makeDirectory(directory, mode: 0o700)
    guard let directory = open() else { return }
    makeRoom(directory, hash: key.hash)
    let temporary = ".\(Processes.currentID)"
    do {
      let file = try Files.open(temporary, at: directory, [.write, .create, .exclusive, .noFollow])
      try file.write(bytes, temporary)
      try Files.rename(temporary, to: key.fileName, at: directory)
    } catch {
      // Also what a killed process of the same number has left.
      try? Files.remove(temporary, at: directory)
    }
  }

  /// The directory, when it is the runtime's user's alone.
  private func open() -> FileDescriptor? {
    guard let descriptor = try? Files.open(directory, [.directory, .noFollow]),
      let status = try? FileStatus.of(at: descriptor), isOwn(status)
    else { return nil }
    return descriptor
  }

  private func isOwn(_ status: FileStatus) -> Bool {
    status.uid == Processes.effectiveUserID && status.permissions & 0o022 == 0
  }

  /// Removes files until there is room for one more. Which ones is left to chance: a machine has a handful of profiles.
  private func makeRoom(_ directory: borrowing FileDescriptor, hash: UInt64) {
    guard var entries = try? Files.entries(directory, self.directory) else { return }
    while entries.count >= Self.limit {
      let entry = entries.remove(at: Int(hash % UInt64(entries.count)))
      try? Files.remove(entry.name, at: directory)
    }
  }
}

package import Linux

/// The root of a container as the one directory descriptor that everything in it is reached from: no path of the
/// container is ever resolved from anywhere else, and none leaves it.
///
/// Before pivot_root(2) it is the mount that will become the root, afterwards the root itself; it stays valid across.
package struct RootDescriptor: ~Copyable, Sendable {
  /// The directory, opened with O_PATH. It is the root of a mount.
  package let directory: FileDescriptor

  /// Takes the directory that is to be the root.
  package init(_ directory: consuming FileDescriptor) {
    self.directory = directory
  }

  /// What happens to symbolic links on the way.
  package enum SymbolicLinks: Sendable {
    /// They are followed, with absolute ones and `..` confined to the root, as after chroot(2).
    case followed
    /// The path must have none, ELOOP.
    case refused
  }

  /// Opens what is at `path`, openat2(2) with RESOLVE_IN_ROOT and RESOLVE_NO_MAGICLINKS.
  package borrowing func resolve(
    _ path: ContainerPath, _ flags: OpenFlags = .path, links: SymbolicLinks = .followed
  ) throws(Failure) -> FileDescriptor {
    do {
      return try Files.open(path.text, at: directory, flags, resolve: Self.flags(links))
    } catch {
      throw Failure("open \(path) in the container's root", error.errno)
    }
  }

  /// As `resolve`, but nil when there is no such file.
  package borrowing func resolveIfPresent(
    _ path: ContainerPath, _ flags: OpenFlags = .path, links: SymbolicLinks = .followed
  ) throws(Failure) -> FileDescriptor? {
    do {
      return try resolve(path, flags, links: links)
    } catch {
      if error.errno == .notFound { return nil }
      throw error
    }
  }

  /// Opens the directory at `path`; it and those above it are made with `mode` where they are missing.
  ///
  /// Symbolic links that lead nowhere yet are followed, and what they name is made: images have links such as
  /// `/etc/resolv.conf -> ../run/systemd/resolve/stub-resolv.conf`.
  package borrowing func makeDirectories(
    _ path: ContainerPath, mode: UInt32 = 0o755, links: SymbolicLinks = .followed
  ) throws(Failure) -> FileDescriptor {
    let place = try locate(path, orMake: .directory, directoryMode: mode, links: links)
    return place.takeFile()
  }

  /// Opens the file at `path`, with O_PATH; an empty one is made with `mode` when there is none, and so are the
  /// directories above it.
  package borrowing func makeFile(_ path: ContainerPath, mode: UInt32 = 0o644) throws(Failure) -> FileDescriptor {
    let place = try locate(path, orMake: .file(mode: mode), directoryMode: 0o755, links: .followed)
    return place.takeFile()
  }

  static func flags(_ links: SymbolicLinks) -> ResolveFlags {
    switch links {
    case .followed: [.inRoot, .noMagicLinks]
    case .refused: [.inRoot, .noMagicLinks, .noSymbolicLinks]
    }
  }
}

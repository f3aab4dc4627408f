internal import Linux
internal import RuntimeSpec

/// Propagation of mounts between host and container (config-linux.md, «Rootfs Mount Propagation»).
struct RootPropagation: Equatable, Sendable {
  /// What every mount of the new namespace gets first, seen from `/`.
  let first: MountOperation.PropagationChange
  /// What the container's root gets after pivot_root(2); nil when it has it from the start.
  let last: MountOperation.PropagationChange?

  init(_ requested: RuntimeSpec.RootfsPropagation?) {
    switch requested {
    case nil, .rslave:
      first = .init(.slave, recursive: true)
      last = nil
    case .slave:
      first = .init(.slave, recursive: false)
      last = nil
    case .private:
      first = .init(.private, recursive: false)
      last = nil
    case .rprivate:
      first = .init(.private, recursive: true)
      last = nil
    case .shared:
      first = .init(.shared, recursive: false)
      last = first
    case .rshared:
      first = .init(.shared, recursive: true)
      last = first
    // What cannot be bound could not be made the root: only the container's root becomes so, at the end.
    case .unbindable:
      first = .init(.private, recursive: false)
      last = .init(.unbindable, recursive: false)
    case .runbindable:
      first = .init(.private, recursive: true)
      last = .init(.unbindable, recursive: true)
    }
  }

  /// Makes a mount of the root file system at `path` on itself, which pivot_root(2) needs, in a mount namespace whose
  /// mounts have the propagation `first` by then; none of it reaches the host.
  func bindRoot(_ path: String, _ askParent: AskParent?) throws(Failure) -> RootDescriptor {
    try Mounts.setPropagationOfRoot(first.propagation, recursive: first.recursive)
    return try within("root file system \"\(path)\"") { () throws(Failure) in
      let directory: FileDescriptor
      do throws(Failure) {
        directory = try Files.open(path, [.path, .directory])
      } catch {
        guard let askParent, error.errno == .accessDenied else { throw error }
        return RootDescriptor(try take(askParent(ContainerRoot.rootPosition)))
      }
      if !isolatesAll { try isolate(path) }
      let tree = try Mounts.copy("", at: directory, recursive: true)
      try Mounts.attach(tree, to: directory, path)
      return RootDescriptor(tree)
    }
  }

  /// Takes a copy of the root file system that was made in the parent's mount namespace, whose path only the host's root
  /// can walk. It is mounted on `/`, where it covers nothing: paths begin below it.
  private func take(_ tree: consuming FileDescriptor) throws(Failure) -> FileDescriptor {
    try Mounts.setPropagation(tree, first.propagation == .shared ? .private : first.propagation, recursive: true)
    let slash = try Files.open("/", [.path, .directory])
    if !isolatesAll { try isolate("/") }
    try Mounts.attach(tree, to: slash, "/")
    return tree
  }

  /// Whether no mount is shared any more after `first`.
  var isolatesAll: Bool { first.recursive && first.propagation != .shared }

  /// The mount that the root file system lies on must not be shared: what is mounted there would appear on the host,
  /// and pivot_root(2) refuses it.
  private func isolate(_ path: String) throws(Failure) {
    let propagation = first.propagation == .slave ? first.propagation : .private
    var path = path
    while true {
      do {
        let directory = try Files.open(path, [.path, .directory])
        return try Mounts.setPropagation(directory, propagation, recursive: false)
      } catch {
        // EINVAL: no mount point, so the mount is one of those above.
        guard error.errno == .invalidArgument, path != "/" else { throw error }
      }
      let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex
      path = slash == path.startIndex ? "/" : String(path[..<slash])
    }
  }
}

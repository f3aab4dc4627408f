internal import Linux

/// Makes paths unreadable (config-linux.md, «Masked Paths»): files become /dev/null, directories empty and read-only.
enum MaskedPaths {
  /// Masks `paths` in the container's root. A path that does not exist needs no mask; anything else that goes wrong
  /// is an error.
  static func mask(
    _ paths: [ContainerPath], in root: borrowing RootDescriptor, with source: inout MaskSource
  ) throws(Failure) {
    for path in paths {
      do {
        try mask(path, root, &source)
      } catch {
        throw error.within("mask \"\(path)\"")
      }
    }
    try source.remove(root)
  }

  private static func mask(
    _ path: ContainerPath, _ root: borrowing RootDescriptor, _ source: inout MaskSource
  ) throws(Failure) {
    guard let target = try open(path, root) else { return }
    let tree =
      try FileStatus.of(at: target).kind == .directory ? source.directory(root) : source.file(root)
    try Mounts.attach(tree, to: target, path.text)
  }

  private static func open(
    _ path: ContainerPath, _ root: borrowing RootDescriptor
  ) throws(Failure) -> FileDescriptor? {
    do {
      return try root.resolve(path)
    } catch {
      if error.errno == .notFound || error.errno == .notDirectory { return nil }
      throw error
    }
  }
}

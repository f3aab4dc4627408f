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
    do {
      let target = try root.resolve(path, [.path, .directory])
      try Mounts.attach(source.directory(root), to: target, path.text)
    } catch {
      if error.errno == .notFound { return }
      guard error.errno == .notDirectory else { throw error }
      try maskFile(path, root, &source)
    }
  }

  private static func maskFile(
    _ path: ContainerPath, _ root: borrowing RootDescriptor, _ source: inout MaskSource
  ) throws(Failure) {
    let target: FileDescriptor
    do {
      target = try root.resolve(path)
    } catch {
      if error.errno == .notFound || error.errno == .notDirectory { return }
      throw error
    }
    try Mounts.attach(source.file(root), to: target, path.text)
  }
}

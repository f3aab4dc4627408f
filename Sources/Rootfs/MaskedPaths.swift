internal import Linux

/// Makes paths unreadable (config-linux.md, «Masked Paths»): files become /dev/null, directories empty and read-only.
enum MaskedPaths {
  /// Masks `paths` in the container's root. A path that does not exist needs no mask; anything else that goes wrong
  /// is an error.
  static func mask(
    _ paths: [ContainerPath], in root: borrowing RootDescriptor, _ views: inout KernelViews,
    with source: inout MaskSource
  ) throws(Failure) {
    // Closed together at the end.
    var used = DescriptorList()
    for path in paths {
      do {
        try mask(path, root, &views, &source, &used)
        views.cover(path, hides: true)
      } catch {
        throw error.within("mask \"\(path)\"")
      }
    }
    try source.remove(root)
  }

  private static func mask(
    _ path: ContainerPath, _ root: borrowing RootDescriptor, _ views: inout KernelViews, _ source: inout MaskSource,
    _ used: inout DescriptorList
  ) throws(Failure) {
    do {
      let target = try views.resolve(path, [.path, .directory], in: root)
      try attach(source.directory(root), target, path, &used)
    } catch {
      if error.errno == .notFound { return }
      guard error.errno == .notDirectory else { throw error }
      try maskFile(path, root, &views, &source, &used)
    }
  }

  private static func maskFile(
    _ path: ContainerPath, _ root: borrowing RootDescriptor, _ views: inout KernelViews, _ source: inout MaskSource,
    _ used: inout DescriptorList
  ) throws(Failure) {
    let target: FileDescriptor
    do {
      target = try views.resolve(path, in: root)
    } catch {
      if error.errno == .notFound || error.errno == .notDirectory { return }
      throw error
    }
    try attach(source.file(root), target, path, &used)
  }

  private static func attach(
    _ mask: consuming FileDescriptor, _ target: consuming FileDescriptor, _ path: ContainerPath,
    _ used: inout DescriptorList
  ) throws(Failure) {
    try Mounts.attach(mask, to: target, path.text)
    used.append(target)
    used.append(mask)
    used.closeIfMany()
  }
}

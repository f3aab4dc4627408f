internal import Linux

/// Makes paths read-only (config-linux.md, «Readonly Paths»).
enum ReadonlyPaths {
  /// Covers each path with a read-only mount of itself, with the mounts in it; their other attributes stay. A path
  /// that does not exist is left out; anything else that goes wrong is an error.
  static func protect(
    _ paths: [ContainerPath], in root: borrowing RootDescriptor, _ views: inout KernelViews
  ) throws(Failure) {
    // Closed together at the end.
    var used = DescriptorList()
    for path in paths {
      do {
        let target = try views.resolve(path, in: root)
        let tree = try Mounts.copy("", at: target, recursive: true, setting: .readOnly)
        try Mounts.attach(tree, to: target, path.text)
        used.append(target)
        used.append(tree)
        used.closeIfMany()
        views.cover(path, hides: false)
      } catch {
        if error.errno == .notFound { continue }
        throw error.within("make \"\(path)\" read-only")
      }
    }
  }
}

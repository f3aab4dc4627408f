package import Linux

extension MountOperation {
  /// A detached copy of a bind mount's source, with its attributes and id mapping set, attached nowhere yet.
  ///
  /// The source's own attributes stay where the options don't name them. The id mapping wants a privileged caller in
  /// the user namespace that the source's file system belongs to. Throws with the source's path, ENOENT when there
  /// is none.
  package func copySource(
    recursive: Bool, userNamespace: borrowing FileDescriptor? = nil
  ) throws(Failure) -> FileDescriptor {
    let tree = try copyTree(recursive)
    try setIDMapping(of: tree, userNamespace)
    try setAttributes(of: tree)
    return tree
  }

  /// Gives a detached mount the operation's id mapping, if it has one: that of `userNamespace`.
  func setIDMapping(
    of tree: borrowing FileDescriptor, _ userNamespace: borrowing FileDescriptor?
  ) throws(Failure) {
    guard let idMapping else { return }
    switch userNamespace {
    case .some(let namespace):
      do {
        try Mounts.setAttributes(tree, set: .idMap, recursive: idMapping.recursive, userNamespace: namespace)
      } catch {
        switch error.errno {
        case .invalidArgument:
          throw Failure("id-mapped mount: the file system does not support it on this kernel", error.errno)
        case .notPermitted:
          throw Failure("id-mapped mount: it is mapped already, or not mounted by this user", error.errno)
        default: throw error.within("id-mapped mount")
        }
      }
    case .none:
      throw Failure("id-mapped mount without a user namespace that has its mapping")
    }
  }

  private func copyTree(_ recursive: Bool) throws(Failure) -> FileDescriptor {
    guard let subdirectory = extras.subdirectory else {
      return try Mounts.copy(source, recursive: recursive, followLink: !extras.keepsSourceSymlink)
    }
    let top = try within("bind source") { () throws(Failure) in try Files.open(source, [.path, .directory]) }
    let inner = try RootDescriptor(top).resolve(subdirectory)
    return try Mounts.copy("", at: inner, recursive: recursive)
  }

  /// Sets what the options ask for on a mount that is detached, or that is remounted.
  func setAttributes(of tree: borrowing FileDescriptor) throws(Failure) {
    if !attributes.isEmpty { try Mounts.setAttributes(tree, set: attributes.set, clear: attributes.clear) }
    try setRecursiveAttributes(of: tree)
  }

  func setRecursiveAttributes(of tree: borrowing FileDescriptor) throws(Failure) {
    guard !recursiveAttributes.isEmpty else { return }
    try Mounts.setAttributes(
      tree, set: recursiveAttributes.set, clear: recursiveAttributes.clear, recursive: true)
  }
}

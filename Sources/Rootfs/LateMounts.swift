internal import Linux

/// What of the mounts is changed only when everything in the root has been set up.
struct LateMounts: ~Copyable {
  /// Those that become read-only.
  var readOnly = DescriptorList()
  var unbindable = UnbindableMounts()
}

/// Mounts whose options make them `unbindable`. What is unbindable cannot be copied, and copies are what makes paths
/// read-only: where the configuration has such paths, these mounts become unbindable only afterwards.
struct UnbindableMounts: ~Copyable {
  private var mounts = DescriptorList()
  private var operations: [MountOperation] = []

  /// Remembers what `operation` has mounted just now. Nothing is there when its source was missing and may be.
  mutating func append(_ operation: MountOperation, in root: borrowing RootDescriptor) throws(Failure) {
    guard let mount = try Self.mount(operation, root) else { return }
    mounts.append(mount)
    operations.append(operation)
  }

  /// Changes their propagation, and that of the read-only mounts that have come to lie on them.
  mutating func change(in root: borrowing RootDescriptor) throws(Failure) {
    for (index, operation) in operations.enumerated() {
      guard let mount = mounts.take(index) else { continue }
      try within(operation.title) { () throws(Failure) in
        try operation.setPropagation(of: mount)
        guard let top = try Self.mount(operation, root) else { return }
        let isCovered = try FileStatus.of(at: top).mountID != FileStatus.of(at: mount).mountID
        if isCovered { try operation.setPropagation(of: top) }
      }
    }
  }

  private static func mount(
    _ operation: MountOperation, _ root: borrowing RootDescriptor
  ) throws(Failure) -> FileDescriptor? {
    let flags: OpenFlags = operation.extras.keepsDestinationSymlink ? [.path, .noFollow] : .path
    guard let mount = try root.resolveIfPresent(operation.destination, flags),
      try FileStatus.of(at: mount).isMountRoot
    else { return nil }
    return mount
  }
}

package import Linux

/// Descriptors that the parent opened for the child's mounts, by position in `mounts`: bind sources that the child
/// cannot reach in its user namespace, id-mapped trees, file systems that belong to a namespace which the child has
/// left by then, and user namespaces that carry an id mapping.
package struct PreparedMounts: ~Copyable, Sendable {
  private var trees = DescriptorList()
  private var treePositions: [Int] = []
  private var namespaces = DescriptorList()
  private var namespacePositions: [Int] = []

  package init() {}

  /// Adds a detached mount (from `MountOperation.makeDetached`, or a copy of a tree) that the operation at `position`
  /// is to attach. Its attributes, and its id mapping if it has one, must be set already.
  package mutating func addTree(_ tree: consuming FileDescriptor, forMountAt position: Int) {
    trees.append(tree)
    treePositions.append(position)
  }

  /// Adds the user namespace whose mapping the id-mapped mount at `position` gets.
  package mutating func addUserNamespace(_ namespace: consuming FileDescriptor, forMountAt position: Int) {
    namespaces.append(namespace)
    namespacePositions.append(position)
  }

  /// Every descriptor in it.
  package var numbers: [Int32] { trees.numbers + namespaces.numbers }

  /// Takes the tree for `position` out; nil when there is none.
  mutating func takeTree(_ position: Int) -> FileDescriptor? {
    guard let index = treePositions.firstIndex(of: position) else { return nil }
    return trees.take(index)
  }

  /// Takes the user namespace for `position` out; nil when there is none.
  mutating func takeUserNamespace(_ position: Int) -> FileDescriptor? {
    guard let index = namespacePositions.firstIndex(of: position) else { return nil }
    return namespaces.take(index)
  }
}

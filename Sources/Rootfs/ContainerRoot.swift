package import Linux

/// A container's root file system in the making. It is worked on by the container's own process, in its new mount
/// namespace, in this order:
///
/// 1. `prepare`: propagation, and the root as a mount of its own;
/// 2. `performMounts`, `makeDevices`;
/// 3. (createContainer hooks);
/// 4. `enter`: the root becomes `/`, the host's is gone;
/// 5. (`root.attachConsole`, `root.reopenNullStreams`);
/// 6. `finish`: what is read-only becomes so, and paths are masked.
///
/// The umask is 0 from `prepare` to `finish`, which gives it back; hooks want it back earlier.
///
/// No step leaves anything on the host, besides what the root file system lacked for a mount: empty files and
/// directories.
package struct ContainerRoot: ~Copyable {
  /// The root, for whatever else is to be done in it by descriptor.
  package let root: RootDescriptor
  /// The umask of the caller, before it became 0.
  package let umask: UInt32
  private let plan: RootfsPlan
  private var late = LateMounts()
  private var masks: MaskSource?

  private init(_ plan: RootfsPlan, _ root: consuming RootDescriptor) {
    self.plan = plan
    self.root = root
    umask = Processes.exchangeUmask(0)
  }

  /// Cuts the mount namespace off from the host as `rootfsPropagation` wants it, and makes the root file system a
  /// mount of its own.
  ///
  /// `askParent` gives the root file system, under `rootPosition`, where this process cannot reach it.
  package static func prepare(_ plan: RootfsPlan, askParent: AskParent? = nil) throws(Failure) -> ContainerRoot {
    ContainerRoot(plan, try plan.propagation.bindRoot(plan.rootPath, askParent))
  }

  /// Stands for the root file system where the parent is asked for the mount at a position.
  package static var rootPosition: Int { -1 }

  /// Takes the root file system as it lies in a mount namespace that the container shares: its mounts are for all who
  /// live there, and nothing of theirs changes. Enter it with `changeRoot`.
  package static func prepareShared(_ plan: RootfsPlan) throws(Failure) -> ContainerRoot {
    try within("root file system \"\(plan.rootPath)\"") { () throws(Failure) in
      ContainerRoot(plan, RootDescriptor(try Files.open(plan.rootPath, [.path, .directory])))
    }
  }

  /// Performs the mounts of the configuration, in their order. What the parent opened for them is taken from
  /// `prepared`, the rest is opened here, or by `askParent` where this process cannot.
  package mutating func performMounts(
    _ prepared: inout PreparedMounts, askParent: AskParent? = nil
  ) throws(Failure) {
    var execution = MountExecution(plan, askParent: askParent)
    for operation in plan.mounts {
      do {
        try execution.perform(operation, in: root, &prepared)
      } catch {
        throw error.within(operation.title)
      }
    }
    late = execution.takeLate()
  }

  /// Makes device nodes and the links of /dev, unless /dev is a bind mount.
  package mutating func makeDevices() throws(Failure) {
    guard plan.setsUpDev else { return }
    let dev = try root.makeDirectories(ContainerPath("/dev"))
    var nodes = DeviceNodes(bindsFromHost: plan.bindsDevices)
    try nodes.make(plan.devices, in: root, dev: dev)
    try DeviceLinks.make(in: dev)
  }

  /// Makes the root the working directory, as hooks find it that run before `enter`.
  package func makeWorkingDirectory() throws(Failure) {
    try Processes.changeDirectory(root.directory)
  }

  /// Makes the root the root of this process and its mount namespace, and the working directory.
  package mutating func enter(_ kind: RootSwitch = .pivotRoot) throws(Failure) {
    if !plan.maskedPaths.isEmpty { masks = try MaskSource.make(label: plan.mountLabel) }
    switch kind {
    case .pivotRoot:
      try PivotRoot.perform(root, isIsolated: plan.propagation.isolatesAll && plan.propagation.last == nil)
    case .moveMount: try MoveRoot.perform(root, path: plan.rootPath)
    case .changeRoot:
      try Processes.changeDirectory(root.directory)
      try Processes.changeRoot(".")
      return
    }
    if let last = plan.propagation.last, last.propagation != .unbindable {
      try Mounts.setPropagation(root.directory, last.propagation, recursive: last.recursive)
    }
  }

  /// Makes read-only and masks what the configuration says; nothing can be set up in the root afterwards.
  package mutating func finish() throws(Failure) {
    for index in 0..<late.readOnly.count {
      guard let mount = late.readOnly.take(index) else { continue }
      try Mounts.setAttributes(mount, set: .readOnly)
    }
    if plan.isReadOnly { try Mounts.setAttributes(root.directory, set: .readOnly) }
    var views = KernelViews(plan.mounts)
    try ReadonlyPaths.protect(plan.readonlyPaths, in: root, &views)
    if var source = masks.take() { try MaskedPaths.mask(plan.maskedPaths, in: root, &views, with: &source) }
    try late.unbindable.change(in: root)
    // Copies of mounts are what makes paths read-only.
    if let last = plan.propagation.last, last.propagation == .unbindable {
      try Mounts.setPropagation(root.directory, last.propagation, recursive: last.recursive)
    }
    Processes.setUmask(umask)
  }
}

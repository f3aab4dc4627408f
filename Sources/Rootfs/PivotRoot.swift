internal import Linux

/// How the root file system becomes the root.
package enum RootSwitch: Sendable {
  /// pivot_root(2); the old root is gone afterwards.
  case pivotRoot
  /// The root is moved over `/` and entered with chroot(2), for roots that cannot be pivoted (an initramfs).
  case moveMount
  /// chroot(2) alone, in a mount namespace that others live in too: it stays as they have it. It confines nobody who has
  /// CAP_SYS_CHROOT.
  case changeRoot
}

enum PivotRoot {
  /// Makes `root` the root of this mount namespace, and takes the old one with all its mounts away. `isIsolated`: no
  /// mount is shared with the host's namespace any more.
  static func perform(_ root: borrowing RootDescriptor, isIsolated: Bool) throws(Failure) {
    if isIsolated {
      try Processes.changeDirectory(root.directory)
      try Mounts.pivotRootHere()
      // The old root lies over the new one now, pivot_root(2), and so this is its name; detaching it reaches nobody.
      return try Mounts.detach(".")
    }
    let old = try Files.open("/", [.path, .directory])
    try Processes.changeDirectory(root.directory)
    try Mounts.pivotRootHere()
    // Detaching must not propagate to the host. Slave, not private: the host can still take away what it mounted.
    try Mounts.setPropagation(old, .slave, recursive: true)
    try Processes.changeDirectory(old)
    try Mounts.detach(".")
    try Processes.changeDirectory(root.directory)
  }
}

enum MoveRoot {
  /// Moves `root`, which is mounted at `path` on the host, over `/` and makes it the root directory.
  ///
  /// The mounts of the host stay reachable in the namespace: every whole procfs and sysfs is taken away or covered
  /// first, or a container could mount a new one without what the host hides in its own.
  static func perform(_ root: borrowing RootDescriptor, path: String) throws(Failure) {
    let mounts = try Files.read("/proc/self/mountinfo", limit: 64 << 20)
    for mountPoint in wholeMounts(mounts, outside: path) { try hide(mountPoint) }
    let slash = try Files.open("/", [.path, .directory])
    do {
      try Mounts.attach(root.directory, to: slash, "/")
    } catch {
      // It lies there already, when the parent had to open it.
      guard error.errno == .symbolicLinkLoop else { throw error }
    }
    try Processes.changeDirectory(root.directory)
    try Processes.changeRoot(".")
    try Processes.changeDirectory("/")
  }

  /// The mount points of proc(5) mountinfo at which the root of a procfs or sysfs is mounted.
  static func wholeMounts(_ mountinfo: [UInt8], outside root: String) -> [String] {
    var found: [String] = []
    for line in mountinfo.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: " "))
      guard let dash = fields.firstIndex(where: { $0.elementsEqual("-".utf8) }), dash + 1 < fields.count, dash > 4
      else { continue }
      let type = String(decoding: fields[dash + 1], as: UTF8.self)
      guard type == "proc" || type == "sysfs", fields[3].elementsEqual("/".utf8) else { continue }
      let mountPoint = MountInfoField.unescaped(fields[4])
      if !mountPoint.isPath(atOrBelow: root) { found.append(mountPoint) }
    }
    return found
  }

  private static func hide(_ mountPoint: String) throws(Failure) {
    do {
      let mount = try Files.open(mountPoint, [.path])
      try Mounts.setPropagation(mount, .slave, recursive: true)
    } catch {
      // It went with a mount above it that was taken away before.
      if error.errno == .notFound || error.errno == .invalidArgument { return }
      throw error.within("hide \(mountPoint)")
    }
    do {
      try Mounts.detach(mountPoint)
    } catch {
      guard error.errno == .invalidArgument || error.errno == .notPermitted else { throw error }
      let cover = try FileSystemContext(type: "tmpfs").mount(.readOnly)
      let mount = try Files.open(mountPoint, [.path])
      try Mounts.attach(cover, to: mount, mountPoint)
    }
  }
}

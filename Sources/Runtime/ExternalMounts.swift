internal import CRIU
internal import Cgroups
internal import Linux
internal import Rootfs
internal import RuntimeSpec

/// The mounts of a container that come from outside of it: criu only remembers that they are there, under a name, and is
/// told at restore what the name stands for then. The names are runc's, which are the destinations.
enum ExternalMounts {
  /// The name for masked files, as with runc.
  private static let maskedFile = "/dev/null"
  /// The name for masked directories.
  private static let maskedDirectory = "masked-directory"

  /// For a dump: the mount points of a running container, and the names.
  static func find(
    _ rootfs: RootfsPlan, cgroupNamespace: Bool, notify: Bool, pid: Int32
  ) throws(Failure) -> [CriuOptions.Mapping] {
    var finder = Finder(
      root: RootDescriptor(try Files.open("/proc/\(pid)/root", [.path, .directory])), table: try MountTable(of: pid))
    for operation in rootfs.mounts {
      switch operation.kind {
      case .bind:
        finder.add(operation.destination, operation.destination.text, operation.extras.keepsDestinationSymlink)
      case .cgroup where !cgroupNamespace: finder.addCgroups(operation.destination)
      default: break
      }
    }
    if notify { finder.add(ContainerPath(NotifyProxy.containerDirectory), NotifyProxy.containerDirectory) }
    for device in rootfs.devices { finder.add(device.path, device.path.text) }
    for path in rootfs.maskedPaths { finder.addMask(path, file: maskedFile, directory: maskedDirectory) }
    return finder.found
  }

  /// For a restore: what the names stand for. `workspace` is where `RestoreRoot` has prepared it.
  static func sources(_ rootfs: RootfsPlan, workspace: String) -> [CriuOptions.Mapping] {
    var sources: [CriuOptions.Mapping] = []
    for operation in rootfs.mounts {
      switch operation.kind {
      case .bind:
        sources.append(.init(operation.destination.text, source(operation, workspace: workspace)))
      case .cgroup:
        guard let view = rootfs.cgroups, !view.hasNamespace else { break }
        switch view.layout {
        case .unified(let path): sources.append(.init(operation.destination.text, path))
        case .separate(let hierarchies):
          for hierarchy in hierarchies {
            sources.append(.init(operation.destination.text + "/" + hierarchy.directory, hierarchy.path))
            if hierarchy.isUnified { sources.append(.init(operation.destination.text, hierarchy.path)) }
          }
        }
      default: break
      }
    }
    if !rootfs.maskedPaths.isEmpty {
      sources.append(.init(maskedFile, workspace + "/" + RestoreRoot.null))
      sources.append(.init(maskedDirectory, workspace + "/" + RestoreRoot.empty))
    }
    for device in rootfs.devices where !sources.contains(where: { $0.key == device.path.text }) {
      sources.append(.init(device.path.text, device.path.text))
    }
    return sources
  }
}

extension ExternalMounts {
  /// Where criu takes a bind mount from. A mount that follows the host's takes its group from the mount that holds its
  /// source, and all of one group from one of them: that has to be the host's own, which holds all, and criu finds it by
  /// the path. What `RestoreRoot` has prepared holds one source only; it serves where the path does not lead there.
  private static func source(_ operation: MountOperation, workspace: String) -> String {
    let extras = operation.extras
    guard operation.idMapping == nil, extras.subdirectory == nil, !extras.copiesSymlink, !extras.keepsSourceSymlink,
      let file = try? Files.open(operation.source, .path),
      let path = try? Files.readLink("/proc/self/fd/\(file.raw)"), !path.isPath(atOrBelow: workspace)
    else { return workspace + "/" + RestoreRoot.source(operation.position) }
    return path
  }
}

/// Finds what is mounted where in a running container.
private struct Finder: ~Copyable {
  let root: RootDescriptor
  let table: MountTable
  var found: [CriuOptions.Mapping] = []

  /// The mount whose root is at `path`, with whether that is a directory; nil when nothing is mounted there.
  private func mount(_ path: ContainerPath, _ keepsLink: Bool) -> (entry: MountTable.Entry, isDirectory: Bool)? {
    guard let file = try? root.resolve(path, keepsLink ? [.path, .noFollow] : .path),
      let status = try? FileStatus.of(at: file), status.isMountRoot,
      let entry = table.entries.first(where: { $0.id == status.mountID })
    else { return nil }
    return (entry, status.kind == .directory)
  }

  mutating func add(_ path: ContainerPath, _ name: String, _ keepsLink: Bool = false) {
    guard let mount = mount(path, keepsLink) else { return }
    add(mount.entry, name)
  }

  private mutating func add(_ entry: MountTable.Entry, _ name: String) {
    found.removeAll { $0.key == entry.mountPoint }
    found.append(.init(entry.mountPoint, name))
  }

  /// The control groups at `path`, or in the directory there: without a namespace of their own they are the host's.
  mutating func addCgroups(_ path: ContainerPath) {
    guard let top = mount(path, false)?.entry else { return }
    for entry in table.entries where entry.type.hasPrefix("cgroup") {
      if entry.mountPoint == top.mountPoint {
        add(entry, path.text)
      } else if entry.mountPoint.utf8.starts(with: (top.mountPoint + "/").utf8) {
        add(entry, path.text + String(entry.mountPoint.dropFirst(top.mountPoint.count)))
      }
    }
  }

  mutating func addMask(_ path: ContainerPath, file: String, directory: String) {
    guard let mount = mount(path, false) else { return }
    add(mount.entry, mount.isDirectory ? directory : file)
  }
}

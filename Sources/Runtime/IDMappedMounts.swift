internal import Linux
internal import Rootfs
internal import RuntimeSpec

/// Id-mapped mounts (config.md, `uidMappings` of a mount): the mapping travels as a user namespace that has it, and that
/// nobody lives in.
extension ContainerPlan {
  /// Opens for each id-mapped mount what the child cannot make itself.
  func prepareMounts(_ rootfs: RootfsPlan, _ prepared: inout PreparedMounts) throws(Failure) {
    for (index, mount) in rootfs.mounts.enumerated() {
      guard let mapping = mount.idMapping else { continue }
      do {
        let namespace = try IDMapping.namespace(
          uid: mapping.uid.isEmpty ? spec.linux.uidMappings : mapping.uid,
          gid: mapping.gid.isEmpty ? spec.linux.gidMappings : mapping.gid)
        if hasUserNamespace {
          // A child without rights over the mapping's namespace could not use it.
          prepared.addTree(try mount.makeDetached(userNamespace: consume namespace), forMountAt: index)
        } else {
          prepared.addUserNamespace(namespace, forMountAt: index)
        }
      } catch {
        throw error.within("id-mapped mount on \(mount.destination)")
      }
    }
  }
}

/// File systems that show a namespace of another owner (proc, mqueue, sysfs): the container's root, who has no rights
/// over that namespace, could not mount them.
extension ContainerPlan {
  /// Makes them ahead, by a process that is in those namespaces and has the host's rights still. What cannot be made is
  /// left to the child, which knows what to say.
  func prepareForeignMounts(_ rootfs: RootfsPlan, _ prepared: inout PreparedMounts, alsoProc: Bool) {
    guard options.userID == 0 else { return }
    for mount in rootfs.mounts {
      guard case .fileSystem(let type) = mount.kind else { continue }
      let isForeign =
        switch type {
        case "proc": alsoProc
        case "mqueue": !namespaces.creates(.ipc)
        case "sysfs": !namespaces.creates(.network)
        default: false
        }
      guard isForeign, let tree = try? mount.makeDetached() else { continue }
      prepared.addTree(tree, forMountAt: mount.position)
    }
  }
}

/// User namespaces that only carry a mapping.
enum IDMapping {
  /// Makes one by a process that lives for as long as it takes to write the maps and to open the namespace.
  static func namespace(uid: [LinuxIDMapping], gid: [LinuxIDMapping]) throws(Failure) -> FileDescriptor {
    switch try Processes.clone(.user) {
    case .child:
      // It is killed below; if its parent dies before, so does it.
      try? Processes.setParentDeathSignal(Signals.kill)
      Processes.pause()
    case .parent(let process):
      let result: Result<Int32, Failure>
      do {
        try UserMapping.write(uid: uid, gid: gid, of: process.pid)
        result = .success(try Files.open("/proc/\(process.pid)/ns/user", .read).release())
      } catch {
        result = .failure(error)
      }
      try? process.signal(Signals.kill)
      _ = try? process.wait()
      return FileDescriptor(owning: try result.get())
    }
  }
}

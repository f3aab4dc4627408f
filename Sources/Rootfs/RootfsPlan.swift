package import Linux
package import RuntimeSpec

/// All that is to be done to a container's root file system, worked out from its configuration without looking
/// anything up. `ContainerRoot` does it.
package struct RootfsPlan: Equatable, Sendable {
  /// The root file system on the host.
  package let rootPath: String
  /// The entries of `mounts` in their order.
  package let mounts: [MountOperation]
  /// Nodes to make in /dev and elsewhere; empty when /dev is a bind mount.
  package let devices: [DeviceNode]
  /// Whether /dev gets its nodes and links: not when it is a bind mount, whose owner keeps it.
  package let setsUpDev: Bool
  package let maskedPaths: [ContainerPath]
  package let readonlyPaths: [ContainerPath]
  /// Whether the root's own mount becomes read-only.
  package let isReadOnly: Bool
  /// Whether device nodes are bound from the host, as in a user namespace.
  package let bindsDevices: Bool
  /// Whether the container has no network namespace, new or joined.
  let sharesNetwork: Bool
  /// The SELinux context for the files of new file systems; nil without SELinux.
  package let mountLabel: String?
  /// What mounts of type `cgroup` show.
  package var cgroups: CgroupMountView?
  let propagation: RootPropagation

  /// Works the configuration out. `bundle` is the bundle's absolute path, `mountLabel` the context to use (the caller
  /// knows whether SELinux is there). Throws everything that is wrong at once.
  package init(
    _ spec: Spec, bundle: String, cgroups: CgroupMountView? = nil, mountLabel: String? = nil
  ) throws(Failure) {
    var problems: [String] = []
    let path = spec.root.path
    rootPath = Self.clean(path.utf8.first == UInt8(ascii: "/") ? path : bundle + "/" + path)
    mounts = MountPlan.operations(spec.mounts, bundle: bundle, problems: &problems)
    setsUpDev = !mounts.contains { mount in
      if case .bind = mount.kind { mount.destination.text == "/dev" } else { false }
    }
    let nodes = DefaultDevices.nodes(spec.linux.devices, problems: &problems)
    devices = setsUpDev ? nodes : []
    maskedPaths = Self.paths(spec.linux.maskedPaths, "maskedPaths", &problems)
    readonlyPaths = Self.paths(spec.linux.readonlyPaths, "readonlyPaths", &problems)
    isReadOnly = spec.root.readonly
    sharesNetwork = !spec.linux.namespaces.contains { $0.type == .network }
    bindsDevices = spec.linux.namespaces.contains { $0.type == .user }
    self.mountLabel = mountLabel?.isEmpty == true ? nil : mountLabel
    self.cgroups = cgroups
    propagation = RootPropagation(spec.linux.rootfsPropagation)
    guard problems.isEmpty else { throw Failure(problems.joined(separator: "; ")) }
  }

  /// What of the configuration is left out, one line each.
  package var warnings: [String] {
    var found: [String] = []
    for mount in mounts {
      guard case .bind = mount.kind, !mount.data.isEmpty else { continue }
      found.append("mounts[\(mount.position)]: options that a bind mount does not have: \(MountData.join(mount.data))")
    }
    return found
  }

  /// Each path once, in the order of the configuration.
  private static func paths(_ texts: [String], _ property: String, _ problems: inout [String]) -> [ContainerPath] {
    var paths: [ContainerPath] = []
    var known: Set<ContainerPath> = []
    for text in texts {
      let path = ContainerPath(text)
      if text.utf8.contains(0) || path.isRoot {
        problems.append("\(property): \"\(text)\" is not a path below the root")
      } else if known.insert(path).inserted {
        paths.append(path)
      }
    }
    return paths
  }

  /// Without trailing slashes, doubled ones and `.`; `..` stays, since links may be before it.
  private static func clean(_ path: String) -> String {
    "/" + path.pathNames.filter { $0 != "." }.joined(separator: "/")
  }
}

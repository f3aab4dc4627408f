import JSON

extension Validator {
  /// Checks mounts (config.md, «Mounts»). Several different mounts may be stacked on one destination; the very same
  /// entry twice is a mistake.
  mutating func check(_ mounts: [Mount], _ linux: LinuxSection) {
    let path = JSONPath()["mounts"]
    for (index, mount) in mounts.enumerated() {
      require(!mount.destination.isEmpty, path[index]["destination"], "must not be empty")
      checkIDMapping(mount, path[index], linux)
    }
    guard mounts.count <= Self.mostCompared else { return checkManyMounts(mounts, path) }
    for (index, mount) in mounts.enumerated() {
      for earlier in 0..<index where mounts[earlier] == mount { requireDifferent(index, earlier, path) }
    }
  }

  /// Up to how many entries are compared with each other; a hostile document has room for many more.
  private static let mostCompared = 64

  private mutating func checkManyMounts(_ mounts: [Mount], _ path: JSONPath) {
    var places: [String: [Int]] = [:]
    for (index, mount) in mounts.enumerated() {
      let earlier = places[mount.destination, default: []]
      if let same = earlier.prefix(Self.mostCompared).first(where: { mounts[$0] == mount }) {
        requireDifferent(index, same, path)
      } else {
        places[mount.destination, default: []].append(index)
      }
    }
  }

  private mutating func requireDifferent(_ index: Int, _ earlier: Int, _ path: JSONPath) {
    if isKnown(path[index]), isKnown(path[earlier]) { fail(path[index], "is the same mount as mounts[\(earlier)]") }
  }

  private mutating func checkIDMapping(_ mount: Mount, _ path: @autoclosure () -> JSONPath, _ linux: LinuxSection) {
    if !mount.uidMappings.isEmpty || !mount.gidMappings.isEmpty {
      require(!mount.uidMappings.isEmpty, path()["uidMappings"], "is required with gidMappings")
      require(!mount.gidMappings.isEmpty, path()["gidMappings"], "is required with uidMappings")
      checkIDMappings(mount.uidMappings, path()["uidMappings"])
      checkIDMappings(mount.gidMappings, path()["gidMappings"])
    } else if let option = mount.options.firstIndex(where: { $0 == "idmap" || $0 == "ridmap" }) {
      require(
        linux.namespaces.contains { $0.type == .user } || !isKnown(JSONPath()["linux"]["namespaces"])
          || !isKnown(path()),
        path()["options"][option],
        "needs uidMappings and gidMappings of the mount, or a user namespace (got \"\(mount.options[option])\")")
    }
  }
}

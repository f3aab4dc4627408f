import JSON

extension Validator {
  /// Checks namespaces and what belongs to the user and time namespaces (config-linux.md, «Namespaces», «User
  /// namespace mappings», «Offset for Time Namespace»).
  mutating func checkNamespaces(_ linux: LinuxSection) {
    let namespaces = linux.namespaces
    func path(_ index: Int) -> JSONPath { JSONPath()["linux"]["namespaces"][index] }
    for (index, namespace) in namespaces.enumerated() {
      if let file = namespace.path { requireAbsolute(file, path(index)["path"]) }
      // There are 8 types: more entries can't all differ, and the first of them show it.
      for earlier in 0..<min(index, 8) where namespaces[earlier].type == namespace.type {
        guard isKnown(path(index)["type"]), isKnown(path(earlier)["type"]) else { continue }
        fail(path(index)["type"], "must not occur twice (got \"\(namespace.type.rawValue)\")")
        break
      }
    }
    checkUserNamespace(linux)
    checkTimeNamespace(linux)
  }

  /// Requires that the container has a namespace of its own, new or joined.
  mutating func requireNamespace(_ type: LinuxNamespaceType, _ linux: LinuxSection, _ path: @autoclosure () -> JSONPath)
  {
    if linux.namespaces.contains(where: { $0.type == type }) { return }
    guard isKnown(JSONPath()["linux"]["namespaces"]) else { return }
    fail(path(), "needs \(type == .ipc ? "an" : "a") \(type.rawValue) namespace")
  }

  /// A joined user namespace has its mappings already. Engines repeat them in the configuration; whether they are the
  /// same can only be seen when the namespace is opened.
  private mutating func checkUserNamespace(_ linux: LinuxSection) {
    let path = JSONPath()["linux"]
    checkIDMappings(linux.uidMappings, path["uidMappings"])
    checkIDMappings(linux.gidMappings, path["gidMappings"])
    guard let namespace = linux.namespaces.first(where: { $0.type == .user }) else {
      if !linux.uidMappings.isEmpty { requireNamespace(.user, linux, path["uidMappings"]) }
      if !linux.gidMappings.isEmpty { requireNamespace(.user, linux, path["gidMappings"]) }
      return
    }
    guard namespace.path == nil, isKnown(path["namespaces"]) else { return }
    require(!linux.uidMappings.isEmpty, path["uidMappings"], "is required for a new user namespace")
    require(!linux.gidMappings.isEmpty, path["gidMappings"], "is required for a new user namespace")
  }

  /// The kernel's rules for id maps (user_namespaces(7)): at most 340 ranges, none empty, none beyond the last id,
  /// none overlapping on either side.
  mutating func checkIDMappings(_ mappings: [LinuxIDMapping], _ path: @autoclosure () -> JSONPath) {
    guard mappings.count <= 340 else {
      return fail(path(), "must not have more than 340 entries (got \(mappings.count))")
    }
    for (index, mapping) in mappings.enumerated() {
      require(mapping.size > 0, path()[index]["size"], "must be greater than zero (got 0)")
      require(
        UInt64(max(mapping.containerID, mapping.hostID)) + UInt64(mapping.size) <= UInt64(UInt32.max),
        path()[index]["size"], "must not reach beyond id 4294967294 (got \(mapping.size))")
      for earlier in 0..<index where isKnown(path()[index]) && isKnown(path()[earlier]) {
        require(
          !Self.overlap(mapping.containerID, mappings[earlier].containerID, mapping.size, mappings[earlier].size),
          path()[index]["containerID"], "overlaps with entry \(earlier) (got \(mapping.containerID))")
        require(
          !Self.overlap(mapping.hostID, mappings[earlier].hostID, mapping.size, mappings[earlier].size),
          path()[index]["hostID"], "overlaps with entry \(earlier) (got \(mapping.hostID))")
      }
    }
  }

  private static func overlap(_ one: UInt32, _ other: UInt32, _ oneSize: UInt32, _ otherSize: UInt32) -> Bool {
    UInt64(one) < UInt64(other) + UInt64(otherSize) && UInt64(other) < UInt64(one) + UInt64(oneSize)
  }

  private mutating func checkTimeNamespace(_ linux: LinuxSection) {
    guard !linux.timeOffsets.isEmpty else { return }
    let path = JSONPath()["linux"]["timeOffsets"]
    requireNamespace(.time, linux, path)
    if linux.namespaces.contains(where: { $0.type == .time && $0.path != nil }) {
      fail(path, "is only for a new time namespace, not for a joined one")
    }
    for entry in linux.timeOffsets.entries {
      require(
        entry.key == "monotonic" || entry.key == "boottime", path[entry.key],
        "must be the offset of \"monotonic\" or \"boottime\"")
      require(
        entry.value.nanosecs < 1_000_000_000, path[entry.key]["nanosecs"],
        "must be less than 1000000000 (got \(entry.value.nanosecs))")
    }
  }
}

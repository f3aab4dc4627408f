import JSON

extension Validator {
  /// Checks the Intel RDT group (config-linux.md, «IntelRdt»). Its name becomes a directory of the resctrl filesystem.
  mutating func check(_ intelRdt: LinuxIntelRdt) {
    let path = JSONPath()["linux"]["intelRdt"]
    if let name = intelRdt.closID {
      require(
        name == "/" || (name != "." && name != ".." && !name.utf8.contains(UInt8(ascii: "/"))), path["closID"],
        "must be a name without \"/\", or \"/\" itself (got \(Quoted.text(name)))")
    }
    for (index, line) in intelRdt.schemata.enumerated() { requireOneLine(line, path["schemata"][index]) }
    if let line = intelRdt.l3CacheSchema { requireOneLine(line, path["l3CacheSchema"]) }
    if let line = intelRdt.memBwSchema {
      requireOneLine(line, path["memBwSchema"])
      require(line.hasPrefix("MB:"), path["memBwSchema"], "must start with \"MB:\" (got \(Quoted.text(line)))")
    }
  }

  /// Checks the NUMA memory policy (config-linux.md, «Memory policy»; set_mempolicy(2)).
  mutating func check(_ policy: LinuxMemoryPolicy) {
    let path = JSONPath()["linux"]["memoryPolicy"]
    requireNumberList(policy.nodes, path["nodes"])
    guard isKnown(path["mode"]) else { return }
    switch policy.mode {
    case .default, .local:
      require(policy.nodes == nil, path["nodes"], "must be absent for \(policy.mode.rawValue)")
    case .bind, .interleave, .preferredMany, .weightedInterleave:
      require(policy.nodes != nil, path["nodes"], "is required for \(policy.mode.rawValue)")
    case .preferred: break
    }
    require(
      !policy.flags.contains(.staticNodes) || !policy.flags.contains(.relativeNodes), path["flags"],
      "must not have both MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES")
  }
}

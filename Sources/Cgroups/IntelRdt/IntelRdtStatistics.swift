package import Linux

/// What `events` tells of a container's resctrl group, under runc's names (types/events.go, `IntelRdt`).
package struct IntelRdtStatistics: Equatable, Sendable {
  /// info/L3: what the L3 cache can be divided into.
  package struct CacheInfo: Equatable, Sendable {
    package var mask = ""
    package var minimumBits: UInt64 = 0
    package var groups: UInt64 = 0
  }

  /// info/MB: the steps of memory bandwidth.
  package struct BandwidthInfo: Equatable, Sendable {
    package var granularity: UInt64 = 0
    package var delayLinear: UInt64 = 0
    package var minimum: UInt64 = 0
    package var groups: UInt64 = 0
  }

  /// Memory bandwidth that was used, in bytes.
  package struct Bandwidth: Equatable, Sendable {
    package var total: UInt64 = 0
    package var local: UInt64 = 0
  }

  package var cacheInfo: CacheInfo?
  /// The L3 line of the default group.
  package var rootCacheSchema = ""
  /// The L3 line of the container's group.
  package var cacheSchema = ""
  package var bandwidthInfo: BandwidthInfo?
  package var rootBandwidthSchema = ""
  package var bandwidthSchema = ""
  /// All lines of the group's schemata file.
  package var schemata: [String] = []
  /// By L3 cache; nil where the machine does not measure it.
  package var bandwidth: [Bandwidth]?
  /// Bytes of each L3 cache that are the group's; nil where the machine does not measure it.
  package var occupancy: [UInt64]?

  /// Makes an empty value.
  package init() {}
}

extension IntelRdtGroup {
  /// The present statistics: of the monitoring group where the container has one, else of all in its group.
  package func statistics(in tree: some ResctrlTree) throws(Failure) -> IntelRdtStatistics {
    var result = IntelRdtStatistics()
    let rootLines = Self.lines(try tree.read("schemata"))
    result.schemata = Self.lines(try tree.read(name.isEmpty ? "schemata" : name + "/schemata"))
    if try tree.exists("info/L3") {
      result.cacheInfo = .init(
        mask: try tree.read("info/L3/cbm_mask"), minimumBits: try Self.number("info/L3/min_cbm_bits", tree),
        groups: try Self.number("info/L3/num_closids", tree))
      result.rootCacheSchema = rootLines.first { $0.hasPrefix("L3") } ?? ""
      result.cacheSchema = result.schemata.first { $0.hasPrefix("L3") } ?? ""
    }
    if try tree.exists("info/MB") {
      result.bandwidthInfo = .init(
        granularity: try Self.number("info/MB/bandwidth_gran", tree),
        delayLinear: try Self.number("info/MB/delay_linear", tree),
        minimum: try Self.number("info/MB/min_bandwidth", tree), groups: try Self.number("info/MB/num_closids", tree))
      result.rootBandwidthSchema = rootLines.first { $0.hasPrefix("MB") } ?? ""
      result.bandwidthSchema = result.schemata.first { $0.hasPrefix("MB") } ?? ""
    }
    if try tree.exists("info/L3_MON") { try readMonitoring(tree, into: &result) }
    return result
  }

  private func readMonitoring(
    _ tree: some ResctrlTree, into result: inout IntelRdtStatistics
  ) throws(Failure) {
    let features = Self.lines(try tree.read("info/L3_MON/mon_features"))
    let hasTotal = features.contains("mbm_total_bytes")
    let hasLocal = features.contains("mbm_local_bytes")
    let hasOccupancy = features.contains("llc_occupancy")
    if hasTotal || hasLocal { result.bandwidth = [] }
    if hasOccupancy { result.occupancy = [] }
    let group = monitoringName.map { (name.isEmpty ? "" : name + "/") + "mon_groups/\($0)/" }
    let data = (group ?? (name.isEmpty ? "" : name + "/")) + "mon_data"
    for domain in try tree.directories(in: data) where domain.hasPrefix("mon_L3_") {
      let directory = data + "/" + domain
      // A cache without counters to spare says `Unavailable`: a 0 would be taken for a count.
      let total = try hasTotal ? Self.counter(directory + "/mbm_total_bytes", tree) : 0
      let local = try hasLocal ? Self.counter(directory + "/mbm_local_bytes", tree) : 0
      if let total, let local { result.bandwidth?.append(.init(total: total, local: local)) }
      if hasOccupancy, let bytes = try Self.counter(directory + "/llc_occupancy", tree) {
        result.occupancy?.append(bytes)
      }
    }
  }

  private static func lines(_ text: String) -> [String] {
    text.split(separator: "\n").map { line in String(line.drop { $0 == " " }) }
  }

  private static func number(_ file: String, _ tree: some ResctrlTree) throws(Failure) -> UInt64 {
    guard let number = UInt64(try tree.read(file)) else { throw Failure("\(tree.root)/\(file) is not a number") }
    return number
  }

  private static func counter(_ file: String, _ tree: some ResctrlTree) throws(Failure) -> UInt64? {
    UInt64(try tree.read(file))
  }
}

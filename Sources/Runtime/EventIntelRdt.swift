internal import Cgroups
internal import JSON

extension EventDocument {
  /// `intel_rdt`, as runc's types/events.go has it.
  static func write(_ group: IntelRdtStatistics, _ writer: inout JSONWriter) {
    func text(_ name: String, _ value: String) {
      if value.isEmpty { return }
      writer.name(name)
      writer.string(value)
    }
    writer.name("intel_rdt")
    writer.beginObject()
    if let info = group.cacheInfo {
      writer.name("l3_cache_info")
      writer.beginObject()
      text("cbm_mask", info.mask)
      writer.unlessZero("min_cbm_bits", info.minimumBits)
      writer.unlessZero("num_closids", info.groups)
      writer.endObject()
    }
    text("l3_cache_schema_root", group.rootCacheSchema)
    text("l3_cache_schema", group.cacheSchema)
    if let info = group.bandwidthInfo {
      writer.name("mem_bw_info")
      writer.beginObject()
      writer.unlessZero("bandwidth_gran", info.granularity)
      writer.unlessZero("delay_linear", info.delayLinear)
      writer.unlessZero("min_bandwidth", info.minimum)
      writer.unlessZero("num_closids", info.groups)
      writer.endObject()
    }
    text("mem_bw_schema_root", group.rootBandwidthSchema)
    text("mem_bw_schema", group.bandwidthSchema)
    if !group.schemata.isEmpty {
      writer.name("schemata")
      writer.beginArray()
      for line in group.schemata { writer.string(line) }
      writer.endArray()
    }
    writeMonitoring(group, &writer)
    writer.endObject()
  }

  private static func writeMonitoring(_ group: IntelRdtStatistics, _ writer: inout JSONWriter) {
    if let caches = group.bandwidth {
      writer.name("mbm_stats")
      writer.beginArray()
      for cache in caches {
        writer.beginObject()
        writer.number("mbm_total_bytes", cache.total)
        writer.number("mbm_local_bytes", cache.local)
        writer.endObject()
      }
      writer.endArray()
    }
    if let caches = group.occupancy {
      writer.name("cmt_stats")
      writer.beginArray()
      for bytes in caches {
        writer.beginObject()
        writer.number("llc_occupancy", bytes)
        writer.endObject()
      }
      writer.endArray()
    }
  }
}

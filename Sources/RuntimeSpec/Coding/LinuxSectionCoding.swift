import JSON

extension LinuxSection: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      namespaces: decoder.objects(node, "namespaces"),
      uidMappings: decoder.objects(node, "uidMappings"),
      gidMappings: decoder.objects(node, "gidMappings"),
      timeOffsets: decoder.objectMap(node, "timeOffsets"),
      devices: decoder.objects(node, "devices"),
      netDevices: decoder.objectMap(node, "netDevices"),
      cgroupsPath: decoder.string(node, "cgroupsPath"),
      resources: decoder.object(node, "resources"),
      intelRdt: decoder.object(node, "intelRdt"),
      memoryPolicy: decoder.object(node, "memoryPolicy"),
      sysctl: decoder.stringMap(node, "sysctl"),
      seccomp: decoder.skipped.contains(.seccomp) ? nil : decoder.object(node, "seccomp"),
      rootfsPropagation: decoder.value(node, "rootfsPropagation"),
      maskedPaths: decoder.strings(node, "maskedPaths"),
      readonlyPaths: decoder.strings(node, "readonlyPaths"),
      mountLabel: decoder.string(node, "mountLabel"),
      personality: decoder.object(node, "personality"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.memberIfNotEmpty("uidMappings", uidMappings)
    writer.memberIfNotEmpty("gidMappings", gidMappings)
    writer.memberIfNotEmpty("sysctl", sysctl)
    writer.memberIfPresent("resources", resources)
    writer.memberIfPresent("cgroupsPath", cgroupsPath)
    writer.memberIfNotEmpty("namespaces", namespaces)
    writer.memberIfNotEmpty("devices", devices)
    writer.memberIfNotEmpty("netDevices", netDevices)
    writer.memberIfPresent("seccomp", seccomp)
    writer.memberIfPresent("rootfsPropagation", rootfsPropagation?.rawValue)
    writer.memberIfNotEmpty("maskedPaths", maskedPaths)
    writer.memberIfNotEmpty("readonlyPaths", readonlyPaths)
    writer.memberIfPresent("mountLabel", mountLabel)
    writer.memberIfPresent("intelRdt", intelRdt)
    writer.memberIfPresent("memoryPolicy", memoryPolicy)
    writer.memberIfPresent("personality", personality)
    writer.memberIfNotEmpty("timeOffsets", timeOffsets)
    writer.endObject()
  }
}

extension LinuxPersonality: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(domain: decoder.requiredValue(node, "domain", standIn: .linux), flags: decoder.strings(node, "flags"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("domain", domain.rawValue)
    writer.memberIfNotEmpty("flags", flags)
    writer.endObject()
  }
}

extension LinuxMemoryPolicy: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      mode: decoder.requiredValue(node, "mode", standIn: .default),
      nodes: decoder.string(node, "nodes"),
      flags: decoder.values(node, "flags", standIn: .numaBalancing))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("mode", mode.rawValue)
    writer.memberIfPresent("nodes", nodes)
    writer.memberIfNotEmpty("flags", flags.map(\.rawValue))
    writer.endObject()
  }
}

extension LinuxIntelRdt: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      closID: decoder.string(node, "closID"),
      schemata: decoder.strings(node, "schemata"),
      l3CacheSchema: decoder.string(node, "l3CacheSchema"),
      memBwSchema: decoder.string(node, "memBwSchema"),
      enableMonitoring: decoder.boolean(node, "enableMonitoring") ?? false)
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.memberIfPresent("closID", closID)
    writer.memberIfNotEmpty("schemata", schemata)
    writer.memberIfPresent("l3CacheSchema", l3CacheSchema)
    writer.memberIfPresent("memBwSchema", memBwSchema)
    writer.memberIfTrue("enableMonitoring", enableMonitoring)
    writer.endObject()
  }
}

import JSON

extension LinuxResources: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      devices: decoder.objects(node, "devices"),
      memory: decoder.object(node, "memory"),
      cpu: decoder.object(node, "cpu"),
      pids: decoder.object(node, "pids"),
      blockIO: decoder.object(node, "blockIO"),
      hugepageLimits: decoder.objects(node, "hugepageLimits"),
      network: decoder.object(node, "network"),
      rdma: decoder.objectMap(node, "rdma"),
      unified: decoder.stringMap(node, "unified"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.memberIfNotEmpty("devices", devices)
    writer.memberIfPresent("memory", memory)
    writer.memberIfPresent("cpu", cpu)
    writer.memberIfPresent("pids", pids)
    writer.memberIfPresent("blockIO", blockIO)
    writer.memberIfNotEmpty("hugepageLimits", hugepageLimits)
    writer.memberIfPresent("network", network)
    writer.memberIfNotEmpty("rdma", rdma)
    writer.memberIfNotEmpty("unified", unified)
    writer.endObject()
  }
}

extension LinuxDeviceCgroup: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      allow: decoder.requiredBoolean(node, "allow"),
      type: decoder.value(node, "type"),
      major: decoder.integer(node, "major"),
      minor: decoder.integer(node, "minor"),
      access: decoder.string(node, "access"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("allow", allow)
    writer.memberIfPresent("type", type?.rawValue)
    writer.memberIfPresent("major", major)
    writer.memberIfPresent("minor", minor)
    writer.memberIfPresent("access", access)
    writer.endObject()
  }
}

extension LinuxMemory: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      limit: decoder.integer(node, "limit"),
      reservation: decoder.integer(node, "reservation"),
      swap: decoder.integer(node, "swap"),
      kernel: decoder.integer(node, "kernel"),
      kernelTCP: decoder.integer(node, "kernelTCP"),
      swappiness: decoder.integer(node, "swappiness"),
      disableOOMKiller: decoder.boolean(node, "disableOOMKiller"),
      useHierarchy: decoder.boolean(node, "useHierarchy"),
      checkBeforeUpdate: decoder.boolean(node, "checkBeforeUpdate"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.memberIfPresent("limit", limit)
    writer.memberIfPresent("reservation", reservation)
    writer.memberIfPresent("swap", swap)
    writer.memberIfPresent("kernel", kernel)
    writer.memberIfPresent("kernelTCP", kernelTCP)
    writer.memberIfPresent("swappiness", swappiness)
    writer.memberIfPresent("disableOOMKiller", disableOOMKiller)
    writer.memberIfPresent("useHierarchy", useHierarchy)
    writer.memberIfPresent("checkBeforeUpdate", checkBeforeUpdate)
    writer.endObject()
  }
}

extension LinuxCPU: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      shares: decoder.integer(node, "shares"),
      quota: decoder.integer(node, "quota"),
      burst: decoder.integer(node, "burst"),
      period: decoder.integer(node, "period"),
      realtimeRuntime: decoder.integer(node, "realtimeRuntime"),
      realtimePeriod: decoder.integer(node, "realtimePeriod"),
      cpus: decoder.string(node, "cpus"),
      mems: decoder.string(node, "mems"),
      idle: decoder.integer(node, "idle"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.memberIfPresent("shares", shares)
    writer.memberIfPresent("quota", quota)
    writer.memberIfPresent("burst", burst)
    writer.memberIfPresent("period", period)
    writer.memberIfPresent("realtimeRuntime", realtimeRuntime)
    writer.memberIfPresent("realtimePeriod", realtimePeriod)
    writer.memberIfPresent("cpus", cpus)
    writer.memberIfPresent("mems", mems)
    writer.memberIfPresent("idle", idle)
    writer.endObject()
  }
}

extension LinuxPids: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(limit: decoder.integer(node, "limit"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.memberIfPresent("limit", limit)
    writer.endObject()
  }
}

extension LinuxHugepageLimit: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(pageSize: decoder.requiredString(node, "pageSize"), limit: decoder.requiredInteger(node, "limit"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("pageSize", pageSize)
    writer.member("limit", limit)
    writer.endObject()
  }
}

extension LinuxNetwork: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(classID: decoder.integer(node, "classID"), priorities: decoder.objects(node, "priorities"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.memberIfPresent("classID", classID)
    writer.memberIfNotEmpty("priorities", priorities)
    writer.endObject()
  }
}

extension LinuxInterfacePriority: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(name: decoder.requiredString(node, "name"), priority: decoder.requiredInteger(node, "priority"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("name", name)
    writer.member("priority", priority)
    writer.endObject()
  }
}

extension LinuxRdma: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(hcaHandles: decoder.integer(node, "hcaHandles"), hcaObjects: decoder.integer(node, "hcaObjects"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.memberIfPresent("hcaHandles", hcaHandles)
    writer.memberIfPresent("hcaObjects", hcaObjects)
    writer.endObject()
  }
}

import JSON

extension LinuxBlockIO: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      weight: decoder.integer(node, "weight"),
      leafWeight: decoder.integer(node, "leafWeight"),
      weightDevice: decoder.objects(node, "weightDevice"),
      throttleReadBpsDevice: decoder.objects(node, "throttleReadBpsDevice"),
      throttleWriteBpsDevice: decoder.objects(node, "throttleWriteBpsDevice"),
      throttleReadIOPSDevice: decoder.objects(node, "throttleReadIOPSDevice"),
      throttleWriteIOPSDevice: decoder.objects(node, "throttleWriteIOPSDevice"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.memberIfPresent("weight", weight)
    writer.memberIfPresent("leafWeight", leafWeight)
    writer.memberIfNotEmpty("weightDevice", weightDevice)
    writer.memberIfNotEmpty("throttleReadBpsDevice", throttleReadBpsDevice)
    writer.memberIfNotEmpty("throttleWriteBpsDevice", throttleWriteBpsDevice)
    writer.memberIfNotEmpty("throttleReadIOPSDevice", throttleReadIOPSDevice)
    writer.memberIfNotEmpty("throttleWriteIOPSDevice", throttleWriteIOPSDevice)
    writer.endObject()
  }
}

extension LinuxWeightDevice: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      major: decoder.requiredInteger(node, "major"),
      minor: decoder.requiredInteger(node, "minor"),
      weight: decoder.integer(node, "weight"),
      leafWeight: decoder.integer(node, "leafWeight"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("major", major)
    writer.member("minor", minor)
    writer.memberIfPresent("weight", weight)
    writer.memberIfPresent("leafWeight", leafWeight)
    writer.endObject()
  }
}

extension LinuxThrottleDevice: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      major: decoder.requiredInteger(node, "major"),
      minor: decoder.requiredInteger(node, "minor"),
      rate: decoder.requiredInteger(node, "rate"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("major", major)
    writer.member("minor", minor)
    writer.member("rate", rate)
    writer.endObject()
  }
}

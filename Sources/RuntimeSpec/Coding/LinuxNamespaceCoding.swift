import JSON

extension LinuxNamespace: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(type: decoder.requiredValue(node, "type", standIn: .pid), path: decoder.string(node, "path"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("type", type.rawValue)
    writer.memberIfPresent("path", path)
    writer.endObject()
  }
}

extension LinuxIDMapping: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      containerID: decoder.requiredInteger(node, "containerID"),
      hostID: decoder.requiredInteger(node, "hostID"),
      size: decoder.requiredInteger(node, "size"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("containerID", containerID)
    writer.member("hostID", hostID)
    writer.member("size", size)
    writer.endObject()
  }
}

extension LinuxTimeOffset: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(secs: decoder.integer(node, "secs") ?? 0, nanosecs: decoder.integer(node, "nanosecs") ?? 0)
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.memberIfNotZero("secs", secs)
    writer.memberIfNotZero("nanosecs", nanosecs)
    writer.endObject()
  }
}

import JSON

extension LinuxDevice: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      type: decoder.requiredValue(node, "type", standIn: .character),
      path: decoder.requiredString(node, "path"),
      major: decoder.integer(node, "major") ?? 0,
      minor: decoder.integer(node, "minor") ?? 0,
      fileMode: decoder.integer(node, "fileMode"),
      uid: decoder.integer(node, "uid"),
      gid: decoder.integer(node, "gid"))
    guard type != .pipe else { return }
    if decoder.find(node, "major") == nil { decoder.missing(node, "major") }
    if decoder.find(node, "minor") == nil { decoder.missing(node, "minor") }
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("path", path)
    writer.member("type", type.rawValue)
    writer.member("major", major)
    writer.member("minor", minor)
    writer.memberIfPresent("fileMode", fileMode)
    writer.memberIfPresent("uid", uid)
    writer.memberIfPresent("gid", gid)
    writer.endObject()
  }
}

extension LinuxNetDevice: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(name: decoder.string(node, "name"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.memberIfPresent("name", name)
    writer.endObject()
  }
}

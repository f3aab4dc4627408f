import JSON

extension Spec: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      ociVersion: decoder.requiredString(node, "ociVersion"),
      process: decoder.object(node, "process"),
      root: decoder.requiredObject(node, "root", standIn: Root(path: "rootfs")),
      hostname: decoder.string(node, "hostname"),
      domainname: decoder.string(node, "domainname"),
      mounts: decoder.objects(node, "mounts"),
      hooks: decoder.object(node, "hooks") ?? Hooks(),
      annotations: decoder.stringMap(node, "annotations"),
      linux: decoder.object(node, "linux") ?? LinuxSection())
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("ociVersion", ociVersion)
    writer.memberIfPresent("process", process)
    writer.member("root", root)
    writer.memberIfPresent("hostname", hostname)
    writer.memberIfPresent("domainname", domainname)
    writer.memberIfNotEmpty("mounts", mounts)
    if hooks != Hooks() { writer.member("hooks", hooks) }
    writer.memberIfNotEmpty("annotations", annotations)
    if linux != LinuxSection() { writer.member("linux", linux) }
    writer.endObject()
  }
}

extension Root: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(path: decoder.requiredString(node, "path"), readonly: decoder.boolean(node, "readonly") ?? false)
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("path", path)
    writer.memberIfTrue("readonly", readonly)
    writer.endObject()
  }
}

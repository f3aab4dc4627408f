import JSON

extension Mount: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      destination: decoder.requiredString(node, "destination"),
      type: decoder.string(node, "type"),
      source: decoder.string(node, "source"),
      options: decoder.strings(node, "options"),
      uidMappings: decoder.objects(node, "uidMappings"),
      gidMappings: decoder.objects(node, "gidMappings"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("destination", destination)
    writer.memberIfPresent("type", type)
    writer.memberIfPresent("source", source)
    writer.memberIfNotEmpty("options", options)
    writer.memberIfNotEmpty("uidMappings", uidMappings)
    writer.memberIfNotEmpty("gidMappings", gidMappings)
    writer.endObject()
  }
}

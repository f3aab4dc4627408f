import JSON

extension POSIXRlimit: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      type: decoder.requiredValue(node, "type", standIn: .addressSpace),
      soft: decoder.requiredInteger(node, "soft"),
      hard: decoder.requiredInteger(node, "hard"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("type", type.rawValue)
    writer.member("hard", hard)
    writer.member("soft", soft)
    writer.endObject()
  }
}

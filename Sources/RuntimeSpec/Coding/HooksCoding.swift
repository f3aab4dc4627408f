import JSON

extension Hook: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      path: decoder.requiredString(node, "path"),
      args: decoder.strings(node, "args"),
      env: decoder.strings(node, "env"),
      timeout: decoder.integer(node, "timeout"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("path", path)
    writer.memberIfNotEmpty("args", args)
    writer.memberIfNotEmpty("env", env)
    writer.memberIfPresent("timeout", timeout)
    writer.endObject()
  }
}

extension Hooks: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      prestart: decoder.objects(node, "prestart"),
      createRuntime: decoder.objects(node, "createRuntime"),
      createContainer: decoder.objects(node, "createContainer"),
      startContainer: decoder.objects(node, "startContainer"),
      poststart: decoder.objects(node, "poststart"),
      poststop: decoder.objects(node, "poststop"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.memberIfNotEmpty("prestart", prestart)
    writer.memberIfNotEmpty("createRuntime", createRuntime)
    writer.memberIfNotEmpty("createContainer", createContainer)
    writer.memberIfNotEmpty("startContainer", startContainer)
    writer.memberIfNotEmpty("poststart", poststart)
    writer.memberIfNotEmpty("poststop", poststop)
    writer.endObject()
  }
}

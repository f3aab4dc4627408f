import JSON

extension LinuxSeccomp: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      defaultAction: decoder.requiredValue(node, "defaultAction", standIn: .kill),
      defaultErrnoRet: decoder.integer(node, "defaultErrnoRet"),
      architectures: decoder.values(node, "architectures", standIn: .x86),
      flags: decoder.find(node, "flags") == nil ? nil : decoder.values(node, "flags", standIn: .tsync),
      listenerPath: decoder.string(node, "listenerPath"),
      listenerMetadata: decoder.string(node, "listenerMetadata"),
      syscalls: decoder.objects(node, "syscalls"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("defaultAction", defaultAction.rawValue)
    writer.memberIfPresent("defaultErrnoRet", defaultErrnoRet)
    writer.memberIfNotEmpty("architectures", architectures.map(\.rawValue))
    if let flags { writer.member("flags", flags.map(\.rawValue)) }
    writer.memberIfPresent("listenerPath", listenerPath)
    writer.memberIfPresent("listenerMetadata", listenerMetadata)
    writer.memberIfNotEmpty("syscalls", syscalls)
    writer.endObject()
  }
}

extension LinuxSyscall: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      names: decoder.strings(node, "names"),
      action: decoder.requiredValue(node, "action", standIn: .kill),
      errnoRet: decoder.integer(node, "errnoRet"),
      args: decoder.objects(node, "args"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("names", names)
    writer.member("action", action.rawValue)
    writer.memberIfPresent("errnoRet", errnoRet)
    writer.memberIfNotEmpty("args", args)
    writer.endObject()
  }
}

extension LinuxSeccompArg: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      index: decoder.requiredInteger(node, "index"),
      value: decoder.requiredInteger(node, "value"),
      valueTwo: decoder.integer(node, "valueTwo") ?? 0,
      op: decoder.requiredValue(node, "op", standIn: .notEqual))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("index", index)
    writer.member("value", value)
    writer.memberIfNotZero("valueTwo", valueTwo)
    writer.member("op", op.rawValue)
    writer.endObject()
  }
}

import JSON

extension Scheduler: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      policy: decoder.requiredValue(node, "policy", standIn: .other),
      nice: decoder.integer(node, "nice") ?? 0,
      priority: decoder.integer(node, "priority") ?? 0,
      flags: decoder.values(node, "flags", standIn: .resetOnFork),
      runtime: decoder.integer(node, "runtime") ?? 0,
      deadline: decoder.integer(node, "deadline") ?? 0,
      period: decoder.integer(node, "period") ?? 0)
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("policy", policy.rawValue)
    writer.memberIfNotZero("nice", nice)
    writer.memberIfNotZero("priority", priority)
    writer.memberIfNotEmpty("flags", flags.map(\.rawValue))
    writer.memberIfNotZero("runtime", runtime)
    writer.memberIfNotZero("deadline", deadline)
    writer.memberIfNotZero("period", period)
    writer.endObject()
  }
}

extension LinuxIOPriority: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      class: decoder.requiredValue(node, "class", standIn: .realTime),
      priority: decoder.requiredInteger(node, "priority"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("class", self.class.rawValue)
    writer.member("priority", priority)
    writer.endObject()
  }
}

import JSON

extension Process: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      terminal: decoder.boolean(node, "terminal") ?? false,
      consoleSize: decoder.object(node, "consoleSize"),
      user: decoder.object(node, "user") ?? User(),
      args: decoder.strings(node, "args"),
      env: decoder.strings(node, "env"),
      cwd: decoder.requiredString(node, "cwd"),
      capabilities: decoder.object(node, "capabilities"),
      rlimits: decoder.objects(node, "rlimits"),
      noNewPrivileges: decoder.boolean(node, "noNewPrivileges") ?? false,
      apparmorProfile: decoder.string(node, "apparmorProfile"),
      oomScoreAdj: decoder.integer(node, "oomScoreAdj"),
      scheduler: decoder.object(node, "scheduler"),
      selinuxLabel: decoder.string(node, "selinuxLabel"),
      ioPriority: decoder.object(node, "ioPriority"),
      execCPUAffinity: decoder.object(node, "execCPUAffinity"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.memberIfTrue("terminal", terminal)
    writer.memberIfPresent("consoleSize", consoleSize)
    writer.member("user", user)
    writer.memberIfNotEmpty("args", args)
    writer.memberIfNotEmpty("env", env)
    writer.member("cwd", cwd)
    writer.memberIfPresent("capabilities", capabilities)
    writer.memberIfNotEmpty("rlimits", rlimits)
    writer.memberIfTrue("noNewPrivileges", noNewPrivileges)
    writer.memberIfPresent("apparmorProfile", apparmorProfile)
    writer.memberIfPresent("oomScoreAdj", oomScoreAdj)
    writer.memberIfPresent("scheduler", scheduler)
    writer.memberIfPresent("selinuxLabel", selinuxLabel)
    writer.memberIfPresent("ioPriority", ioPriority)
    writer.memberIfPresent("execCPUAffinity", execCPUAffinity)
    writer.endObject()
  }
}

extension Box: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(height: decoder.requiredInteger(node, "height"), width: decoder.requiredInteger(node, "width"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("height", height)
    writer.member("width", width)
    writer.endObject()
  }
}

extension User: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      uid: decoder.requiredInteger(node, "uid"),
      gid: decoder.requiredInteger(node, "gid"),
      umask: decoder.integer(node, "umask"),
      additionalGids: decoder.integers(node, "additionalGids"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("uid", uid)
    writer.member("gid", gid)
    writer.memberIfPresent("umask", umask)
    writer.memberIfNotEmpty("additionalGids", additionalGids)
    writer.endObject()
  }
}

extension LinuxCapabilities: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(
      bounding: decoder.strings(node, "bounding"),
      effective: decoder.strings(node, "effective"),
      inheritable: decoder.strings(node, "inheritable"),
      permitted: decoder.strings(node, "permitted"),
      ambient: decoder.strings(node, "ambient"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.memberIfNotEmpty("bounding", bounding)
    writer.memberIfNotEmpty("effective", effective)
    writer.memberIfNotEmpty("inheritable", inheritable)
    writer.memberIfNotEmpty("permitted", permitted)
    writer.memberIfNotEmpty("ambient", ambient)
    writer.endObject()
  }
}

extension CPUAffinity: SpecDecodable, SpecEncodable {
  init(_ node: Int, _ decoder: inout SpecDecoder) {
    self.init(initial: decoder.string(node, "initial"), final: decoder.string(node, "final"))
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.memberIfPresent("initial", initial)
    writer.memberIfPresent("final", final)
    writer.endObject()
  }
}

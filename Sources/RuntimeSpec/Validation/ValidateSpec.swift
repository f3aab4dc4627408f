import JSON

extension Validator {
  /// Checks a whole configuration.
  mutating func check(_ spec: Spec) {
    let root = JSONPath()
    checkVersion(spec.ociVersion)
    require(!spec.root.path.isEmpty, root["root"]["path"], "must not be empty")
    if let process = spec.process { check(process, root["process"]) }
    checkHostName("hostname", spec.hostname, spec.linux)
    checkHostName("domainname", spec.domainname, spec.linux)
    check(spec.mounts, spec.linux)
    check(spec.hooks)
    for entry in spec.annotations.entries {
      require(!entry.key.isEmpty, root["annotations"][entry.key], "an annotation must have a name")
    }
    checkLinux(spec.linux)
  }

  private mutating func checkLinux(_ linux: LinuxSection) {
    let path = JSONPath()["linux"]
    checkNamespaces(linux)
    checkSysctl(linux)
    checkDevices(linux)
    if let resources = linux.resources { check(resources, path["resources"]) }
    if let seccomp = linux.seccomp { check(seccomp) }
    checkHiddenPaths(linux.maskedPaths, path["maskedPaths"], linux)
    checkHiddenPaths(linux.readonlyPaths, path["readonlyPaths"], linux)
    if let intelRdt = linux.intelRdt { check(intelRdt) }
    if let memoryPolicy = linux.memoryPolicy { check(memoryPolicy) }
  }

  /// Requires SemVer 2.0.0 with major version 1 (config.md, «Specification version»): any minor version, because
  /// unknown properties are ignored.
  private mutating func checkVersion(_ version: String) {
    guard let major = SemanticVersion.major(of: version) else {
      return fail(
        JSONPath()["ociVersion"], "must be a version like \"\(SpecVersion.current)\" (got \(Quoted.text(version)))")
    }
    require(
      major == 1, JSONPath()["ociVersion"],
      "must be a version 1.x of the specification (got \(Quoted.text(version)))")
  }

  /// sethostname(2) and setdomainname(2) take 64 bytes, and change the namespace that the process is in.
  private mutating func checkHostName(_ name: String, _ value: String?, _ linux: LinuxSection) {
    guard let value else { return }
    require(
      value.utf8.count <= 64, JSONPath()[name], "must not be longer than 64 bytes (got \(Quoted.text(value)))")
    requireNamespace(.uts, linux, JSONPath()[name])
  }

  /// Masked and read-only paths are mounts, so that they need a mount namespace.
  private mutating func checkHiddenPaths(_ paths: [String], _ path: JSONPath, _ linux: LinuxSection) {
    guard !paths.isEmpty else { return }
    requireNamespace(.mount, linux, path)
    for (index, text) in paths.enumerated() { requireAbsolute(text, path[index]) }
  }
}

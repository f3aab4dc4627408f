import JSON

extension Validator {
  /// Checks kernel parameters (config-linux.md, «Sysctl»): only those of the container's own namespaces, because others
  /// change the host. That a joined network namespace is not the host's is checked when it is opened.
  mutating func checkSysctl(_ linux: LinuxSection) {
    for entry in linux.sysctl.entries {
      let path = JSONPath()["linux"]["sysctl"][entry.key]
      requireOneLine(entry.value, path)
      guard let file = Sysctl.file(of: entry.key) else {
        fail(path, "is not the name of a kernel parameter")
        continue
      }
      guard let namespace = Sysctl.namespace(of: file) else {
        fail(path, "belongs to no namespace, so that it would change the host")
        continue
      }
      require(file != "kernel/hostname", path, "is set by the property hostname")
      requireNamespace(namespace, linux, path)
    }
  }
}

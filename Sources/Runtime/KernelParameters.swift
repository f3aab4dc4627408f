internal import Linux
internal import RuntimeSpec

/// Kernel parameters of the container's own namespaces (config-linux.md, «Sysctl»). That only namespaced ones are asked
/// for, in namespaces of the container, was validated; here they are written through a private procfs, by the process
/// that is in those namespaces.
enum KernelParameters {
  static func apply(_ parameters: OrderedMap<String>) throws(Failure) {
    guard !parameters.isEmpty else { return }
    let procfs = try Procfs(.whole)
    for entry in parameters.entries {
      guard let file = Sysctl.file(of: entry.key) else { throw Failure("set sysctl \(entry.key): malformed name") }
      do {
        try procfs.write(entry.value, to: "sys/" + file)
      } catch {
        throw Failure("set sysctl \(entry.key)", error.errno)
      }
    }
  }
}

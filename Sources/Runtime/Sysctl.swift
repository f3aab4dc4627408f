internal import Linux
internal import RuntimeSpec

/// Kernel parameters of the container's own namespaces (config-linux.md, «Sysctl»). That only namespaced ones are asked
/// for, in namespaces of the container, was validated; here they are written through a private procfs, by the process
/// that is in those namespaces.
enum Sysctl {
  static func apply(_ parameters: OrderedMap<String>) throws(Failure) {
    guard !parameters.isEmpty else { return }
    let procfs = try Procfs(.whole)
    for entry in parameters.entries {
      do {
        try procfs.write(entry.value, to: "sys/" + path(entry.key))
      } catch {
        throw Failure("set sysctl \(entry.key)", error.errno)
      }
    }
  }

  /// `net.ipv4.conf.eth0/1.forwarding`: dots and slashes change places, as in sysctl(8), when the first separator is a
  /// dot.
  static func path(_ key: String) -> String {
    guard let first = key.utf8.first(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "/") }),
      first == UInt8(ascii: ".")
    else { return key }
    return String(
      decoding: key.utf8.map { byte -> UInt8 in
        switch byte {
        case UInt8(ascii: "."): UInt8(ascii: "/")
        case UInt8(ascii: "/"): UInt8(ascii: ".")
        default: byte
        }
      }, as: UTF8.self)
  }
}

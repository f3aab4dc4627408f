internal import Linux

/// The symbolic links of /dev (config-linux.md, «Default Devices»; runtime-linux.md, «Dev symbolic links»).
enum DeviceLinks {
  private static let links = [
    ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
  ]

  /// Makes the links in `dev`, the container's /dev as opened in its root. What has one of their names already stays,
  /// but for `ptmx`: that is always the link to the container's own pseudo-terminals.
  static func make(in dev: borrowing FileDescriptor) throws(Failure) {
    for (name, target) in links { try makeIfMissing(name, target, dev) }
    if Files.isAccessible("/proc/kcore") { try makeIfMissing("core", "/proc/kcore", dev) }
    guard try !makeIfMissing("ptmx", "pts/ptmx", dev) else { return }
    try within("/dev") { () throws(Failure) in
      try Files.remove("ptmx", at: dev)
      try Files.makeSymbolicLink("ptmx", at: dev, target: "pts/ptmx")
    }
  }

  /// False when there is something of that name.
  @discardableResult
  private static func makeIfMissing(
    _ name: String, _ target: String, _ dev: borrowing FileDescriptor
  ) throws(Failure) -> Bool {
    do {
      try Files.makeSymbolicLink(name, at: dev, target: target)
      return true
    } catch {
      guard error.errno == .exists else { throw error.within("/dev") }
      return false
    }
  }
}

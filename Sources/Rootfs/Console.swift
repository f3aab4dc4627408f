package import Linux

extension RootDescriptor {
  /// Binds the container's terminal onto /dev/console (config-linux.md, «Default Devices»).
  ///
  /// `peer` is the terminal's own side as ioctl_tty(2) TIOCGPTPEER gives it, never a path: it must be a terminal of a
  /// real devpts (CVE-2025-52565). It has to be opened in the container's mount namespace.
  package borrowing func attachConsole(peer: borrowing FileDescriptor) throws(Failure) {
    try within("/dev/console") { () throws(Failure) in
      let status = try FileStatus.of(at: peer)
      guard status.kind == .characterDevice, status.special.major == 136, try FileSystemType.of(peer) == .devpts
      else { throw Failure("pty peer handle is not on a real devpts mount") }
      let dev = try resolve(ContainerPath("/dev"), [.path, .directory])
      let target = try EmptyFile.open("console", in: dev, mode: 0o600)
      let tree = try Mounts.copy("", at: peer, recursive: false)
      try Mounts.attach(tree, to: target, "/dev/console")
    }
  }

  /// Points those of descriptors 0 to 2 that are the host's /dev/null to the container's: a container must not get at
  /// the host's node. Call it after the root is the container's.
  package borrowing func reopenNullStreams() throws(Failure) {
    for number in Int32(0)...2 where Self.isNull(number) {
      try within("/dev/null") { () throws(Failure) in
        let null = try resolve(ContainerPath("/dev/null"), [.readWrite, .noControllingTerminal, .nonBlocking])
        guard Self.isNull(null.raw) else { throw Failure("container's /dev/null is invalid") }
        try null.setNonBlocking(false)
        try Descriptors.replace(number, with: null)
      }
    }
  }

  private static func isNull(_ number: Int32) -> Bool {
    let borrowed = FileDescriptor(owning: number)
    let status = try? FileStatus.of(at: borrowed)
    _ = borrowed.release()
    return status?.kind == .characterDevice && status?.special == DeviceNumber(major: 1, minor: 3)
  }
}

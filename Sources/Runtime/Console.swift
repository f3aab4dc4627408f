internal import Linux
internal import Rootfs
internal import RuntimeSpec

/// The terminal of a payload (config.md, `terminal` and `consoleSize`).
enum Console {
  /// Opens the master of a new terminal in the container's own devpts, resolved inside its root.
  static func openMaster(_ root: borrowing RootDescriptor) throws(Failure) -> FileDescriptor {
    try within("open terminal") { () throws(Failure) -> FileDescriptor in
      let master = try root.resolve(ContainerPath("/dev/pts/ptmx"), [.readWrite, .noControllingTerminal])
      guard try FileSystemType.of(master) == .devpts else {
        throw Failure("/dev/pts/ptmx is not on a devpts file system")
      }
      return master
    }
  }

  /// Sends the master over a console socket, as engines expect it: one message with its name and one descriptor.
  static func send(_ master: borrowing FileDescriptor, over socket: borrowing FileDescriptor) throws(Failure) {
    try within("send the terminal over the console socket") { () throws(Failure) in
      try Sockets.send(Array("/dev/pts/ptmx".utf8), descriptors: [master.raw], over: socket)
    }
  }

  /// Makes a terminal the payload's standard streams and its session's controlling terminal. The caller has started a
  /// session.
  static func adopt(_ peer: borrowing FileDescriptor, size: Box?) throws(Failure) {
    if let size {
      try Terminals.setSize(peer, .init(rows: UInt16(clamping: size.height), columns: UInt16(clamping: size.width)))
    }
    for number in Int32(0)...2 { try Descriptors.replace(number, with: peer) }
    try Terminals.makeControlling(0)
  }

  /// Gives the standard streams to the payload's user, so that it can open them again by /dev/stderr and the like.
  ///
  /// What is not the caller's to give is left as it is, and so is what is not the payload's alone: devices of the host
  /// other than terminals (their owner could change their permissions for everybody), and files that are only read.
  static func giveStreams(to uid: UInt32) {
    for number in Int32(0)...2 {
      let stream = FileDescriptor(owning: number)
      if let status = try? FileStatus.of(at: stream), status.uid != uid, mayBeGiven(stream, status) {
        try? Files.changeOwner(at: stream, uid: uid, gid: status.gid)
      }
      _ = stream.release()
    }
  }

  private static func mayBeGiven(_ stream: borrowing FileDescriptor, _ status: FileStatus) -> Bool {
    switch status.kind {
    case .fifo, .socket: true
    case .regular: (try? stream.isWritable()) == true
    // Consoles, serial lines and the terminals of devpts.
    case .characterDevice: status.special.major == 4 || (136...143).contains(status.special.major)
    case .directory, .symbolicLink, .blockDevice, .other: false
    }
  }
}

internal import Linux

/// What callers of `create`, `run` and `exec` are told of the new process.
enum ProcessReport {
  /// Writes the pid in decimal digits and nothing else, since engines parse the whole file, and so that no reader ever
  /// sees half of it.
  static func writePidFile(_ path: String, pid: Int32) throws(Failure) {
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8.index(after: $0) } ?? path.startIndex
    let temporary = path[..<slash] + "." + path[slash...]
    do {
      let file = try make(String(temporary))
      try file.write(String(pid), "pid file \(path)")
    }
    try Files.rename(String(temporary), to: path)
  }

  /// Makes a file that was not there: in a directory where others can write, a link of theirs could be. What a command
  /// that was killed has left is replaced.
  private static func make(_ path: String) throws(Failure) -> FileDescriptor {
    do {
      return try Files.open(path, [.write, .create, .exclusive], mode: 0o644)
    } catch {
      guard error.errno == .exists else { throw error }
    }
    try Files.remove(path)
    return try Files.open(path, [.write, .create, .exclusive], mode: 0o644)
  }

  /// Sends the process's pidfd to a listening Unix socket.
  static func sendPidfd(_ process: borrowing ProcessDescriptor, to path: String) throws(Failure) {
    try within("pidfd socket") { () throws(Failure) in
      let socket = try Sockets.connect(path)
      try Sockets.send(Array("pidfd".utf8), descriptors: [process.descriptor.raw], over: socket)
    }
  }
}

package import Linux

/// Programs of the host that a command asks for something.
package enum HostProgram {
  /// What a program found on PATH writes to its standard output.
  package static func output(_ arguments: [String], environment: [String]) throws(Failure) -> String {
    let search = environment.contains { $0.hasPrefix("PATH=") } ? environment : environment + ["PATH=/usr/bin:/bin"]
    let path = try ExecutableLookup.find(arguments[0], environment: search)
    var pipe = try Sockets.pipe()
    let reading = pipe.takeFirst()
    let writing = pipe.takeSecond()
    switch try Processes.clone([]) {
    case .child:
      do {
        try Descriptors.replace(1, with: writing)
        try Descriptors.close(from: 3)
        throw Processes.execute(path, arguments: arguments, environment: environment)
      } catch {
        Processes.exit(127)
      }
    case .parent(let process):
      _ = consume writing
      let bytes = try reading.readAll(limit: 64 << 20, arguments[0])
      let status = try process.wait()
      guard status == .exited(0) else { throw Failure("\(arguments.joined(separator: " ")): \(status)") }
      return String(decoding: bytes, as: UTF8.self)
    }
  }
}

internal import Linux
package import RuntimeSpec

/// newuidmap(1) and newgidmap(1), set-user-id programs that write an ordinary user's id maps.
package enum MappingProgram {
  /// What of a program's messages goes into an error.
  private static let outputLimit = 4096

  /// Runs `name` for the process `pid`, a child of the caller's. Throws with what the program said.
  static func run(
    _ name: String, _ mappings: [LinuxIDMapping], of pid: Int32, _ environment: [String]
  ) throws(Failure) {
    guard let path = find(name, environment) else {
      throw Failure(
        "\(name) is not installed (none in PATH that is root's): without it an ordinary user can map its own id alone")
    }
    let arguments = arguments(name, mappings, of: pid)
    var pipe = try Sockets.pipe()
    let reading = pipe.takeFirst()
    let writing = pipe.takeSecond()
    switch try Processes.clone([]) {
    case .child:
      execute(path, arguments, writing)
    case .parent(let process):
      _ = consume writing
      let said = (try? reading.readAll(limit: outputLimit, name)) ?? []
      let status = try process.wait()
      guard status == .exited(0) else {
        let text = String(decoding: said, as: UTF8.self).split(whereSeparator: \.isNewline).joined(separator: " ")
        throw Failure("\(arguments.joined(separator: " ")): \(text.isEmpty ? "\(status)" : text)")
      }
    }
  }

  /// The command line: the process, then three numbers for each mapping.
  package static func arguments(_ name: String, _ mappings: [LinuxIDMapping], of pid: Int32) -> [String] {
    [name, String(pid)] + mappings.flatMap { [String($0.containerID), String($0.hostID), String($0.size)] }
  }

  /// The program in the first directory of PATH that has one which nobody but root can have put there.
  private static func find(_ name: String, _ environment: [String]) -> String? {
    let search = ContainerPlan.value("PATH", environment) ?? "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    for directory in search.split(separator: ":") where directory.hasPrefix("/") {
      let path = directory + "/" + name
      guard let place = try? FileStatus.of(String(directory), followLink: true), isTrusted(place),
        let file = try? FileStatus.of(String(path), followLink: true), file.kind == .regular, isTrusted(file),
        Files.isAccessible(String(path), mode: 1)
      else { continue }
      return String(path)
    }
    return nil
  }

  private static func isTrusted(_ status: FileStatus) -> Bool {
    status.uid == 0 && status.permissions & 0o022 == 0
  }

  private static func execute(_ path: String, _ arguments: [String], _ output: consuming FileDescriptor) -> Never {
    do throws(Failure) {
      try Signals.resetAll()
      try Descriptors.replace(1, with: output)
      try Descriptors.replace(2, with: output)
      try Descriptors.close(from: 3)
      throw Processes.execute(path, arguments: arguments, environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"])
    } catch {
      let stderr = FileDescriptor(owning: 2)
      try? stderr.write(error.description, "stderr")
      Processes.exit(127)
    }
  }
}

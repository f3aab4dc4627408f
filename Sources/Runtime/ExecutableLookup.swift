internal import Linux

/// Finds the program to execute as execvp(3) would, with the wording that engines know (they derive exit codes 126 and
/// 127 from it). It runs inside the container, as the container's user.
enum ExecutableLookup {
  static func find(_ name: String, environment: [String]) throws(Failure) -> String {
    guard !name.isEmpty else { throw Failure("exec: \"\": executable file not found in $PATH") }
    if name.utf8.contains(UInt8(ascii: "/")) {
      try checkExecutable(name)
      return name
    }
    let search = environment.last { $0.hasPrefix("PATH=") }?.dropFirst(5) ?? ""
    var denied = false
    for directory in search.split(separator: ":", omittingEmptySubsequences: false) {
      let path = directory.isEmpty ? "./" + name : directory + "/" + name
      do {
        try checkExecutable(String(path))
        return String(path)
      } catch {
        if error.errno == .accessDenied { denied = true }
      }
    }
    if denied { throw Failure("exec: \"\(name)\"", .accessDenied) }
    throw Failure("exec: \"\(name)\": executable file not found in $PATH")
  }

  private static func checkExecutable(_ path: String) throws(Failure) {
    let status: FileStatus
    do {
      status = try FileStatus.of(path, followLink: true)
    } catch {
      throw Failure("exec: \"\(path)\": stat \(path)", error.errno)
    }
    // EACCES for a directory too: podman tells 126 from the text.
    guard status.kind != .directory, status.permissions & 0o111 != 0, Files.isAccessible(path, mode: 1) else {
      throw Failure("exec: \"\(path)\"", .accessDenied)
    }
  }
}

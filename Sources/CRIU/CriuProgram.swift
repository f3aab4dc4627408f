package import Linux

/// Where criu is.
package enum CriuProgram {
  /// What is searched without a PATH, which some engines leave out.
  private static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// The absolute path of criu: the first on PATH, whose entries that are not absolute are skipped. It runs with all
  /// rights of the runtime, so nobody but root and the caller may be able to change it.
  package static func find(_ environment: [String]) throws(Failure) -> String {
    let search = environment.last { $0.hasPrefix("PATH=") }.map { String($0.dropFirst(5)) } ?? ""
    for directory in (search.isEmpty ? defaultPath : search).split(separator: ":") where directory.hasPrefix("/") {
      let path = directory + "/criu"
      guard let status = try? FileStatus.of(String(path), followLink: true), status.kind == .regular,
        status.permissions & 0o111 != 0
      else { continue }
      guard status.uid == 0 || status.uid == Processes.effectiveUserID, status.permissions & 0o022 == 0 else {
        throw Failure("\(path) could be changed by other users")
      }
      return String(path)
    }
    throw Failure("exec: \"criu\": executable file not found in $PATH")
  }
}

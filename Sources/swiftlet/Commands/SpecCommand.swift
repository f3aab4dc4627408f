internal import JSON
internal import Linux
internal import Runtime
internal import RuntimeSpec

/// `spec`: writes a config.json to start from.
enum SpecCommand {
  static func run(_ context: CommandContext) throws(Failure) -> Int32 {
    let directory = context.parsed.value(.bundle) ?? ""
    let path = directory.isEmpty ? Configuration.fileName : directory + "/" + Configuration.fileName
    var spec = Spec.example()
    if context.parsed.flag(.rootless) {
      spec = spec.rootless(uid: Processes.effectiveUserID, gid: Processes.effectiveGroupID)
    }
    do {
      let file = try Files.open(path, [.write, .create, .exclusive], mode: 0o666)
      try file.write(spec.encoded(.pretty(indentation: "\t")) + [10], path)
    } catch {
      if error.errno == .exists {
        throw Failure("File \(path) exists. Remove it first")
      }
      throw error
    }
    return 0
  }
}

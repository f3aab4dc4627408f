internal import Linux
internal import Runtime
internal import RuntimeSpec

/// `exec`: runs one more process in a container.
enum ExecCommand {
  /// What runc exits with when the process could not be run, so that it differs from most exit codes of processes.
  static let failureCode: Int32 = 255

  static func run(_ context: CommandContext) throws(Failure) -> Int32 {
    let parsed = context.parsed
    let container = try Container(try context.id(), root: context.root, locked: false)
    var options = ExecOptions(process: try process(context, container))
    options.detach = parsed.flag(.detach)
    options.consoleSocket = CreateCommand.nonEmpty(parsed.value(.consoleSocket))
    options.pidfdSocket = CreateCommand.nonEmpty(parsed.value(.pidfdSocket))
    options.pidFile = CreateCommand.nonEmpty(parsed.value(.pidFile))
    options.preservedDescriptors = parsed.integer(.preserveFds) ?? 0
    options.ignorePaused = parsed.flag(.ignorePaused)
    options.subCgroups = try subCgroups(parsed.values(.cgroup))
    let (code, warnings) = try ExecProcess.run(container, options)
    for warning in warnings { context.log.warn(warning) }
    return code
  }

  /// The process of `--process`, or the container's own with what the flags change.
  private static func process(
    _ context: CommandContext, _ container: borrowing Container
  ) throws(Failure) -> RuntimeSpec.Process {
    let parsed = context.parsed
    if let file = parsed.value(.process) {
      let bytes = try Files.read(file, limit: 16 << 20)
      do {
        return try Process.decode(bytes: bytes, fileName: file)
      } catch {
        throw Failure(error.lines.joined(separator: "\n"))
      }
    }
    guard var process = try container.configuration().process else { throw Failure("the container has no process") }
    process.args = Array(parsed.arguments.dropFirst())
    guard !process.args.isEmpty else { throw Failure("process args cannot be empty") }
    process.terminal = parsed.flag(.tty)
    // In the foreground the size is that of the terminal here.
    if !parsed.flag(.detach) { process.consoleSize = nil }
    if let cwd = parsed.value(.cwd) { process.cwd = cwd }
    guard process.cwd.hasPrefix("/") else { throw Failure("--cwd: must be an absolute path (got \"\(process.cwd)\")") }
    let added = parsed.values(.env)
    if let entry = added.first(where: { !RuntimeSpec.Process.isEnvironmentEntry($0) }) {
      throw Failure("--env: must have the form KEY=VALUE (got \"\(entry)\")")
    }
    process.env += added
    if let profile = parsed.value(.apparmor) { process.apparmorProfile = profile }
    if let label = parsed.value(.processLabel) { process.selinuxLabel = label }
    if parsed.flag(.noNewPrivs) { process.noNewPrivileges = true }
    try setUser(&process, parsed)
    addCapabilities(parsed.values(.cap), to: &process)
    return process
  }

  /// The values of `--cgroup`: `PATH` alone, or any number of `CONTROLLER[,CONTROLLER]:PATH`.
  private static func subCgroups(_ values: [String]) throws(Failure) -> [(controller: String?, path: String)] {
    var result: [(controller: String?, path: String)] = []
    for value in values {
      guard let colon = value.utf8.firstIndex(of: UInt8(ascii: ":")) else {
        guard values.count == 1 else {
          throw Failure("invalid --cgroup argument: \(value) (missing <controller>: prefix)")
        }
        return [(nil, value)]
      }
      let path = String(value[value.utf8.index(after: colon)...])
      for controller in value[..<colon].split(separator: ",", omittingEmptySubsequences: false) {
        if controller.isEmpty { throw Failure("invalid --cgroup argument: \(value) (empty <controller> prefix)") }
        if result.contains(where: { $0.controller == String(controller) }) {
          throw Failure("invalid --cgroup argument(s): multiple paths for controller \"\(controller)\"")
        }
        result.append((String(controller), path))
      }
    }
    return result
  }

  private static func setUser(_ process: inout RuntimeSpec.Process, _ parsed: ParsedCommand) throws(Failure) {
    if let text = parsed.value(.user) {
      do {
        let user = try UserArgument.parse(text)
        process.user.uid = user.uid
        if let gid = user.gid { process.user.gid = gid }
      } catch {
        throw Failure(error.message)
      }
    }
    process.user.additionalGids += parsed.groups(.additionalGids)
  }

  /// Capabilities for this process: never inheritable ones, which a program could pass on against the container's
  /// configuration (CVE-2022-29162).
  private static func addCapabilities(_ names: [String], to process: inout RuntimeSpec.Process) {
    guard !names.isEmpty else { return }
    var capabilities = process.capabilities ?? LinuxCapabilities()
    capabilities.bounding += names
    capabilities.effective += names
    capabilities.permitted += names
    process.capabilities = capabilities
  }
}

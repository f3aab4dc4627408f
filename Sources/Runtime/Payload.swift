internal import Linux
internal import RuntimeSpec
internal import Seccomp
internal import Security

/// The last steps of a process on its way to the user's program, the same for a container's own process and for `exec`:
/// it is inside the container's namespaces and root already, and still has the runtime's rights.
struct Payload: Sendable {
  var process: RuntimeSpec.Process
  var filter: SeccompProgram?
  /// For a filter with a listener.
  var handover: ListenerHandover?
  /// Whether the process sets its own resource limits; else its parent does.
  var setsLimits: Bool
  /// Descriptors from 3 on that the program gets.
  var keptDescriptors: Int
  var ignoredSignals: SignalSet
  /// Whether the caller's supplementary groups stay, as `keepGroupsAnnotation` asks.
  var keepsGroups = false

  /// The annotation by which podman asks for `--group-add keep-groups`; crun knows it under this name.
  static let keepGroupsAnnotation = "run.oci.keep_original_groups"

  /// What is executed, once it was found.
  struct Program: Sendable {
    var path: String
    var arguments: [String]
    var environment: [String]
    /// What of the process's properties was left out.
    var warnings: [String]
  }

  /// Enters the working directory, becomes the payload's user with its capabilities and labels, and finds the program as
  /// that user. Without no_new_privs the filter is loaded here, while the kernel still allows it; with it, `execute`
  /// loads it as late as possible. One with a listener is always loaded here, while the runtime is there to send it.
  func enter(_ handshake: borrowing Handshake) throws(Failure) -> Program {
    try setScheduling()
    let isInside = try changeDirectory(maySkip: true)
    try Labels.setOnExec(process)
    Console.giveStreams(to: process.user.uid)
    if setsLimits { try ProcessAttributes.setLimits(process.rlimits, of: 0) }
    Processes.setUmask(process.user.umask ?? 0o022)
    var unknown: [String] = []
    let credentials = Credentials(
      user: process.user, capabilities: CapabilitySets(process.capabilities ?? LinuxCapabilities(), ignored: &unknown),
      noNewPrivileges: process.noNewPrivileges, keepsGroups: keepsGroups)
    var warnings = try credentials.apply(
      asUser: { () throws(Failure) in if !isInside { _ = try changeDirectory(maySkip: false) } },
      loadSeccomp: { () throws(Failure) in if !loadsLate { try loadFilter(handshake) } })
    let environment = ProcessEnvironment.complete(process.env, uid: process.user.uid)
    let path = try ExecutableLookup.find(process.args.first ?? "", environment: environment)
    if !unknown.isEmpty {
      warnings.append("ignoring unknown or unavailable capabilities: [\(unknown.joined(separator: " "))]")
    }
    return Program(path: path, arguments: process.args, environment: environment, warnings: warnings)
  }

  /// Executes the program. Every descriptor but the kept ones is closed first; `reporting`, which tells of a failure, is
  /// close-on-exec and of a kind that no path can lead through. Returns only by throwing.
  func execute(_ program: Program, reporting: Int32) throws(Failure) -> Never {
    let first = Int32(3 + keptDescriptors)
    try Descriptors.close(from: first, except: [reporting])
    try Signals.reset(ignoredSignals)
    if loadsLate { _ = try filter?.install() }
    let failure = Processes.execute(program.path, arguments: program.arguments, environment: program.environment)
    throw Failure("exec: \"\(program.path)\"", failure.errno)
  }

  private var loadsLate: Bool { process.noNewPrivileges && filter?.hasListener != true }

  private func loadFilter(_ handshake: borrowing Handshake) throws(Failure) {
    guard let filter else { return }
    // The change of user has cleared it, and nothing but the runtime ends a process that waits for it.
    if filter.hasListener { try Processes.setParentDeathSignal(Signals.kill) }
    guard let listener = try filter.install() else { return }
    guard let handover else { throw Failure("seccomp: nobody takes the listener") }
    try handover.offer(listener, to: handshake)
  }

  private func setScheduling() throws(Failure) {
    if let scheduler = process.scheduler {
      do {
        try ProcessAttributes.setScheduler(scheduler)
      } catch {
        guard error.errno == .notPermitted, scheduler.policy == .fifo || scheduler.policy == .rr else { throw error }
        throw Failure(
          "\(error.message) \(scheduler.policy.rawValue) (with cgroup v1 a container has real-time only with"
            + " linux.resources.cpu.realtimeRuntime)", error.errno)
      }
    }
    if let priority = process.ioPriority { try ProcessAttributes.setIOPriority(priority) }
  }

  /// A directory that only the runtime may enter is as good as one that only the payload's user may: both are tried,
  /// before and after the change of user. Returns false when the first try was refused.
  private func changeDirectory(maySkip: Bool) throws(Failure) -> Bool {
    do {
      try Processes.changeDirectory(process.cwd)
    } catch {
      if maySkip, error.errno == .accessDenied || error.errno == .notPermitted { return false }
      throw Failure("chdir to cwd (\"\(process.cwd)\") set in config.json failed", error.errno)
    }
    // At once, since the filter may refuse getcwd(2).
    try checkWorkingDirectory()
    return true
  }

  /// A directory that lies outside of the container's root, reached through a descriptor that should not be there
  /// (CVE-2024-21626), has no path below the root: the kernel then gives one that does not begin with `/`.
  private func checkWorkingDirectory() throws(Failure) {
    let isInside: Bool
    do {
      isInside = try Processes.isWorkingDirectoryInRoot()
    } catch {
      guard error.errno == .notFound else { throw error }
      isInside = false
    }
    guard isInside else {
      throw Failure("current working directory is outside of container mount namespace root")
    }
  }
}

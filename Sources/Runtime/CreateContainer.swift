package import Linux
internal import RuntimeSpec

/// `create` and `run` (runtime.md, «create», «start»).
package enum CreateContainer {
  /// Makes a container that waits for `start`. Returns warnings.
  package static func create(_ options: CreateOptions) throws(Failure) -> [String] {
    let plan = try ContainerPlan(options, startsAtOnce: false)
    var terminal = try TerminalTransfer(
      wanted: plan.process.terminal, socket: options.consoleSocket, detached: true)
    try Processes.setDumpable(false)
    var creation = try Creation.perform(plan, console: terminal.takeSocket())
    try creation.release()
    return creation.warnings
  }

  /// How `run` goes on once the container's program was started.
  package struct RunMode: Sendable {
    package var detach = false
    /// Do not delete the container at its end.
    package var keep = false
    package var noSubreaper = false

    package init() {}
  }

  /// Makes a container and starts it. In the foreground: waits for its end, deletes it and returns its exit code.
  /// Warnings are about what was left out, and about poststop hooks that failed.
  package static func run(
    _ options: CreateOptions, _ mode: RunMode
  ) throws(Failure) -> (code: Int32, warnings: [String]) {
    var plan = try ContainerPlan(options, startsAtOnce: true)
    if !mode.detach { TerminalTransfer.giveSize(to: &plan.process) }
    var terminal = try TerminalTransfer(
      wanted: plan.process.terminal, socket: options.consoleSocket, detached: mode.detach)
    try Processes.setDumpable(false)
    if !mode.noSubreaper { try Processes.setSubreaper() }
    var foreground: Foreground? = mode.detach ? nil : try Foreground()
    var creation = try Creation.perform(plan, console: terminal.takeSocket())
    try creation.release()
    guard let process = creation.takeProcess() else { return (0, creation.warnings) }
    if let notify = creation.notify.take() { try notify.forwardReady(of: process) }
    guard var watcher = foreground.take() else { return (0, creation.warnings) }
    try creation.directory.releaseLock()
    let code = try watcher.wait(for: process, master: try terminal.receiveMaster())
    if mode.keep { return (code, creation.warnings) }
    return (
      code,
      creation.warnings
        + (try DeleteContainer.afterEnd(creation.directory, creation.record, hooks: plan.spec.hooks.poststop))
    )
  }
}

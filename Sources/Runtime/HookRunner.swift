internal import Linux
internal import RuntimeSpec

/// Runs hooks in their order: the state on standard input, an environment that is the hook's alone, no descriptor but
/// the standard ones, a process group of its own that is killed when its time is over (config.md, «POSIX-platform
/// Hooks»). In the runtime's namespace the working directory is the bundle, as long as there is one, whoever calls the
/// runtime from where.
enum HookRunner {
  /// The six kinds, by the names of config.json.
  enum Kind: String {
    case prestart, createRuntime, createContainer, startContainer, poststart, poststop
  }

  /// What of a hook's output goes into its error.
  private static let outputLimit = 4096

  /// Runs all of `hooks`, and stops at the first that fails. Those of the runtime's namespace are told the `bundle`; the
  /// others have the caller's working directory.
  static func run(_ hooks: [Hook], _ kind: Kind, state: [UInt8], bundle: String? = nil) throws(Failure) {
    for (index, hook) in hooks.enumerated() {
      do {
        try run(hook, state: state, bundle)
      } catch {
        throw error.within("error running \(kind.rawValue) hook #\(index) (\(hook.path))")
      }
    }
  }

  private static func run(_ hook: Hook, state: [UInt8], _ bundle: String?) throws(Failure) {
    var input = try Sockets.pipe()
    var output = try Sockets.pipe()
    let stdin = input.takeFirst()
    let stdout = output.takeSecond()
    switch try Processes.clone([]) {
    case .child:
      execute(hook, bundle, stdin: stdin, stdout: stdout)
    case .parent(let process):
      _ = consume stdin
      _ = consume stdout
      let inputEnd = input.takeSecond()
      let outputEnd = output.takeFirst()
      // A hook may end without reading its input.
      Signals.ignore(Signals.pipe)
      defer { Signals.resetToDefault(Signals.pipe) }
      try watch(hook, process, state, inputEnd, outputEnd)
    }
  }

  private static func execute(
    _ hook: Hook, _ bundle: String?, stdin: consuming FileDescriptor, stdout: consuming FileDescriptor
  ) -> Never {
    do throws(Failure) {
      try Processes.startGroup()
      if let bundle { try? Processes.changeDirectory(bundle) }
      try Signals.resetAll()
      try Descriptors.replace(0, with: stdin)
      try Descriptors.replace(1, with: stdout)
      try Descriptors.replace(2, with: stdout)
      try Descriptors.close(from: 3)
      throw Processes.execute(
        hook.path, arguments: hook.args.isEmpty ? [hook.path] : hook.args, environment: hook.env)
    } catch {
      let stderr = FileDescriptor(owning: 2)
      try? stderr.write(error.description, "stderr")
      Processes.exit(127)
    }
  }

  private static func watch(
    _ hook: Hook, _ process: borrowing ProcessDescriptor, _ state: [UInt8], _ stdin: consuming FileDescriptor,
    _ stdout: borrowing FileDescriptor
  ) throws(Failure) {
    var stdin: FileDescriptor? = consume stdin
    let deadline = hook.timeout.map { Clock.monotonicMilliseconds + Int64($0) * 1000 }
    try stdout.setNonBlocking(true)
    if let end = stdin.take() {
      try end.setNonBlocking(true)
      stdin = consume end
    }
    var written = 0
    var text: [UInt8] = []
    var open = true
    while true {
      let left = deadline.map { max(0, $0 - Clock.monotonicMilliseconds) } ?? -1
      if left == 0 {
        try? Processes.kill(-process.pid, Signals.kill)
        try? process.signal(Signals.kill)
        _ = try process.wait()
        throw Failure("timed out after \(hook.timeout ?? 0) s")
      }
      let events = try Poll.wait(
        [
          (Descriptors.number(stdin), .writable), (open ? stdout.raw : -1, .readable),
          (process.descriptor.raw, .readable),
        ],
        milliseconds: left)
      if !events[0].isEmpty, let end = stdin.take() {
        written = (try? end.writeSome(state, from: written)) ?? state.count
        if written < state.count { stdin = consume end }
      }
      if !events[1].isEmpty {
        let bytes = try stdout.readSome(4096, "output of hook")
        open = !bytes.isEmpty
        text += bytes.prefix(max(0, outputLimit - text.count))
      }
      // What the hook said comes first, but a process that it left behind may go on for ever.
      if !events[2].isEmpty, events[1].isEmpty || text.count >= outputLimit {
        let status = try process.wait()
        if status == .exited(0) { return }
        let cause =
          switch status {
          case .exited(let code): "exit status \(code)"
          case .signalled(let signal): "signal \(signal)"
          }
        let output = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline).joined(separator: " ")
        throw Failure(output.isEmpty ? cause : "\(cause), output: \(output)")
      }
    }
  }
}

internal import Linux

/// The runtime's part in a container or an exec in the foreground: it forwards signals and terminal data, reaps what was
/// left to it, and ends as the payload does.
struct Foreground: ~Copyable {
  private let signals: FileDescriptor
  /// The payload's terminal, when it has one that the runtime keeps.
  private var master: FileDescriptor?
  private var savedMode: Terminals.Mode?

  /// Signals that are the runtime's own business, or that nobody can take.
  private static let kept: [Int32] = [Signals.child, Signals.windowChange, Signals.pipe, Signals.urgent]

  /// Blocks all signals to read them from a descriptor. Call it before the payload is made, so that none is lost.
  init() throws(Failure) {
    try Signals.setMask(.all)
    let signals = try Signals.descriptor(.all)
    self.signals = signals
  }

  /// Waits for the payload to end; returns its exit code, or 128 plus the signal that ended it.
  mutating func wait(
    for process: borrowing ProcessDescriptor, master: consuming FileDescriptor?
  ) throws(Failure) -> Int32 {
    self.master = master
    if Descriptors.number(self.master) >= 0 { savedMode = Terminals.makeRaw(0) }
    defer { if let savedMode { Terminals.restore(0, savedMode) } }
    try resize()
    var terminal = TerminalCopy()
    while true {
      let number = Descriptors.number(self.master)
      let events = try Poll.wait(
        [
          (signals.raw, .readable), (number >= 0 && terminal.inputOpen ? 0 : -1, .readable),
          (terminal.outputOpen ? number : -1, .readable),
        ], milliseconds: -1)
      if !events[1].isEmpty { terminal.copyInput(to: number) }
      if !events[2].isEmpty { terminal.copyOutput(from: number) }
      while let signal = try Signals.next(signals) {
        switch signal {
        case Signals.child:
          if let status = try reap(process) {
            terminal.drain(from: number)
            return status.shellCode
          }
        case Signals.windowChange: try resize()
        default:
          if !Self.kept.contains(signal) { try? process.signal(signal) }
        }
      }
    }
  }

  /// Takes in every child that has ended; returns the payload's status when it is among them.
  private func reap(_ process: borrowing ProcessDescriptor) throws(Failure) -> ExitStatus? {
    while let ended = try Processes.reapAny() {
      if ended.pid == process.pid { return ended.status }
    }
    return nil
  }

  private func resize() throws(Failure) {
    switch master {
    case .some(let master): if let size = Terminals.size(of: 0) { try? Terminals.setSize(master, size) }
    case .none: break
    }
  }
}

/// Copies bytes between the caller's standard streams and the payload's terminal.
private struct TerminalCopy {
  var inputOpen = true
  var outputOpen = true

  mutating func copyInput(to master: Int32) {
    inputOpen = copy(from: 0, to: master)
  }

  mutating func copyOutput(from master: Int32) {
    outputOpen = copy(from: master, to: 1)
  }

  /// What the payload wrote before it ended.
  mutating func drain(from master: Int32) {
    guard master >= 0 else { return }
    while outputOpen, let events = try? Poll.wait([(master, .readable)], milliseconds: 0),
      events[0].contains(.readable)
    {
      copyOutput(from: master)
    }
  }

  /// One read and its write; false at the end of the source or when the target is gone. The end of a terminal is EIO.
  private func copy(from source: Int32, to target: Int32) -> Bool {
    guard let bytes = try? Descriptors.readSome(source, 16384), !bytes.isEmpty else { return false }
    return (try? Descriptors.write(bytes, to: target)) != nil
  }
}

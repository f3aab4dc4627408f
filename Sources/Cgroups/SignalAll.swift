package import Linux

extension Cgroup {
  package func processes() throws(Failure) -> [Int32] {
    guard let primary, let directory = try CgroupDirectory.ifPresent(primary.path) else { return [] }
    return try CgroupTree.processes(directory)
  }

  /// The processes of all hierarchies: one that has the privilege may have left some of them.
  func processesAnywhere() throws(Failure) -> [Int32] {
    var result = try processes()
    if !result.isEmpty { return result }
    for directory in directories where directory != primary {
      guard let open = try CgroupDirectory.ifPresent(directory.path) else { continue }
      for pid in try CgroupTree.processes(open) where !result.contains(pid) { result.append(pid) }
    }
    return result
  }

  package func signalAll(_ signal: Int32) throws(Failure) {
    if signal == Signals.kill { return try killAll(milliseconds: 10_000) }
    let wasFrozen = try isFrozen()
    if !wasFrozen { freezeForSignals() }
    do throws(Failure) {
      try send(signal, to: processes())
    } catch {
      if !wasFrozen { try? thaw() }
      throw error
    }
    if !wasFrozen { try? thaw() }
  }

  private func send(_ signal: Int32, to processes: [Int32]) throws(Failure) {
    for pid in processes where pid != Processes.currentID {
      do throws(Failure) {
        try Processes.kill(pid, signal)
      } catch {
        if error.errno != .noSuchProcess { throw error }
      }
    }
  }

  /// Kills until no process is left: those that are born meanwhile, and those that are frozen.
  private func killAll(milliseconds: Int64) throws(Failure) {
    var left = try processesAnywhere()
    if left.isEmpty { return }
    let deadline = Deadline(milliseconds: milliseconds)
    var pause: Int64 = 1
    var isKilled = try killByFile()
    while true {
      // The v1 freezer holds what has been killed until it is thawed.
      if isKilled {
        if legacy("freezer") != nil { try? thaw() }
      } else {
        freezeForSignals()
        left = try processesAnywhere()
        defer { try? thaw() }
        try send(Signals.kill, to: left)
      }
      try Sleep.milliseconds(pause)
      left = try processesAnywhere()
      if left.isEmpty { return }
      if deadline.hasPassed {
        throw Failure("\(left.count) process(es) of cgroup \(primary?.path ?? "") survive SIGKILL")
      }
      // The kernel's kill reaches all in v2, but not those that only v1 has.
      isKilled = isKilled && pause < 32
      pause = min(pause * 2, 100)
    }
  }

  /// `cgroup.kill` of v2, Linux 5.14: false when there is none.
  private func killByFile() throws(Failure) -> Bool {
    guard let unified, let directory = try CgroupDirectory.ifPresent(unified.path) else { return false }
    do throws(Failure) {
      try directory.write("1", to: "cgroup.kill")
      return true
    } catch {
      if error.errno == .notFound || error.errno == .notSupported { return false }
      throw error
    }
  }
}

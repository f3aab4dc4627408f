package import Linux

/// Tells of the kernel running out of a container's memory: memory.oom_control of v1 through an eventfd (the kernel's
/// cgroup-v1/memory.rst, «OOM Control»), memory.events of v2 (cgroup-v2.rst), which poll(2) reports changes of.
package struct OutOfMemoryEvents: ~Copyable {
  private let directory: String
  private let isUnified: Bool
  /// The eventfd, or memory.events.
  private let file: FileDescriptor
  /// How many processes of a v2 cgroup had been killed when it was looked at last.
  private var killed: UInt64 = 0

  /// Begins to watch; nil when the cgroup has no memory controller.
  package static func watch(_ cgroup: Cgroup) throws(Failure) -> OutOfMemoryEvents? {
    if let legacy = cgroup.legacy("memory") {
      let event = try register(legacy.path)
      return OutOfMemoryEvents(directory: legacy.path, isUnified: false, file: event)
    }
    guard let unified = cgroup.unified,
      let events = try CgroupDirectory(unified.path).openIfPresent("memory.events")
    else { return nil }
    var result = OutOfMemoryEvents(directory: unified.path, isUnified: true, file: events)
    result.killed = try result.readKilled()
    return result
  }

  private init(directory: String, isUnified: Bool, file: consuming FileDescriptor) {
    self.directory = directory
    self.isUnified = isUnified
    self.file = file
  }

  /// For poll(2): what to wait for.
  package var source: (number: Int32, events: Poll.Events) {
    (file.raw, isUnified ? Poll.Events(rawValue: 2) /* POLLPRI */ : .readable)
  }

  /// Whether there was an event since the last call. A cgroup that is gone has none.
  package mutating func takeNext() throws(Failure) -> Bool {
    isUnified ? try takeUnified() : try takeLegacy()
  }

  private mutating func takeUnified() throws(Failure) -> Bool {
    let before = killed
    do throws(Failure) {
      killed = try readKilled()
    } catch {
      if error.errno == .noDevice { return false }
      throw error
    }
    return killed > before
  }

  /// memory.events counts the kills in the cgroups below, too.
  private borrowing func readKilled() throws(Failure) -> UInt64 {
    try file.rewind()
    let name = "\(directory)/memory.events"
    let text = CgroupDirectory.text(try file.readSome(4095, name))
    guard let kills = Self.kills(text) else { throw Failure("\(name) has an unexpected form") }
    return kills
  }

  /// `oom_kill` of memory.events and of memory.oom_control; nil for a text of another form.
  fileprivate static func kills(_ text: String) -> UInt64? {
    guard let lines = StatisticsText.keyed(text) else { return nil }
    return lines.first { $0.key == "oom_kill" }?.value ?? 0
  }

  /// The kernel also counts the cgroup's removal.
  private func takeLegacy() throws(Failure) -> Bool {
    guard try !Poll.wait([(file.raw, .readable)], milliseconds: 0)[0].isEmpty else { return false }
    let bytes = try file.readSome(8, "eventfd")
    let isGone = try CgroupDirectory.ifPresent(directory) == nil
    // The count is a number of the machine's own byte order: all that matters is whether it is more than 1.
    let isOne = bytes.filter { $0 != 0 } == [1] && (bytes.first == 1 || bytes.last == 1)
    return !isGone || !isOne
  }

  private static func register(_ path: String) throws(Failure) -> FileDescriptor {
    let open = try CgroupDirectory(path)
    let control = try Files.open("memory.oom_control", at: open.descriptor, [.read, .noFollow])
    let event = try EventCounter.make()
    try open.write("\(event.raw) \(control.raw)", to: "cgroup.event_control")
    return event
  }
}

extension Cgroup {
  /// How many processes were killed so far because the kernel ran out of the cgroup's memory: `oom_kill` of
  /// memory.oom_control (since Linux 4.13) or of memory.events; 0 without a memory controller.
  package func outOfMemoryKills() throws(Failure) -> UInt64 {
    let text: String?
    if let legacy = legacy("memory") {
      text = try CgroupDirectory.value("memory.oom_control", of: legacy.path)
    } else if let unified {
      text = try CgroupDirectory.value("memory.events", of: unified.path)
    } else {
      text = nil
    }
    return text.flatMap(OutOfMemoryEvents.kills) ?? 0
  }
}

extension CgroupDirectory {
  borrowing func openIfPresent(_ file: String) throws(Failure) -> FileDescriptor? {
    try Files.openIfPresent(file, at: descriptor, [.read, .noFollow])
  }
}

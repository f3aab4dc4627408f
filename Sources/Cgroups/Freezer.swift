package import Linux

extension Cgroup {
  /// The directory that freezes: v1 where it has a freezer, else v2.
  private var freezing: Directory? { legacy("freezer") ?? unified }

  private func cannot(_ what: String) -> Failure {
    let reason = directories.isEmpty ? "the container has no cgroup" : "the freezer controller is not mounted"
    return Failure("cannot \(what): \(reason)")
  }

  package func freeze() throws(Failure) {
    guard let freezing else { throw cannot("freeze") }
    try Freezer.freeze(freezing, milliseconds: 5000)
  }

  package func thaw() throws(Failure) {
    guard let freezing else { throw cannot("thaw") }
    try Freezer.thaw(freezing)
  }

  package func isFrozen() throws(Failure) -> Bool {
    guard let freezing else { return false }
    return try Freezer.isFrozen(freezing)
  }

  /// As `freeze`, for a moment, while signals are sent: it need not succeed.
  func freezeForSignals() {
    guard let freezing else { return }
    try? Freezer.freeze(freezing, milliseconds: 200)
  }
}

/// Stopping a cgroup: `freezer.state` of v1, `cgroup.freeze` of v2.
enum Freezer {
  static func isFrozen(_ directory: Cgroup.Directory) throws(Failure) -> Bool {
    if directory.isUnified { return try CgroupDirectory.value("cgroup.freeze", of: directory.path) == "1" }
    guard directory.controllers.contains("freezer") else { return false }
    return try CgroupDirectory.value("freezer.self_freezing", of: directory.path) == "1"
  }

  static func thaw(_ directory: Cgroup.Directory) throws(Failure) {
    let open = try CgroupDirectory(directory.path)
    if directory.isUnified {
      try open.write("0", to: "cgroup.freeze")
    } else {
      try open.write("THAWED", to: "freezer.state")
    }
  }

  /// Throws when not every process has stopped after `milliseconds`; then all go on.
  static func freeze(_ directory: Cgroup.Directory, milliseconds: Int64) throws(Failure) {
    let open = try CgroupDirectory(directory.path)
    let deadline = Deadline(milliseconds: milliseconds)
    do throws(Failure) {
      if directory.isUnified {
        try freezeUnified(open, by: deadline)
      } else {
        try freezeLegacy(open, by: deadline)
      }
    } catch {
      try? thaw(directory)
      throw error
    }
  }

  private static func freezeUnified(_ directory: borrowing CgroupDirectory, by deadline: Deadline) throws(Failure) {
    try directory.write("1", to: "cgroup.freeze")
    while try !UnifiedEvents.wait(for: "frozen 1", in: directory, milliseconds: min(deadline.left, 100)) {
      if deadline.hasPassed { throw Failure("freeze cgroup \(directory.path)", .timedOut) }
    }
  }

  /// The v1 freezer can miss processes that are born meanwhile: then it stays in FREEZING until it is written again,
  /// and may need a thaw in between.
  private static func freezeLegacy(_ directory: borrowing CgroupDirectory, by deadline: Deadline) throws(Failure) {
    var attempt = 0
    while true {
      try directory.write("FROZEN", to: "freezer.state")
      if try directory.read("freezer.state") == "FROZEN" { return }
      if deadline.hasPassed { throw Failure("freeze cgroup \(directory.path)", .timedOut) }
      attempt += 1
      if attempt % 50 == 0 { try directory.write("THAWED", to: "freezer.state") }
      if attempt % 10 == 0 { try Sleep.milliseconds(attempt % 50 == 0 ? 10 : 1) }
    }
  }
}

/// `cgroup.events` of v2, which poll(2) reports changes of.
enum UnifiedEvents {
  /// Waits until the file has a line; false when the time passed before. A removed cgroup throws ENOENT or ENODEV.
  static func wait(
    for line: String, in directory: borrowing CgroupDirectory, milliseconds: Int64
  ) throws(Failure) -> Bool {
    let deadline = Deadline(milliseconds: milliseconds)
    let priority = Poll.Events(rawValue: 2)  // POLLPRI
    while true {
      let file = try Files.open("cgroup.events", at: directory.descriptor, [.read, .noFollow])
      let text = String(decoding: try file.readSome(4095, "\(directory.path)/cgroup.events"), as: UTF8.self)
      if text.split(separator: "\n").contains(Substring(line)) { return true }
      if deadline.hasPassed { return false }
      _ = try Poll.wait([(file.raw, priority)], milliseconds: deadline.left)
    }
  }
}

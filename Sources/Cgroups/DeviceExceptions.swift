import Linux

/// Device rules in the form that cgroup v1 can hold (the kernel's cgroup-v1/devices.rst): a default and exceptions
/// from it, without an order among them.
struct DeviceExceptions: Equatable {
  struct Exception: Equatable {
    var kind: DeviceKind
    var major: UInt32?
    var minor: UInt32?
    var access: DeviceAccess

    /// As in `devices.allow` and `devices.list`.
    var text: String { text(access) }

    func text(_ access: DeviceAccess) -> String {
      "\(kind.letter) \(major.map { String($0) } ?? "*"):\(minor.map { String($0) } ?? "*") \(access.text)"
    }

    func isSameDevice(as other: Exception) -> Bool {
      kind == other.kind && major == other.major && minor == other.minor
    }

    func covers(_ other: Exception) -> Bool {
      kind == other.kind && (major == nil || major == other.major) && (minor == nil || minor == other.minor)
    }

    func overlaps(_ other: Exception) -> Bool {
      kind == other.kind && (major == nil || other.major == nil || major == other.major)
        && (minor == nil || other.minor == nil || minor == other.minor)
    }
  }

  let allowsByDefault: Bool
  private(set) var exceptions: [Exception] = []

  init(allowsByDefault: Bool, exceptions: [Exception] = []) {
    self.allowsByDefault = allowsByDefault
    self.exceptions = exceptions
  }

  /// Throws for a rule that takes back a part of an exception: v1 would ignore it without a word.
  init(_ rules: DeviceRules) throws(Failure) {
    allowsByDefault = rules.allowsByDefault
    for rule in rules.rules {
      for kind in rule.kind.map({ [$0] }) ?? [.character, .block] {
        let one = Exception(kind: kind, major: rule.major, minor: rule.minor, access: rule.access)
        if rule.allow == allowsByDefault {
          try remove(one, allow: rule.allow)
        } else {
          add(one)
        }
      }
    }
    spread()
  }

  private mutating func add(_ new: Exception) {
    if let index = exceptions.firstIndex(where: { $0.isSameDevice(as: new) }) {
      exceptions[index].access.formUnion(new.access)
    } else {
      exceptions.append(new)
    }
  }

  private mutating func remove(_ taken: Exception, allow: Bool) throws(Failure) {
    for index in exceptions.indices where exceptions[index].overlaps(taken) {
      guard !exceptions[index].access.isDisjoint(with: taken.access) else { continue }
      guard taken.covers(exceptions[index]) else {
        throw Failure(
          "device rule \"\(allow ? "allow" : "deny") \(taken.text)\" not supported by cgroup v1: "
            + "cannot punch hole in existing wildcard rule \"\(exceptions[index].text)\"")
      }
      exceptions[index].access.subtract(taken.access)
    }
    exceptions.removeAll { $0.access.isEmpty }
  }

  /// The kernel grants an opening for reading and writing only when one exception has both: a narrow exception gets
  /// what the wider ones have. (mknod is always asked about alone.)
  private mutating func spread() {
    for index in exceptions.indices {
      for wide in exceptions where wide.covers(exceptions[index]) {
        exceptions[index].access.formUnion(wide.access.subtracting(.mknod))
      }
    }
  }
}

/// The files devices.allow, devices.deny and devices.list of v1.
enum DeviceList {
  /// Puts `target` in force. A fresh cgroup, with nothing in it yet, is reset and filled; in one that is in use only
  /// what differs is written.
  static func set(
    _ target: DeviceExceptions, in directory: borrowing CgroupDirectory, isFresh: Bool
  ) throws(Failure) {
    if isFresh {
      do throws(Failure) {
        return try reset(to: target, in: directory, attempts: 1)
      } catch {
        guard error.errno == .invalidArgument else { throw error }
      }
    }
    let current = parse(try directory.read("devices.list"))
    // What is denied by exception where all else is allowed is not listed.
    if current.allowsByDefault || target.allowsByDefault {
      if current.allowsByDefault, target == current { return }
      return try reset(to: target, in: directory, attempts: 10)
    }
    try write(difference(from: current, to: target), to: "devices.allow", in: directory)
    try write(difference(from: target, to: current), to: "devices.deny", in: directory)
  }

  private static func reset(
    to target: DeviceExceptions, in directory: borrowing CgroupDirectory, attempts: Int
  ) throws(Failure) {
    let (first, rest) =
      target.allowsByDefault ? ("devices.allow", "devices.deny") : ("devices.deny", "devices.allow")
    try setDefault(first, in: directory, attempts: attempts)
    try write(target.exceptions.map(\.text), to: rest, in: directory)
  }

  /// The kernel refuses a change of the default with EINVAL while there are cgroups below, and removed ones count for
  /// some milliseconds.
  private static func setDefault(
    _ file: String, in directory: borrowing CgroupDirectory, attempts: Int
  ) throws(Failure) {
    var attempt = 1
    while true {
      do throws(Failure) {
        return try directory.write("a", to: file)
      } catch {
        guard error.errno == .invalidArgument, attempt < attempts else { throw error }
        attempt += 1
        try Sleep.milliseconds(10)
      }
    }
  }

  private static func write(
    _ lines: [String], to file: String, in directory: borrowing CgroupDirectory
  ) throws(Failure) {
    if lines.isEmpty { return }
    let open = try directory.openForWriting(file)
    for line in lines { try CgroupDirectory.write(line, to: open, directory.path, file) }
  }

  /// What `new` has more than `old`.
  private static func difference(from old: DeviceExceptions, to new: DeviceExceptions) -> [String] {
    new.exceptions.compactMap { exception in
      let had = old.exceptions.first { $0.isSameDevice(as: exception) }?.access ?? []
      let gained = exception.access.subtracting(had)
      return gained.isEmpty ? nil : exception.text(gained)
    }
  }

  /// Reads devices.list: a line `a *:* rwm` where all is allowed by default, else the exceptions.
  static func parse(_ text: String) -> DeviceExceptions {
    var exceptions: [DeviceExceptions.Exception] = []
    for line in text.split(separator: "\n") {
      let fields = line.split { $0 == " " || $0 == ":" }
      guard fields.count == 4 else { continue }
      if fields[0] == "a" { return DeviceExceptions(allowsByDefault: true) }
      var access: DeviceAccess = []
      if fields[3].contains("r") { access.insert(.read) }
      if fields[3].contains("w") { access.insert(.write) }
      if fields[3].contains("m") { access.insert(.mknod) }
      exceptions.append(
        DeviceExceptions.Exception(
          kind: fields[0] == "b" ? .block : .character, major: UInt32(fields[1]), minor: UInt32(fields[2]),
          access: access))
    }
    return DeviceExceptions(allowsByDefault: false, exceptions: exceptions)
  }
}

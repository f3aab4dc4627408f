package import Cgroups
internal import JSON
package import Linux
package import RuntimeSpec

/// What state.json holds: the OCI state (runtime.md, «State») under runc's names, with what the life cycle needs besides.
package struct ContainerRecord: Equatable, Sendable {
  package var ociVersion: String
  package var id: String
  /// The container's process in the runtime's pid namespace; 0 until it was made.
  package var pid: Int32 = 0
  /// When that process began, in clock ticks since boot. With `bootID` it tells a reused pid from the container's.
  package var processStart: UInt64 = 0
  package var bootID = ""
  package var bundle: String
  package var rootfs: String
  /// When the container was made, in RFC 3339's form.
  package var created: String
  /// The name or the number of the user who made it.
  package var owner = ""
  package var annotations: [OrderedMap<String>.Entry] = []
  /// The cgroup's directories by controller (v1), or by the empty name (v2).
  package var cgroupPaths: [OrderedMap<String>.Entry] = []
  /// The unit that systemd made for the container; nil with the cgroupfs driver.
  package var systemdUnit: String?
  /// Where that systemd is reached, as a D-Bus address.
  package var systemdBus: String?
  /// The container's group in a resctrl file system; nil without `linux.intelRdt`.
  package var intelRdt: IntelRdtGroup?
  /// Whether config.json has hooks that run after the process was started or the container deleted.
  package var hasLateHooks = false
  /// Whether the container has a user namespace or a caller without privileges.
  package var rootless = false
  /// Whether `create` is done with it; before, the state is `creating`.
  package var isReady = false
  /// Whether the container shares its caller's session keyring.
  package var noNewKeyring = false
  /// Whether criu has put the container's processes into a time namespace, which config.json does not tell of.
  package var hasRestoredTime = false
  /// The mount on the host that holds all mounts of a container without a mount namespace; see `HostRootMount`.
  package var hostRootMount: UInt64?

  package init(ociVersion: String, id: String, bundle: String, rootfs: String, created: String) {
    self.ociVersion = ociVersion
    self.id = id
    self.bundle = bundle
    self.rootfs = rootfs
    self.created = created
  }

  package func encode() -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    func member(_ name: String, _ value: String) {
      writer.name(name)
      writer.string(value)
    }
    member("ociVersion", ociVersion)
    member("id", id)
    writer.name("init_process_pid")
    writer.integer(Int64(pid))
    writer.name("init_process_start")
    writer.integer(processStart)
    member("boot_id", bootID)
    member("created", created)
    member("bundle", bundle)
    member("rootfs", rootfs)
    member("owner", owner)
    writer.name("rootless")
    writer.boolean(rootless)
    writer.name("ready")
    writer.boolean(isReady)
    writer.name("no_new_keyring")
    writer.boolean(noNewKeyring)
    if hasRestoredTime {
      writer.name("restored_time_namespace")
      writer.boolean(true)
    }
    if let hostRootMount {
      writer.name("host_root_mount")
      writer.integer(hostRootMount)
    }
    writer.name("has_late_hooks")
    writer.boolean(hasLateHooks)
    Self.write(annotations, "annotations", &writer)
    Self.write(cgroupPaths, "cgroup_paths", &writer)
    if let systemdUnit { member("systemd_unit", systemdUnit) }
    if let systemdBus { member("systemd_bus", systemdBus) }
    if let intelRdt {
      member("intel_rdt_root", intelRdt.root)
      member("intel_rdt_path", intelRdt.path)
      if let path = intelRdt.monitoringPath { member("intel_rdt_mon_path", path) }
      writer.name("intel_rdt_own")
      writer.boolean(intelRdt.isOwn)
    }
    writer.name("namespace_paths")
    writer.beginObject()
    if pid > 0 {
      for kind in LinuxNamespaceType.allCases { member(kind.runcName, "/proc/\(pid)/ns/\(kind.procName)") }
    }
    writer.endObject()
    writer.endObject()
    return writer.bytes
  }

  private static func write(_ entries: [OrderedMap<String>.Entry], _ name: String, _ writer: inout JSONWriter) {
    writer.name(name)
    writer.beginObject()
    for entry in entries {
      writer.name(entry.key)
      writer.string(entry.value)
    }
    writer.endObject()
  }

  /// Reads state.json. A broken file is an error that names it.
  package init(decoding bytes: [UInt8], file: String) throws(Failure) {
    let document: JSONDocument
    do {
      document = try JSONDocument(bytes)
    } catch {
      throw Failure("\(file):\(error)")
    }
    func text(_ name: StaticString) throws(Failure) -> String {
      guard let value = document.member(document.root, name), let text = document.string(value) else {
        throw Failure("\(file): \(name): expected a string")
      }
      return text
    }
    func optionalText(_ name: StaticString) -> String? {
      document.member(document.root, name).flatMap { document.string($0) }
    }
    func number(_ name: StaticString) throws(Failure) -> UInt64 {
      guard let value = document.member(document.root, name), let number = document.unsigned(value) else {
        throw Failure("\(file): \(name): expected a number")
      }
      return number
    }
    func flag(_ name: StaticString) -> Bool {
      document.member(document.root, name).flatMap { document.boolean($0) } ?? false
    }
    func entries(_ name: StaticString) throws(Failure) -> [OrderedMap<String>.Entry] {
      guard let object = document.member(document.root, name), document.kind(object) == .object else {
        throw Failure("\(file): \(name): expected an object")
      }
      var entries: [OrderedMap<String>.Entry] = []
      var cursor = document.first(object)
      for _ in 0..<document.count(object) {
        guard let key = document.string(cursor), let value = document.string(cursor + 1) else {
          throw Failure("\(file): \(name): expected strings")
        }
        entries.append(.init(key: key, value: value))
        cursor = document.next(cursor + 1)
      }
      return entries
    }
    self.init(
      ociVersion: try text("ociVersion"), id: try text("id"), bundle: try text("bundle"),
      rootfs: try text("rootfs"), created: try text("created"))
    guard let pid = Int32(exactly: try number("init_process_pid")) else {
      throw Failure("\(file): init_process_pid: out of range")
    }
    self.pid = pid
    processStart = try number("init_process_start")
    bootID = try text("boot_id")
    owner = try text("owner")
    rootless = flag("rootless")
    isReady = flag("ready")
    noNewKeyring = flag("no_new_keyring")
    hasRestoredTime = flag("restored_time_namespace")
    hasLateHooks = flag("has_late_hooks")
    hostRootMount = try? number("host_root_mount")
    systemdUnit = optionalText("systemd_unit")
    systemdBus = optionalText("systemd_bus")
    if let path = optionalText("intel_rdt_path") {
      intelRdt = IntelRdtGroup(
        root: try text("intel_rdt_root"), path: path, monitoringPath: optionalText("intel_rdt_mon_path"),
        isOwn: flag("intel_rdt_own"))
      if intelRdt == nil { throw Failure("\(file): intel_rdt_path: expected a path below intel_rdt_root") }
    }
    annotations = try entries("annotations")
    cgroupPaths = try entries("cgroup_paths")
  }
}

/// Times in RFC 3339's form, UTC.
package enum Timestamp {
  /// The present time, with nanoseconds.
  package static var now: String { text(nanoseconds: Clock.realtimeNanoseconds) }

  /// A time in nanoseconds since 1970.
  package static func text(nanoseconds: Int64) -> String {
    let seconds = nanoseconds / 1_000_000_000
    let fraction = nanoseconds % 1_000_000_000
    let (day, second) = (seconds / 86400, seconds % 86400)
    // Days to a date in the Gregorian calendar, counted in eras of 400 years that begin on 1 March.
    let shifted = day + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    let dayOfMonth = dayOfYear - (153 * monthIndex + 2) / 5 + 1
    let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    func pad(_ value: Int64, _ width: Int) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(pad(year, 4))-\(pad(month, 2))-\(pad(dayOfMonth, 2))T\(pad(second / 3600, 2)):"
      + "\(pad(second / 60 % 60, 2)):\(pad(second % 60, 2)).\(pad(fraction, 9))Z"
  }
}

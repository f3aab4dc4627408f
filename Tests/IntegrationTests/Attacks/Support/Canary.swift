import Foundation
import Glibc
import Testing

/// A directory tree of the host that no container may change, and the other things of the host that attacks aim at.
struct Canary {
  /// `canary` in the test's directory, beside the bundle.
  let path: String
  private let directory: String
  private let before: [String]

  /// The path of `path` on the host as a relative link in the root file system's top directory has it.
  static let fromRoot = "../../canary"

  init(_ container: TestContainer) throws {
    directory = container.directory
    path = container.path("canary")
    try Host.makeDirectory(path + "/directory/inner")
    try Host.write("canary\n", to: path + "/file")
    try Host.write("canary\n", to: path + "/directory/file", mode: 0o600)
    // Names that a runtime makes, replaces or removes in /dev, /proc and /sys.
    try Host.write("canary\n", to: path + "/ptmx")
    try Host.write("canary\n", to: path + "/console")
    symlink("file", path + "/link")
    before = Self.snapshot(path, directory)
  }

  /// Records an issue when anything of it is not as it was.
  func expectUnchanged(_ location: SourceLocation) {
    let now = Self.snapshot(path, directory)
    let changes = now.difference(from: before).map { change in
      switch change {
      case .insert(_, let line, _): "now: \(line)"
      case .remove(_, let line, _): "before: \(line)"
      }
    }
    if !changes.isEmpty {
      Issue.record("the host was changed: \(changes.joined(separator: "; "))", sourceLocation: location)
    }
  }

  /// One line for each file, for the kernel's parameters, and for the mounts where a test's could turn up. Other
  /// programs of the machine may mount things elsewhere at the same time.
  private static func snapshot(_ path: String, _ directory: String) -> [String] {
    var lines: [String] = []
    func visit(_ file: String) {
      var status = stat()
      lstat(file, &status)
      let kind = status.st_mode & S_IFMT
      var line = "\(file) \(String(status.st_mode, radix: 8)) \(status.st_uid):\(status.st_gid) \(status.st_rdev)"
      line += " \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
      if kind == S_IFREG { line += " \(Host.read(file)?.debugDescription ?? "unreadable")" }
      if kind == S_IFLNK { line += " -> \(Host.link(file) ?? "")" }
      lines.append(line)
      if kind == S_IFDIR { for name in Host.list(file) { visit(file + "/" + name) } }
    }
    visit(path)
    for parameter in ["core_pattern", "hostname", "modprobe", "sysrq", "printk", "msgmax"] {
      lines.append("\(parameter) \(Host.readTrimmed("/proc/sys/kernel/" + parameter) ?? "")")
    }
    for device in ["/dev/null", "/dev/zero", "/dev/ptmx", "/dev/console"] {
      var status = stat()
      lstat(device, &status)
      lines.append("\(device) \(status.st_ino) \(String(status.st_mode, radix: 8)) \(status.st_uid) \(status.st_rdev)")
    }
    for line in (Host.read("/proc/self/mountinfo") ?? "").split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count > 4 else { continue }
      let elsewhere = ["/run/", "/var/", "/tmp/", "/work/"].contains { fields[4].hasPrefix($0) }
      if !elsewhere || line.contains(directory) { lines.append("mount \(line)") }
    }
    return lines
  }
}

/// As `withContainer`, for a test that attacks the host: at the end, however the test went, the host must be unchanged.
func withAttack(
  _ arguments: [String] = ["true"], location: SourceLocation = #_sourceLocation,
  _ body: (TestContainer, Canary) throws -> Void
) throws {
  try withContainer(arguments, location: location) { container in
    let canary = try Canary(container)
    defer { canary.expectUnchanged(location) }
    try body(container, canary)
  }
}

extension Outcome {
  /// Records an issue when the payload wrote `evidence`, when the command hung, or when the runtime refused it with
  /// anything but one line.
  @discardableResult
  func expectHarmless(_ evidence: String, _ location: SourceLocation = #_sourceLocation) -> Outcome {
    if status == nil { Issue.record("it hung: \(self)", sourceLocation: location) }
    if stdout.contains(evidence) { Issue.record("the attack succeeded: \(self)", sourceLocation: location) }
    if stderr.contains("\(RuntimeUnderTest.name): ") { expectFailure(exitCode, location: location) }
    return self
  }
}

extension TestContainer {
  /// Replaces the mount on `destination`, at its place; nil takes it away.
  func replaceMount(_ destination: String, with mount: JSON?) {
    config["mounts"] = .array(
      config["mounts"].array.compactMap { $0["destination"].string == destination ? mount : $0 })
  }

  /// Takes away the mounts on /dev and below.
  func removeDevMounts() {
    config["mounts"] = .array(
      config["mounts"].array.filter { !($0["destination"].string ?? "").hasPrefix("/dev") })
  }

  func addMount(_ mount: JSON) {
    config["mounts"].append(mount)
  }

  /// A bind mount of a file of the host.
  func addBind(_ source: String, _ destination: String, _ options: [String] = ["rbind"]) {
    addMount(["type": "bind", "source": .string(source), "destination": .string(destination), "options": JSON(options)])
  }

  /// Gives the payload capabilities, and lets it keep what a set-id program would give.
  func setCapabilities(_ names: [String]) {
    for set in ["bounding", "effective", "permitted"] { config["process"]["capabilities"][set] = JSON(names) }
    config["process"]["noNewPrivileges"] = false
  }

  /// Every capability that the tests themselves have to give.
  static let allCapabilities: [String] = {
    let names = [
      "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
      "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
      "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
      "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
      "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ",
    ]
    let own = UInt64(Host.status(Int(getpid()), "CapPrm") ?? "", radix: 16) ?? 0
    return names.enumerated().filter { own >> UInt64($0.offset) & 1 == 1 }.map { "CAP_" + $0.element }
  }()

  /// A symbolic link in the root file system, in the place of what is there.
  func link(_ path: String, to target: String) throws {
    try? FileManager.default.removeItem(atPath: rootfs + "/" + path)
    guard symlink(target, rootfs + "/" + path) == 0 else { throw TestFailure("cannot make the link \(path)") }
  }
}

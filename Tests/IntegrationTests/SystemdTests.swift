import Foundation
import Glibc
import Testing

/// `--systemd-cgroup`, seen by systemd and in the kernel's files of cgroup v2.
@Suite(.systemd, .cgroupV2, .serialized, .tags(.integration))
struct SystemdTests {
  /// A container in `swiftlettest-deep.slice`, whose unit is `sd-ID.scope`.
  func withUnit(
    _ resources: JSON = .null, annotations: JSON = .null, _ body: (TestContainer, String) throws -> Void
  ) throws {
    try withContainer(["sleep", "60"]) { container in
      container.globalOptions.append("--systemd-cgroup")
      container.config["linux"]["cgroupsPath"] = .string("swiftlettest-deep.slice:sd:\(container.id)")
      if resources != .null { container.config["linux"]["resources"] = resources }
      if annotations != .null { container.config["annotations"] = annotations }
      try body(container, "sd-\(container.id).scope")
    }
  }

  static let slice = "/sys/fs/cgroup/swiftlettest.slice/swiftlettest-deep.slice"

  func file(_ unit: String, _ name: String) -> String? {
    Host.read("\(Self.slice)/\(unit)/\(name)")?.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  func systemctl(_ container: TestContainer, _ arguments: String...) throws -> Outcome {
    try container.launchOnHost("/usr/bin/systemctl", arguments).wait()
  }

  /// What `systemctl show` says of a unit.
  func properties(_ container: TestContainer, _ unit: String) throws -> [String: String] {
    var result: [String: String] = [:]
    for line in try systemctl(container, "show", unit).expectSuccess().stdout.split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = parts.count == 2 ? String(parts[1]) : ""
      let name = String(parts[0])
      result[name] = result[name].map { $0 + "; " + value } ?? value
    }
    return result
  }

  static let limits: JSON = [
    "memory": ["limit": 67_108_864, "reservation": 33_554_432, "swap": 100_663_296],
    "cpu": ["shares": 2048, "quota": 55_500, "period": 100_000, "cpus": "0", "mems": "0"],
    "pids": ["limit": 42],
    "devices": [
      ["allow": false, "access": "rwm"], ["allow": true, "type": "c", "major": 10, "minor": 237, "access": "r"],
    ],
  ]

  static let limitFiles = [
    "memory.max": "67108864", "memory.low": "33554432", "memory.swap.max": "33554432", "cpu.max": "55500 100000",
    "pids.max": "42", "cpuset.cpus": "0", "cpuset.mems": "0",
  ]

  func expectFiles(_ files: [String: String], _ unit: String, _ location: SourceLocation = #_sourceLocation) {
    for (name, text) in files.sorted(by: { $0.key < $1.key }) {
      #expect(file(unit, name) == text, "\(name)", sourceLocation: location)
    }
  }

  @Test func wholeLife() throws {
    try withUnit { container, unit in
      try container.createAndStart()
      let shown = try properties(container, unit)
      let expected = [
        "ActiveState": "active", "Slice": "swiftlettest-deep.slice", "Delegate": "yes", "DefaultDependencies": "no",
        "ControlGroup": "/swiftlettest.slice/swiftlettest-deep.slice/\(unit)", "MemoryAccounting": "yes",
        "CPUAccounting": "yes", "IOAccounting": "yes", "TasksAccounting": "yes",
      ]
      for (name, value) in expected { #expect(shown[name] == value, "\(name)") }
      #expect(try file(unit, "cgroup.procs") == "\(container.pid())")
      let own = try container.exec([], ["cat", "/proc/self/cgroup"]).expectSuccess().text
      #expect(own.hasSuffix("/\(unit)"), "\(own)")
      try container.runtime(["pause", container.id]).expectSilentSuccess()
      #expect(file(unit, "cgroup.freeze") == "1")
      try container.runtime(["resume", container.id]).expectSilentSuccess()
      try container.kill("KILL").expectSilentSuccess()
      try container.expectStatus("stopped")
      try container.delete().expectSilentSuccess()
      #expect(try properties(container, unit)["LoadState"] == "not-found")
      #expect(!Host.exists("\(Self.slice)/\(unit)"))
    }
  }

  @Test func theDefaultUnitIsNamedForTheID() throws {
    try withContainer(["sleep", "60"]) { container in
      container.globalOptions.append("--systemd-cgroup")
      container.config["linux"]["cgroupsPath"] = nil
      try container.createAndStart()
      let unit = "runc-\(container.id).scope"
      #expect(try properties(container, unit)["ControlGroup"] == "/system.slice/\(unit)")
    }
  }

  @Test func run() throws {
    try withUnit { container, unit in
      container.script = "cat /proc/self/cgroup; exit 7"
      let outcome = try container.run()
      #expect(outcome.exitCode == 7 && outcome.text.hasSuffix("/\(unit)"), "\(outcome)")
      #expect(try properties(container, unit)["LoadState"] == "not-found")
    }
  }

  /// The unit and the files say the same, before the program runs and after systemd wrote them anew.
  @Test func limitsSurviveAReload() throws {
    try withUnit(Self.limits) { container, unit in
      container.script = "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max > /first; exec sleep 60"
      container.config["linux"]["namespaces"].append(["type": "cgroup"])
      try container.createAndStart()
      #expect(eventually { Host.read(container.rootfs + "/first") == "67108864\n42\n" })
      expectFiles(Self.limitFiles, unit)
      let shown = try properties(container, unit)
      let expected = [
        "MemoryMax": "67108864", "MemoryLow": "33554432", "MemorySwapMax": "33554432", "TasksMax": "42",
        // Whole percents.
        "CPUQuotaPerSecUSec": "560ms", "CPUQuotaPeriodUSec": "100ms", "AllowedCPUs": "0", "AllowedMemoryNodes": "0",
        "DevicePolicy": "strict",
      ]
      for (name, value) in expected { #expect(shown[name] == value, "\(name)") }
      #expect(shown["DeviceAllow"]?.contains("/dev/char/10:237 r") == true)
      try systemctl(container, "daemon-reload").expectSuccess()
      expectFiles(["memory.max": "67108864", "pids.max": "42", "cpuset.cpus": "0"], unit)
      #expect(file(unit, "cpu.max")?.hasPrefix("max") == false)
    }
  }

  @Test func updateChangesTheUnitToo() throws {
    try withUnit(Self.limits) { container, unit in
      try container.createAndStart()
      try container.runtime([
        "update", "--memory", "134217728", "--memory-swap", "201326592", "--pids-limit", "77", "--cpu-quota", "20000",
        container.id,
      ]).expectSilentSuccess()
      let files = [
        "memory.max": "134217728", "memory.swap.max": "67108864", "pids.max": "77", "cpu.max": "20000 100000",
      ]
      expectFiles(files, unit)
      let shown = try properties(container, unit)
      #expect(shown["MemoryMax"] == "134217728" && shown["TasksMax"] == "77")
      #expect(shown["CPUQuotaPerSecUSec"] == "200ms")
      try systemctl(container, "daemon-reload").expectSuccess()
      expectFiles(files, unit)
    }
  }

  @Test(.ownTexts) func updateWithoutABusChangesNothing() throws {
    try withUnit(Self.limits) { container, unit in
      try container.createAndStart()
      let state = try #require(Host.read(container.stateFile))
      try Host.write(
        state.replacingOccurrences(of: "/run/systemd/private", with: "/nonexistent")
          .replacingOccurrences(of: "/run/dbus/", with: "/nonexistent/"), to: container.stateFile)
      try container.runtime(["update", "--pids-limit", "77", container.id]).expectFailure(1, "connect to systemd")
      #expect(file(unit, "pids.max") == "42")
      // Without a bus it can be deleted all the same.
      try container.delete("--force").expectSilentSuccess()
      #expect(!Host.exists("\(Self.slice)/\(unit)"))
    }
  }

  @Test func devices() throws {
    try withUnit(Self.limits) { container, unit in
      container.config["process"]["capabilities"]["bounding"].append("CAP_MKNOD")
      container.config["process"]["capabilities"]["effective"].append("CAP_MKNOD")
      container.config["process"]["capabilities"]["permitted"].append("CAP_MKNOD")
      // loop-control and loop0 open without a capability of their own, unlike most that could be tried.
      // /tmp may be of a file system without devices; /dev is a tmpfs of the container's.
      container.script = """
        mknod /dev/allowed c 10 237; mknod /dev/denied b 7 0
        (: < /dev/allowed) && echo read; (: >> /dev/allowed) && echo written; (: < /dev/denied) && echo denied
        head -c 1 /dev/zero | od -An -tx1
        """
      let outcome = try container.run()
      #expect(outcome.stdout == "read\n 00\n", "\(outcome)")
    }
  }

  @Test func annotationsSetProperties() throws {
    let annotations: JSON = [
      "org.systemd.property.TimeoutStopSec": "7", "org.systemd.property.CollectMode": "'inactive-or-failed'",
      "org.systemd.property.After": "['basic.target']",
    ]
    try withUnit(annotations: annotations) { container, unit in
      try container.createAndStart()
      let shown = try properties(container, unit)
      #expect(shown["TimeoutStopUSec"] == "7s" && shown["CollectMode"] == "inactive-or-failed")
      #expect(shown["After"]?.contains("basic.target") == true)
    }
  }

  /// CVE-2024-3154, and an annotation that would lift a limit.
  @Test(.ownTexts, arguments: ["ExecStartPre", "DeviceAllow", "Wants"])
  func dangerousAnnotationsAreRefused(_ name: String) throws {
    try withUnit(annotations: .object(["org.systemd.property.\(name)": "['x']"])) { container, unit in
      try container.create().expectFailure(1, "org.systemd.property.\(name)", "may not be set")
      #expect(try properties(container, unit)["LoadState"] == "not-found")
    }
  }

  @Test func anAnnotationDoesNotLiftALimit() throws {
    let annotations: JSON = ["org.systemd.property.TasksMax": "uint64 5000"]
    try withUnit(Self.limits, annotations: annotations) { container, unit in
      try container.createAndStart()
      #expect(try properties(container, unit)["TasksMax"] == "42")
    }
  }

  /// A scope that ended in failure keeps its name until it is reset.
  @Test func aFailedUnitOfTheNameIsReplaced() throws {
    try withUnit { container, unit in
      let command = try container.launchOnHost(
        "/usr/bin/systemd-run",
        ["--scope", "--unit", unit, "--slice", "swiftlettest-deep.slice", "-p", "RuntimeMaxSec=1", "/bin/sleep", "60"])
      #expect(try eventually(within: 20) { try properties(container, unit)["ActiveState"] == "failed" })
      command.wait()
      try container.createAndStart()
      #expect(try properties(container, unit)["ActiveState"] == "active")
    }
  }

  @Test(.ownTexts) func aUnitInUseIsLeftAlone() throws {
    try withUnit { container, unit in
      let command = try container.launchOnHost(
        "/usr/bin/systemd-run",
        ["--scope", "--unit", unit, "--slice", "swiftlettest-deep.slice", "/bin/sleep", "60"])
      #expect(eventually(within: 20) { file(unit, "cgroup.procs")?.isEmpty == false })
      try container.create().expectFailure(1, "container's cgroup is not empty")
      #expect(try properties(container, unit)["ActiveState"] == "active")
      command.signal(SIGKILL)
      command.wait()
    }
  }

  @Test(.ownTexts) func noBus() throws {
    try withUnit { container, _ in
      let options = RunningCommand.Options(environment: ["DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent"])
      try container.create(options: options)
        .expectFailure(1, "connect to systemd: connect to /nonexistent: no such file or directory")
      #expect(container.leftovers().isEmpty)
    }
  }

  @Test func overTheBus() throws {
    try withUnit { container, unit in
      let options = RunningCommand.Options(
        environment: ["DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/run/dbus/system_bus_socket"])
      try container.create(options: options).expectSilentSuccess()
      #expect(try properties(container, unit)["ActiveState"] == "active")
    }
  }

  @Test(.ownTexts, arguments: ["/a/b", "a:b", "notslice:a:b", "a--b.slice:a:b", "a.slice:x:../y"])
  func malformedPaths(_ path: String) throws {
    try withContainer { container in
      container.globalOptions.append("--systemd-cgroup")
      container.config["linux"]["cgroupsPath"] = .string(path)
      try container.create().expectFailure(1)
    }
  }

  /// With a cgroup namespace and a writable mount the container's root may make cgroups below its own, which systemd
  /// has made before it is given away.
  @Test func delegation() throws {
    try withUnit { container, _ in
      container.setNamespace("cgroup")
      container.setCgroupMount("rw")
      container.script = "cd /sys/fs/cgroup && mkdir inner && echo 1 >inner/cgroup.procs && cat /proc/self/cgroup"
      try #expect(container.run().text == "0::/inner")
    }
  }

  /// A unit for a container that is restored.
  @Test(.criu) func restoration() throws {
    try withUnit(["pids": ["limit": 50]]) { container, unit in
      let counter = try CountingContainer(container)
      try counter.start()
      try counter.checkpoint()
      #expect(try properties(container, unit)["LoadState"] == "not-found")
      let last = counter.count
      try counter.restore()
      counter.expectGoingOn(from: last)
      #expect(try properties(container, unit)["ActiveState"] == "active")
      #expect(file(unit, "pids.max") == "50")
      #expect(try file(unit, "cgroup.procs")?.split(separator: "\n").contains("\(container.pid())") == true)
    }
  }

  /// A failure after the scope was made takes it away again.
  @Test func aFailedCreateLeavesNoUnit() throws {
    try withUnit { container, unit in
      container.config["hooks"]["createRuntime"] = [["path": "/bin/false"]]
      let outcome = try container.create()
      #expect(outcome.exitCode != 0)
      #expect(try properties(container, unit)["LoadState"] == "not-found")
      #expect(!Host.exists("\(Self.slice)/\(unit)"))
    }
  }
}

/// `--systemd-cgroup` where systemd is not.
@Suite(.root, .tags(.integration))
struct WithoutSystemdTests {
  @Test(.ownTexts, .enabled("systemd is pid 1", { !Host.exists("/run/systemd/system") }))
  func isRefused() throws {
    try withContainer { container in
      container.globalOptions.append("--systemd-cgroup")
      container.config["linux"]["cgroupsPath"] = .string("system.slice:sd:\(container.id)")
      try container.create().expectFailure(1, "systemd not running on this host")
    }
  }
}

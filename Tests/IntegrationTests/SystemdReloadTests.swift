import Foundation
import Glibc
import Testing

/// Nothing that `create` or `update` set is lost when systemd writes the files anew, and an update that fails leaves
/// unit and files as they were.
extension SystemdTests {
  @Test func aListOfDeniedDevicesSurvivesAReload() throws {
    let rules: JSON = [
      "devices": [["allow": true, "access": "rwm"], ["allow": false, "type": "b", "major": 7, "access": "r"]]
    ]
    try withUnit(rules) { container, unit in
      try container.createAndStart()
      let probe = """
        [ -e /dev/allowed ] || mknod /dev/allowed c 10 237; [ -e /dev/denied ] || mknod /dev/denied b 7 0
        (: < /dev/allowed) && echo allowed; (: < /dev/denied) && echo denied
        (: < /dev/null) && echo null
        """
      let flags = ["--cap", "CAP_MKNOD"]
      for _ in 0..<2 {
        let outcome = try container.exec(flags, ["sh", "-c", probe])
        #expect(outcome.stdout == "allowed\nnull\n", "\(outcome)")
        try systemctl(container, "daemon-reload").expectSuccess()
      }
      #expect(try properties(container, unit)["DevicePolicy"] == "auto")
    }
  }

  /// The first disk: the guest's.
  private static let disk = Host.readTrimmed("/sys/block/vda/dev")

  @Test(.enabled("needs a disk named vda", { SystemdTests.disk != nil }))
  func limitsOfADiskAreTheUnitsToo() throws {
    let disk = try #require(Self.disk)
    let numbers = disk.split(separator: ":").compactMap { Int($0) }
    let device: JSON = ["major": .int(numbers[0]), "minor": .int(numbers[1]), "rate": 1_048_576]
    try withUnit(["blockIO": ["throttleReadBpsDevice": [device]]]) { container, unit in
      try container.createAndStart()
      let line = "\(disk) rbps=1048576 wbps=max riops=max wiops=max"
      #expect(file(unit, "io.max") == line)
      #expect(try properties(container, unit)["IOReadBandwidthMax"] == "/dev/block/\(disk) 1048576")
      try systemctl(container, "set-property", "--runtime", unit, "IOWeight=77").expectSuccess()
      try systemctl(container, "daemon-reload").expectSuccess()
      #expect(file(unit, "io.max") == line)
    }
  }

  /// systemd keeps whole percents, the file has what was asked for.
  @Test func aQuotaIsExact() throws {
    try withUnit(Self.limits) { container, unit in
      try container.createAndStart()
      for quota in 41_001...41_008 {
        try container.runtime(["update", "--cpu-quota", "\(quota)", container.id]).expectSilentSuccess()
        usleep(50_000)
        #expect(file(unit, "cpu.max") == "\(quota) 100000")
      }
      #expect(try properties(container, unit)["CPUQuotaPerSecUSec"] == "420ms")
    }
  }

  /// The kernel takes the new limits, systemd takes them, and then one file can't be written: strace sees to that.
  @Test(.enabled("needs strace", { Host.exists("/usr/bin/strace") }), .ownTexts)
  func aFailedUpdateIsTakenBack() throws {
    try withUnit(Self.limits) { container, unit in
      try container.createAndStart()
      let before = try properties(container, unit)
      let path = "\(Self.slice)/\(unit)/pids.max"
      let arguments =
        [
          "-qq", "-o", "/dev/null", "-P", path, "-e", "trace=write", "-e", "inject=write:error=EBUSY:when=2",
          RuntimeUnderTest.path,
        ] + container.globalOptions
      let changes = ["update", "--pids-limit", "77", "--memory", "134217728", "--cpu-quota", "20000", container.id]
      try container.launchOnHost("/usr/bin/strace", arguments + changes).wait()
        .expectFailure(1, "pids.max", "device or resource busy")
      expectFiles(Self.limitFiles, unit)
      let after = try properties(container, unit)
      for name in ["TasksMax", "MemoryMax", "MemorySwapMax", "CPUQuotaPerSecUSec", "CPUQuotaPeriodUSec"] {
        #expect(after[name] == before[name], "\(name)")
      }
      try systemctl(container, "daemon-reload").expectSuccess()
      expectFiles(["pids.max": "42", "memory.max": "67108864"], unit)
    }
  }

  @Test(.ownTexts) func whatTheKernelRefusesSystemdNeverHears() throws {
    try withUnit(Self.limits) { container, unit in
      try container.createAndStart()
      let before = try properties(container, unit)
      try container.runtime(["update", "--pids-limit", "77", "--cpuset-cpus", "4095", container.id]).expectFailure(1)
      expectFiles(Self.limitFiles, unit)
      let after = try properties(container, unit)
      #expect(after["TasksMax"] == before["TasksMax"] && after["AllowedCPUs"] == before["AllowedCPUs"])
    }
  }
}

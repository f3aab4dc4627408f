import Foundation
import Glibc
import Testing

/// Bad input gets one clear line and runc's exit code, and leaves nothing behind.
@Suite(.root, .tags(.integration))
struct ErrorTests {
  /// What is wrong with a bundle, and what the line about it must name.
  enum Fault: String, CaseIterable, CustomTestStringConvertible {
    case noBundle, noConfig, configIsADirectory, emptyConfig, brokenJSON, truncatedJSON, wrongType, noProcess, noArgs
    case relativeCwd, noRootfs, rootfsIsAFile, noDestination, missingBindSource, unknownNamespace, duplicateNamespace
    case wrongVersion, unknownMountType, badRlimit, badCgroupDevice, badSysctl, mappingWithoutUserNamespace

    var testDescription: String { rawValue }

    func apply(to container: TestContainer) throws -> [String] {
      switch self {
      case .noBundle, .noConfig, .configIsADirectory, .emptyConfig, .brokenJSON, .truncatedJSON:
        return try applyToFile(container)
      case .wrongType:
        container.config["process"]["cwd"] = 7
        return ["cwd"]
      case .noProcess:
        container.config["process"] = nil
        return ["process"]
      case .noArgs:
        container.config["process"]["args"] = []
        return ["args"]
      case .relativeCwd:
        container.config["process"]["cwd"] = "tmp"
        return ["cwd"]
      case .noRootfs:
        try FileManager.default.removeItem(atPath: container.rootfs)
        return ["rootfs", "no such file or directory"]
      case .rootfsIsAFile:
        try FileManager.default.removeItem(atPath: container.rootfs)
        try Host.write("", to: container.rootfs)
        return ["rootfs", "not a directory"]
      default:
        return try applyToLinux(container)
      }
    }

    private func applyToFile(_ container: TestContainer) throws -> [String] {
      switch self {
      case .noBundle:
        try FileManager.default.removeItem(atPath: container.bundle)
        return [container.bundle, "no such file or directory"]
      case .noConfig:
        container.configText = ""
        return ["config.json"]
      case .configIsADirectory:
        container.configText = ""
        unlink(container.configFile)
        try Host.makeDirectory(container.configFile)
        return ["config.json", "is a directory"]
      case .emptyConfig:
        container.configText = "\n"
        return ["config.json"]
      case .brokenJSON:
        container.configText = "{\"ociVersion\": \"1.0.2\",\n  \"process\": {,}}"
        return ["config.json", "2"]
      default:
        container.configText = String(container.config.text.dropLast(40))
        return ["config.json"]
      }
    }

    private func applyToLinux(_ container: TestContainer) throws -> [String] {
      switch self {
      case .noDestination:
        container.config["mounts"].append(["destination": "", "type": "tmpfs", "source": "tmpfs"])
        return ["mounts[7].destination"]
      case .missingBindSource:
        let source = container.path("missing")
        container.config["mounts"].append([
          "destination": "/mnt", "source": .string(source), "options": ["bind"],
        ])
        return [source, "no such file or directory"]
      case .unknownNamespace:
        container.config["linux"]["namespaces"].append(["type": "bogus"])
        return ["bogus"]
      case .duplicateNamespace:
        container.config["linux"]["namespaces"].append(["type": "pid"])
        return ["pid"]
      case .wrongVersion:
        container.config["ociVersion"] = "2.0.0"
        return ["2.0.0"]
      case .unknownMountType:
        container.config["mounts"].append(["destination": "/mnt", "type": "bogusfs", "source": "none"])
        return ["bogusfs"]
      case .badRlimit:
        container.config["process"]["rlimits"] = [["type": "RLIMIT_BOGUS", "hard": 1, "soft": 1]]
        return ["RLIMIT_BOGUS"]
      case .badCgroupDevice:
        container.config["linux"]["resources"]["devices"] = [["allow": true, "type": "z", "access": "rwm"]]
        return ["z"]
      case .badSysctl:
        container.config["linux"]["sysctl"] = ["vm.swappiness": "1"]
        return ["vm.swappiness"]
      default:
        container.config["linux"]["uidMappings"] = [["containerID": 0, "hostID": 1000, "size": 1]]
        return ["user namespace"]
      }
    }
  }

  @Test(.ownTexts, arguments: Fault.allCases, ["create", "run"])
  func faultyBundle(_ fault: Fault, _ verb: String) throws {
    try withContainer { container in
      try container.writeConfig()
      let texts = try fault.apply(to: container)
      if fault != .noBundle { try writeUnlessDirectory(container) }
      let log = container.path("log.json")
      container.globalOptions += ["--log", log, "--log-format", "json"]
      let outcome = try container.runtime([verb, "--bundle", container.bundle, container.id])
      outcome.expectFailure(1, "swiftlet: \(verb) \"\(container.id)\": ")
      for text in texts {
        #expect(
          outcome.stderr.replacingOccurrences(of: "swiftlet-test", with: "").contains(
            text.replacingOccurrences(of: "swiftlet-test", with: "")), "\(outcome)")
      }
      try expectOneError(in: log, like: outcome)
      container.expectNothingLeft()
    }
  }

  private func writeUnlessDirectory(_ container: TestContainer) throws {
    if (try? FileManager.default.contentsOfDirectory(atPath: container.configFile)) == nil {
      try? FileManager.default.removeItem(atPath: container.configFile)
      if container.configText != "" { try container.writeConfig() }
    }
  }

  /// A program that can't be executed: found out at create or at start, but always with a line that names it.
  @Test(
    arguments: [
      (["/nope"], "/nope", "no such file or directory"),
      (["nope"], "nope", "executable file not found in $PATH"),
      (["./nope"], "nope", "no such file or directory"),
      (["/etc/passwd"], "/etc/passwd", "permission denied"),
      (["/empty"], "/empty", ""),
    ] as [([String], String, String)])
  func programThatCannotBeExecuted(_ arguments: [String], _ name: String, _ text: String) throws {
    try withContainer(arguments) { container in
      try Host.write("", to: container.rootfs + "/empty", mode: 0o755)
      container.config["process"]["args"] = JSON(arguments)
      let outcome = try container.run()
      #expect([1, 255].contains(outcome.exitCode), "\(outcome)")
      outcome.expectFailure(outcome.exitCode, name, text)
      container.expectNothingLeft()
    }
  }

  /// Engines make 127 and 126 of these texts, and look at what `create` says.
  @Test(arguments: [
    ("/nope", "exec: \"/nope\": stat /nope: no such file or directory"),
    ("nope", "exec: \"nope\": executable file not found in $PATH"),
    ("/etc/passwd", "exec: \"/etc/passwd\": permission denied"),
  ])
  func createNamesTheProgramAsRuncDoes(_ program: String, _ text: String) throws {
    try withContainer([program]) { container in
      try container.create().expectFailure(1, text)
      container.expectNothingLeft()
    }
  }

  @Test func programOfAnotherFormatFailsAtStart() throws {
    try withContainer(["/empty"]) { container in
      try Host.write("no program", to: container.rootfs + "/empty", mode: 0o755)
      try container.create().expectSilentSuccess()
      let outcome = try container.start()
      if RuntimeUnderTest.isSwiftlet { outcome.expectFailure(1, "/empty", "exec format error") }
      try container.expectStatus("stopped")
      try container.delete().expectSilentSuccess()
    }
  }

  /// The payload's user can't enter the root directory.
  @Test func unreadableRootfs() throws {
    try withContainer(["/bin/true"]) { container in
      chmod(container.rootfs, 0o700)
      container.config["process"]["user"] = ["uid": 1000, "gid": 1000]
      try container.create().expectFailure(1, "permission denied")
      container.expectNothingLeft()
    }
  }

  /// An error of one container leaves another one of the same state directory as it is.
  @Test func othersAreLeftAlone() throws {
    try withContainer(["sleep", "60"]) { healthy in
      try healthy.createAndStart()
      try withContainer(["/nope"], sharingRootOf: healthy) { faulty in
        try faulty.run().expectFailure(1, "/nope")
        #expect(Host.list(healthy.root) == [healthy.id])
        #expect(try healthy.status() == "running")
      }
    }
  }

  @Test func stateDirectoryThatCannotBeMade() throws {
    try withContainer { container in
      try Host.write("", to: container.path("file"))
      container.globalOptions = ["--root", container.path("file") + "/state"]
      try container.create().expectFailure(1, "not a directory")
    }
  }

  @Test(arguments: [["bogus"], ["bogus", "--flag"]])
  func unknownCommand(_ arguments: [String]) throws {
    try withContainer { container in
      let outcome = try container.runtime(arguments)
      #expect(outcome.exitCode == 3, "\(outcome)")
      #expect((outcome.stdout + outcome.stderr).contains("No help topic for 'bogus'"))
    }
  }

  @Test(arguments: [["create"], ["start"], ["delete"], ["state"], ["exec"], ["kill"], ["pause"], ["start", "a", "b"]])
  func wrongNumberOfArguments(_ arguments: [String]) throws {
    try withContainer { container in
      let outcome = try container.runtime(arguments)
      #expect(outcome.exitCode == 1, "\(outcome)")
      #expect(!outcome.stderr.isEmpty)
    }
  }

  @Test(arguments: [
    ["--bogus", "list"], ["list", "--bogus"], ["create", "--bogus", "x"], ["--log-format", "xml", "list"],
  ])
  func unknownFlag(_ arguments: [String]) throws {
    try withContainer { container in
      let outcome = try container.runtime(arguments)
      #expect(outcome.exitCode == 1, "\(outcome)")
      #expect(!outcome.stderr.isEmpty)
    }
  }

  /// podman takes this text from `restore --lsm-mount-context` for "can restore into pods".
  @Test func flagWithoutItsValue() throws {
    try withContainer { container in
      let outcome = try container.runtime(["create", "--pid-file"])
      #expect(outcome.exitCode == 1)
      #expect((outcome.stdout + outcome.stderr).contains("flag needs an argument"))
    }
  }

  @Test(arguments: ["create", "run", "exec", "update"])
  func helpOfACommand(_ verb: String) throws {
    try withContainer { container in
      let outcome = try container.runtime([verb, "--help"]).expectSuccess()
      #expect(outcome.stdout.contains(verb) && outcome.stderr.isEmpty)
    }
  }
}

/// Expects that a log has exactly one line, an error that says what standard error says.
func expectOneError(in log: String, like outcome: Outcome, _ location: SourceLocation = #_sourceLocation) throws {
  let text = try #require(Host.read(log), sourceLocation: location)
  let lines = text.split(separator: "\n")
  #expect(lines.count == 1 && text.hasSuffix("\n"), "\(text)", sourceLocation: location)
  let entry = try JSON(parsing: text)
  #expect(entry["level"].string == "error", sourceLocation: location)
  #expect(Timestamps.isRFC3339(entry["time"].string ?? ""), sourceLocation: location)
  let message = try #require(entry["msg"].string, sourceLocation: location)
  #expect(!message.isEmpty && outcome.lastErrorLine.contains(message), "\(message)", sourceLocation: location)
}

import Foundation
import Testing

/// runtime.md, «Lifecycle» and «Operations»; COMPATIBILITY.md, section 4.
@Suite(.root, .tags(.integration))
struct LifeCycleTests {
  @Test func createStartExitDelete() throws {
    try withContainer(["sleep", "0.3"]) { container in
      try container.create().expectSilentSuccess()
      #expect(try container.status() == "created")
      #expect(Host.exists("\(container.root)/\(container.id)"))
      try container.start().expectSilentSuccess()
      #expect(try container.status() == "running")
      try container.expectStatus("stopped")
      try container.delete().expectSilentSuccess()
      try container.runtime(["state", container.id]).expectFailure(1, "container does not exist")
      container.expectNothingLeft()
    }
  }

  @Test func theProgramRunsOnlyAfterStart() throws {
    try withContainer(["touch", "/started"]) { container in
      let command = try container.launchCreate()
      command.wait().expectSilentSuccess()
      #expect(!Host.exists(container.rootfs + "/started"))
      try container.start().expectSilentSuccess()
      try container.expectStatus("stopped")
      #expect(Host.exists(container.rootfs + "/started"))
    }
  }

  @Test func createGivesTheContainerItsOwnStreams() throws {
    try withContainer(["sh", "-c", "cat; echo problem >&2"]) { container in
      let command = try container.launchCreate(options: .init(input: "from standard input"))
      command.wait().expectSilentSuccess()
      try container.start().expectSilentSuccess()
      try container.expectStatus("stopped")
      #expect(command.outcome.stdout == "from standard input")
      #expect(command.outcome.stderr == "problem\n")
    }
  }

  @Test func anIDCanBeUsedAgainAfterDelete() throws {
    try withContainer { container in
      for _ in 0..<2 {
        try container.createAndStart()
        try container.expectStatus("stopped")
        try container.delete().expectSilentSuccess()
      }
    }
  }

  /// The payload's user must be able to wait for `start`, whoever it is.
  @Test(arguments: [1000, 65534, 4_000_000])
  func ofAnOrdinaryUser(_ uid: Int) throws {
    try withContainer(["id", "-u"]) { container in
      container.config["process"]["user"] = ["uid": .int(uid), "gid": .int(uid)]
      let command = try container.launchCreate()
      command.wait().expectSilentSuccess()
      try container.start().expectSilentSuccess()
      try container.expectStatus("stopped")
      #expect(command.outcome.text == "\(uid)")
      try container.delete().expectSilentSuccess()
    }
  }

  /// Without --root, as podman calls it.
  @Test(.ownTexts) func defaultStateDirectory() throws {
    try withContainer(["sleep", "60"]) { container in
      defer { _ = try? container.delete("--force") }
      container.globalOptions = []
      let environment = RunningCommand.Options(environment: ["XDG_RUNTIME_DIR": ""])
      try container.create(options: environment).expectSilentSuccess()
      #expect(Host.exists("/run/swiftlet/\(container.id)/state.json"))
      #expect(try container.runtime(["list", "-q"], environment).text.contains(container.id))
      try container.start(options: environment).expectSilentSuccess()
      try container.runtime(["delete", "--force", container.id], environment).expectSilentSuccess()
      #expect(!Host.exists("/run/swiftlet/\(container.id)"))
    }
  }

  /// Other users of the machine can't look into the state of a container.
  @Test func theStateIsRootsAlone() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.create().expectSilentSuccess()
      let attributes = try FileManager.default.attributesOfItem(atPath: "\(container.root)/\(container.id)")
      let mode = try #require(attributes[.posixPermissions] as? Int)
      #expect(mode & 0o077 == 0 || !RuntimeUnderTest.isSwiftlet)
    }
  }

  /// What the shim, go-runc and conmon put before and behind the command's name.
  @Test(
    arguments: [
      (["--rootless=false"], []), (["--rootless", "false"], ["--no-pivot"]), ([], ["--no-new-keyring"]),
      (["--log", "/dev/null", "--log-format=json"], ["--no-new-keyring", "--no-pivot"]),
    ] as [([String], [String])])
  func flagsOfEngines(_ global: [String], _ flags: [String]) throws {
    try withContainer(["sleep", "60"]) { container in
      container.globalOptions += global
      try container.writeConfig()
      try container.runtime(["create", "--bundle", container.bundle] + flags + [container.id]).expectSilentSuccess()
      try container.start().expectSilentSuccess()
      try container.kill("9").expectSilentSuccess()
      try container.expectStatus("stopped")
      try container.delete().expectSilentSuccess()
    }
  }

  @Test func createWithAnIDInUse() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.create().expectSilentSuccess()
      let pid = try container.pid()
      try container.create().expectFailure(1, "container with given ID already exists")
      #expect(try container.pid() == pid)
      try container.start().expectSilentSuccess()
      #expect(try container.status() == "running")
    }
  }

  @Test func startTwice() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.createAndStart()
      try container.start().expectFailure(1, "cannot start an already running container")
      #expect(try container.status() == "running")
    }
  }

  @Test func startOfAPausedContainer() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.createAndStart()
      try container.runtime(["pause", container.id]).expectSilentSuccess()
      try container.start().expectFailure(1)
      #expect(try container.status() == "paused")
    }
  }

  @Test func startOfAStoppedContainer() throws {
    try withContainer { container in
      try container.createAndStart()
      try container.expectStatus("stopped")
      try container.start().expectFailure(1, "cannot start a container that has stopped")
    }
  }

  @Test func startOfAContainerThatWasKilledBefore() throws {
    try withContainer { container in
      try container.create().expectSilentSuccess()
      try container.kill("KILL").expectSilentSuccess()
      try container.expectStatus("stopped")
      try container.start().expectFailure(1, "cannot start a container that has stopped")
    }
  }

  @Test(arguments: ["state", "start", "kill", "delete", "ps", "pause", "resume"])
  func unknownID(_ verb: String) throws {
    try withContainer { container in
      try container.runtime([verb, container.id]).expectFailure(1, "container does not exist")
    }
  }

  @Test func unknownIDOfExec() throws {
    try withContainer { container in
      let outcome = try container.exec([], ["true"])
      #expect([1, 255].contains(outcome.exitCode))
      #expect(outcome.stderr.contains("container does not exist"))
    }
  }

  @Test func emptyListIsALineOfJSON() throws {
    try withContainer { container in
      let outcome = try container.runtime(["list", "--format", "json"])
      #expect(outcome.expectSuccess().stdout == "null\n")
    }
  }

  /// ids are file names of the state directory.
  @Test(arguments: ["", ".", "..", "../up", "a/b", "a b", "a\nb", "ü", "a:b", "a%b"])
  func badID(_ id: String) throws {
    try withContainer { container in
      try container.writeConfig()
      let outcome = try container.runtime(["create", "--bundle", container.bundle, "--", id])
      #expect(outcome.exitCode == 1, "\(outcome)")
      #expect(outcome.stdout.isEmpty || !RuntimeUnderTest.isSwiftlet)
      #expect(outcome.stderr.contains(id.isEmpty ? "container id cannot be empty" : "invalid container ID format"))
      container.expectNothingLeft()
    }
  }

  @Test(arguments: ["1", "A", "_", "a.b", "a+b-c_d.E9", String(repeating: "x", count: 200)])
  func goodID(_ id: String) throws {
    try withContainer { container in
      try container.writeConfig()
      try container.runtime(["create", "--bundle", container.bundle, id]).expectSilentSuccess()
      let state = try JSON(parsing: container.runtime(["state", id]).stdout)
      #expect(state["id"].string == id)
      try container.runtime(["delete", id]).expectSilentSuccess()
    }
  }

  @Test(arguments: ["1.0.0", "1.0.2-dev", "1.1.0+dev", "1.2.1", "1.3.0", "1.4.0"])
  func acceptedVersions(_ version: String) throws {
    try withContainer { container in
      container.config["ociVersion"] = .string(version)
      try container.run().expectSilentSuccess()
    }
  }

  /// config.md, «Extensibility», at every depth; an annotation that nobody knows is one of these.
  @Test func unknownProperties() throws {
    try withContainer(["echo", "ran"]) { container in
      container.config["unknown"] = ["deep": [1, nil, ["x": "y"]]]
      container.config["process"]["unknown"] = [true]
      container.config["root"]["unknown"] = "text"
      container.config["mounts"][0]["unknown"] = 7
      container.config["linux"]["unknown"] = [:]
      container.config["linux"]["resources"]["unknown"] = ["limit": "x"]
      container.config["hooks"] = ["unknown": [["path": "/nonexistent"]]]
      container.config["annotations"] = ["org.opencontainers.unknown": "x", "unknown": ""]
      let outcome = try container.run().expectSuccess()
      #expect(outcome.stdout == "ran\n" && outcome.stderr.isEmpty)
    }
  }

  /// runtime.md, «create»: later changes of config.json have no effect on the container.
  @Test func editsOfTheConfigurationAfterCreateHaveNoEffect() throws {
    try withContainer(["sh", "-c", "echo first"]) { container in
      let poststop = container.path("poststop")
      container.config["annotations"] = ["kept": "yes"]
      container.config["hooks"] = ["poststop": [["path": "/bin/touch", "args": ["touch", .string(poststop)]]]]
      let command = try container.launchCreate()
      command.wait().expectSilentSuccess()
      container.config["process"]["args"] = ["echo", "second"]
      container.config["annotations"] = nil
      container.config["hooks"] = nil
      try container.writeConfig()
      try container.start().expectSilentSuccess()
      try container.expectStatus("stopped")
      #expect(command.outcome.text == "first")
      #expect(try container.state()["annotations"]["kept"].string == "yes")
      try Host.write("not JSON", to: container.configFile)
      try container.delete().expectSilentSuccess()
      #expect(Host.exists(poststop))
    }
  }

  /// The bundle may be given relative to the working directory, and defaults to it.
  @Test(arguments: [["--bundle", "bundle"], ["--bundle=./bundle/"], ["-b", "bundle"]])
  func relativeBundle(_ flags: [String]) throws {
    try withContainer { container in
      try container.writeConfig()
      try container.runtime(["create"] + flags + [container.id], .init(directory: container.directory))
        .expectSilentSuccess()
      #expect(try container.state()["bundle"].string == container.bundle)
    }
  }

  @Test func theWorkingDirectoryIsTheDefaultBundle() throws {
    try withContainer(["echo", "here"]) { container in
      try container.writeConfig()
      let outcome = try container.runtime(["run", container.id], .init(directory: container.bundle))
      #expect(outcome.expectSuccess().text == "here")
    }
  }

  @Test func aRelativeStateDirectory() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.writeConfig()
      container.globalOptions = ["--root", "state"]
      let options = RunningCommand.Options(directory: container.directory)
      try container.runtime(["create", "--bundle", "bundle", container.id], options).expectSilentSuccess()
      container.globalOptions = ["--root", container.root]
      #expect(try container.status() == "created")
    }
  }
}

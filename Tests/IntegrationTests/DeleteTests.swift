import Foundation
import Testing

/// `delete` (runtime.md, «delete»), and what it must take away.
@Suite(.root, .tags(.integration))
struct DeleteTests {
  @Test func ofARunningContainer() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.createAndStart()
      try container.delete().expectFailure(
        1, "cannot delete container \(container.id) that is not stopped: running")
      #expect(try container.status() == "running")
    }
  }

  @Test func ofAPausedContainer() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.createAndStart()
      try container.runtime(["pause", container.id]).expectSilentSuccess()
      try container.delete().expectFailure(1, "that is not stopped: paused")
      #expect(try container.status() == "paused")
    }
  }

  /// runc kills and deletes a created container without being forced to, and the engines count on it.
  @Test func ofACreatedContainer() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.create().expectSilentSuccess()
      try container.delete().expectSilentSuccess()
      container.expectNothingLeft()
    }
  }

  @Test(arguments: ["created", "running", "paused", "stopped"], ["--force", "-f"])
  func byForce(_ status: String, _ flag: String) throws {
    try withContainer(status == "stopped" ? ["true"] : ["sh", "-c", "sleep 61 & sleep 62"]) { container in
      try container.create().expectSilentSuccess()
      if status != "created" { try container.start().expectSilentSuccess() }
      if status == "paused" { try container.runtime(["pause", container.id]).expectSilentSuccess() }
      try container.expectStatus(status)
      try container.delete(flag).expectSilentSuccess()
      container.expectNothingLeft()
    }
  }

  @Test func byForceOfAnUnknownContainer() throws {
    try withContainer { container in
      try container.delete("--force").expectSilentSuccess()
    }
  }

  @Test func byForceWithoutAnyStateDirectory() throws {
    try withContainer { container in
      container.globalOptions = ["--root", container.path("never-made")]
      try container.delete("--force").expectSilentSuccess()
      #expect(!Host.exists(container.path("never-made")))
    }
  }

  @Test func twice() throws {
    try withContainer { container in
      try container.createAndStart()
      try container.expectStatus("stopped")
      try container.delete().expectSilentSuccess()
      try container.delete().expectFailure(1, "container does not exist")
    }
  }

  /// Processes that share the host's pid namespace don't end with init.
  @Test func byForceWithASharedPidNamespace() throws {
    try withContainer(["sh", "-c", "sleep 61 & sleep 62 & exec sleep 63"]) { container in
      container.removeNamespace("pid")
      try container.createAndStart()
      let leftovers = Leftovers(name: container.id, directory: container.directory)
      #expect(eventually { leftovers.processes.count >= 3 })
      try container.delete("--force").expectSilentSuccess()
      container.expectNothingLeft()
    }
  }

  @Test func theBundleStaysAsItWas() throws {
    try withContainer(["sh", "-c", "echo kept > /file"]) { container in
      try container.createAndStart()
      try container.expectStatus("stopped")
      let before = Host.read(container.configFile)
      try container.delete().expectSilentSuccess()
      #expect(Host.read(container.rootfs + "/file") == "kept\n")
      #expect(Host.read(container.configFile) == before)
    }
  }

  /// The process id may be another process' when the container is deleted: that one must live on.
  @Test(arguments: ["init_process_start", "boot_id"])
  func aReusedProcessIDIsNotTheContainer(_ field: String) throws {
    try withContainer(["sleep", "60"]) { container in
      try container.createAndStart()
      let pid = try container.pid()
      let original = try #require(Host.read(container.stateFile))
      var state = try JSON(parsing: original)
      try #require(state[field] != .null)
      state[field] = field == "boot_id" ? "00000000-0000-0000-0000-000000000000" : 1
      try Host.write(state.text, to: container.stateFile)
      #expect(try container.status() == "stopped")
      #expect(try container.state()["pid"].int == 0)
      try container.kill("KILL").expectFailure(1, "container not running")
      #expect(Host.isAlive(pid))
      try Host.write(original, to: container.stateFile)
      #expect(try container.status() == "running")
    }
  }

  /// A `create` that was killed early leaves a directory without a state.
  @Test func byForceOfABrokenState() throws {
    try withContainer { container in
      try Host.makeDirectory("\(container.root)/\(container.id)")
      try container.runtime(["state", container.id]).expectFailure(1)
      try container.delete("--force").expectSilentSuccess()
      container.expectNothingLeft()
    }
  }
}

import Glibc
import Testing

/// `kill`, whose texts podman and containerd match on.
@Suite(.root, .tags(.integration))
struct KillTests {
  @Test(arguments: ["9", "KILL", "SIGKILL", "kill", "sigkill"])
  func killSignalByAnyName(_ name: String) throws {
    try withContainer(["sleep", "60"]) { container in
      try container.createAndStart()
      let pid = try container.pid()
      try container.kill(name).expectSilentSuccess()
      #expect(ChildProcesses.shared.wait(for: Int32(pid), seconds: 10) == .signalled(SIGKILL))
      #expect(try container.status() == "stopped")
    }
  }

  @Test(arguments: [
    ("HUP", 1), ("SIGINT", 2), ("usr1", 10), ("12", 12), ("SIGTERM", 15), ("SIGWINCH", 28), ("34", 34), ("64", 64),
  ])
  func theSignalArrives(_ name: String, _ number: Int) throws {
    try withContainer { container in
      container.script = "trap 'exit 42' \(number); touch /ready; while :; do sleep 0.05; done"
      try container.createAndStart()
      let pid = try container.pid()
      #expect(eventually { Host.exists(container.rootfs + "/ready") })
      try container.kill(name).expectSilentSuccess()
      #expect(ChildProcesses.shared.wait(for: Int32(pid), seconds: 10) == .exited(42))
    }
  }

  @Test func defaultIsTerm() throws {
    try withContainer { container in
      container.script = "trap 'exit 42' TERM; touch /ready; while :; do sleep 0.05; done"
      try container.createAndStart()
      let pid = try container.pid()
      #expect(eventually { Host.exists(container.rootfs + "/ready") })
      try container.kill().expectSilentSuccess()
      #expect(ChildProcesses.shared.wait(for: Int32(pid), seconds: 10) == .exited(42))
    }
  }

  @Test(arguments: ["BOGUS", "SIG", "-1", "65", "9x"])
  func unknownSignal(_ name: String) throws {
    try withContainer(["sleep", "60"]) { container in
      try container.createAndStart()
      let outcome = try container.runtime(["kill", "--", container.id, name])
      #expect(outcome.exitCode == 1, "\(outcome)")
      #expect(try container.status() == "running")
    }
  }

  @Test func aCreatedContainer() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.create().expectSilentSuccess()
      try container.kill("KILL").expectSilentSuccess()
      try container.expectStatus("stopped")
      try container.delete().expectSilentSuccess()
    }
  }

  /// "container not running" makes an engine treat it as gone.
  @Test(arguments: ["TERM", "9"])
  func aStoppedContainer(_ signal: String) throws {
    try withContainer { container in
      try container.createAndStart()
      try container.expectStatus("stopped")
      try container.kill(signal).expectFailure(1, "container not running")
    }
  }

  @Test func killAllOfAStoppedContainer() throws {
    try withContainer { container in
      try container.createAndStart()
      try container.expectStatus("stopped")
      try container.runtime(["kill", "--all", container.id, "9"]).expectSilentSuccess()
    }
  }

  /// With the host's pid namespace, processes outlive init: `kill --all` ends all in the cgroup.
  @Test(arguments: ["--all", "-a"])
  func killAllWithASharedPidNamespace(_ flag: String) throws {
    try withContainer(["sh", "-c", "sleep 61 & sleep 62 & wait"]) { container in
      container.removeNamespace("pid")
      try container.createAndStart()
      let leftovers = Leftovers(name: container.id, directory: container.directory)
      #expect(eventually { leftovers.processes.count >= 3 })
      try container.runtime(["kill", flag, container.id, "9"]).expectSilentSuccess()
      #expect(eventually { leftovers.processes.isEmpty })
      try container.delete().expectSilentSuccess()
    }
  }

  /// The same when init has ended before, which the shim does at the end of such a container.
  @Test func killAllAfterInitEnded() throws {
    try withContainer(["sh", "-c", "sleep 61 & exit 0"]) { container in
      container.removeNamespace("pid")
      try container.createAndStart()
      try container.expectStatus("stopped")
      let leftovers = Leftovers(name: container.id, directory: container.directory)
      #expect(!leftovers.processes.isEmpty)
      try container.runtime(["kill", "--all", container.id, "9"]).expectSilentSuccess()
      #expect(eventually { leftovers.processes.isEmpty })
      try container.delete().expectSilentSuccess()
    }
  }

  /// A frozen process takes SIGKILL at the latest when it is resumed.
  @Test func aPausedContainer() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.createAndStart()
      try container.runtime(["pause", container.id]).expectSilentSuccess()
      try container.kill("9").expectSilentSuccess()
      try container.runtime(["resume", container.id])
      try container.expectStatus("stopped")
    }
  }
}

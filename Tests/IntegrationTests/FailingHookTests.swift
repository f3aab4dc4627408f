import Foundation
import Testing

/// runtime.md, «Lifecycle»: what a hook that fails or hangs does to its container.
@Suite(.root, .tags(.integration))
struct FailingHookTests {
  enum Failing: String, CaseIterable {
    case exits, isMissing, isNotExecutable, isKilled, hangs

    func hook(marker: String) -> JSON {
      let path: JSON = "/bin/sh"
      return switch self {
      case .exits: ["path": path, "args": ["sh", "-c", "echo reason >&2; exit 3"]]
      case .isMissing: ["path": "/nonexistent/hook"]
      case .isNotExecutable: ["path": "/etc/passwd"]
      case .isKilled: ["path": path, "args": ["sh", "-c", "kill -9 $$"]]
      case .hangs:
        ["path": path, "args": ["sh", "-c", .string("sleep 60 & : \(marker); wait")], "timeout": 1]
      }
    }
  }

  @Test(arguments: ["prestart", "createRuntime", "createContainer"], Failing.allCases)
  func createFails(_ kind: String, _ failing: Failing) throws {
    try withContainer { container in
      container.config["hooks"][kind] = [failing.hook(marker: container.id), ["path": "/bin/touch"]]
      let begin = Date()
      let outcome = try container.create()
      outcome.expectFailure(1, "hook")
      #expect(Date().timeIntervalSince(begin) < 15)
      if failing == .exits, RuntimeUnderTest.isSwiftlet { #expect(outcome.stderr.contains("reason")) }
      if RuntimeUnderTest.isSwiftlet { #expect(outcome.stderr.contains(kind)) }
      try container.runtime(["state", container.id]).expectFailure(1, "container does not exist")
      container.expectNothingLeft()
    }
  }

  /// The hooks after the failing one don't run, but those of the container's end do.
  @Test(arguments: ["prestart", "createRuntime", "createContainer"])
  func poststopFollowsAFailedCreate(_ kind: String) throws {
    try withContainer { container in
      let log = container.path("log")
      container.config["hooks"][kind] = [["path": "/bin/false"]]
      container.addHook(kind, script: "echo after >> \(log)")
      container.addHook("poststart", script: "echo poststart >> \(log)")
      container.addHook("poststop", script: "echo poststop >> \(log)")
      try container.create().expectFailure(1)
      #expect(Host.read(log) == "poststop\n")
    }
  }

  @Test(arguments: ["prestart", "createRuntime", "createContainer", "startContainer"], Failing.allCases)
  func runFails(_ kind: String, _ failing: Failing) throws {
    try withContainer(["touch", "/ran"]) { container in
      container.config["hooks"][kind] = [failing.hook(marker: container.id)]
      let outcome = try container.run()
      #expect(outcome.exitCode != 0, "\(outcome)")
      #expect(!Host.exists(container.rootfs + "/ran"))
      container.expectNothingLeft()
    }
  }

  /// A container whose startContainer hook fails never runs its program, and is stopped.
  @Test(.ownTexts, arguments: Failing.allCases)
  func startContainer(_ failing: Failing) throws {
    try withContainer(["touch", "/ran"]) { container in
      container.config["hooks"]["startContainer"] = [failing.hook(marker: container.id)]
      try container.create().expectSilentSuccess()
      try container.start().expectFailure(1, "startContainer", "hook")
      try container.expectStatus("stopped")
      #expect(!Host.exists(container.rootfs + "/ran"))
      try container.delete().expectSilentSuccess()
      container.expectNothingLeft()
    }
  }

  @Test(arguments: Failing.allCases)
  func poststart(_ failing: Failing) throws {
    try withContainer(["sleep", "60"]) { container in
      container.config["hooks"]["poststart"] = [failing.hook(marker: container.id)]
      try container.create().expectSilentSuccess()
      try container.start().expectFailure(1, "hook")
      try container.expectStatus("stopped")
      try container.delete().expectSilentSuccess()
      container.expectNothingLeft()
    }
  }

  @Test func poststartInRun() throws {
    try withContainer(["sleep", "60"]) { container in
      container.config["hooks"]["poststart"] = [["path": "/bin/false"]]
      let outcome = try container.run()
      #expect(outcome.exitCode != 0, "\(outcome)")
      container.expectNothingLeft()
    }
  }

  /// Only a warning: the container is gone, and the hooks that follow run.
  @Test(.ownTexts, arguments: Failing.allCases)
  func poststop(_ failing: Failing) throws {
    try withContainer { container in
      let log = container.path("log.json")
      container.config["hooks"]["poststop"] = [failing.hook(marker: container.id)]
      container.addHook("poststop", script: "touch \(container.path("second"))")
      try container.createAndStart()
      try container.expectStatus("stopped")
      container.globalOptions += ["--log", log, "--log-format", "json"]
      let outcome = try container.delete().expectSuccess()
      #expect(outcome.stdout.isEmpty)
      #expect(Host.exists(container.path("second")))
      let entry = try JSON(parsing: Host.read(log) ?? "")
      #expect(entry["level"].string == "warning")
      #expect(entry["msg"].string?.contains("poststop") == true)
      container.expectNothingLeft()
    }
  }

  @Test func poststopInRunKeepsTheExitCode() throws {
    try withContainer(["sh", "-c", "exit 5"]) { container in
      container.config["hooks"]["poststop"] = [["path": "/bin/false"]]
      let outcome = try container.run()
      #expect(outcome.exitCode == 5, "\(outcome)")
      container.expectNothingLeft()
    }
  }

  /// A timeout that isn't reached changes nothing.
  @Test func timeoutThatIsNotReached() throws {
    try withContainer { container in
      container.addHook("createRuntime", script: "sleep 0.2; touch \(container.path("done"))", timeout: 10)
      try container.run().expectSilentSuccess()
      #expect(Host.exists(container.path("done")))
    }
  }
}

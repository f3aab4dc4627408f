import Glibc
import Testing

/// Commands at the same time: one wins, the others say clearly why not, and nothing is lost.
@Suite(.root, .tags(.integration))
struct ConcurrencyTests {
  @Test func twentyCreatesInOneStateDirectory() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.writeConfig()
      let ids = (0..<20).map { "\(container.id)-n\($0)" }
      for id in ids {
        let bundle = container.path(id)
        try Host.makeDirectory(bundle)
        var config = container.config
        config["root"]["path"] = .string(container.rootfs)
        config["linux"]["cgroupsPath"] = .string("/" + id)
        try Host.write(config.text, to: bundle + "/config.json")
      }
      let creates = try ids.map { try container.launch(["create", "--bundle", container.path($0), $0]) }
      for create in creates { create.wait().expectSilentSuccess() }
      let list = try container.runtime(["list", "-q"]).expectSuccess().text.split(separator: "\n").map(String.init)
      #expect(Set(list) == Set(ids))
      let starts = try ids.map { try container.launch(["start", $0]) }
      for start in starts { start.wait().expectSilentSuccess() }
      let deletes = try ids.map { try container.launch(["delete", "--force", $0]) }
      for delete in deletes { delete.wait().expectSilentSuccess() }
      container.expectNothingLeft()
    }
  }

  @Test func createsOfOneID() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.writeConfig()
      let creates = try (0..<6).map { _ in
        try container.launch(["create", "--bundle", container.bundle, container.id])
      }
      let outcomes = creates.map { $0.wait() }
      #expect(outcomes.filter { $0.exitCode == 0 }.count == 1, "\(outcomes)")
      for outcome in outcomes where outcome.exitCode != 0 {
        outcome.expectFailure(1, "container with given ID already exists")
      }
      #expect(try container.status() == "created")
      try container.start().expectSilentSuccess()
      #expect(try container.status() == "running")
    }
  }

  @Test func starts() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.create().expectSilentSuccess()
      let starts = try (0..<6).map { _ in try container.launch(["start", container.id]) }
      let outcomes = starts.map { $0.wait() }
      #expect(outcomes.filter { $0.exitCode == 0 }.count == 1, "\(outcomes)")
      for outcome in outcomes where outcome.exitCode != 0 {
        outcome.expectFailure(1, "cannot start an already running container")
      }
      #expect(try container.status() == "running")
    }
  }

  @Test func kills() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.createAndStart()
      let kills = try (0..<6).map { _ in try container.launch(["kill", container.id, "KILL"]) }
      let outcomes = kills.map { $0.wait() }
      #expect(outcomes.contains { $0.exitCode == 0 })
      for outcome in outcomes where outcome.exitCode != 0 { outcome.expectFailure(1, "container not running") }
      try container.expectStatus("stopped")
    }
  }

  @Test func deletes() throws {
    try withContainer { container in
      try container.createAndStart()
      try container.expectStatus("stopped")
      let deletes = try (0..<6).map { _ in try container.launch(["delete", container.id]) }
      let outcomes = deletes.map { $0.wait() }
      #expect(outcomes.filter { $0.exitCode == 0 }.count == 1, "\(outcomes)")
      for outcome in outcomes where outcome.exitCode != 0 { outcome.expectFailure(1, "container does not exist") }
      container.expectNothingLeft()
    }
  }

  @Test func deletesByForceOfARunningContainer() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.createAndStart()
      let deletes = try (0..<6).map { _ in try container.launch(["delete", "--force", container.id]) }
      for delete in deletes { delete.wait().expectSilentSuccess() }
      container.expectNothingLeft()
    }
  }

  /// Whatever comes first, each command says what it found, and the end is clean.
  @Test func startKillAndDeleteAtOnce() throws {
    try withContainer(["sleep", "60"]) { container in
      for _ in 0..<4 {
        try container.create().expectSilentSuccess()
        let commands = try [["start"], ["kill"], ["delete", "--force"], ["state"], ["exec"]].map { verb in
          let rest = verb == ["kill"] ? ["KILL"] : verb == ["exec"] ? ["true"] : []
          return (verb[0], try container.launch(verb + [container.id] + rest))
        }
        for (verb, command) in commands {
          let outcome = command.wait()
          #expect(outcome.status != nil, "\(verb) hangs")
          if verb == "delete" { outcome.expectSilentSuccess() }
          if outcome.exitCode != 0, verb != "exec" {
            #expect(outcome.stderr.split(separator: "\n").count == 1, "\(outcome)")
          }
        }
        container.expectNothingLeft()
      }
    }
  }

  /// A list shows containers that come and go without an error.
  @Test func listWhileOthersComeAndGo() throws {
    try withContainer { container in
      try container.writeConfig()
      let runs = try (0..<6).map { number in
        let id = "\(container.id)-n\(number)"
        var config = container.config
        config["linux"]["cgroupsPath"] = .string("/" + id)
        config["root"]["path"] = .string(container.rootfs)
        try Host.makeDirectory(container.path(id))
        try Host.write(config.text, to: container.path(id) + "/config.json")
        return try container.launch(["run", "--bundle", container.path(id), id])
      }
      for _ in 0..<10 {
        let outcome = try container.runtime(["list", "--format", "json"])
        #expect(outcome.exitCode == 0 && outcome.stderr.isEmpty, "\(outcome)")
      }
      for run in runs { run.wait().expectSilentSuccess() }
      container.expectNothingLeft()
    }
  }
}

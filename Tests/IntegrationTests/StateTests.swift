import Foundation
import Testing

/// What `state`, `list` and `ps` print.
@Suite(.root, .tags(.integration))
struct StateTests {
  @Test func fieldsOfTheState() throws {
    try withContainer(["sleep", "60"]) { container in
      container.config["annotations"] = ["org.example.one": "1", "empty": "", "text": "a \"quoted\"\nüber"]
      container.config["ociVersion"] = "1.0.2-dev"
      try container.createAndStart()
      let outcome = try container.runtime(["state", container.id])
      #expect(outcome.stderr.isEmpty)
      let state = try JSON(parsing: outcome.stdout)
      #expect(state["ociVersion"].string?.hasPrefix("1.") == true)
      #expect(state["id"].string == container.id)
      #expect(state["status"].string == "running")
      #expect(state["bundle"].string == container.bundle)
      #expect(state["rootfs"].string == container.rootfs)
      #expect(state["annotations"] == container.config["annotations"])
      #expect(state["owner"] == "" || state["owner"] == "root" || state["owner"] == "0")
      let created = try #require(state["created"].string)
      #expect(Timestamps.isRFC3339(created), "\(created)")
      let pid = try #require(state["pid"].int)
      #expect(Host.read("/proc/\(pid)/cmdline") == "sleep\u{0}60\u{0}")
    }
  }

  @Test func processIDOfAStoppedContainerIsZero() throws {
    try withContainer { container in
      try container.createAndStart()
      try container.expectStatus("stopped")
      #expect(try container.state()["pid"].int == 0)
    }
  }

  @Test func aPausedContainer() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.createAndStart()
      try container.runtime(["pause", container.id]).expectSilentSuccess()
      #expect(try container.status() == "paused")
      try container.runtime(["resume", container.id]).expectSilentSuccess()
      #expect(try container.status() == "running")
    }
  }

  @Test func listOfNothing() throws {
    try withContainer { container in
      #expect(["null", "[]"].contains(try container.runtime(["list", "--format", "json"]).expectSuccess().text))
      #expect(try container.runtime(["list", "-q"]).expectSuccess().text == "")
      let table = try container.runtime(["list"]).expectSuccess()
      #expect(table.text.split(separator: " ") == ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"])
    }
  }

  @Test func listOfTwo() throws {
    try withContainer(["sleep", "60"]) { first in
      try withContainer(sharingRootOf: first) { second in
        try first.createAndStart()
        try second.createAndStart()
        try second.expectStatus("stopped")
        let ids = try first.runtime(["list", "--quiet"]).expectSuccess().text
        #expect(Set(ids.split(separator: "\n").map(String.init)) == [first.id, second.id])

        let rows = try first.runtime(["list"]).expectSuccess().text.split(separator: "\n")
        #expect(rows.count == 3)
        let row = try #require(rows.first { $0.hasPrefix(first.id + " ") }).split(separator: " ")
        #expect(row[1] == "\(try first.pid())")
        #expect(row[2] == "running")
        #expect(row[3] == first.bundle)
        let other = try #require(rows.first { $0.hasPrefix(second.id + " ") }).split(separator: " ")
        #expect(other[1] == "0" && other[2] == "stopped")

        for format in [["--format=json"], ["--format", "json"], ["-f", "json"]] {
          let list = try JSON(parsing: first.runtime(["list"] + format).expectSuccess().stdout)
          #expect(list.array.count == 2)
          let entry = try #require(list.array.first { $0["id"].string == first.id })
          #expect(try entry["pid"].int == first.pid())
          #expect(entry["status"].string == "running")
          #expect(entry["bundle"].string == first.bundle)
          #expect(entry["rootfs"].string == first.rootfs)
          #expect(Timestamps.isRFC3339(entry["created"].string ?? ""))
        }
      }
    }
  }

  /// Engines give the --root of a directory that doesn't exist yet.
  @Test func listWithoutAStateDirectory() throws {
    try withContainer { container in
      container.globalOptions = ["--root", container.path("never-made")]
      try container.runtime(["list", "-q"]).expectSilentSuccess()
    }
  }

  @Test func unknownFormat() throws {
    try withContainer { container in
      let outcome = try container.runtime(["list", "--format", "yaml"])
      #expect(outcome.exitCode == 1, "\(outcome)")
    }
  }

  /// The shim reads exactly a JSON array of the host's process ids.
  @Test(arguments: [["--format", "json"], ["-f", "json"], ["--format=json"]])
  func processesAsJSON(_ format: [String]) throws {
    try withContainer(["sh", "-c", "sleep 61 & sleep 62; true"]) { container in
      try container.createAndStart()
      let pid = try container.pid()
      let found = try eventually {
        let outcome = try container.runtime(["ps"] + format + [container.id])
        #expect(outcome.exitCode == 0 && outcome.stderr.isEmpty, "\(outcome)")
        let pids = try JSON(parsing: outcome.stdout).array.compactMap(\.int)
        return pids.count == 3 && pids.contains(pid)
      }
      #expect(found)
    }
  }

  @Test func processesOfAStoppedContainerAsJSON() throws {
    try withContainer { container in
      try container.createAndStart()
      try container.expectStatus("stopped")
      #expect(try container.runtime(["ps", "--format", "json", container.id]).expectSuccess().text == "null")
    }
  }

  @Test func processesAsATable() throws {
    try withContainer(["sleep", "64"]) { container in
      try container.createAndStart()
      let rows = try container.runtime(["ps", container.id]).expectSuccess().text.split(separator: "\n")
      #expect(rows.count == 2)
      #expect(rows[0].contains("PID") && rows[0].contains("CMD"))
      #expect(rows[1].contains("sleep 64"))
      let pid = try container.pid()
      let chosen = try container.runtime(["ps", container.id, "-o", "pid,comm"]).expectSuccess().text
      let fields = chosen.split(separator: "\n").map { $0.split(separator: " ") }
      #expect(fields == [["PID", "COMMAND"], ["\(pid)", "sleep"]])
    }
  }

  @Test func pauseAndResumeErrors() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.createAndStart()
      try container.runtime(["resume", container.id]).expectFailure(1, "container not paused")
      try container.runtime(["pause", container.id]).expectSilentSuccess()
      try container.runtime(["pause", container.id]).expectFailure(1, "container not running")
      try container.runtime(["resume", container.id]).expectSilentSuccess()
      try container.kill("KILL").expectSilentSuccess()
      try container.expectStatus("stopped")
      try container.runtime(["pause", container.id]).expectFailure(1, "container not running")
      try container.runtime(["resume", container.id]).expectFailure(1, "container not paused")
    }
  }
}

enum Timestamps {
  /// Whether Go's time.RFC3339 accepts it: containerd reads the time of log lines so.
  static func isRFC3339(_ text: String) -> Bool {
    let pattern = #"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"#
    guard text.range(of: pattern, options: .regularExpression) != nil else { return false }
    let whole = text.replacingOccurrences(of: #"\.\d+"#, with: "", options: .regularExpression)
    guard let date = ISO8601DateFormatter().date(from: whole) else { return false }
    return abs(date.timeIntervalSinceNow) < 3600
  }
}

import Foundation
import Glibc
import Testing

/// `update` and `events`, in the kernel's own files of v1 hierarchies and in what is printed.
@Suite(.cgroupV1, .tags(.integration))
struct UpdateTests {
  private func file(_ container: TestContainer, _ controller: String, _ name: String) -> String? {
    CgroupHierarchies.file(controller, "/" + container.id, name)
  }

  @Test func nothingToChange() throws {
    try withRunning { container in
      try container.runtime(["update", container.id]).expectSilentSuccess()
    }
  }

  @Test(
    .ownTexts,
    arguments: [
      ("--memory=abc", "invalid value for memory: invalid size: 'abc'"), ("--memory=-5m", "invalid size: '-5m'"),
      ("--cpu-quota=x", "invalid value for cpu-quota"), ("--cpu-share=-1", "invalid value for cpu-share"),
      ("--cpu-idle=2", "cpu.idle: must be 0 or 1"), ("--blkio-weight=5", "must be from 10 to 1000"),
      ("--cpuset-cpus=9999", "set cpuset limit"), ("--cpu-share=1", "the minimum allowed cpu-shares is 2"),
      ("--memory-swap=64m", "memory+swap limit should be >= memory limit"),
      ("--l3-cache-schema=L3:0=f", "updating a non-existent Intel RDT configuration"),
      ("--mem-bw-schema=20", "must start with \"MB:\""),
      ("--resources=/missing", "/missing: no such file"),
    ])
  func impossibleValuesChangeNothing(_ flag: String, _ text: String) throws {
    try withContainer(["sleep", "60"]) { container in
      container.config["linux"]["resources"]["pids"] = ["limit": 10]
      container.config["linux"]["resources"]["memory"] = ["limit": 67_108_864]
      try container.createAndStart()
      // Those that the kernel takes before it refuses the wrong one.
      let right = ["--memory=96m", "--pids-limit=20", "--cpu-quota=50000"]
      let outcome = try container.runtime(["update"] + right + [flag, container.id])
      #expect(outcome.exitCode == 1 && outcome.stderr.contains(text), "\(outcome)")
      #expect(file(container, "memory", "memory.limit_in_bytes") == "67108864")
      #expect(file(container, "pids", "pids.max") == "10")
      #expect(file(container, "cpu", "cpu.shares") == "1024")
      #expect(file(container, "cpu", "cpu.cfs_quota_us") == "-1")
    }
  }

  @Test func memoryUpAndDownAndWithoutLimit() throws {
    try withContainer(["sleep", "60"]) { container in
      container.config["linux"]["resources"]["memory"] = ["limit": 67_108_864]
      try container.createAndStart()
      let hasSwap = file(container, "memory", "memory.memsw.limit_in_bytes") != nil
      let swap = { (size: String) in hasSwap ? ["--memory-swap", size] : [] }
      for (size, bytes) in [("128m", "134217728"), ("32m", "33554432"), ("64m", "67108864")] {
        try container.runtime(["update", "--memory", size] + swap(size) + [container.id]).expectSilentSuccess()
        #expect(file(container, "memory", "memory.limit_in_bytes") == bytes)
        if hasSwap { #expect(file(container, "memory", "memory.memsw.limit_in_bytes") == bytes) }
      }
      try container.runtime(["update", "--memory", "-1", container.id]).expectSilentSuccess()
      #expect(file(container, "memory", "memory.limit_in_bytes") == "9223372036854771712")
      if hasSwap { #expect(file(container, "memory", "memory.memsw.limit_in_bytes") == "9223372036854771712") }
    }
  }

  @Test func aPausedContainer() throws {
    try withRunning { container in
      try container.runtime(["pause", container.id]).expectSilentSuccess()
      try container.runtime(["update", "--pids-limit", "31", container.id]).expectSilentSuccess()
      #expect(file(container, "pids", "pids.max") == "31")
      try container.expectStatus("paused")
      try container.runtime(["resume", container.id]).expectSilentSuccess()
    }
  }

  @Test func aStoppedContainer() throws {
    try withContainer { container in
      try container.createAndStart()
      try container.expectStatus("stopped")
      let update = try container.runtime(["update", "--pids-limit", "5", container.id])
      #expect(update.exitCode == 1 && update.stderr.contains("container not running"), "\(update)")
      for flags in [["--stats"], []] {
        let events = try container.runtime(["events"] + flags + [container.id])
        #expect(events.exitCode == 1 && events.stderr.contains("is not running"), "\(events)")
      }
    }
  }

  @Test(arguments: ["update", "events"])
  func aMissingContainer(_ verb: String) throws {
    try withContainer { container in
      let outcome = try container.runtime([verb, container.id])
      #expect(outcome.exitCode == 1 && outcome.stderr.contains("container does not exist"), "\(outcome)")
    }
  }

  @Test func anIntervalOfNothing() throws {
    try withRunning { container in
      let outcome = try container.runtime(["events", "--interval", "0s", container.id])
      #expect(outcome.exitCode == 1, "\(outcome)")
      #expect(outcome.stderr.contains("duration interval must be greater than 0"), "\(outcome)")
    }
  }

  /// Statistics come in intervals, then an event, and the end with the container.
  @Test func streamOfEvents() throws {
    try withContainer { container in
      container.config["linux"]["resources"]["memory"] = ["limit": 16_777_216]
      if Host.exists("\(CgroupHierarchies.mountPoints["memory"] ?? "")/memory.memsw.limit_in_bytes") {
        container.config["linux"]["resources"]["memory"]["swap"] = 16_777_216
      }
      container.script = """
        while [ ! -e /tmp/go ]; do sleep 0.1; done
        (a=$(head -c 64m /dev/zero | tr '\\0' a); echo $a >/dev/null)
        sleep 1
        """
      try container.createAndStart()
      let events = try container.launch(["events", "--interval", "100ms", container.id])
      usleep(500_000)
      try container.exec([], ["touch", "/tmp/go"]).expectSuccess()
      try container.expectStatus("stopped", within: 30)
      let lines = try events.wait().expectSuccess().stdout.split(separator: "\n").map { try JSON(parsing: String($0)) }
      #expect(lines.allSatisfy { $0["id"].string == container.id })
      #expect(lines.first?["type"].string == "stats")
      #expect(lines.first?["data"]["memory"]["usage"]["limit"].int == 16_777_216)
      #expect(lines.contains { $0["type"].string == "oom" }, "\(lines.count) events")
    }
  }

  @Test(arguments: [
    (["pids:sub", "sub"], "missing <controller>: prefix"), ([":sub"], "empty <controller> prefix"),
    (["pids:a", "pids:b"], "multiple paths for controller"), (["nonsense:a"], "nonsense"),
    (["pids:../x"], "bad sub cgroup path: \"../x\""),
  ])
  func wrongSubCgroups(_ values: [String], _ text: String) throws {
    try withRunning { container in
      let outcome = try container.exec(values.flatMap { ["--cgroup", $0] }, ["true"])
      #expect(outcome.exitCode == 255 && outcome.stderr.contains(text), "\(outcome)")
    }
  }

  @Test func subCgroupsOfSeveralControllers() throws {
    try withRunning { container in
      let places = ["pids/\(container.id)/a", "memory/\(container.id)/a", "cpuset/\(container.id)/b"]
      let paths = places.map { place in
        let parts = place.split(separator: "/", maxSplits: 1).map(String.init)
        return "\(CgroupHierarchies.mountPoints[parts[0]] ?? "")/\(parts[1])"
      }
      for path in paths { #expect(mkdir(path, 0o755) == 0) }
      for name in ["cpuset.cpus", "cpuset.mems"] {
        try Host.write(file(container, "cpuset", name) ?? "", to: paths[2] + "/" + name)
      }
      let outcome = try container.exec(
        ["--cgroup", "pids,memory:a", "--cgroup", "cpuset:/b"], ["cat", "/proc/self/cgroup"]
      ).expectSuccess()
      for (name, sub) in [("pids", "/a"), ("memory", "/a"), ("cpuset", "/b"), ("devices", "")] {
        #expect(outcome.text.contains(":\(name):/\(container.id)\(sub)\n"), "\(name): \(outcome)")
      }
      for path in paths { #expect(eventually { rmdir(path) == 0 }) }
    }
  }
}

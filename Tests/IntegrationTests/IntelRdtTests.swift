import Testing

/// config-linux.md, «IntelRdt», on a machine without such hardware; what it does with groups is in the unit tests.
@Suite(
  .root, .tags(.integration),
  .enabled("a resctrl file system is mounted", { !(Host.read("/proc/self/mountinfo") ?? "").contains(" - resctrl ") }))
struct IntelRdtTests {
  @Test(
    .ownTexts,
    arguments: [
      "{}", "{\"closID\": \"/\"}", "{\"closID\": \"gold\", \"schemata\": [\"L3:0=f\"]}",
      "{\"enableMonitoring\": true}",
    ])
  func withoutResctrl(_ config: String) throws {
    try withContainer { container in
      container.config["linux"]["intelRdt"] = try JSON(parsing: config)
      let outcome = try container.create().expectFailure(1, "no resctrl file system is mounted")
      #expect(outcome.stderr.contains("config.json: linux.intelRdt: "), "\(outcome)")
      container.expectNothingLeft()
    }
  }

  @Test(.ownTexts, arguments: ["--l3-cache-schema=L3:0=f", "--mem-bw-schema=MB:0=20"])
  func update(_ flag: String) throws {
    try withRunning { container in
      try container.runtime(["update", flag, "--pids-limit", "21", container.id])
        .expectFailure(1, "updating a non-existent Intel RDT configuration is not supported")
      #expect(CgroupHierarchies.file("pids", "/" + container.id, "pids.max") != "21")
    }
  }

  @Test func events() throws {
    try withRunning { container in
      let outcome = try container.runtime(["events", "--stats", container.id]).expectSuccess()
      #expect(try JSON(parsing: outcome.stdout)["data"]["intel_rdt"].object.isEmpty)
    }
  }

  @Test(.ownTexts) func features() throws {
    try withContainer { container in
      let features = try JSON(parsing: container.runtime(["features"]).expectSuccess().stdout)["linux"]["intelRdt"]
      for name in ["enabled", "schemata", "monitoring"] { #expect(features[name].bool == true) }
    }
  }
}

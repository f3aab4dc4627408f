import Testing

/// Errors of a container whose process ends before its program runs.
@Suite(.root, .tags(.integration))
struct UntimelyEndTests {
  @Test func memoryThatDoesNotDoForTheStart() throws {
    try withContainer { container in
      container.config["linux"]["resources"]["memory"] = ["limit": 1]
      container.script = "true"
      let outcome = try container.run()
      #expect(outcome.exitCode == 1, "\(outcome)")
      #expect(
        outcome.stderr.contains(
          "the container's process was killed for want of memory: is the memory limit too low?\n"), "\(outcome)")
    }
  }

  /// What else ends the container's process is told as it is: what kernel or people kill says nothing itself.
  @Test func hookThatKillsTheContainer() throws {
    try withContainer { container in
      container.addHook(
        "createRuntime", script: #"kill -9 $(sed 's/.*"pid": *\([0-9]*\).*/\1/') && sleep 0.1"#)
      let outcome = try container.run()
      #expect(outcome.exitCode == 1)
      #expect(
        outcome.stderr.contains("the container's process was killed by signal 9 before it ran its program\n"),
        "\(outcome)")
    }
  }
}

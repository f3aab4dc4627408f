import Testing

/// The other suites rest on the harness' finding what is left over.
@Suite(.root, .tags(.integration))
struct HarnessTests {
  @Test func theRuntimeIsThere() throws {
    try RuntimeUnderTest.check()
  }

  @Test func leftoversOfALiveContainerAreFound() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.run("--detach").expectSilentSuccess()
      let found = container.leftovers(within: 0).joined(separator: "\n")
      #expect(found.contains("state directory \(container.root)/\(container.id)"))
      #expect(found.contains("cgroup "))
      #expect(found.contains("process \(try container.pid()) sleep"))
      try container.delete("--force").expectSilentSuccess()
      container.expectNothingLeft()
    }
  }

  @Test func exitStatusOfADetachedContainerIsKnown() throws {
    try withContainer(["sh", "-c", "exit 9"]) { container in
      try container.create().expectSilentSuccess()
      let pid = try container.pid()
      try container.start().expectSilentSuccess()
      #expect(ChildProcesses.shared.wait(for: Int32(pid), seconds: 10) == .exited(9))
    }
  }
}

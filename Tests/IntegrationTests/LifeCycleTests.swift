import Testing

@Suite(.root, .tags(.integration))
struct LifeCycleTests {
  @Test func createStartExitDelete() throws {
    try withContainer(["sleep", "0.3"]) { container in
      try container.create().expectSilentSuccess()
      #expect(try container.status() == "created")
      try container.start().expectSilentSuccess()
      #expect(try container.status() == "running")
      try container.expectStatus("stopped")
      try container.delete().expectSilentSuccess()
      try container.runtime(["state", container.id]).expectFailure(1, "container does not exist")
      container.expectNothingLeft()
    }
  }
}

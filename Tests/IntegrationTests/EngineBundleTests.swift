import Testing

/// Each configuration that an engine wrote for runc must run.
@Suite(.root, .tags(.integration))
struct EngineBundleTests {
  @Test func thereAreBundles() {
    #expect(Fixtures.bundles.count == 25)
  }

  @Test(arguments: Fixtures.bundles)
  func run(_ name: String) throws {
    try withContainer { container in
      try Fixtures.apply(name, to: container)
      if container.config["process"]["terminal"].bool == true {
        let terminal = try Terminal()
        let run = try container.launchRun(options: .init(terminal: terminal.path))
        let outcome = run.wait()
        terminal.read()
        #expect(outcome.exitCode == 0, "\(terminal.text)")
      } else {
        try container.run().expectSilentSuccess()
      }
      container.expectNothingLeft()
    }
  }

  /// The calls of containerd's shim around a container's life, in its order and with its flags.
  @Test(arguments: Fixtures.bundles.filter { $0.hasPrefix("ctr") || $0.hasPrefix("cri") || $0.hasPrefix("docker") })
  func asTheShimDoes(_ name: String) throws {
    try withContainer { container in
      try Fixtures.apply(name, to: container)
      container.config["process"]["terminal"] = false
      container.config["process"]["args"] = ["sleep", "60"]
      let log = container.bundle + "/log.json"
      container.globalOptions += ["--log", log, "--log-format", "json"]
      let pidFile = container.bundle + "/init.pid"
      try container.create("--pid-file", pidFile).expectSilentSuccess()
      let pid = try #require(Int(Host.read(pidFile) ?? ""))
      try container.start().expectSilentSuccess()
      try container.exec(["--detach", "--pid-file", container.bundle + "/exec.pid"], ["true"]).expectSilentSuccess()
      let processes = try JSON(parsing: container.runtime(["ps", "--format", "json", container.id]).stdout)
      #expect(processes.array.contains(.int(pid)))
      try container.kill("9").expectSilentSuccess()
      #expect(ChildProcesses.shared.wait(for: Int32(pid), seconds: 10) == .signalled(9))
      try container.delete().expectSilentSuccess()
      try container.delete("--force").expectSilentSuccess()
      #expect((Host.read(log) ?? "").isEmpty)
      container.expectNothingLeft()
    }
  }

  /// The same for podman and conmon.
  @Test(arguments: Fixtures.bundles.filter { $0.hasPrefix("podman") })
  func asConmonDoes(_ name: String) throws {
    try withContainer { container in
      try Fixtures.apply(name, to: container)
      container.config["process"]["args"] = ["sleep", "60"]
      let bare = RunningCommand.Options(environment: ["PATH": nil, "XDG_RUNTIME_DIR": ""])
      let log = container.path("oci-log")
      let quiet = container.globalOptions
      container.globalOptions += ["--log-format=json", "--log", log]
      try container.create("--pid-file", container.path("pidfile")).expectSilentSuccess()
      let pid = try #require(Int32(Host.read(container.path("pidfile")) ?? ""))
      container.globalOptions = quiet
      try container.start().expectSilentSuccess()
      for verb in ["pause", "resume"] { try container.runtime([verb, container.id], bare).expectSilentSuccess() }
      try container.runtime(["kill", container.id, "15"]).expectSilentSuccess()
      try container.runtime(["kill", "--all", container.id, "9"]).expectSilentSuccess()
      #expect(ChildProcesses.shared.wait(for: pid, seconds: 10) == .signalled(9))
      try container.runtime(["delete", "--force", container.id], bare).expectSilentSuccess()
      container.expectNothingLeft()
    }
  }
}

import Glibc
import Testing

/// `checkpoint` and `restore` with a criu that writes down what it is asked: see `FakeCriu`. That the real one can do
/// something with it is shown by `CriuTests`.
@Suite(.root, .python, .ownTexts, .tags(.integration))
struct CheckpointTests {
  private func checkpoint(
    _ container: TestContainer, _ criu: FakeCriu, _ flags: [String] = [],
    _ behaviours: [FakeCriu.Behaviour: String] = [:]
  ) throws -> Outcome {
    try container.runtime(
      ["checkpoint", "--image-path", container.path("images"), "--work-path", container.path("work")] + flags
        + [container.id], criu.options(behaviours))
  }

  private func restore(
    _ container: TestContainer, _ criu: FakeCriu, _ flags: [String] = [],
    _ behaviours: [FakeCriu.Behaviour: String] = [:]
  ) throws -> Outcome {
    try container.writeConfig()
    return try container.runtime(
      [
        "restore", "--image-path", container.path("images"), "--work-path", container.path("work"), "--bundle",
        container.bundle,
      ] + flags + [container.id], criu.options(behaviours))
  }

  /// Images of an earlier dump, as far as the runtime looks at them.
  private func makeImages(
    _ container: TestContainer, streams: String = #"["/dev/null","pipe:[77]","pipe:[78]"]"#
  ) throws {
    try Host.makeDirectory(container.path("images"))
    try Host.write(streams, to: container.path("images") + "/descriptors.json")
  }

  private func start(_ container: TestContainer) throws {
    container.config["process"]["args"] = ["sleep", "1000"]
    try container.createAndStart()
  }

  /// Every field in its order: nothing more is sent, and nothing less.
  @Test func theRequestOfADump() throws {
    try withContainer { container in
      let criu = try FakeCriu(in: container)
      try Host.makeDirectory(container.path("volume"))
      container.config["mounts"].append([
        "destination": "/var//data/", "type": "bind", "source": .string(container.path("volume")),
        "options": ["rbind"],
      ])
      try start(container)
      let pid = try container.pid()
      try checkpoint(container, criu, ["--leave-running", "--tcp-established", "--file-locks"]).expectSilentSuccess()
      let report = criu.takeReport()
      let request = Array(report.drop { $0 != "1=1" }.prefix { !$0.hasPrefix("descriptors") })
      let plain = request.filter { !$0.hasPrefix("1=") && !$0.hasPrefix("17=") && !$0.hasPrefix("23=") }
      let freezer = CgroupHierarchies.mountPoints["freezer"] ?? CgroupHierarchies.mountPoints[""] ?? ""
      #expect(
        plain == [
          "2=\(pid)", "3=1", "4=0", "5=1", "7=0", "8=1", "9=4", "10=dump.log", "12=1", "13=\(container.rootfs)",
          "16=0", "18=0", "24=1", "34=6", "38=\(0x4000_0000)", "44=\(freezer)/\(container.id)", "46=0", "48=0", "50=1",
          "51=/etc/criu/runc.conf",
        ])
      // The descriptors are the runtime's own, which criu opens through /proc.
      #expect(request.filter { $0.hasPrefix("1=") }.count == 2)
      let mounts = request.filter { $0.hasPrefix("23=") }
      #expect(mounts.contains("23={1=/var/data 2=/var/data}"))
      #expect(mounts.contains("23={1=/proc/keys 2=/dev/null}"))
      #expect(mounts.contains("23={1=/sys/firmware 2=masked-directory}"))
      #expect(!mounts.contains { $0.contains("1=/dev/shm ") || $0.contains("1=/proc ") })
      if CgroupHierarchies.isV1 { #expect(mounts.contains("23={1=/sys/fs/cgroup/memory 2=/sys/fs/cgroup/memory}")) }
      // Nothing of the runtime's or its caller's is open in it.
      #expect(report.filter { $0.hasPrefix("descriptors") }.allSatisfy { $0 == "descriptors 0 1 2 3" })
      #expect(report.contains("stream 1 /dev/null"))
      #expect(report.suffix(2) == ["notified network-lock 08061801", "notified post-dump 08061801"])
      try container.expectStatus("running")
    }
  }

  @Test(
    "flags and what they become",
    arguments: [
      (["--manage-cgroups-mode", "ignore"], "34=0"), (["--manage-cgroups-mode=soft"], "34=3"),
      (["--manage-cgroups-mode=full"], "34=4"), (["--manage-cgroups-mode=strict"], "34=5"),
      (["--ext-unix-sk"], "4=1"), (["--shell-job"], "7=1"), (["--link-remap"], "18=1"), (["--auto-dedup"], "16=1"),
      (["--tcp-skip-in-flight"], "46=1"), (["--lazy-pages"], "48=1"), (["--empty-ns", "network"], "38=1073741824"),
      (["--page-server", "10.0.0.1:99"], "11={1=10.0.0.1 2=99}"), (["--page-server", "[::1]:99"], "11={1=::1 2=99}"),
      (["--parent-path", "."], "14=."), (["--parent-path", "."], "15=1"),
    ])
  func flags(_ flags: [String], field: String) throws {
    try withContainer { container in
      let criu = try FakeCriu(in: container)
      try start(container)
      try Host.makeDirectory(container.path("images"))
      try checkpoint(container, criu, flags + ["--leave-running"]).expectSilentSuccess()
      #expect(criu.takeReport().contains(field))
    }
  }

  @Test(
    "flags that are refused",
    arguments: [
      (["--manage-cgroups-mode", "x"], "invalid manage-cgroups-mode"), (["--page-server", "x"], "ADDRESS:PORT"),
      (["--page-server", "a:x"], "Invalid port number"), (["--empty-ns", "ipc"], "namespace \"ipc\" is not supported"),
      (["--parent-path", "/x"], "--parent-path must be relative"),
      (["--parent-path", "x"], "invalid --parent-path: stat"),
      (["--lazy-pages", "--status-fd", "77"], "invalid --status-fd argument 77"),
    ])
  func refusals(_ flags: [String], text: String) throws {
    try withContainer { container in
      let criu = try FakeCriu(in: container)
      try start(container)
      try checkpoint(container, criu, flags).expectFailure(1, text)
      try container.expectStatus("running")
    }
  }

  @Test func theContainerIsGoneAfterADump() throws {
    try withContainer { container in
      let criu = try FakeCriu(in: container)
      container.config["hooks"] = [
        "poststop": [["path": "/bin/sh", "args": ["sh", "-c", "cat >\(container.path("poststop"))"]]]
      ]
      try start(container)
      try checkpoint(container, criu).expectSilentSuccess()
      try container.state().expectNull()
      container.expectNothingLeft()
      #expect(Host.read(container.path("poststop"))?.contains("stopped") == true)
    }
  }

  @Test func aPreDumpAsksForTheMemoryAlone() throws {
    try withContainer { container in
      let criu = try FakeCriu(in: container)
      try start(container)
      try checkpoint(container, criu, ["--pre-dump"]).expectSilentSuccess()
      let report = criu.takeReport()
      #expect(report.contains("1=9 5={1=1}"))
      #expect(report.contains("1=4"))
      #expect(!report.contains { $0.hasPrefix("23=") })
      #expect(!Host.exists(container.path("images") + "/descriptors.json"))
      try container.expectStatus("running")
      try checkpoint(container, criu, ["--pre-dump"], [.features: "0 1"])
        .expectFailure(1, "criu is missing features: MemTrack")
    }
  }

  @Test func readinessIsToldThroughTheStatusDescriptor() throws {
    try withContainer { container in
      let criu = try FakeCriu(in: container)
      try start(container)
      let pipe = try Pipe()
      var options = criu.options()
      options.descriptors[9] = pipe.writing
      try container.runtime(
        ["checkpoint", "--image-path", container.path("images"), "--lazy-pages", "--status-fd", "9", container.id],
        options
      ).expectSilentSuccess()
      var byte: [UInt8] = [1, 1]
      #expect(read(pipe.reading, &byte, 2) == 1)
      #expect(byte == [0, 1])
      #expect(criu.takeReport().contains("1=9 5={2=1}"))
    }
  }

  @Test func aFailedDumpNamesTheCauseAndTheLog() throws {
    try withContainer { container in
      let criu = try FakeCriu(in: container)
      try start(container)
      let log = container.path("work") + "/dump.log"
      try checkpoint(container, criu, [], [.answer: "fail"]).expectFailure(
        1, "criu failed: type DUMP errno 3: Error (criu/fake.c:7): first cause: log file: \(log)")
      try checkpoint(container, criu, [], [.answer: "tell"]).expectFailure(
        1, "criu failed: type DUMP errno 0: Error (criu/fake.c:9): the cause: log file: \(log)")
      try checkpoint(container, criu, [], [.answer: "die"]).expectFailure(1, "criu failed: type DUMP: it ended")
      try container.expectStatus("running")
      try checkpoint(container, criu, [], [.version: "2.12"])
        .expectFailure(1, "CRIU version 21200 must be 30000 or higher")
    }
  }

  @Test func onlyARunningContainerCanBeDumped() throws {
    try withContainer(["true"]) { container in
      let criu = try FakeCriu(in: container)
      try container.create().expectSilentSuccess()
      try checkpoint(container, criu).expectFailure(1, "container cannot be checkpointed in created state")
      try container.start().expectSilentSuccess()
      try container.expectStatus("stopped")
      try checkpoint(container, criu).expectFailure(1, "container cannot be checkpointed in stopped state")
    }
  }

  @Test func withoutCriu() throws {
    try withContainer { container in
      try start(container)
      var options = RunningCommand.Options()
      options.environment["PATH"] = container.path("nothing")
      try container.runtime(["checkpoint", container.id], options)
        .expectFailure(1, "exec: \"criu\": executable file not found in $PATH")
    }
  }

  @Test func anAnnotationNamesCriusConfiguration() throws {
    for (value, field) in [("/etc/other.conf", "51=/etc/other.conf"), ("", "")] {
      try withContainer { container in
        let criu = try FakeCriu(in: container)
        container.config["annotations"] = ["org.criu.config": .string(value)]
        try start(container)
        try checkpoint(container, criu, ["--leave-running"]).expectSilentSuccess()
        let fields = criu.takeReport().filter { $0.hasPrefix("51=") }
        #expect(fields == (field.isEmpty ? [] : [field]))
      }
    }
  }

  /// Also of a process that has put a pipe of its own in the place of a stream.
  @Test func theStreamsThatLeadOutAreWrittenDown() throws {
    try withContainer { container in
      let criu = try FakeCriu(in: container)
      let output = try Pipe()
      let errors = try Pipe()
      var options = RunningCommand.Options()
      options.descriptors = [1: output.writing, 2: errors.writing]
      container.script = "sleep 1000 | cat & sleep 0.2; exec >/proc/$!/fd/0; exec sleep 1000"
      try container.writeConfig()
      try container.launch(["create", "--bundle", container.bundle, container.id], options).wait().expectSilentSuccess()
      try container.start().expectSilentSuccess()
      func inode(_ descriptor: Int32) -> UInt64 {
        var status = stat()
        fstat(descriptor, &status)
        return UInt64(status.st_ino)
      }
      let pid = try container.pid()
      let outside = "pipe:[\(inode(output.writing))]"
      #expect(eventually { Host.link("/proc/\(pid)/fd/1").map { $0.hasPrefix("pipe:") && $0 != outside } ?? false })
      try checkpoint(container, criu, ["--leave-running"]).expectSilentSuccess()
      let links = try JSON(parsing: Host.read(container.path("images") + "/descriptors.json") ?? "")
      #expect(links[0].string == "/dev/null")
      #expect(links[1].string == outside)
      #expect(links[2].string == "pipe:[\(inode(errors.writing))]")
    }
  }
}

extension JSON {
  fileprivate func expectNull(_ location: SourceLocation = #_sourceLocation) {
    if case .null = self { return }
    Issue.record("there is one: \(self)", sourceLocation: location)
  }
}

extension CheckpointTests {
  @Test func theRequestOfARestore() throws {
    try withContainer { container in
      let criu = try FakeCriu(in: container)
      try makeImages(container)
      try Host.makeDirectory(container.path("volume"))
      try Host.write("x", to: container.path("file"))
      container.config["mounts"].append([
        "destination": "/data", "type": "bind", "source": .string(container.path("volume")), "options": ["rbind"],
      ])
      container.config["mounts"].append([
        "destination": "/data/inner", "type": "bind", "source": .string(container.path("file")),
        "options": ["bind", "ro"],
      ])
      container.setNamespace("ipc", path: "/proc/self/ns/ipc")
      container.setNamespace("network", path: "/proc/self/ns/net")
      let outcome = try restore(
        container, criu, ["--detach", "--pid-file", container.path("pid"), "--lsm-profile", "apparmor:x"])
      outcome.expectSilentSuccess()
      let report = criu.takeReport()
      let request = Array(report.drop { $0 != "1=2" }.prefix { !$0.hasPrefix("descriptors") })
      let workspace = "\(container.root)/\(container.id)"
      let plain = request.filter {
        !$0.hasPrefix("1=") && !$0.hasPrefix("17=") && !$0.hasPrefix("23=") && !$0.hasPrefix("25=")
      }
      #expect(
        plain == [
          "4=0", "5=0", "6=1", "7=0", "8=0", "9=4", "10=restore.log", "12=1", "13=\(workspace)/root", "16=0", "24=1",
          "26=1", "27={1=pipe:[77] 2=1}", "27={1=pipe:[78] 2=2}", "27={1=extRootNetNS 2=4}", "34=6",
          "38=\(0x4000_0000)", "39={1=ipc 2=/proc/self/ns/ipc}", "48=0", "50=1", "51=/etc/criu/runc.conf",
          "53=apparmor:x",
        ])
      let controller = CgroupHierarchies.isV1 ? "memory" : ""
      #expect(request.contains("25={1=\(controller) 2=/\(container.id)}"))
      // criu gives it the flags that it had.
      #expect(request.contains("23={1=/data 2=\(container.path("volume"))}"))
      #expect(report.contains("descriptors 0 1 2 3 4"))
      #expect(report.contains { $0.hasPrefix("mounted \(workspace)/root True") })
      #expect(report.contains("source /data d rw"))
      #expect(report.contains("source /data/inner f rw"))
      #expect(report.contains("source /dev/null c ro"))
      #expect(report.contains("source masked-directory d ro"))
      #expect(report.contains("mounts in its working directory 0"))
      // The mount point is where the bind mount over it will be, as at create.
      #expect(Host.exists(container.path("volume") + "/inner"))
      #expect(Host.exists(container.rootfs + "/data"))
      let pid = try container.pid()
      #expect(Host.read(container.path("pid")) == String(pid))
      #expect((Host.read("/proc/\(pid)/cgroup") ?? "").contains(container.id))
      try container.expectStatus("running")
      // The host sees none of the mounts that criu was given.
      #expect(!(Host.read("/proc/self/mountinfo") ?? "").contains(container.id))
      try container.delete("--force").expectSilentSuccess()
    }
  }

  @Test func inTheForegroundTheExitCodeIsTheProcess() throws {
    try withContainer { container in
      let criu = try FakeCriu(in: container)
      try makeImages(container)
      try container.writeConfig()
      let command = try container.launch(
        ["restore", "--image-path", container.path("images"), "--bundle", container.bundle, container.id],
        criu.options())
      #expect(try eventually { try container.status() == "running" })
      usleep(300_000)
      command.signal(SIGTERM)
      #expect(command.wait().exitCode == 9)
      container.expectNothingLeft()
    }
  }

  @Test func theTerminalGoesToTheConsoleSocket() throws {
    try withContainer { container in
      let criu = try FakeCriu(in: container)
      try makeImages(container)
      let receiver = try DescriptorReceiver(path: container.path("console.sock"))
      container.config["process"]["terminal"] = true
      try container.writeConfig()
      let command = try container.launch(
        [
          "restore", "--image-path", container.path("images"), "--bundle", container.bundle, "--detach",
          "--console-socket", receiver.path, container.id,
        ], criu.options([.terminal: "1"]))
      let terminal = Terminal(master: try #require(receiver.receive().descriptors.first))
      command.wait().expectSilentSuccess()
      #expect(terminal.waitFor("from criu"))
    }
  }

  /// The namespaces are set up by hooks, as at create; those that run inside of the container do not run again.
  @Test func hooks() throws {
    try withContainer { container in
      let criu = try FakeCriu(in: container)
      try makeImages(container)
      for kind in ["prestart", "createRuntime", "createContainer", "startContainer", "poststart"] {
        let script = "echo \(kind) >>\(container.path("hooks")); cat >\(container.path(kind))"
        container.config["hooks"][kind] = [["path": "/bin/sh", "args": ["sh", "-c", .string(script)]]]
      }
      try restore(container, criu, ["--detach"]).expectSilentSuccess()
      #expect(Host.read(container.path("hooks")) == "prestart\ncreateRuntime\n")
      let state = try JSON(parsing: Host.read(container.path("createRuntime")) ?? "")
      #expect(state["status"].string == "creating")
      #expect(try state["pid"].int == container.pid())
      container.config["hooks"]["prestart"] = [["path": "/bin/false"]]
      try container.delete("--force")
      try restore(container, criu, ["--detach"]).expectFailure(1, "error running prestart hook #0")
      #expect(criu.takeReport().last == "notified setup-namespaces 08061800")
      container.expectNothingLeft()
    }
  }

  @Test(
    "a failed restore leaves nothing",
    arguments: [
      ("fail", "criu failed: type RESTORE errno 3: Error (criu/fake.c:7): first cause: log file: "),
      ("late", "criu failed: type RESTORE errno 5"), ("die", "criu failed: type RESTORE: it ended without an answer"),
    ])
  func failure(_ answer: String, text: String) throws {
    try withContainer { container in
      let criu = try FakeCriu(in: container)
      try makeImages(container)
      try restore(container, criu, ["--detach"], [.answer: answer]).expectFailure(1, text)
      container.expectNothingLeft()
    }
  }

  @Test func whatIsMissingLeavesNoTrace() throws {
    try withContainer { container in
      let criu = try FakeCriu(in: container)
      try restore(container, criu, ["--detach"]).expectFailure(1, "images: no such file or directory")
      try Host.makeDirectory(container.path("images"))
      try restore(container, criu, ["--detach"]).expectFailure(1, "descriptors.json: no such file or directory")
      try makeImages(container, streams: "{}")
      try restore(container, criu, ["--detach"]).expectFailure(1, "descriptors.json: expected an array")
      try makeImages(container)
      try restore(container, criu, ["--detach", "--lsm-profile", "x:y"], [.version: "3.15"])
        .expectFailure(1, "--lsm-profile: CRIU version 31500 must be 31600 or higher")
      container.expectNothingLeft()
    }
  }
}

import Foundation
import Testing

/// config.md, «POSIX-platform Hooks»: what a hook gets, where it runs and in what order.
@Suite(.root, .tags(.integration))
struct HookTests {
  static let kinds = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]

  @Test func order() throws {
    try withContainer { container in
      try container.shareDirectory("log")
      for kind in Self.kinds {
        container.addHook(kind, script: "echo \(kind) 1 >> \(container.logDirectory(kind))/order")
        container.addHook(kind, script: "echo \(kind) 2 >> \(container.logDirectory(kind))/order")
      }
      container.script = "echo payload >> /log/order; sleep 0.3"
      try container.create().expectSilentSuccess()
      let log = container.path("log") + "/order"
      let first = ["prestart", "createRuntime", "createContainer"]
      #expect(lines(of: log) == first.flatMap { ["\($0) 1", "\($0) 2"] })
      try container.start().expectSilentSuccess()
      try container.expectStatus("stopped")
      let second = ["startContainer 1", "startContainer 2"]
      let afterStart = lines(of: log).dropFirst(6).filter { !$0.hasPrefix("poststart") }
      #expect(afterStart == second + ["payload"])
      #expect(lines(of: log).filter { $0.hasPrefix("poststart") } == ["poststart 1", "poststart 2"])
      #expect(!lines(of: log).contains { $0.hasPrefix("poststop") })
      try container.delete().expectSilentSuccess()
      #expect(lines(of: log).suffix(2) == ["poststop 1", "poststop 2"])
    }
  }

  @Test func allOfThemInRun() throws {
    try withContainer { container in
      try container.shareDirectory("log")
      for kind in Self.kinds {
        container.addHook(kind, script: "echo \(kind) >> \(container.logDirectory(kind))/order")
      }
      try container.run().expectSilentSuccess()
      #expect(Set(lines(of: container.path("log") + "/order")) == Set(Self.kinds))
      #expect(lines(of: container.path("log") + "/order").count == Self.kinds.count)
    }
  }

  @Test(arguments: kinds)
  func stateOnStandardInput(_ kind: String) throws {
    try withContainer(["sleep", "60"]) { container in
      try container.shareDirectory("log")
      container.config["annotations"] = ["org.example": "value"]
      container.addHook(kind, script: "cat > \(container.logDirectory(kind))/state")
      try container.create().expectSilentSuccess()
      let pid = try container.pid()
      try container.start().expectSilentSuccess()
      if kind == "poststop" { try container.delete("--force").expectSilentSuccess() }
      let state = try JSON(file: container.path("log") + "/state")
      #expect(state["ociVersion"].string?.hasPrefix("1.") == true)
      #expect(state["id"].string == container.id)
      #expect(state["bundle"].string == container.bundle)
      #expect(state["annotations"]["org.example"].string == "value")
      let status = state["status"].string
      switch kind {
      case "prestart", "createRuntime":
        #expect(status == "creating")
        #expect(state["pid"].int == pid)
      case "createContainer": #expect(status == "creating")
      case "startContainer": #expect(status == "created")
      case "poststart":
        #expect(status == "running")
        #expect(state["pid"].int == pid)
      default: #expect(status == "stopped")
      }
    }
  }

  /// The runtime's own environment must not reach a hook.
  @Test(arguments: kinds, [["A=1", "B=two words"], []])
  func environmentIsTheHooksAlone(_ kind: String, _ environment: [String]) throws {
    try withContainer { container in
      try container.shareDirectory("log")
      let file = container.logDirectory(kind) + "/environment"
      var hook: JSON = ["path": "/bin/cp", "args": ["cp", "/proc/self/environ", .string(file)]]
      if !environment.isEmpty { hook["env"] = JSON(environment) }
      container.config["hooks"][kind] = [hook]
      try container.run(options: .init(environment: ["SECRET": "of the caller"])).expectSilentSuccess()
      let text = try #require(Host.read(container.path("log") + "/environment"))
      #expect(text.split(separator: "\0").map(String.init) == environment)
    }
  }

  @Test func argumentsAreTakenAsTheyAre() throws {
    try withContainer { container in
      let log = container.path("arguments")
      let script = "printf '%s|' \"$0\" \"$@\" > \(log)"
      container.config["hooks"]["createRuntime"] = [
        ["path": "/bin/sh", "args": ["sh", "-c", .string(script), "zero", "a b", "", "*"]]
      ]
      try container.run().expectSilentSuccess()
      #expect(Host.read(log) == "zero|a b||*|")
    }
  }

  @Test func pathIsTheDefaultArgument() throws {
    try withContainer { container in
      let program = container.path("hook")
      try Host.write("#!/bin/sh\necho \"$0 $#\" > \(container.path("arguments"))\n", to: program, mode: 0o755)
      container.config["hooks"]["createRuntime"] = [["path": .string(program)]]
      try container.run().expectSilentSuccess()
      #expect(Host.read(container.path("arguments")) == "\(program) 0\n")
    }
  }

  /// createRuntime is in the runtime's namespaces, createContainer and startContainer in the container's.
  @Test func namespaces() throws {
    try withContainer(["sleep", "60"]) { container in
      try container.shareDirectory("log")
      for kind in Self.kinds {
        let show = "for n in mnt net uts; do readlink /proc/self/ns/$n; done"
        container.addHook(kind, script: "\(show) > \(container.logDirectory(kind))/\(kind)")
      }
      try container.createAndStart()
      let pid = try container.pid()
      try container.delete("--force").expectSilentSuccess()
      let host = ["mnt", "net", "uts"].map { Host.namespace($0) ?? "" }
      for kind in Self.kinds {
        let inContainer = kind == "createContainer" || kind == "startContainer"
        let found = lines(of: container.path("log") + "/" + kind)
        #expect(found.count == 3)
        for (own, other) in zip(found, host) { #expect((own == other) == !inContainer, "\(kind) \(own)") }
      }
      #expect(pid > 0)
    }
  }

  /// Before the root was changed, and after it.
  @Test func rootOfContainerHooks() throws {
    try withContainer { container in
      try Host.write("inside", to: container.rootfs + "/which")
      try Host.write("outside", to: container.path("which"))
      try container.shareDirectory("log")
      container.addHook("createContainer", script: "cat \(container.path("which")) > \(container.path("log"))/first")
      container.addHook("startContainer", script: "cat /which > /log/second")
      try container.run().expectSilentSuccess()
      #expect(Host.read(container.path("log") + "/first") == "outside")
      #expect(Host.read(container.path("log") + "/second") == "inside")
    }
  }

  @Test func workingDirectories() throws {
    try withContainer { container in
      try container.shareDirectory("log")
      for kind in Self.kinds { container.addHook(kind, script: "pwd -P > \(container.logDirectory(kind))/\(kind)") }
      try container.run().expectSilentSuccess()
      for kind in Self.kinds {
        let expected = kind == "createContainer" ? container.rootfs : kind == "startContainer" ? "/" : container.bundle
        #expect(lines(of: container.path("log") + "/" + kind) == [expected], "\(kind)")
      }
    }
  }

  /// A createContainer hook may still change the container's mounts.
  @Test func mountsOfACreateContainerHookAreSeen() throws {
    try withContainer { container in
      try Host.makeDirectory(container.rootfs + "/mnt")
      container.addHook(
        "createContainer",
        script: "mount -t tmpfs hook \(container.rootfs)/mnt && echo seen > \(container.rootfs)/mnt/file")
      let output = try container.output(of: "cat /mnt/file; grep -c ' /mnt tmpfs' /proc/mounts")
      #expect(output == "seen\n1")
      #expect(!Host.exists(container.rootfs + "/mnt/file"))
    }
  }

  /// The program is looked for outside of the container, but for startContainer's, which is one of the container's own.
  @Test(arguments: kinds)
  func pathsResolve(_ kind: String) throws {
    try withContainer { container in
      try container.shareDirectory("log")
      let isInside = kind == "startContainer"
      let program = isInside ? "/own/hook" : container.path("hook")
      try Host.makeDirectory(container.rootfs + "/own")
      try Host.write(
        "#!/bin/sh\necho \(kind) > \(container.logDirectory(kind))/ran\n",
        to: isInside ? container.rootfs + program : program, mode: 0o755)
      container.config["hooks"][kind] = [["path": .string(program)]]
      try container.run().expectSilentSuccess()
      #expect(Host.read(container.path("log") + "/ran") == "\(kind)\n")
    }
  }

  /// The namespaces and mounts are made, the root is not changed yet: the bundle is still to be seen.
  @Test(arguments: ["prestart", "createRuntime", "createContainer"])
  func theEnvironmentIsMadeBeforeThePivot(_ kind: String) throws {
    try withContainer { container in
      let log = container.path("seen")
      container.addMount("/var", type: "tmpfs", source: "made-before")
      container.addHook(
        kind,
        script: """
          pid=$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/')
          test \(kind) = createContainer && pid=self
          ls -d /proc/$pid/root\(container.configFile) > \(log)
          grep -o '\(container.rootfs)/var .*made-before' /proc/$pid/mountinfo | cut -d' ' -f1 >> \(log)
          """)
      let command = try container.launchCreate()
      command.wait().expectSilentSuccess()
      let seen = lines(of: log)
      #expect(seen.count == 2 && seen[0].hasSuffix(container.configFile), "\(seen)")
      #expect(seen.last == container.rootfs + "/var")
      let inside = Host.read("/proc/\(try container.pid())/mountinfo") ?? ""
      #expect(inside.contains(" / /var ") && !inside.contains(" \(container.rootfs)/var "), "\(inside)")
    }
  }

  /// `start` waits for the poststart hooks, which find the program running.
  @Test func poststartIsBetweenTheProgramAndTheEndOfStart() throws {
    try withContainer(["sleep", "61"]) { container in
      let log = container.path("seen")
      container.addHook(
        "poststart",
        script: """
          pid=$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/')
          tr '\\0' ' ' < /proc/$pid/cmdline > \(log)
          sleep 0.3
          echo end >> \(log)
          """)
      try container.createAndStart()
      #expect(Host.read(log) == "sleep 61 end\n")
    }
  }

  /// `delete` waits for the poststop hooks, which find nothing of the container any more.
  @Test func poststopIsBetweenTheDeletionAndTheEndOfDelete() throws {
    try withContainer(["sleep", "60"]) { container in
      let log = container.path("seen")
      let call = "\(RuntimeUnderTest.path) --root \(container.root) state \(container.id)"
      container.addHook(
        "poststop",
        script: """
          cat >/dev/null
          \(call) 2>/dev/null || echo gone >> \(log)
          ls -d \(container.root)/\(container.id) 2>/dev/null >> \(log)
          find /sys/fs/cgroup -maxdepth 2 -name \(container.id) >> \(log)
          sleep 0.3
          echo end >> \(log)
          """)
      try container.createAndStart()
      try container.delete("--force").expectSilentSuccess()
      #expect(lines(of: log) == ["gone", "end"])
    }
  }

  @Test func aHookThatReadsNothing() throws {
    try withContainer { container in
      container.config["annotations"] = ["long": .string(String(repeating: "x", count: 100_000))]
      for kind in Self.kinds { container.config["hooks"][kind] = [["path": "/bin/true"]] }
      try container.run().expectSilentSuccess()
    }
  }

  /// What a hook leaves behind may print without end: the hook has ended all the same.
  @Test(.ownTexts, arguments: ["createRuntime", "poststart"]) func whatItLeavesBehind(_ kind: String) throws {
    try withContainer(["sh", "-c", "echo ran"]) { container in
      container.addHook(kind, script: "while echo \(container.id); do :; done & exit 0")
      let outcome = try container.launchRun().wait()
      #expect(outcome.expectSuccess().text == "ran")
    }
  }

  @Test func outputOfASuccessfulHookIsNotTheContainers() throws {
    try withContainer(["echo", "payload"]) { container in
      for kind in Self.kinds { container.addHook(kind, script: "echo noise; echo noise >&2") }
      let outcome = try container.run()
      #expect(outcome.exitCode == 0 && outcome.stdout == "payload\n" && outcome.stderr.isEmpty, "\(outcome)")
    }
  }

  /// A hook asks the runtime about its container, as nvidia's does.
  @Test func aHookMayCallTheRuntime() throws {
    try withContainer { container in
      let state = container.path("state.json")
      let call = "\(RuntimeUnderTest.path) --root \(container.root) state \(container.id)"
      container.addHook("createRuntime", script: "\(call) > \(state) 2>&1")
      container.addHook("poststart", script: "\(call) > \(state).2 2>&1")
      container.script = "sleep 0.5"
      try container.run().expectSilentSuccess()
      let status = try JSON(file: state)["status"].string ?? ""
      #expect(["creating", "created"].contains(status))
      #expect(try JSON(file: state + ".2")["status"].string == "running")
    }
  }

  private func lines(of file: String) -> [String] {
    (Host.read(file) ?? "").split(separator: "\n").map(String.init)
  }
}

extension TestContainer {
  /// Makes a directory of the test visible in the container at `/NAME`.
  func shareDirectory(_ name: String) throws {
    try Host.makeDirectory(path(name))
    config["mounts"].append([
      "destination": .string("/" + name), "type": "bind", "source": .string(path(name)), "options": ["rbind", "rw"],
    ])
  }

  /// Where a hook of this kind sees the directory that was shared as `log`.
  func logDirectory(_ kind: String) -> String {
    kind == "startContainer" ? "/log" : path("log")
  }

  /// Adds a hook that runs a shell script.
  func addHook(_ kind: String, script: String, timeout: Int? = nil) {
    var hook: JSON = [
      "path": "/bin/sh", "args": ["sh", "-c", .string(script)], "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
    ]
    if let timeout { hook["timeout"] = .int(timeout) }
    config["hooks"][kind].append(hook)
  }
}

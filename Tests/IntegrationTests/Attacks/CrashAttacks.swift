import Foundation
import Glibc
import Testing

/// A crash of the runtime inside a container executes nothing and leaves nothing: the Swift runtime knows a program
/// `swift-backtrace` that it would look for by a path that lies in the container by then.
@Suite(.root, .tags(.integration))
struct CrashAttacks {
  private static let signals: [(String, Int32)] = [
    ("SEGV", SIGSEGV), ("ILL", SIGILL), ("ABRT", SIGABRT), ("BUS", SIGBUS), ("FPE", SIGFPE), ("TRAP", SIGTRAP),
    ("QUIT", SIGQUIT), ("SYS", SIGSYS),
  ]

  /// Plants a program that leaves a mark, wherever a path of the host could lead in the container.
  private func plant(_ container: TestContainer) throws {
    let runtime = URL(fileURLWithPath: RuntimeUnderTest.path).deletingLastPathComponent().path
    var places = ["", "/bin", "/usr/bin", "/usr/libexec/swift", "/usr/libexec/swift/linux", "/tmp", runtime]
    places += [runtime + "/../libexec/swift", runtime + "/../libexec/swift/linux", container.bundle]
    for place in places {
      let directory = URL(fileURLWithPath: container.rootfs + place).standardizedFileURL.path
      try Host.makeDirectory(directory)
      let program = directory + "/swift-backtrace"
      if !Host.exists(program) {
        try Host.write("#!/bin/sh\necho $0 $$ >> /tmp/planted\n", to: program, mode: 0o755)
      }
    }
  }

  private static let environment: [String: String?] = [
    "SWIFT_BACKTRACE": "enable=yes,sanitize=no,timeout=5s,interactive=no,output-to=/tmp/backtrace",
    "SWIFT_ROOT": "/",
  ]

  @Test(arguments: signals.indices) func crashBeforeStart(_ index: Int) throws {
    try withAttack(["sleep", "100"]) { container, _ in
      let (name, signal) = Self.signals[index]
      try plant(container)
      // The first process of a pid namespace takes no signal whose action is the default one.
      container.removeNamespace("pid")
      container.config["process"]["rlimits"] = [["type": "RLIMIT_CORE", "hard": 1_073_741_824, "soft": 1_073_741_824]]
      container.config["process"]["env"].append("SWIFT_BACKTRACE=enable=yes")
      let before = Host.list(container.rootfs)
      let options = RunningCommand.Options(environment: Self.environment)
      let created = try container.launchCreate(options: options)
      created.wait().expectSilentSuccess()
      let pid = try container.pid()
      #expect(Glibc.kill(pid_t(pid), signal) == 0)
      let status = ChildProcesses.shared.wait(for: pid_t(pid), seconds: 10)
      #expect(status == .signalled(signal), "SIG\(name): \(status.map(\.description) ?? "it still runs")")
      try container.expectStatus("stopped")
      usleep(50_000)
      #expect(!Host.exists(container.rootfs + "/tmp/planted"), "\(Host.read(container.rootfs + "/tmp/planted") ?? "")")
      #expect(!Host.exists(container.rootfs + "/tmp/backtrace") && !Host.exists("/tmp/backtrace"))
      #expect(Host.list(container.rootfs) == before, "a core or another file was left")
      #expect(created.outcome.stdout.isEmpty && created.outcome.stderr.isEmpty, "\(created.outcome)")
      try container.start().expectFailure(1)
    }
  }

  /// The same while `run` and `exec` wait on the host: nothing of the bundle's or the container's is executed.
  @Test(arguments: ["run", "exec"]) func crashOfTheForeground(_ verb: String) throws {
    try withAttack(["sleep", "100"]) { container, _ in
      try plant(container)
      container.removeNamespace("pid")
      let options = RunningCommand.Options(environment: Self.environment, directory: container.rootfs)
      let command: RunningCommand
      if verb == "run" {
        command = try container.launchRun(options: options)
      } else {
        try container.createAndStart()
        command = try container.launch(["exec", container.id, "sleep", "100"], options)
      }
      #expect(try eventually { try container.runtime(["ps", "--format", "json", container.id]).stdout.contains("[") })
      usleep(200_000)
      command.signal(SIGSEGV)
      // The foreground passes on what it is sent, and ends as its payload does.
      let outcome = command.wait()
      #expect(outcome.exitCode == 128 + SIGSEGV, "\(outcome)")
      #expect(!Host.exists(container.rootfs + "/tmp/planted"))
    }
  }
}

import Foundation
import Glibc
import Testing

/// Descriptors and other handles of the host in the processes of a container.
@Suite(.root, .tags(.integration))
struct DescriptorAttacks {
  /// What the descriptors of a process lead to.
  private func targets(_ pid: Int) -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: Host.list("/proc/\(pid)/fd").map { ($0, Host.link("/proc/\(pid)/fd/\($0)") ?? "") })
  }

  /// The runtime's own files must not take the place of standard streams that the caller closed: descriptor 0 of the
  /// payload would be the host's state directory (as in CVE-2024-21626).
  @Test(arguments: ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-", ">&- 2>&-"])
  func closedStandardStreams(_ closed: String) throws {
    try withAttack(["sleep", "100"]) { container, _ in
      try container.writeConfig()
      let runtime = "\(RuntimeUnderTest.path) --root \(container.root)"
      func run(_ command: String) throws {
        try container.launchOnHost("/bin/sh", ["-c", "\(runtime) \(command) \(closed)"]).wait().expectSuccess()
      }
      func expectNullInThePlace(_ pid: Int) {
        for (number, target) in targets(pid) {
          #expect(!target.contains(container.root) && !target.contains("cgroup"), "\(number) of \(closed): \(target)")
        }
        #expect(targets(pid).keys.sorted() == ["0", "1", "2"])
      }
      try run("create --bundle \(container.bundle) \(container.id)")
      let pid = try container.pid()
      let created = targets(pid).filter { ["0", "1", "2"].contains($0.key) }
      #expect(!created.values.contains { $0.contains(container.root) || $0.hasPrefix("socket") }, "\(created)")
      try run("start \(container.id)")
      #expect(eventually { Host.read("/proc/\(pid)/cmdline") == "sleep\0100\0" })
      expectNullInThePlace(pid)
      let file = container.path("pid")
      try run("exec --detach --pid-file \(file) \(container.id) sleep 100")
      let joined = Int(Host.readTrimmed(file) ?? "") ?? 0
      #expect(eventually { Host.read("/proc/\(joined)/cmdline") == "sleep\0100\0" })
      expectNullInThePlace(joined)
    }
  }

  /// While it waits for `start`, the container's process has nothing of the caller's open, no directory of the host, and
  /// shows neither the caller's environment nor its arguments.
  @Test(.ownTexts) func ofACreatedContainer() throws {
    try withAttack(["sleep", "100"]) { container, canary in
      let directory = open(canary.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      defer { close(directory) }
      let inherited = Dictionary(uniqueKeysWithValues: (Int32(3)...50).map { ($0, directory) })
      try container.create(
        options: .init(environment: ["HOST_SECRET": "of-the-host"], descriptors: inherited)
      ).expectSilentSuccess()
      let pid = try container.pid()
      let targets = targets(pid).filter { !["0", "1", "2"].contains($0.key) }
      #expect(!targets.values.contains { $0.contains(canary.path) }, "\(targets)")
      for (number, target) in targets {
        var status = stat()
        stat("/proc/\(pid)/fd/\(number)", &status)
        // The one directory may be that of a procfs with nothing but processes.
        let isProcess = Host.list("/proc/\(pid)/fd/\(number)").allSatisfy { Int($0) != nil || $0.hasSuffix("self") }
        #expect(status.st_mode & S_IFMT != S_IFDIR || isProcess, "\(number): \(target)")
      }
      #expect(Host.read("/proc/\(pid)/environ")?.contains("of-the-host") == false)
      #expect(Host.read("/proc/\(pid)/cmdline")?.contains(container.directory) == false)
    }
  }

  /// Hooks that run inside as much as those that run outside.
  @Test func ofHooks() throws {
    try withAttack { container, canary in
      let directory = open(canary.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      defer { close(directory) }
      let report = "readlink /proc/self/fd/* ; env; cat /proc/self/status"
      for kind in ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"] {
        // Those that run in the container write there.
        let output = kind == "startContainer" ? "/tmp/\(kind)" : container.path(kind)
        let shell = kind == "startContainer" ? "/bin/sh" : BusyboxRootfs.busybox
        container.config["hooks"][kind] = [
          ["path": .string(shell), "args": ["sh", "-c", .string("{ \(report); } > \(output) 2>&1")], "env": ["A=b"]]
        ]
      }
      let inherited = Dictionary(uniqueKeysWithValues: (Int32(3)...50).map { ($0, directory) })
      try container.run(
        options: .init(environment: ["HOST_SECRET": "of-the-host"], descriptors: inherited)
      ).expectSuccess()
      for kind in ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"] {
        let path = kind == "startContainer" ? container.rootfs + "/tmp/\(kind)" : container.path(kind)
        let text = try #require(Host.read(path), "\(kind) has not run")
        #expect(text.contains("A=b"), "\(kind)")
        #expect(!text.contains("of-the-host") && !text.contains("_SWIFTLET"), "\(kind): \(text)")
        #expect(!text.contains(canary.path) && !text.contains(container.root), "\(kind): \(text)")
      }
    }
  }
}

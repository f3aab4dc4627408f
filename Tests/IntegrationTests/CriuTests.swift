import Foundation
import Glibc
import Testing

/// `checkpoint` and `restore` with the real criu, where the kernel lets it work: the processes go on where they were.
@Suite(.root, .criu, .tags(.integration), .serialized)
struct CriuTests {
  @Test func processesGoOnWhereTheyWere() throws {
    try withContainer { container in
      let counter = try CountingContainer(container)
      try counter.start()
      try counter.checkpoint()
      #expect(try container.status() == nil)
      container.expectNothingLeft()
      let last = counter.count
      usleep(500_000)
      #expect(counter.count == last)
      try counter.restore("images", ["--pid-file", container.path("pid")])
      counter.expectGoingOn(from: last)
      try container.expectStatus("running")
      #expect(try Host.read(container.path("pid")) == String(container.pid()))
      try container.exec([], ["cat", "/tmp/file"], options: counter.options).expectSuccess()
      // What is masked and read-only is so again, and the cgroup is the container's.
      let check = "cat /proc/keys; ls /sys/firmware; echo x >/proc/sys/kernel/domainname; cat /proc/1/cgroup; hostname"
      let outcome = try container.exec([], ["sh", "-c", check], options: counter.options)
      #expect(outcome.text.hasSuffix("swiftlet"), "\(outcome)")
      #expect(outcome.stdout.contains(container.id), "\(outcome)")
      #expect(outcome.stderr.contains("Read-only file system"), "\(outcome)")
      // Once more, from a container that was restored.
      try counter.checkpoint("again")
      let second = counter.count
      try counter.restore("again")
      counter.expectGoingOn(from: second)
    }
  }

  @Test func pipesAreReplacedByTheCallers() throws {
    try withContainer { container in
      var counter = try CountingContainer(container, streams: "exec 2>/dev/null")
      let first = try Pipe()
      counter.options.descriptors[1] = first.writing
      try counter.start()
      try counter.checkpoint()
      let last = counter.count
      let second = try Pipe()
      counter.options.descriptors[1] = second.writing
      try counter.restore()
      counter.expectGoingOn(from: last)
      var buffer = [UInt8](repeating: 0, count: 4096)
      let size = read(second.reading, &buffer, buffer.count)
      let number = String(decoding: buffer.prefix(max(size, 0)), as: UTF8.self).split(separator: "\n").first.flatMap {
        Int($0)
      }
      #expect((number ?? -1) >= last, "\(number ?? -1) after \(last)")
    }
  }

  @Test func iterativeDumps() throws {
    try withContainer { container in
      let counter = try CountingContainer(container)
      try counter.start()
      try counter.checkpoint("first", ["--pre-dump"])
      try container.expectStatus("running")
      try counter.checkpoint("second", ["--parent-path", "../first"])
      let last = counter.count
      try counter.restore("second")
      counter.expectGoingOn(from: last)
    }
  }

  @Test func aContainerThatRunsOn() throws {
    try withContainer { container in
      let counter = try CountingContainer(container)
      try counter.start()
      try counter.checkpoint("images", ["--leave-running"])
      counter.expectGoingOn(from: counter.count)
      try container.runtime(["pause", container.id], counter.options).expectSilentSuccess()
      try counter.checkpoint("paused", ["--leave-running"])
      try container.runtime(["resume", container.id], counter.options).expectSilentSuccess()
      counter.expectGoingOn(from: counter.count)
    }
  }

  @Test func theTerminal() throws {
    try withContainer { container in
      var counter = try CountingContainer(container, streams: "")
      container.config["process"]["terminal"] = true
      let receiver = try DescriptorReceiver(path: container.path("console.sock"))
      try container.writeConfig()
      let run = try container.launch(
        ["run", "--detach", "--bundle", container.bundle, "--console-socket", receiver.path, container.id],
        counter.options)
      let terminal = Terminal(master: try #require(receiver.receive().descriptors.first))
      run.wait().expectSilentSuccess()
      #expect(terminal.waitFor("3\r\n", within: 30))
      try counter.checkpoint()
      let last = counter.count
      let again = try DescriptorReceiver(path: container.path("again.sock"))
      counter.options.seconds = 60
      let restore = try container.launch(
        [
          "restore", "--detach", "--image-path", container.path("images"), "--work-path", container.path("work"),
          "--bundle", container.bundle, "--console-socket", again.path, container.id,
        ], counter.options)
      let restored = Terminal(master: try #require(again.receive().descriptors.first))
      restore.wait().expectSilentSuccess()
      #expect(restored.waitFor("\(last + 3)\r\n", within: 30), "\(restored.text.debugDescription)")
    }
  }

  @Test func inTheForegroundTheExitCodeIsTheProcess() throws {
    try withContainer { container in
      let counter = try CountingContainer(container, before: "trap 'exit 7' TERM")
      try counter.start()
      try counter.checkpoint()
      let last = counter.count
      let command = try container.launch(
        [
          "restore", "--image-path", container.path("images"), "--work-path", container.path("work"), "--bundle",
          container.bundle, container.id,
        ], counter.options)
      counter.expectGoingOn(from: last)
      command.signal(SIGTERM)
      #expect(command.wait().exitCode == 7)
      container.expectNothingLeft()
    }
  }

  /// What the processes may do, and how much they may use, is what it was.
  @Test func limitsAndRightsAreThoseOfBefore() throws {
    try withContainer { container in
      let counter = try CountingContainer(container)
      container.config["linux"]["resources"]["pids"] = ["limit": 50]
      container.config["linux"]["seccomp"] = [
        "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [["names": ["kexec_load"], "action": "SCMP_ACT_ERRNO"]],
      ]
      container.config["process"]["oomScoreAdj"] = 123
      let lines = ["Uid", "Gid", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "Seccomp"]
      func facts() throws -> [String?] {
        let pid = try container.pid()
        return lines.map { Host.status(pid, $0) } + [Host.readTrimmed("/proc/\(pid)/oom_score_adj")]
          + [CgroupHierarchies.file(CgroupHierarchies.isV1 ? "pids" : "", "/\(container.id)", "pids.max")]
      }
      try counter.start()
      let before = try facts()
      #expect(before.suffix(3) == ["2", "123", "50"])
      try counter.checkpoint()
      let last = counter.count
      try counter.restore()
      counter.expectGoingOn(from: last)
      #expect(try facts() == before)
    }
  }

  /// A network namespace that somebody else made is joined again, whichever it is by then.
  @Test func anExternalNetworkNamespace() throws {
    try withContainer { container in
      func makeNamespace() throws -> String {
        let holder = try container.launchOnHost("/usr/bin/unshare", ["--net", "sleep", "1000"])
        let path = "/proc/\(holder.pid)/ns/net"
        #expect(eventually { Host.link(path).map { $0 != Host.link("/proc/self/ns/net") } ?? false })
        return path
      }
      let counter = try CountingContainer(container)
      container.setNamespace("network", path: try makeNamespace())
      try counter.start()
      try counter.checkpoint()
      let last = counter.count
      let path = try makeNamespace()
      container.setNamespace("network", path: path)
      try counter.restore()
      counter.expectGoingOn(from: last)
      #expect(try Host.namespace("net", of: container.pid()) == Host.link(path))
    }
  }

  @Test func aDumpThatFailsNamesCriusLog() throws {
    try withContainer { container in
      // Standard output is a file of the host, which criu could not find again.
      let counter = try CountingContainer(container, streams: ":")
      try container.writeConfig()
      try container.runtime(["run", "--detach", "--bundle", container.bundle, container.id], counter.options)
        .expectSilentSuccess()
      #expect(eventually(within: 30) { counter.count > 3 })
      try container.runtime(
        ["checkpoint", "--image-path", container.path("images"), "--work-path", container.path("work"), container.id],
        counter.options
      ).expectFailure(1, "criu failed: type DUMP", "Error (criu/", container.path("work") + "/dump.log")
      try container.expectStatus("running")
      counter.expectGoingOn(from: counter.count)
    }
  }
}

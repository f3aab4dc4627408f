import Foundation
import Glibc
import Testing

/// What outlasts a checkpoint besides the processes themselves: connections, locks, the unit of systemd; and images that
/// go over the network.
@Suite(.root, .criu, .tags(.integration), .serialized)
struct CriuStateTests {
  /// A namespace that somebody else made, with its loopback up.
  private func makeNetwork(_ container: TestContainer) throws -> String {
    let holder = try container.launchOnHost(
      "/usr/bin/unshare", ["--net", "sh", "-c", "ip link set lo up && exec sleep 1000"])
    let path = "/proc/\(holder.pid)/ns/net"
    #expect(eventually(within: 30) { Host.read("/proc/\(holder.pid)/comm") == "sleep\n" })
    return path
  }

  /// What one process of the container sends to another through TCP still arrives.
  @Test(arguments: [false, true])
  func connections(ofAJoinedNetwork: Bool) throws {
    try withContainer { container in
      let counter = try CountingContainer(
        container,
        before: """
          sleep 1000 | nc -l -p 7777 >/data/received & sleep 1
          (i=0; while :; do echo $i; i=$((i+1)); sleep 0.1; done) | nc 127.0.0.1 7777 &
          """)
      if ofAJoinedNetwork { container.setNamespace("network", path: try makeNetwork(container)) }
      func received() -> Int { Host.read(container.path("volume") + "/received")?.split(separator: "\n").count ?? 0 }
      try counter.start()
      #expect(eventually(within: 30) { received() > 3 })
      try counter.checkpoint("images", ["--tcp-established"])
      let (last, before) = (counter.count, received())
      // Another one, as an engine makes it: in the first criu has locked the connections, and leaves it so.
      if ofAJoinedNetwork { container.setNamespace("network", path: try makeNetwork(container)) }
      try counter.restore("images", ["--tcp-established"])
      counter.expectGoingOn(from: last)
      #expect(eventually(within: 30) { received() > before + 3 }, "\(before), \(received())")
      #expect(try container.exec([], ["cat", "/sys/class/net/lo/flags"], options: counter.options).text == "0x9")
    }
  }

  /// An established connection is not dumped unless that is asked for.
  @Test func connectionsAreRefused() throws {
    try withContainer { container in
      let counter = try CountingContainer(
        container,
        before: "sleep 1000 | nc -l -p 7777 >/data/received & sleep 1; sleep 1000 | nc 127.0.0.1 7777 & sleep 1")
      try counter.start()
      try container.runtime(["checkpoint", "--image-path", container.path("images"), container.id], counter.options)
        .expectFailure(1, "criu failed: type DUMP", "Connected TCP socket")
      try container.expectStatus("running")
    }
  }

  @Test func locksOfFiles() throws {
    try withContainer { container in
      let counter = try CountingContainer(container, before: "exec 9>/data/lock; lock")
      try AttackProgram.install("int main() { return flock(9, 2); }", "lock", in: container)
      func isLocked() throws -> Bool {
        try container.launchOnHost("/usr/bin/flock", ["--nonblock", container.path("volume") + "/lock", "true"]).wait()
          .exitCode == 1
      }
      try counter.start()
      #expect(try isLocked())
      try container.runtime(["checkpoint", "--image-path", container.path("none"), container.id], counter.options)
        .expectFailure(1, "criu failed: type DUMP")
      try counter.checkpoint("images", ["--file-locks"])
      let last = counter.count
      #expect(try !isLocked())
      try counter.restore("images", ["--file-locks"])
      counter.expectGoingOn(from: last)
      #expect(try isLocked())
    }
  }

  /// Mounts have their flags, and follow the host's where they did so before.
  @Test func mountsAreAsBefore() throws {
    try withContainer { container in
      let counter = try CountingContainer(container)
      try Host.write("x", to: container.path("file"))
      container.config["mounts"].append([
        "destination": "/only", "type": "bind", "source": .string(container.path("file")), "options": ["bind", "ro"],
      ])
      func facts() throws -> [String] {
        try #require(Host.read("/proc/\(container.pid())/mountinfo")).split(separator: "\n").map { line in
          let fields = line.split(separator: " ").map(String.init)
          // Mount point, flags, and the group of the host's, but for its number.
          let follows = fields.contains { $0.hasPrefix("master:") } ? "follows" : ""
          return "\(fields[4]) \(fields[5]) \(follows)"
        }.filter { $0.hasPrefix("/ ") || $0.hasPrefix("/data") || $0.hasPrefix("/only") }.sorted()
      }
      try counter.start()
      let before = try facts()
      #expect(before.count == 3)
      try counter.checkpoint()
      let last = counter.count
      try counter.restore()
      counter.expectGoingOn(from: last)
      #expect(try facts() == before)
    }
  }

  /// `--page-server`: the memory goes to a criu elsewhere.
  @Test func memoryThroughAPageServer() throws {
    try withContainer { container in
      let criu = try #require(RealCriu.path)
      let counter = try CountingContainer(container)
      try counter.start()
      try Host.makeDirectory(container.path("images"))
      let server = try container.launchOnHost(
        criu, ["page-server", "--images-dir", container.path("images"), "--address", "127.0.0.1", "--port", "27371"],
        counter.options)
      usleep(2_000_000)
      try counter.checkpoint("images", ["--page-server", "127.0.0.1:27371"])
      #expect(server.wait().exitCode == 0)
      let last = counter.count
      try counter.restore()
      counter.expectGoingOn(from: last)
    }
  }

  /// `--lazy-pages`: the processes go on at once, and their memory follows as they need it.
  @Test func memoryThatFollows() throws {
    try withContainer { container in
      let criu = try #require(RealCriu.path)
      let counter = try CountingContainer(container)
      try counter.start()
      let pipe = try Pipe()
      var options = counter.options
      options.descriptors[9] = pipe.writing
      let checkpoint = try container.launch(
        [
          "checkpoint", "--lazy-pages", "--page-server", "127.0.0.1:27372", "--status-fd", "9", "--image-path",
          container.path("images"), "--work-path", container.path("work"), container.id,
        ], options)
      var byte: [UInt8] = [1]
      #expect(read(pipe.reading, &byte, 1) == 1)
      let last = counter.count
      let pages = try container.launchOnHost(
        criu,
        [
          "lazy-pages", "--page-server", "--address", "127.0.0.1", "--port", "27372", "--images-dir",
          container.path("images"), "--work-dir", container.path("work"),
        ], counter.options)
      #expect(eventually(within: 30) { Host.exists(container.path("work") + "/lazy-pages.socket") })
      try withContainer(sharingRootOf: container) { other in
        let cgroup = other.config["linux"]["cgroupsPath"]
        other.config = container.config
        other.config["linux"]["cgroupsPath"] = cgroup
        try other.writeConfig()
        try other.runtime(
          [
            "restore", "--detach", "--lazy-pages", "--image-path", container.path("images"), "--work-path",
            container.path("work"), "--bundle", other.bundle, other.id,
          ], counter.withPipes
        ).expectSilentSuccess()
        counter.expectGoingOn(from: last)
        #expect(checkpoint.wait().exitCode == 0)
        #expect(pages.wait().exitCode == 0)
        counter.expectGoingOn(from: counter.count)
      }
    }
  }
}

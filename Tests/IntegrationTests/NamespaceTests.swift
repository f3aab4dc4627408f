import Glibc
import Testing

/// config-linux.md, «Namespaces»: new ones, shared ones, joined ones.
@Suite(.root, .tags(.integration))
struct NamespaceTests {
  /// The type in config.json and the name in /proc/PID/ns.
  static let kinds = [
    ("pid", "pid"), ("network", "net"), ("ipc", "ipc"), ("uts", "uts"), ("mount", "mnt"), ("cgroup", "cgroup"),
  ]

  @Test func newOnesDifferFromTheHosts() throws {
    try withContainer(["sleep", "60"]) { container in
      container.setNamespace("cgroup")
      try container.createAndStart()
      let pid = try container.pid()
      for (type, name) in Self.kinds {
        #expect(Host.namespace(name, of: pid) != Host.namespace(name), "\(type)")
      }
      #expect(Host.namespace("user", of: pid) == Host.namespace("user"))
    }
  }

  @Test(arguments: kinds.filter { $0.0 != "mount" })
  func thoseThatAreNotListedAreTheHosts(_ type: String, _ name: String) throws {
    try withContainer(["sleep", "60"]) { container in
      container.removeNamespace(type)
      // Both need namespaces of their own: a hostname the uts namespace, a fresh sysfs the network namespace.
      if type == "uts" { container.config["hostname"] = nil }
      if type == "network" { container.dropMount("/sys") }
      if type == "ipc" { container.dropMount("/dev/mqueue") }
      try container.createAndStart()
      let pid = try container.pid()
      for (other, name) in Self.kinds where other != "cgroup" {
        #expect((Host.namespace(name, of: pid) == Host.namespace(name)) == (other == type), "\(other)")
      }
    }
  }

  /// A namespace that something else made is joined by its path.
  @Test(arguments: [("network", "net", "--net"), ("ipc", "ipc", "--ipc"), ("uts", "uts", "--uts")])
  func joinedByPath(_ type: String, _ name: String, _ flag: String) throws {
    try withContainer(["sleep", "60"]) { container in
      let holder = try Self.holder(of: name, flag, container)
      container.setNamespace(type, path: "/proc/\(holder)/ns/\(name)")
      if type == "uts" { container.config["hostname"] = nil }
      try container.createAndStart()
      let pid = try container.pid()
      #expect(Host.namespace(name, of: pid) == Host.namespace(name, of: holder))
      try container.delete("--force").expectSilentSuccess()
      #expect(Host.isAlive(holder))
    }
  }

  @Test func pidNamespaceJoinedByPath() throws {
    try withContainer { first in
      try withContainer(sharingRootOf: first) { second in
        first.script = "sleep 60 & wait"
        try first.createAndStart()
        let pid = try first.pid()
        second.setNamespace("pid", path: "/proc/\(pid)/ns/pid")
        second.script = "sleep 61"
        try second.createAndStart()
        #expect(Host.namespace("pid", of: try second.pid()) == Host.namespace("pid", of: pid))
        let seen = try first.exec([], ["ps", "-o", "args"]).expectSuccess().text
        #expect(seen.contains("sleep 61"), "\(seen)")
        // Only the second's own processes end with it.
        try second.delete("--force").expectSilentSuccess()
        #expect(try first.status() == "running")
      }
    }
  }

  /// The root of a user namespace, as the engines of ordinary users are it, may not come back to the host's.
  @Test func pidNamespaceJoinedByTheRootOfAUserNamespace() throws {
    try withContainer(["sleep", "60"]) { first in
      let holder = try first.launchOnHost("/usr/bin/unshare", ["--user", "--map-root-user", "sleep", "60"])
      #expect(eventually { Host.read("/proc/\(holder.pid)/comm") == "sleep\n" })
      let enter = [
        "/usr/bin/nsenter", "--user", "--preserve-credentials", "--target", "\(holder.pid)", RuntimeUnderTest.path,
      ]
      first.wrapper = enter
      first.changeMount("/dev/pts") { $0.filter { !$0.hasPrefix("gid=") } }
      // While there is a way in.
      defer { _ = try? first.delete("--force") }
      try first.createAndStart()
      try withContainer(["cat", "/proc/1/cmdline"], sharingRootOf: first) { second in
        second.wrapper = enter
        second.changeMount("/dev/pts") { $0.filter { !$0.hasPrefix("gid=") } }
        second.setNamespace("pid", path: "/proc/\(try first.pid())/ns/pid")
        #expect(try second.run().expectSuccess().stdout == "sleep\u{0}60\u{0}")
      }
    }
  }

  /// As the containers of a pod do.
  @Test func twoContainersShareANetwork() throws {
    try withContainer(["sleep", "60"]) { first in
      try withContainer(sharingRootOf: first) { second in
        try first.createAndStart()
        second.setNamespace("network", path: "/proc/\(try first.pid())/ns/net")
        second.config["process"]["args"] = ["readlink", "/proc/self/ns/net"]
        let outcome = try second.run().expectSuccess()
        #expect(outcome.text == Host.namespace("net", of: try first.pid()))
        #expect(try first.status() == "running")
      }
    }
  }

  @Test func aPathOfAnotherKind() throws {
    try withContainer { container in
      container.setNamespace("network", path: "/proc/self/ns/uts")
      container.globalOptions += []
      let outcome = try container.create()
      outcome.expectFailure(1, "/proc/self/ns/uts")
      container.expectNothingLeft()
    }
  }

  @Test(arguments: ["/nonexistent/ns", "/etc/passwd", "/dev/null"])
  func aPathThatIsNoNamespace(_ path: String) throws {
    try withContainer { container in
      container.setNamespace("network", path: path)
      try container.create().expectFailure(1, path)
      container.expectNothingLeft()
    }
  }

  @Test func loopbackIsUp() throws {
    try withContainer { container in
      let text = try container.output(
        of: "cat /sys/class/net/lo/flags; ping -c 1 -w 2 127.0.0.1 >/dev/null 2>&1; ls /sys/class/net")
      let lines = text.split(separator: "\n")
      // IFF_UP | IFF_LOOPBACK
      #expect(lines.first == "0x9", "\(text)")
      #expect(lines.contains("lo"))
      #expect(!lines.contains("eth0"))
    }
  }

  @Test func hostname() throws {
    try withContainer { container in
      container.config["hostname"] = "name.of-container"
      let before = Host.read("/proc/sys/kernel/hostname")
      let text = try container.output(of: "hostname; uname -n")
      #expect(text == "name.of-container\nname.of-container")
      #expect(Host.read("/proc/sys/kernel/hostname") == before)
    }
  }

  @Test(.ownTexts) func domainname() throws {
    try withContainer { container in
      container.config["domainname"] = "example.org"
      let text = try container.output(of: "cat /proc/sys/kernel/domainname")
      #expect(text == "example.org")
    }
  }

  @Test func hostnameWithoutANamespaceIsRefused() throws {
    try withContainer { container in
      container.removeNamespace("uts")
      let before = Host.read("/proc/sys/kernel/hostname")
      try container.create().expectFailure(1, "hostname")
      #expect(Host.read("/proc/sys/kernel/hostname") == before)
      container.expectNothingLeft()
    }
  }

  @Test func cgroupNamespace() throws {
    try withContainer { container in
      container.setNamespace("cgroup")
      let lines = try container.output(of: "cat /proc/self/cgroup").split(separator: "\n")
      #expect(!lines.isEmpty)
      for line in lines { #expect(line.hasSuffix(":/"), "\(line)") }
    }
  }

  @Test(.ownTexts) func timeOffsets() throws {
    try withContainer { container in
      container.setNamespace("time")
      container.config["linux"]["timeOffsets"] = [
        "boottime": ["secs": 1_000_000, "nanosecs": 0], "monotonic": ["secs": 2_000_000, "nanosecs": 5],
      ]
      container.script = "cut -d. -f1 /proc/uptime; cat /proc/self/timens_offsets; readlink /proc/self/ns/time"
      let lines = try container.run().expectSuccess().text.split(separator: "\n").map(String.init)
      let own = try #require(Host.read("/proc/uptime")?.split(separator: ".").first.flatMap { Int($0) })
      let inside = try #require(Int(lines[0]))
      #expect((999_990...1_000_010).contains(inside - own))
      #expect(lines.contains { $0.split(separator: " ") == ["monotonic", "2000000", "5"] })
      #expect(lines.last != Host.namespace("time"))
    }
  }

  /// exec must enter the same time namespace.
  @Test(.ownTexts) func timeOffsetsOfExec() throws {
    try withContainer(["sleep", "60"]) { container in
      container.setNamespace("time")
      container.config["linux"]["timeOffsets"] = ["boottime": ["secs": 1_000_000]]
      try container.createAndStart()
      let outcome = try container.exec([], ["cut", "-d.", "-f1", "/proc/uptime"]).expectSuccess()
      #expect(Int(outcome.text) ?? 0 > 1_000_000)
    }
  }

  @Test func sysctls() throws {
    try withContainer { container in
      container.config["linux"]["sysctl"] = [
        "net.ipv4.ip_forward": "1", "net/ipv4/ip_default_ttl": "77", "kernel.msgmax": "9000",
        "fs.mqueue.queues_max": "17",
      ]
      let before = Host.read("/proc/sys/kernel/msgmax")
      let text = try container.output(
        of: "cd /proc/sys; cat net/ipv4/ip_forward net/ipv4/ip_default_ttl kernel/msgmax fs/mqueue/queues_max")
      #expect(text == "1\n77\n9000\n17")
      #expect(Host.read("/proc/sys/kernel/msgmax") == before)
    }
  }

  @Test(arguments: [
    ("net.ipv4.ip_forward", "network"), ("kernel.msgmax", "ipc"), ("kernel.shmmax", "ipc"), ("vm.swappiness", ""),
    ("kernel.panic", ""), ("net/../kernel/panic", ""),
  ])
  func sysctlOfTheHostIsRefused(_ name: String, _ missing: String) throws {
    try withContainer { container in
      if missing == "network" { container.dropMount("/sys") }
      if missing == "ipc" { container.dropMount("/dev/mqueue") }
      if !missing.isEmpty { container.removeNamespace(missing) }
      container.config["linux"]["sysctl"] = [name: "1"]
      let values = ["/proc/sys/net/ipv4/ip_forward", "/proc/sys/kernel/msgmax", "/proc/sys/kernel/panic"].map(Host.read)
      try container.create().expectFailure(1)
      let after = ["/proc/sys/net/ipv4/ip_forward", "/proc/sys/kernel/msgmax", "/proc/sys/kernel/panic"].map(Host.read)
      #expect(values == after)
      container.expectNothingLeft()
    }
  }

  /// A user namespace whose root is an ordinary user of the host.
  @Test func userNamespace() throws {
    try withContainer { container in
      container.setNamespace("user")
      container.config["linux"]["uidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65536]]
      container.config["linux"]["gidMappings"] = [["containerID": 0, "hostID": 200_000, "size": 65536]]
      try container.giveRootfs(uid: 100_000, gid: 200_000)
      container.script = "id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map; sleep 60"
      let command = try container.createAndStart()
      #expect(eventually { command.outcome.stdout.split(separator: "\n").count == 4 })
      let fields = command.outcome.text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      #expect(fields == [["0"], ["0"], ["0", "100000", "65536"], ["0", "200000", "65536"]])
      let pid = try container.pid()
      #expect(Host.status(pid, "Uid") == "100000\t100000\t100000\t100000")
      #expect(Host.namespace("user", of: pid) != Host.namespace("user"))
      let outcome = try container.exec([], ["id", "-u"]).expectSuccess()
      #expect(outcome.text == "0")
    }
  }

  /// «The runtime SHOULD NOT modify the ownership of referenced filesystems to realize the mapping.»
  @Test func ownersOfTheRootStay() throws {
    try withContainer { container in
      container.setNamespace("user")
      container.config["linux"]["uidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65536]]
      container.config["linux"]["gidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65536]]
      try container.giveRootfs(uid: 100_000, gid: 100_000)
      let files = [("/etc/of-the-host", uid_t(0)), ("/etc/of-root", 100_000), ("/etc/of-another", 100_007)]
      for (name, owner) in files {
        try Host.write("", to: container.rootfs + name)
        lchown(container.rootfs + name, owner, owner)
      }
      let text = try container.output(of: "cd /etc; stat -c '%u %g' of-the-host of-root of-another")
      #expect(text == "65534 65534\n0 0\n7 7")
      for (name, owner) in files {
        var status = stat()
        #expect(stat(container.rootfs + name, &status) == 0 && status.st_uid == owner && status.st_gid == owner)
      }
    }
  }

  @Test func severalMappings() throws {
    try withContainer { container in
      container.setNamespace("user")
      container.config["linux"]["uidMappings"] = [
        ["containerID": 0, "hostID": 100_000, "size": 10], ["containerID": 50, "hostID": 200_000, "size": 5],
      ]
      container.config["linux"]["gidMappings"] = [
        ["containerID": 0, "hostID": 100_000, "size": 20], ["containerID": 60, "hostID": 300_000, "size": 6],
      ]
      container.config["process"]["user"] = ["uid": 51, "gid": 62]
      try container.giveRootfs(uid: 100_000, gid: 100_000)
      container.script = "cat /proc/self/uid_map /proc/self/gid_map; sleep 60"
      let command = try container.createAndStart()
      #expect(eventually { command.outcome.stdout.split(separator: "\n").count == 4 })
      let fields = command.outcome.text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      #expect(
        fields == [["0", "100000", "10"], ["50", "200000", "5"], ["0", "100000", "20"], ["60", "300000", "6"]])
      let pid = try container.pid()
      #expect(Host.status(pid, "Uid") == "200001\t200001\t200001\t200001")
      #expect(Host.status(pid, "Gid") == "300002\t300002\t300002\t300002")
    }
  }

  /// As in a pod with a user namespace: later containers join it, and their other namespaces, new or joined, belong to it.
  @Test(arguments: [
    [], ["network"], ["pid"], ["network", "ipc", "uts"], ["pid", "network", "ipc", "uts"],
  ])
  func userNamespaceJoinedByPath(_ others: [String]) throws {
    try withContainer(["sleep", "60"]) { first in
      try withContainer(["sleep", "60"], sharingRootOf: first) { second in
        for container in [first, second] {
          container.setNamespace("user")
          container.config["linux"]["uidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65536]]
          container.config["linux"]["gidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65536]]
          try container.giveRootfs(uid: 100_000, gid: 100_000)
        }
        try first.createAndStart()
        let pid = try first.pid()
        second.setNamespace("user", path: "/proc/\(pid)/ns/user")
        for (type, name) in Self.kinds where others.contains(type) {
          second.setNamespace(type, path: "/proc/\(pid)/ns/\(name)")
        }
        if others.contains("uts") { second.config["hostname"] = nil }
        try second.createAndStart()
        let other = try second.pid()
        #expect(Host.namespace("user", of: other) == Host.namespace("user", of: pid))
        for (type, name) in Self.kinds where type != "cgroup" {
          let isShared = Host.namespace(name, of: other) == Host.namespace(name, of: pid)
          #expect(isShared == others.contains(type), "\(type)")
          #expect(Host.namespace(name, of: other) != Host.namespace(name), "\(type)")
        }
        let seen = try second.exec([], ["sh", "-c", "id -u; touch /tmp/made && cat /sys/class/net/lo/flags"])
        #expect(seen.expectSuccess().text == "0\n0x9")
      }
    }
  }

  /// Starts a process in a namespace of its own and returns its pid.
  static func holder(of name: String, _ flag: String, _ container: TestContainer) throws -> Int {
    let command = try container.launchOnHost("/usr/bin/unshare", [flag, "sleep", "60"])
    let pid = Int(command.pid)
    #expect(eventually { Host.namespace(name, of: pid) != Host.namespace(name) })
    return pid
  }
}

extension TestContainer {
  /// Takes the mount at a destination away.
  func dropMount(_ destination: String) {
    let kept = config["mounts"].array.filter {
      guard let other = $0["destination"].string else { return true }
      return other != destination && !other.hasPrefix(destination + "/")
    }
    config["mounts"] = .array(kept)
  }

  /// Gives the rootfs to another user, as an engine does for a user namespace.
  func giveRootfs(uid: uid_t, gid: gid_t) throws {
    lchown(rootfs, uid, gid)
    for name in try Host.descendants(of: rootfs) { lchown(rootfs + "/" + name, uid, gid) }
  }
}

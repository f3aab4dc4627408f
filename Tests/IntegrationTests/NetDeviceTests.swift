import Glibc
import Testing

/// config-linux.md, «Network Devices». The runtime itself is in a network namespace of the test's own, where the devices
/// are made: nothing of the machine's network is touched.
@Suite(.root, .tags(.integration), .ownTexts)
struct NetDeviceTests {
  @Test func movedWithNameAddressesAndState() throws {
    try withVirtualDevices("ip addr add 10.77.1.2/24 brd + dev v0; ip addr add fd77::2/64 dev v0 nodad") { container in
      container.config["linux"]["netDevices"] = ["v0": ["name": "inner0"]]
      let text = try container.output(of: "ip -o addr show dev inner0; ip link show inner0; ip link show v0 || true")
      #expect(text.contains("inet 10.77.1.2/24 brd 10.77.1.255 scope global inner0"), "\(text)")
      #expect(text.contains("inet6 fd77::2/64 scope global"), "\(text)")
      #expect(text.contains("UP"), "\(text)")
    }
  }

  @Test func theNameOutsideIsTheDefault() throws {
    try withVirtualDevices("true") { container in
      container.config["linux"]["netDevices"] = ["v0": [:], "v1": [:]]
      let text = try container.output(of: "ip -o link | cut -d: -f2 | cut -d@ -f1")
      let names = text.split(whereSeparator: \.isWhitespace).map(String.init)
      #expect(Set(names).isSuperset(of: ["v0", "v1", "lo"]), "\(names)")
    }
  }

  @Test func aTemplateForTheName() throws {
    try withVirtualDevices("ip addr add 10.77.1.2/24 dev v0") { container in
      container.config["linux"]["netDevices"] = ["v0": ["name": "eth%d"]]
      let text = try container.output(of: "ip -o -4 addr show dev eth0")
      #expect(text.contains("10.77.1.2/24"))
    }
  }

  /// Labels begin with the device's name, so they are changed with it; addresses of the link alone stay behind.
  @Test func labelsAndScopes() throws {
    try withVirtualDevices(
      "ip addr add 10.77.1.2/24 dev v0 label v0:a; ip addr add 169.254.7.7/16 dev v0 scope link"
    ) { container in
      container.config["linux"]["netDevices"] = ["v0": ["name": "in0"]]
      let text = try container.output(of: "ip -o -4 addr show dev in0")
      #expect(text.contains("in0:a") && !text.contains("169.254.7.7"), "\(text)")
    }
  }

  @Test(arguments: [
    ("missing0", "", "no such network device"), ("v0", "lo", "already"), ("lo", "other0", "lo"),
  ])
  func refused(_ device: String, _ name: String, _ text: String) throws {
    try withVirtualDevices("true") { container in
      container.config["linux"]["netDevices"] = [device: name.isEmpty ? [:] : ["name": .string(name)]]
      try container.create().expectFailure(1, "linux.netDevices: \(device)", text)
      container.expectNothingLeft()
    }
  }

  /// The end of the container leaves the devices where they are: in a namespace that outlives it.
  @Test(arguments: ["run", "killed"])
  func devicesStayInTheirNamespace(_ end: String) throws {
    try withVirtualDevices("true") { container in
      let holder = Int(try container.launchOnHost("/usr/bin/unshare", ["--net", "sleep", "60"]).pid)
      #expect(eventually { Host.namespace("net", of: holder) != Host.namespace("net") })
      container.setNamespace("network", path: "/proc/\(holder)/ns/net")
      container.config["linux"]["netDevices"] = ["v0": ["name": "in0"], "v1": ["name": "in1"]]
      if end == "run" {
        try container.run().expectSilentSuccess()
      } else {
        container.config["process"]["args"] = ["sleep", "60"]
        try container.create().expectSilentSuccess()
        container.wrapper = []
        try container.start().expectSilentSuccess()
        try container.delete("--force").expectSilentSuccess()
      }
      let list = ["-t", "\(holder)", "-n", "ip", "-o", "link"]
      let text = try container.launchOnHost("/usr/bin/nsenter", list).wait().expectSuccess().text
      #expect(text.contains(": in0@in1:") && text.contains(": in1@in0:"), "\(text)")
    }
  }

  @Test func inAUserNamespace() throws {
    try withVirtualDevices("ip addr add 10.77.1.2/24 dev v0") { container in
      container.setNamespace("user")
      container.config["linux"]["uidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65536]]
      container.config["linux"]["gidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65536]]
      try container.giveRootfs(uid: 100_000, gid: 100_000)
      container.config["linux"]["netDevices"] = ["v0": ["name": "eth0"]]
      let text = try container.output(of: "ip -o -4 addr show dev eth0")
      #expect(text.contains("10.77.1.2/24"))
    }
  }

  /// A container whose runtime finds the pair v0 and v1, set up by `script`.
  private func withVirtualDevices(_ script: String, _ body: (TestContainer) throws -> Void) throws {
    try withContainer { container in
      container.wrapper = [
        "/usr/bin/unshare", "--net", "sh", "-c",
        "ip link add v0 type veth peer name v1 && ip link set v1 up && { \(script); } && exec \"$@\"", "sh",
        RuntimeUnderTest.path,
      ]
      try body(container)
    }
  }
}

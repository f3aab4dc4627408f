import Linux
import Rootfs
import RuntimeSpec
import Testing

extension AsRoot {
  /// Root file systems made to lead the runtime outside. `inChild` checks that the host stays as it was.
  @Suite struct HostileRootTests {
    private func tmpfs(_ destination: String) -> Mount {
      Mount(destination: destination, type: "tmpfs", source: "tmpfs", options: ["mode=711"])
    }

    @Test(arguments: [
      ("/link", "HOST", "/made"), ("/link", "../../../../../../../../HOST", "/made"), ("/link", "/", ""),
      ("/a/link", "..", "/b"), ("/link", "nowhere/yet", ""), ("/link", "/nowhere/../yet", ""),
      // A combining mark makes one Character of itself and the slash before it.
      ("/link", "../\u{301}out", "/made"), ("/link", "/../\u{301}out", ""),
      ("/link", "/a/../../\u{301}out/\u{301}b", ""),
    ])
    func targetsThroughLinksStayInside(_ link: String, _ target: String, _ below: String) throws {
      let sandbox = try Sandbox()
      try sandbox.makeDirectory(sandbox.rootfs + "/a")
      try sandbox.link(
        sandbox.rootfs + link, to: target.replacing("/HOST", with: sandbox.host).replacing("HOST", with: sandbox.host))
      let report = try sandbox.mount(.mounting(tmpfs(link + below + "/end"))) {
        try See.mounts().split(separator: "\n").filter { $0.contains(" tmpfs tmpfs") && $0.contains("/end ") }
          .joined(separator: "\n")
      }
      #expect(report.utf8.starts(with: (sandbox.rootfs + "/").utf8), "\(report)")
    }

    /// Images link /etc/resolv.conf to a file that only exists when they run.
    @Test func danglingFileLink() throws {
      let sandbox = try Sandbox()
      try sandbox.link(sandbox.rootfs + "/etc/resolv.conf", to: "../run/resolve/stub.conf")
      let report = try sandbox.mount(
        .mounting(Mount(destination: "/etc/resolv.conf", source: sandbox.host + "/ptmx", options: ["bind"]))
      ) { See.text(sandbox.rootfs + "/run/resolve/stub.conf") }
      #expect(report == "canary")
      #expect(See.file(sandbox.rootfs + "/etc/resolv.conf") == "link ../run/resolve/stub.conf")
    }

    @Test(arguments: ["/loop/x", "/loop"])
    func linkLoop(_ destination: String) throws {
      let sandbox = try Sandbox()
      try sandbox.link(sandbox.rootfs + "/loop", to: "loop")
      let report = try sandbox.mount(.mounting(tmpfs(destination))) { "mounted" }
      #expect(report.hasSuffix("too many levels of symbolic links"), "\(report)")
    }

    @Test(arguments: ["HOST", "tmp", "/", "nowhere", "bin/../tmp"])
    func linkedProcAndSys(_ target: String) throws {
      for type in ["proc", "sysfs"] {
        let name = type == "proc" ? "proc" : "sys"
        let sandbox = try Sandbox()
        try sandbox.link(sandbox.rootfs + "/" + name, to: target == "HOST" ? sandbox.host : target)
        let report = try sandbox.mount(
          .mounting(Mount(destination: "/" + name, type: type, source: type))
        ) { "mounted" }
        #expect(
          report == "error: mount \"\(type)\" on \"/\(name)\": must be mounted on ordinary directory: not a directory")
      }
    }

    @Test func procOnAFile() throws {
      let sandbox = try Sandbox()
      try sandbox.write("", to: sandbox.rootfs + "/proc")
      let report = try sandbox.mount(.mounting(Mount(destination: "/proc", type: "proc"))) { "mounted" }
      #expect(report.hasSuffix("not a directory"), "\(report)")
    }

    @Test(arguments: [
      ("proc/sys", "/x", "inside /proc"), ("proc/sys", "/x/kernel", "inside /proc"), ("proc", "/x", "not of type proc"),
      ("proc/self", "/x/attr", "too many levels of symbolic links"), ("/proc/1/root", "/x", "too many levels"),
    ])
    func procThroughLinks(_ target: String, _ destination: String, _ expected: String) throws {
      let sandbox = try Sandbox()
      try sandbox.link(sandbox.rootfs + "/x", to: target)
      let report = try sandbox.mount(
        .mounting(Mount(destination: "/proc", type: "proc", source: "proc"), tmpfs(destination))
      ) { "mounted" }
      #expect(report.hasPrefix("error: ") && report.contains(expected), "\(report)")
    }

    @Test func bindOnProcMustBeProc() throws {
      let sandbox = try Sandbox()
      for (source, expected) in [(sandbox.host, "not of type proc"), ("/proc", "ok")] {
        let report = try sandbox.mount(
          .mounting(Mount(destination: "/proc", source: source, options: ["rbind"]))
        ) { "ok" }
        #expect(report.hasSuffix(expected), "\(report)")
      }
    }

    /// CVE-2026-41579, CVE-2026-47766: a file `ptmx` on the host went away, and links and nodes appeared there.
    @Test func linkedDev() throws {
      let sandbox = try Sandbox()
      try sandbox.link(sandbox.rootfs + "/dev", to: sandbox.host)
      let report = try sandbox.build(.mounting()) {
        // A link `core` is made only where the kernel has /proc/kcore.
        "\(See.list(sandbox.host).filter { $0 != "core" }) \(See.text("/dev/ptmx"))"
      }
      #expect(report.hasPrefix(#"["fd", "full", "null","#), "\(report)")
      #expect(See.text(sandbox.host + "/ptmx") == "canary")
      #expect(See.file(sandbox.rootfs + sandbox.host + "/ptmx") == "link pts/ptmx")
    }

    /// CVE-2025-31133: the container's /dev/null led to a file of /proc, which was then bound over masked files.
    @Test func replacedNull() throws {
      let sandbox = try Sandbox()
      try sandbox.write("secret", to: sandbox.rootfs + "/etc/masked")
      try sandbox.write("attack", to: sandbox.rootfs + "/etc/attack")
      let spec = Spec.standard { $0.linux.maskedPaths = ["/etc/masked"] }
      for replacement in ["/etc/attack", "/proc/sys/kernel/core_pattern", nil] {
        let report = try sandbox.build(
          spec,
          beforePivot: {
            let dev = try Files.open(sandbox.rootfs + "/dev", [.path, .directory])
            try Files.remove("null", at: dev)
            if let replacement { try Files.makeSymbolicLink("null", at: dev, target: replacement) }
          }
        ) { "\(See.file("/etc/masked")) \(See.text("/etc/masked").isEmpty)" }
        #expect(report == "characterDevice 666 0:0 1:3 true")
      }
    }

    @Test func deviceThatIsAnotherFile() throws {
      let sandbox = try Sandbox()
      for device in [
        LinuxDevice(type: .character, path: "/dir/x", major: 1, minor: 3),
        LinuxDevice(type: .character, path: "/link/ptmx", major: 1, minor: 3),
      ] {
        try sandbox.write("mine", to: sandbox.rootfs + "/dir/x")
        try? sandbox.link(sandbox.rootfs + "/link", to: "dir/../../../../../.." + sandbox.host)
        try sandbox.write("mine", to: sandbox.rootfs + sandbox.host + "/ptmx")
        let report = try sandbox.build(.standard { $0.linux.devices = [device] }) { "made" }
        #expect(report == "error: device \"\(device.path)\": another file is there already: file exists")
      }
    }

    @Test func maskThroughLinks() throws {
      let sandbox = try Sandbox()
      try sandbox.write("inner", to: sandbox.rootfs + sandbox.host + "/ptmx")
      try sandbox.link(sandbox.rootfs + "/out", to: "../../../../../../../.." + sandbox.host)
      let report = try sandbox.build(.standard { $0.linux.maskedPaths = ["/out/ptmx"] }) {
        "\(See.file(sandbox.host + "/ptmx")) \(See.file("/out"))"
      }
      #expect(report.hasPrefix("characterDevice 666 0:0 1:3 link"), "\(report)")
    }

    @Test func magicLinks() throws {
      let sandbox = try Sandbox()
      try sandbox.link(sandbox.rootfs + "/self", to: "proc/self/root")
      for spec in [
        Spec.standard { $0.linux.maskedPaths = ["/self/etc"] },
        Spec.standard { $0.linux.readonlyPaths = ["/proc/self/cwd"] },
        Spec.standard { $0.mounts.append(Mount(destination: "/self/tmp", type: "tmpfs")) },
      ] {
        let report = try sandbox.build(spec) { "made" }
        #expect(report.hasSuffix("too many levels of symbolic links"), "\(report)")
      }
    }

    /// While mounts are made, a second container swaps a directory with a link to the host in a shared volume
    /// (CVE-2021-30465, CVE-2024-45310).
    @Test func exchangedDirectory() throws {
      let sandbox = try Sandbox()
      let volume = sandbox.path + "/volume"
      try sandbox.makeDirectory(volume + "/d")
      try sandbox.link(volume + "/link", to: "../../../../../../../.." + sandbox.host)
      let plan = try sandbox.plan(
        .mounting(
          Mount(destination: "/v", source: volume, options: ["rbind"]), tmpfs("/v/d/new/x"),
          Mount(destination: "/v/d/file", source: sandbox.host + "/ptmx", options: ["bind"])))
      let exchange = try Exchange(volume + "/d", volume + "/link")
      let report = try sandbox.inChild {
        let start = try Files.open("/proc/self/ns/mnt", .read)
        for _ in 0..<300 {
          try Namespaces.join(start, .mount)
          try Namespaces.unshare(.mount)
          guard var root = try? ContainerRoot.prepare(plan) else { return "cannot prepare" }
          var prepared = PreparedMounts()
          try? root.performMounts(&prepared)
          let outside = try See.mounts().split(separator: "\n").filter {
            $0.contains(sandbox.path) && !$0.contains(sandbox.rootfs)
          }
          guard outside.isEmpty else { return "outside: \(outside)" }
        }
        return "inside"
      }
      exchange.stop()
      #expect(report == "inside")
    }

    /// While the root is made, a second container that shares it exchanges /proc (or /sys) with a link or a directory: its
    /// paths are masked and made read-only all the same, or the container is refused.
    @Test(arguments: ["proc", "sys"], ["link", "directory"])
    func exchangedProc(_ name: String, _ other: String) throws {
      let sandbox = try Sandbox()
      try sandbox.makeDirectory(sandbox.rootfs + "/\(name)")
      if other == "link" {
        try sandbox.link(sandbox.rootfs + "/other", to: "tmp")
      } else {
        try sandbox.makeDirectory(sandbox.rootfs + "/other")
      }
      let plan = try sandbox.plan(.standard { $0.linux.readonlyPaths.append("/sys/kernel") })
      let exchange = try Exchange(sandbox.rootfs + "/\(name)", sandbox.rootfs + "/other")
      let report = try sandbox.inChild {
        let start = try Files.open("/proc/self/ns/mnt", .read)
        for _ in 0..<50 {
          try Namespaces.join(start, .mount)
          try Namespaces.unshare(.mount)
          var root = try ContainerRoot.prepare(plan)
          var prepared = PreparedMounts()
          guard (try? root.performMounts(&prepared)) != nil, (try? root.enter()) != nil, (try? root.finish()) != nil
          else { continue }
          // By its name /proc is not to be found just now.
          let bytes = try Procfs(.processes).read("self/mountinfo", limit: 1 << 20)
          let mounts = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { $0.split(separator: " ")[3] }
          for wanted in ["/sys", "/kernel"] where !mounts.contains(wanted[...]) { return "no \(wanted): \(mounts)" }
        }
        return "protected"
      }
      exchange.stop()
      #expect(report == "protected")
    }
  }
}

import Linux
import Rootfs
import RuntimeSpec
import Testing

extension AsRoot {
  @Suite struct WholeRootTests {
    @Test(arguments: [RootSwitch.pivotRoot, .moveMount])
    func standardBundle(_ how: RootSwitch) throws {
      let sandbox = try Sandbox()
      let report = try sandbox.build(.standard { $0.root.readonly = true }, how: how) {
        let all = try See.mounts().split(separator: "\n").map { $0.split(separator: " ") }
        let mounts = all.map { "\($0[0]) \($0[2]) \($0[4])" }
        return
          (mounts + [
            "root: \(See.list("/"))", "cwd: \(try Processes.workingDirectory())", "/x: \(See.creating("/x"))",
            "/dev/x: \(See.creating("/dev/x"))",
          ]).joined(separator: "\n")
      }
      let lines = report.split(separator: "\n").map(String.init)
      #expect(lines.contains { $0.hasPrefix("/ ro,") })
      for expected in [
        "/proc rw,relatime proc", "/dev rw,nosuid tmpfs", "/dev/pts rw,nosuid,noexec,relatime devpts",
        "/dev/shm rw,nosuid,nodev,noexec,relatime tmpfs", "/dev/mqueue rw,nosuid,nodev,noexec,relatime mqueue",
        "/sys ro,nosuid,nodev,noexec,relatime sysfs", "/proc/sys ro,relatime proc", "/proc/irq ro,relatime proc",
        "/proc/timer_list ro,nosuid,noexec,relatime tmpfs", "/sys/firmware ro,nosuid,noexec,relatime tmpfs",
        #"root: ["bin", "dev", "etc", "proc", "sys", "tmp"]"#, "cwd: /", "/x: read-only file system", "/dev/x: ok",
      ] {
        #expect(lines.contains(expected), "\(expected) in\n\(report)")
      }
      // Nothing of the host is left, but for what cannot be reached below a moved root.
      if how == .pivotRoot { #expect(lines.count { $0.hasPrefix("/ ") } == 1) }
      #expect(!report.contains(sandbox.host))
    }

    @Test func movedRootLeavesNoProcBehind() throws {
      let sandbox = try Sandbox()
      var old: Int32 = -1
      let report = try sandbox.build(
        .mounting(), how: .moveMount,
        beforePivot: { old = try Files.open("/", [.path, .directory]).release() }
      ) {
        try Processes.changeDirectory(FileDescriptor(owning: old))
        return "\(See.list("proc")) \(See.list("sys")) \(See.list("bin").isEmpty)"
      }
      #expect(report == "[] [] false")
    }

    @Test func umaskDoesNotMatter() throws {
      let sandbox = try Sandbox()
      let report = try sandbox.build(.standard(), before: { Processes.setUmask(0o077) }) {
        [See.file("/dev/pts"), See.file("/dev/null"), See.file("/proc"), "\(Processes.exchangeUmask(0))"]
          .joined(separator: "\n")
      }
      #expect(report.contains("characterDevice 666 0:0 1:3"))
      #expect(report.hasSuffix("\n63"), "the umask is given back")
    }

    @Test func nothingStaysOpen() throws {
      let sandbox = try Sandbox()
      let plan = try sandbox.plan(
        .standard {
          $0.mounts[1].options.append("ro")
          $0.mounts.append(Mount(destination: "/b", source: sandbox.host, options: ["rbind", "ro"]))
          $0.mounts.append(Mount(destination: "/etc", type: "tmpfs", source: "t", options: ["tmpcopyup"]))
          $0.linux.devices = [LinuxDevice(type: .character, path: "/dev/x/fuse", major: 10, minor: 229)]
        })
      func all() throws {
        var root = try ContainerRoot.prepare(plan)
        var prepared = PreparedMounts()
        try root.performMounts(&prepared)
        try root.makeDevices()
        try root.enter()
        try root.finish()
      }
      let report = try sandbox.inChild {
        let before = See.list("/proc/self/fd")
        try all()
        let after = See.list("/proc/self/fd")
        return before == after ? "same" : "\(before) \(after)"
      }
      #expect(report == "same")
    }

    @Test func missingRootFileSystem() throws {
      let sandbox = try Sandbox()
      let report = try sandbox.build(Spec(root: Root(path: "nowhere"))) { "made" }
      #expect(
        report == "error: root file system \"\(sandbox.bundle)/nowhere\": open \(sandbox.bundle)/nowhere:"
          + " no such file or directory")
    }

    @Test(
      arguments: [
        (nil, "[]"), (.private, "[]"), (.shared, "[shared]"), (.rshared, "[shared]"), (.unbindable, "[unbindable]"),
      ] as [(RootfsPropagation?, String)])
    func propagation(_ requested: RootfsPropagation?, _ expected: String) throws {
      let sandbox = try Sandbox()
      let report = try sandbox.build(
        .standard { $0.linux.rootfsPropagation = requested }
      ) { try See.mounts(at: "/").joined(separator: "\n") }
      #expect(report.contains(" \(expected) "), "\(report)")
    }

    /// The root file system lies on a shared mount, as on every machine with systemd.
    @Test(
      arguments: [
        (nil, "[master]"), (.rslave, "[master]"), (.slave, "[master]"), (.private, "[]"), (.rprivate, "[]"),
        (.shared, "[shared]"),
      ] as [(RootfsPropagation?, String)])
    func propagationFromSharedHost(_ requested: RootfsPropagation?, _ expected: String) throws {
      let sandbox = try Sandbox()
      let plan = try sandbox.plan(.standard { $0.linux.rootfsPropagation = requested })
      let report = try sandbox.inChild {
        // This namespace is the host; its mount of the sandbox is shared.
        let directory = try Files.open(sandbox.path, [.path, .directory])
        let tree = try Mounts.copy("", at: directory, recursive: true)
        try Mounts.attach(tree, to: directory, "")
        try Mounts.setPropagation(tree, .shared, recursive: true)
        let outside = try Files.open("/proc/self/ns/mnt", .read)
        try Namespaces.unshare(.mount)
        var root = try ContainerRoot.prepare(plan)
        var prepared = PreparedMounts()
        try root.performMounts(&prepared)
        try root.makeDevices()
        try root.enter()
        try root.finish()
        let inside = try See.mounts(at: "/").joined(separator: "\n")
        try Namespaces.join(outside, .mount)
        let leaked = try See.mounts().split(separator: "\n").filter {
          $0.contains("bundle/rootfs") && !$0.contains("/bundle/rootfs ")
        }
        return inside + "\nleaked: \(leaked.count)"
      }
      #expect(report.contains(" \(expected) "), "\(report)")
      #expect(report.hasSuffix("leaked: 0"), "\(report)")
    }
  }
}

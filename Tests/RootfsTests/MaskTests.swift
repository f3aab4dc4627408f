import RuntimeSpec
import Testing

@testable import Linux
@testable import Rootfs

extension AsRoot {
  @Suite struct MaskTests {
    @Test func filesAndDirectories() throws {
      let sandbox = try Sandbox()
      try sandbox.write("secret", to: sandbox.rootfs + "/etc/a")
      try sandbox.write("secret", to: sandbox.rootfs + "/etc/b")
      try sandbox.write("secret", to: sandbox.rootfs + "/etc/dir/c")
      try sandbox.write("secret", to: sandbox.rootfs + "/etc/dir2/c")
      let report = try sandbox.build(
        .mounting().masking("/etc/a", "/etc/b", "/etc/dir", "/etc/dir2", "/etc/missing", "/etc/a/below")
      ) {
        ["/etc/a", "/etc/b", "/etc/dir", "/etc/dir2"].map { path in
          "\(path): \(See.file(path)) \(See.list(path)) \(See.creating(path + "/x"))"
        }.joined(separator: "\n") + "\nread: \(See.text("/etc/a")) write: \(Self.write("/etc/a"))"
      }
      #expect(
        report == """
          /etc/a: characterDevice 666 0:0 1:3 [] not a directory
          /etc/b: characterDevice 666 0:0 1:3 [] not a directory
          /etc/dir: directory 555 0:0 [] read-only file system
          /etc/dir2: directory 555 0:0 [] read-only file system
          read:  write: ok
          """)
    }

    /// What kernels before Linux 6.15 need, which copy only mounts that are attached.
    @Test func onOldKernels() throws {
      let sandbox = try Sandbox()
      try sandbox.write("secret", to: sandbox.rootfs + "/etc/a")
      try sandbox.write("secret", to: sandbox.rootfs + "/etc/dir/c")
      let plan = try sandbox.plan(.standard())
      let report = try sandbox.inChild {
        var source = try MaskSource.make(label: nil, copiesOnlyAttached: true)
        var root = try ContainerRoot.prepare(plan)
        var prepared = PreparedMounts()
        try root.performMounts(&prepared)
        try root.enter()
        let paths = ["/etc/a", "/etc/dir", "/proc/keys", "/sys/firmware"].map(ContainerPath.init)
        var views = KernelViews(plan.mounts)
        try MaskedPaths.mask(paths, in: root.root, &views, with: &source)
        return try "\(See.file("/etc/a")) \(See.list("/etc/dir")) \(See.list("/etc"))\n"
          + See.mounts(at: "/").joined(separator: "\n")
      }
      let lines = report.split(separator: "\n")
      #expect(lines[0].hasPrefix(#"characterDevice 644 0:0 1:3 [] ["a", "dir"]"#), "\(report)")
      #expect(lines.count == 2, "nothing stays on the root: \(report)")
    }

    @Test func readonlyPaths() throws {
      let sandbox = try Sandbox()
      try sandbox.makeDirectory(sandbox.rootfs + "/etc/dir/sub")
      try sandbox.write("x", to: sandbox.rootfs + "/etc/file")
      let report = try sandbox.build(
        .mounting(
          Mount(destination: "/etc/dir/sub", type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev", "noexec"])
        ).protecting("/etc/dir", "/etc/file", "/etc/missing")
      ) {
        ["/etc/dir/x", "/etc/dir/sub/x", "/etc/x"].map { See.creating($0) }.joined(separator: "\n")
          + "\n\(Self.write("/etc/file"))"
      }
      #expect(report == "read-only file system\nread-only file system\nok\nread-only file system")
    }

    @Test func attributesOfReadonlyPathsStay() throws {
      let sandbox = try Sandbox()
      let report = try sandbox.build(
        .standard {
          $0.mounts[0].options = ["nosuid", "noexec", "nodev"]
          $0.linux.readonlyPaths = ["/proc/sys"]
        }
      ) { try See.mounts(at: "/proc/sys").joined() }
      #expect(report.contains(" ro,nosuid,nodev,noexec,relatime ["), "\(report)")
    }

    static func write(_ path: String) -> String {
      do {
        try Files.write("x", to: path)
        return "ok"
      } catch {
        return error.errno?.text ?? "\(error)"
      }
    }
  }

  @Suite struct CgroupMountTests {
    private func view(_ sandbox: Sandbox, hasNamespace: Bool) throws -> CgroupMountView {
      for name in ["cpu", "systemd", "unified"] { try sandbox.write(name, to: sandbox.path + "/own/\(name)/tasks") }
      return CgroupMountView(
        layout: .separate([
          .init(
            directory: "cpu,cpuacct", options: "cpu,cpuacct", path: sandbox.path + "/own/cpu",
            links: ["cpu", "cpuacct"]
          ),
          .init(directory: "systemd", options: "name=systemd", path: sandbox.path + "/own/systemd"),
          .init(directory: "unified", isUnified: true, options: "", path: sandbox.path + "/own/unified"),
        ]), hasNamespace: hasNamespace)
    }

    private func mounting(_ options: [String], type: String = "cgroup") -> Spec {
      .mounting(Mount(destination: "/sys/fs/cgroup", type: type, source: "cgroup", options: options))
    }

    /// Without a namespace of its own the container sees its own group, and nothing of the host's hierarchies.
    @Test(arguments: [(["ro", "nosuid"], "read-only file system", "ro"), (["nosuid"], "ok", "rw")])
    func ownGroups(_ options: [String], _ creating: String, _ access: String) throws {
      let sandbox = try Sandbox()
      let report = try sandbox.mount(mounting(options), cgroups: view(sandbox, hasNamespace: false)) {
        let top = sandbox.rootfs + "/sys/fs/cgroup"
        return try [
          "\(See.list(top))", See.text(top + "/cpuacct/tasks"), See.text(top + "/unified/tasks"),
          See.file(top + "/cpu"), See.creating(top + "/x"), See.creating(top + "/cpu/x"), See.file(top),
          See.mounts(at: top + "/systemd").joined(),
        ].joined(separator: "\n")
      }
      let lines = report.split(separator: "\n").map(String.init)
      #expect(
        lines.dropLast() == [
          #"["cpu", "cpu,cpuacct", "cpuacct", "systemd", "unified"]"#, "cpu", "unified", "link cpu,cpuacct", creating,
          creating, "directory 755 0:0",
        ])
      #expect(lines.last?.contains("/own/systemd \(access),nosuid,nodev,noexec,relatime ") == true, "\(report)")
    }

    @Test func ownUnifiedGroup() throws {
      let sandbox = try Sandbox()
      _ = try view(sandbox, hasNamespace: false)
      let view = CgroupMountView(layout: .unified(path: sandbox.path + "/own/unified"), hasNamespace: false)
      for type in ["cgroup", "cgroup2"] {
        let report = try sandbox.mount(mounting(["ro"], type: type), cgroups: view) {
          let top = sandbox.rootfs + "/sys/fs/cgroup"
          return "\(See.text(top + "/tasks")) \(See.creating(top + "/x"))"
        }
        #expect(report == "unified read-only file system")
      }
    }

    /// New mounts of this machine's hierarchies, in a cgroup namespace.
    @Test func newMounts() throws {
      let sandbox = try Sandbox()
      let own = try Self.hierarchies()
      try #require(!own.isEmpty)
      let view = CgroupMountView(layout: .separate(own), hasNamespace: true)
      let report = try sandbox.mount(mounting(["ro"]), cgroups: view, namespaces: [.mount, .cgroup]) {
        try own.map { hierarchy in
          let mount = try See.mounts(at: sandbox.rootfs + "/sys/fs/cgroup/" + hierarchy.directory).joined()
          return mount.contains(" / ro,nosuid,nodev,noexec,relatime [] cgroup") ? "ok" : "\(hierarchy): \(mount)"
        }.joined(separator: "\n")
      }
      #expect(report == own.map { _ in "ok" }.joined(separator: "\n"))
    }

    @Test func noView() throws {
      let sandbox = try Sandbox()
      let report = try sandbox.mount(mounting([])) { "mounted" }
      #expect(report.hasSuffix("no control groups to mount"), "\(report)")
    }

    /// The hierarchies that this process is in, /proc/self/cgroup.
    private static func hierarchies() throws -> [CgroupMountView.Hierarchy] {
      See.text("/proc/self/cgroup").split(separator: "\n").compactMap { line in
        let fields = line.split(separator: ":", omittingEmptySubsequences: false)
        let controllers = String(fields[1])
        guard !controllers.isEmpty else { return .init(directory: "unified", isUnified: true, options: "", path: "/") }
        return .init(
          directory: controllers.replacing("name=", with: ""), options: controllers, path: "/")
      }
    }
  }
}

extension Spec {
  func masking(_ paths: String...) -> Spec {
    var spec = self
    spec.linux.maskedPaths = paths
    return spec
  }

  func protecting(_ paths: String...) -> Spec {
    var spec = self
    spec.linux.readonlyPaths = paths
    return spec
  }
}

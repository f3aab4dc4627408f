import Linux
import Rootfs
import RuntimeSpec
import Testing

extension AsRoot {
  @Suite struct BindMountTests {
    private func bind(_ source: String, _ destination: String, _ options: String...) -> Spec {
      .mounting(Mount(destination: destination, source: source, options: ["rbind"] + options))
    }

    @Test func missingTargetsAreMade() throws {
      let sandbox = try Sandbox()
      let spec = Spec.mounting(
        Mount(destination: "/deep/er/dir", source: sandbox.host + "/sub", options: ["rbind"]),
        Mount(destination: "/other/file", source: sandbox.host + "/ptmx", options: ["bind"]))
      let report = try sandbox.mount(spec) {
        let root = sandbox.rootfs
        return "\(See.list(root + "/deep/er/dir")) \(See.text(root + "/other/file"))"
      }
      #expect(report == #"["file"] canary"#)
      // What was made for them stays, with plain permissions.
      #expect(See.file(sandbox.rootfs + "/deep/er") == "directory 755 0:0")
      #expect(See.file(sandbox.rootfs + "/other/file") == "regular 644 0:0")
    }

    @Test(
      arguments: [
        ([], "rw,nosuid,noexec,relatime"), (["ro"], "ro,nosuid,noexec,relatime"), (["exec"], "rw,nosuid,relatime"),
        (["noatime", "nodev"], "rw,nosuid,nodev,noexec,noatime"), (["strictatime"], "rw,nosuid,noexec"),
        (["rro", "nodiratime"], "ro,nosuid,noexec,nodiratime,relatime"),
      ] as [([String], String)])
    func attributesAreAddedToTheSource(_ options: [String], _ expected: String) throws {
      let sandbox = try Sandbox()
      let source = sandbox.host + "/sub"
      let spec = Spec.mounting(Mount(destination: "/d", source: source, options: ["rbind"] + options))
      let report = try sandbox.mount(
        spec, before: { try Self.mountTmpfs(on: source, [.noSuid, .noExec]) }
      ) { try See.mounts(at: sandbox.rootfs + "/d").joined(separator: "\n") }
      #expect(report.contains(" / \(expected) ["), "\(report)")
    }

    @Test(arguments: [("ro", "rw", "ok"), ("rro", "ro", "read-only file system")])
    func mountsBelow(_ option: String, _ expected: String, _ creating: String) throws {
      let sandbox = try Sandbox()
      let report = try sandbox.mount(
        bind(sandbox.host, "/d", option), before: { try Self.mountTmpfs(on: sandbox.host + "/sub", []) }
      ) {
        let target = sandbox.rootfs + "/d"
        return try See.mounts(at: target + "/sub").joined()
          + "|\(See.creating(target + "/x"))|\(See.creating(target + "/sub/x"))"
      }
      #expect(report.contains(" / \(expected),relatime"), "\(report)")
      #expect(report.hasSuffix("|read-only file system|\(creating)"), "\(report)")
    }

    @Test func singleBindLeavesMountsOut() throws {
      let sandbox = try Sandbox()
      let spec = Spec.mounting(Mount(destination: "/d", source: sandbox.host, options: ["bind"]))
      let report = try sandbox.mount(
        spec, before: { try Self.mountTmpfs(on: sandbox.host + "/sub", []) }
      ) { "\(See.list(sandbox.rootfs + "/d/sub"))" }
      #expect(report == #"["file"]"#)
    }

    @Test func missingSource() throws {
      let sandbox = try Sandbox()
      let report = try sandbox.mount(bind("/nowhere/to/be/found", "/d")) { "mounted" }
      #expect(
        report == "error: mount \"/nowhere/to/be/found\" on \"/d\": bind source /nowhere/to/be/found:"
          + " no such file or directory")
      #expect(See.file(sandbox.rootfs + "/d") == "-", "no target is made for it")
    }

    @Test(arguments: [("ptmx", "/tmp"), ("sub", "/file")])
    func wrongKindOfTarget(_ source: String, _ destination: String) throws {
      let sandbox = try Sandbox()
      try sandbox.write("", to: sandbox.rootfs + "/file")
      let report = try sandbox.mount(bind(sandbox.host + "/" + source, destination)) { "mounted" }
      #expect(report.hasPrefix("error: ") && report.hasSuffix(": not a directory"), "\(report)")
    }

    @Test(arguments: [
      (["rprivate"], "[]"), (["rshared"], "[shared]"), (["rslave"], "[]"), (["shared", "slave"], "[]"),
      (["unbindable"], "[unbindable]"),
    ])
    func propagation(_ options: [String], _ expected: String) throws {
      let sandbox = try Sandbox()
      let report = try sandbox.mount(
        .mounting(Mount(destination: "/tmp", source: sandbox.host, options: ["rbind"] + options))
      ) { try See.mounts(at: sandbox.rootfs + "/tmp").joined() }
      #expect(report.contains(" \(expected) "), "\(report)")
    }

    @Test func remount() throws {
      let sandbox = try Sandbox()
      let spec = Spec.mounting(
        Mount(destination: "/tmp", source: sandbox.host, options: ["rbind"]),
        Mount(destination: "/tmp", source: "none", options: ["bind", "remount", "ro", "nosuid"]),
        Mount(destination: "/etc", type: "tmpfs", source: "tmpfs", options: ["size=64k"]),
        Mount(destination: "/etc", type: "tmpfs", source: "tmpfs", options: ["remount", "noexec", "size=128k"]))
      let report = try sandbox.mount(spec) {
        try (See.mounts(at: sandbox.rootfs + "/tmp") + See.mounts(at: sandbox.rootfs + "/etc")).joined(separator: "\n")
      }
      #expect(report.contains(" ro,nosuid,relatime"), "\(report)")
      #expect(report.contains(" rw,noexec,relatime [] tmpfs tmpfs rw,size=128k"), "\(report)")
    }

    @Test func remountNeedsAMount() throws {
      let sandbox = try Sandbox()
      let report = try sandbox.mount(
        .mounting(Mount(destination: "/tmp", source: "none", options: ["bind", "remount", "ro"]))
      ) { "done" }
      #expect(report.contains("not a mount point"), "\(report)")
    }

    @Test func idMapped() throws {
      let sandbox = try Sandbox()
      let mappings = [LinuxIDMapping(containerID: 0, hostID: 100_000, size: 65536)]
      let spec = Spec.mounting(
        Mount(
          destination: "/tmp", source: sandbox.host, options: ["rbind", "idmap"], uidMappings: mappings,
          gidMappings: mappings))
      let plan = try sandbox.plan(spec)
      let namespace = try UserNamespace(map: "0 100000 65536")
      let report = try sandbox.inChild {
        var root = try ContainerRoot.prepare(plan)
        var prepared = PreparedMounts()
        prepared.addUserNamespace(try Files.open("/proc/\(namespace.pid)/ns/user", .read), forMountAt: 0)
        try root.performMounts(&prepared)
        return See.file(sandbox.rootfs + "/tmp/sub")
      }
      #expect(report == "directory 755 100000:100000")
    }

    @Test func idMappedWithoutNamespace() throws {
      let sandbox = try Sandbox()
      let report = try sandbox.mount(bind(sandbox.host, "/tmp", "idmap")) { "mounted" }
      #expect(report.contains("id-mapped mount without a user namespace"), "\(report)")
    }

    @Test func preparedTree() throws {
      let sandbox = try Sandbox()
      let plan = try sandbox.plan(bind("/nowhere", "/tmp"))
      let report = try sandbox.inChild {
        var root = try ContainerRoot.prepare(plan)
        var prepared = PreparedMounts()
        prepared.addTree(try Mounts.copy(sandbox.host, recursive: true), forMountAt: 0)
        try root.performMounts(&prepared)
        return "\(See.list(sandbox.rootfs + "/tmp"))"
      }
      #expect(report == #"["ptmx", "sub"]"#)
    }

    @Test func extensions() throws {
      let sandbox = try Sandbox()
      try sandbox.link(sandbox.path + "/link", to: "some/where")
      try sandbox.link(sandbox.rootfs + "/end", to: "bin")
      let spec = Spec.mounting(
        Mount(destination: "/a", source: "/nowhere", options: ["bind", "nofail"]),
        Mount(destination: "/b/link", source: sandbox.path + "/link", options: ["bind", "copy-symlink"]),
        Mount(
          destination: "/c/d", source: sandbox.host, options: ["bind", "X-mount.mkdir=0700", "X-mount.subdir=sub"]),
        Mount(destination: "/end", source: sandbox.path + "/link", options: ["bind", "src-nofollow", "dest-nofollow"]))
      let report = try sandbox.mount(spec) {
        let root = sandbox.rootfs
        return [root + "/a", root + "/b/link", root + "/c", root + "/end"].map(See.file).joined(separator: "\n")
          + "\n\(See.list(root + "/c/d"))"
      }
      #expect(
        report == """
          -
          link some/where
          directory 700 0:0
          link some/where
          ["file"]
          """)
    }

    static func mountTmpfs(on path: String, _ attributes: MountAttribute) throws {
      let tmpfs = try FileSystemContext(type: "tmpfs").mount(attributes)
      try Mounts.attach(tmpfs, to: Files.open(path, .path), path)
    }
  }
}

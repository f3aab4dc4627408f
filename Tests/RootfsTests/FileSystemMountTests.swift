import Foundation
import Linux
import Rootfs
import RuntimeSpec
import Testing

extension AsRoot {
  @Suite struct FileSystemMountTests {
    @Test func tmpfsTakesThePermissionsOfItsDirectory() throws {
      let sandbox = try Sandbox()
      try sandbox.makeDirectory(sandbox.rootfs + "/private")
      try Files.changeMode(sandbox.rootfs + "/private", at: .workingDirectory, 0o2750)
      let report = try sandbox.mount(
        .mounting(
          Mount(destination: "/private", type: "tmpfs", source: "tmpfs"),
          Mount(destination: "/new", type: "tmpfs", source: "tmpfs"),
          Mount(destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["mode=700"]))
      ) { ["/private", "/new", "/tmp"].map { See.file(sandbox.rootfs + $0) }.joined(separator: "\n") }
      #expect(report == "directory 2750 0:0\ndirectory 1777 0:0\ndirectory 700 0:0")
    }

    /// A read-only tmpfs can be filled by the mounts and devices after it, and is read-only in the end.
    @Test func readOnlyTmpfsIsFilledFirst() throws {
      let sandbox = try Sandbox()
      let report = try sandbox.build(
        .standard {
          $0.mounts[1].options.append("ro")
          $0.mounts.append(Mount(destination: "/run", type: "tmpfs", source: "tmpfs", options: ["ro"]))
          $0.mounts.append(Mount(destination: "/run/file", source: sandbox.host + "/ptmx", options: ["bind"]))
        }
      ) {
        "\(See.text("/run/file")) \(See.creating("/run/x")) \(See.creating("/dev/x")) \(See.file("/dev/null"))"
      }
      #expect(report == "canary read-only file system read-only file system characterDevice 666 0:0 1:3")
    }

    /// sysctl values are written through another mount of the same procfs.
    @Test func readOnlyProcIsTheMountAlone() throws {
      let sandbox = try Sandbox()
      let report = try sandbox.build(.standard { $0.mounts[0].options = ["ro"] }) {
        try See.mounts(at: "/proc").joined()
      }
      #expect(report.hasSuffix(" ro,relatime [] proc proc rw"), "\(report)")
    }

    @Test(arguments: [
      ("nonsense", [], "no such device"), ("tmpfs", ["size=many"], "invalid argument"),
      ("tmpfs", ["nosuchoption"], "invalid argument"), ("bind", [], "no such device"),
    ])
    func refused(_ type: String, _ options: [String], _ expected: String) throws {
      let sandbox = try Sandbox()
      let report = try sandbox.mount(
        .mounting(Mount(destination: "/tmp", type: type, source: "src", options: options))
      ) { "mounted" }
      #expect(report.hasPrefix("error: mount \"src\" on \"/tmp\": "), "\(report)")
      #expect(report.hasSuffix(expected), "\(report)")
    }

    @Test func fileSystemFlags() throws {
      let sandbox = try Sandbox()
      let report = try sandbox.mount(
        .mounting(
          Mount(
            destination: "/tmp", type: "tmpfs", source: "tmpfs",
            options: ["sync", "dirsync", "lazytime", "silent", "iversion", "async", "nomand", "defaults"]))
      ) { try See.mounts(at: sandbox.rootfs + "/tmp").joined() }
      #expect(report.contains(" tmpfs tmpfs rw,dirsync,lazytime"), "\(report)")
    }

    /// More layers than fsconfig(2) takes in one value.
    @Test(arguments: [2, 40])
    func overlay(_ layers: Int) throws {
      let sandbox = try Sandbox()
      let lower = (0..<layers).map { sandbox.path + "/layer\($0)" }
      for layer in lower { try sandbox.write(layer, to: layer + "/file") }
      let upper = sandbox.path + "/upper", work = sandbox.path + "/work"
      try sandbox.makeDirectory(upper)
      try sandbox.makeDirectory(work)
      // Overlay takes upper directories on most file systems, but not on another overlay.
      let report = try sandbox.mount(
        .mounting(
          Mount(
            destination: "/merged", type: "overlay", source: "overlay",
            options: [
              "lowerdir=" + lower.joined(separator: ":"), "upperdir=" + upper, "workdir=" + work, "nosuid", "rshared",
            ]))
      ) {
        let merged = sandbox.rootfs + "/merged"
        return See.text(merged + "/file") + " " + See.creating(merged + "/new") + " "
          + (try See.mounts(at: merged).joined())
      }
      #expect(report.hasPrefix(lower[0] + " ok "), "\(report)")
      #expect(report.contains(" rw,nosuid,relatime [shared] overlay overlay "), "\(report)")
    }

    @Test func ahead() throws {
      let sandbox = try Sandbox()
      let plan = try sandbox.plan(
        .mounting(Mount(destination: "/tmp", type: "tmpfs", source: "ahead", options: ["size=64k", "noexec"])))
      let report = try sandbox.inChild {
        var prepared = PreparedMounts()
        prepared.addTree(try plan.mounts[0].makeDetached(), forMountAt: 0)
        var root = try ContainerRoot.prepare(plan)
        try root.performMounts(&prepared)
        return try See.mounts(at: sandbox.rootfs + "/tmp").joined()
      }
      #expect(report.contains(" rw,noexec,relatime [] tmpfs ahead rw,size=64k"), "\(report)")
    }
  }

  @Suite struct TmpCopyUpTests {
    @Test func contentIsCopied() throws {
      let sandbox = try Sandbox()
      let data = sandbox.rootfs + "/data"
      try sandbox.write(String(repeating: "x", count: 100_000), to: data + "/sub/deep/file")
      try sandbox.write("", to: data + "/empty")
      try sandbox.link(data + "/link", to: sandbox.host + "/ptmx")
      try sandbox.link(data + "/dirlink", to: sandbox.host)
      try Files.changeOwner(data + "/sub/deep/file", at: .workingDirectory, uid: 7, gid: 8)
      try Files.changeMode(data + "/sub/deep/file", at: .workingDirectory, 0o4755)
      try Files.changeOwner(data + "/link", at: .workingDirectory, uid: 9, gid: 9)
      try Files.changeMode(data + "/sub", at: .workingDirectory, 0o1700)
      try Files.changeOwner(data, at: .workingDirectory, uid: 70, gid: 71)
      try Files.makeNode(data + "/pipe", at: .workingDirectory, mode: 0o010600)
      try Files.makeNode(data + "/device", at: .workingDirectory, mode: 0o020600, major: 1, minor: 3)
      let report = try sandbox.mount(
        .mounting(Mount(destination: "/data", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup", "noexec"]))
      ) {
        let status = try FileStatus.of(data + "/link")
        return [
          "\(See.list(data))", See.file(data), See.file(data + "/sub"), See.file(data + "/sub/deep/file"),
          "\(See.text(data + "/sub/deep/file").utf8.count)", See.file(data + "/link"), "\(status.uid)",
          try See.mounts(at: data).joined().contains(" tmpfs tmpfs ") ? "tmpfs" : "no tmpfs",
        ].joined(separator: "\n")
      }
      #expect(
        report == """
          ["dirlink", "empty", "link", "sub"]
          directory 755 70:71
          directory 1700 0:0
          regular 4755 7:8
          100000
          link \(sandbox.host)/ptmx
          9
          tmpfs
          """)
    }

    /// A file system knows no encodings: a name or a link is copied byte for byte.
    @Test func copyUpOfNamesThatAreNotText() throws {
      let sandbox = try Sandbox()
      let python = Foundation.Process()
      python.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
      python.arguments = [
        "-c",
        #"""
        import os, sys
        os.makedirs(sys.argv[1] + "/data"); os.chdir(sys.argv[1] + "/data")
        os.mkdir(b"d\xff"); open(b"d\xff/f\xe9", "w").write("text"); os.symlink(b"to\xfe", b"l\xfd")
        """#, sandbox.rootfs,
      ]
      try python.run()
      python.waitUntilExit()
      let report = try sandbox.build(
        .mounting(Mount(destination: "/data", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]))
      ) {
        func names(_ path: [CChar]) -> [[UInt8]] {
          guard let directory = opendir(path) else { return [] }
          var found: [[UInt8]] = []
          while let entry = readdir(directory) {
            found.append(withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) })
          }
          return found.filter { $0 != [46] && $0 != [46, 46] }.sorted { $0.lexicographicallyPrecedes($1) }
        }
        var link = [CChar](repeating: 0, count: 16)
        let length = readlink(Array("/data/l".utf8CString.dropLast()) + [-3, 0], &link, 16)
        return "\(names("/data".utf8CString.map { $0 })) \(names(Array("/data/d".utf8CString.dropLast()) + [-1, 0]))"
          + " \(link.prefix(max(length, 0)))"
      }
      #expect(report == "[[100, 255], [108, 253]] [[102, 233]] [116, 111, -2]")
    }

    @Test func tooDeep() throws {
      let sandbox = try Sandbox()
      var path = sandbox.rootfs + "/data"
      for _ in 0..<300 { path += "/d" }
      try sandbox.makeDirectory(path)
      let report = try sandbox.mount(
        .mounting(Mount(destination: "/data", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]))
      ) { "mounted" }
      #expect(report.hasSuffix("directories are nested too deeply"), "\(report)")
    }

    @Test func tooBig() throws {
      let sandbox = try Sandbox()
      try sandbox.write(String(repeating: "x", count: 1_000_000), to: sandbox.rootfs + "/data/file")
      let report = try sandbox.mount(
        .mounting(
          Mount(destination: "/data", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup", "size=64k"]))
      ) { "mounted" }
      #expect(report.hasSuffix("tmpcopyup: file: copy file: no space left on device"), "\(report)")
    }
  }
}

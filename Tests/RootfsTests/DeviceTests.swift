import Linux
import Rootfs
import RuntimeSpec
import Testing

extension AsRoot {
  @Suite struct DeviceTests {
    @Test func defaultDevicesAndLinks() throws {
      let sandbox = try Sandbox()
      let names = ["null", "zero", "full", "random", "urandom", "tty", "ptmx", "fd", "stdin", "stdout", "stderr"]
      let report = try sandbox.build(.standard()) {
        names.map { "\($0) \(See.file("/dev/" + $0))" }.joined(separator: "\n") + "\n\(See.list("/dev"))"
      }
      #expect(
        report == """
          null characterDevice 666 0:0 1:3
          zero characterDevice 666 0:0 1:5
          full characterDevice 666 0:0 1:7
          random characterDevice 666 0:0 1:8
          urandom characterDevice 666 0:0 1:9
          tty characterDevice 666 0:0 5:0
          ptmx link pts/ptmx
          fd link /proc/self/fd
          stdin link /proc/self/fd/0
          stdout link /proc/self/fd/1
          stderr link /proc/self/fd/2
          \((names + ["mqueue", "pts", "shm"] + (Files.isAccessible("/proc/kcore") ? ["core"] : [])).sorted())
          """)
    }

    @Test func configuredDevices() throws {
      let sandbox = try Sandbox()
      try sandbox.write("stale", to: sandbox.rootfs + "/dev/ptmx")
      let report = try sandbox.build(
        .standard {
          $0.linux.devices = [
            LinuxDevice(type: .character, path: "/dev/fuse", major: 10, minor: 229, fileMode: 0o640, uid: 5, gid: 6),
            LinuxDevice(type: .block, path: "/dev/disk/by-id/a", major: 8, minor: 300, fileMode: 0o4660),
            LinuxDevice(type: .pipe, path: "/run/pipe", fileMode: 0o622),
            LinuxDevice(type: .unbuffered, path: "/dev/zero", major: 1, minor: 5, fileMode: 0o600),
          ]
        }, beforePivot: { _ = Processes.exchangeUmask(0o077) }
      ) {
        ["/dev/fuse", "/dev/disk/by-id/a", "/run/pipe", "/dev/zero", "/dev/ptmx"].map(See.file).joined(separator: "\n")
      }
      #expect(
        report == """
          characterDevice 640 5:6 10:229
          blockDevice 4660 0:0 8:300
          fifo 622 0:0
          characterDevice 600 0:0 1:5
          link pts/ptmx
          """)
    }

    @Test func existingDeviceStays() throws {
      let sandbox = try Sandbox()
      try sandbox.makeDirectory(sandbox.rootfs + "/dev")
      try Files.makeNode(sandbox.rootfs + "/dev/null", at: .workingDirectory, mode: 0o020600, major: 1, minor: 3)
      let report = try sandbox.build(.mounting()) { See.file("/dev/null") }
      #expect(report == "characterDevice 600 0:0 1:3")
    }

    @Test func boundDevIsLeftAlone() throws {
      let sandbox = try Sandbox()
      let report = try sandbox.build(
        .mounting(Mount(destination: "/dev", source: sandbox.host, options: ["rbind"]))
      ) { "\(See.list("/dev")) \(See.text("/dev/ptmx"))" }
      #expect(report == #"["ptmx", "sub"] canary"#)
    }

    @Test func inUserNamespace() throws {
      let sandbox = try Sandbox()
      let spec = Spec.standard {
        // A network namespace of its own would be needed for sysfs.
        $0.mounts.removeAll { $0.destination == "/sys" || $0.destination == "/proc" || $0.destination == "/dev/mqueue" }
        $0.linux.namespaces = [LinuxNamespace(type: .user), LinuxNamespace(type: .mount)]
        $0.linux.maskedPaths = ["/etc/masked", "/etc/masked2"]
        $0.linux.devices = [LinuxDevice(type: .pipe, path: "/dev/pipe")]
      }
      try sandbox.write("secret", to: sandbox.rootfs + "/etc/masked")
      try sandbox.write("secret", to: sandbox.rootfs + "/etc/masked2")
      for name in ["", "/dev", "/tmp"] {
        try Files.changeOwner(sandbox.rootfs + name, at: .workingDirectory, uid: 100_000, gid: 100_000)
        if name.isEmpty { try sandbox.makeDirectory(sandbox.rootfs + "/dev") }
      }
      for path in [sandbox.path, sandbox.bundle, sandbox.rootfs] {
        try Files.changeMode(path, at: .workingDirectory, 0o755)
      }
      let report = try sandbox.build(spec, userNamespace: true) {
        let null = try Files.open("/dev/null", .write)
        try null.write("x", "/dev/null")
        var change = "changed"
        do { try Files.changeMode("/dev/null", at: .workingDirectory, 0o600) } catch { change = "\(error)" }
        return ["/dev/null", "/dev/tty", "/dev/pipe", "/dev/ptmx", "/etc/masked", "/etc/masked2"].map(See.file)
          .joined(separator: "\n") + "\n" + change
      }
      #expect(
        report == """
          characterDevice 666 65534:65534 1:3
          characterDevice 666 65534:65534 5:0
          fifo 666 0:0
          link pts/ptmx
          characterDevice 666 65534:65534 1:3
          characterDevice 666 65534:65534 1:3
          chmod /dev/null: read-only file system
          """)
    }

    @Test func console() throws {
      let sandbox = try Sandbox()
      let report = try sandbox.consoleReport {}
      #expect(report.hasPrefix("characterDevice 620 0:5 136:0 same: true"), "\(report)")
    }

    @Test func consoleThatIsALink() throws {
      let sandbox = try Sandbox()
      try sandbox.write("", to: sandbox.rootfs + "/etc/attack")
      let report = try sandbox.consoleReport {
        try Files.makeSymbolicLink("/dev/console", at: .workingDirectory, target: "/etc/attack")
      }
      #expect(report == "error: /dev/console: open console: too many levels of symbolic links")
    }

    /// CVE-2025-52565: something else was bound in the place of the terminal.
    @Test(arguments: ["/etc/attack", "/dev/null", "/proc/uptime", "/dev/pts/ptmx", "/dev/pts"])
    func consoleThatIsNoTerminal(_ path: String) throws {
      let sandbox = try Sandbox()
      try sandbox.write("", to: sandbox.rootfs + "/etc/attack")
      let report = try sandbox.build(.standard()) {
        let root = RootDescriptor(try Files.open("/", [.path, .directory]))
        try root.attachConsole(peer: Files.open(path, .path))
        return "attached"
      }
      #expect(report == "error: /dev/console: pty peer handle is not on a real devpts mount")
    }

    @Test func nullStreams() throws {
      let sandbox = try Sandbox()
      let report = try sandbox.build(.standard()) {
        // The host's null has gone from sight; one made elsewhere stands for it.
        try Files.makeNode("/tmp/null", at: .workingDirectory, mode: 0o020666, major: 1, minor: 3)
        let null = try Files.open("/tmp/null", .readWrite)
        try Descriptors.replace(0, with: null)
        let root = RootDescriptor(try Files.open("/", [.path, .directory]))
        try root.reopenNullStreams()
        return try Files.readLink("/proc/self/fd/0")
      }
      #expect(report == "/dev/null")
    }
  }
}

extension Sandbox {
  /// Attaches a terminal of the container's devpts as its console, after `prepare` in the new root.
  func consoleReport(_ prepare: () throws -> Void) throws -> String {
    try build(.standard()) {
      try prepare()
      let root = RootDescriptor(try Files.open("/", [.path, .directory]))
      let master = try Files.open("/dev/pts/ptmx", [.readWrite, .noControllingTerminal])
      let peer = try Terminals.openPeer(of: master)
      try root.attachConsole(peer: peer)
      let console = try FileStatus.of("/dev/console")
      let terminal = try FileStatus.of("/dev/pts/\(Terminals.number(of: master))")
      return "\(See.file("/dev/console")) same: \(console.inode == terminal.inode && console.device == terminal.device)"
    }
  }
}

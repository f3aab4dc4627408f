import Glibc
import Testing

/// config.md, «Mounts»: the file systems and what they show inside.
@Suite(.root, .tags(.integration))
struct MountTests {
  @Test(arguments: [
    ("proc", "proc"), ("sysfs", "sysfs"), ("tmpfs", "tmpfs"), ("devpts", "devpts"), ("mqueue", "mqueue"),
  ])
  func fileSystem(_ type: String, _ source: String) throws {
    try withContainer { container in
      container.addMount("/new/place", type: type, source: source, ["nosuid", "noexec"])
      let entry = try #require(try container.mountsInside().last { $0.target == "/new/place" })
      #expect(entry.type == type)
      #expect(entry.root == "/")
      #expect(entry.options.contains("nosuid") && entry.options.contains("noexec"))
    }
  }

  @Test func anUnknownFileSystemIsAnError() throws {
    try withContainer { container in
      container.addMount("/tmp", type: "nosuchfs", source: "none")
      try container.create().expectFailure(1, "nosuchfs", "no such device")
      container.expectNothingLeft()
    }
  }

  /// The mounts are made in the order of the configuration: a later one covers an earlier one.
  @Test func order() throws {
    try withContainer { container in
      container.addMount("/tmp", type: "tmpfs", source: "first")
      container.addMount("/tmp/below", type: "tmpfs", source: "second")
      container.addMount("/tmp", type: "tmpfs", source: "third")
      let sources = try container.mountsInside().filter { $0.target.hasPrefix("/tmp") }.map(\.source)
      #expect(sources == ["first", "second", "third"])
      let text = try container.output(of: "ls /tmp | wc -l")
      #expect(text == "0")
    }
  }

  /// «It MAY be a relative path, in which case it MUST be interpreted as relative to "/".»
  @Test(arguments: [("tmp", "/tmp"), ("./new/../var", "/var"), ("new/place", "/new/place"), ("../../home", "/home")])
  func aRelativeDestination(_ destination: String, _ target: String) throws {
    try withContainer { container in
      container.addMount(destination, type: "tmpfs", source: "relative")
      container.config["process"]["cwd"] = "/etc"
      let entry = try container.mountsInside().last { $0.source == "relative" }
      #expect(entry?.target == target)
    }
  }

  /// The mount's place is made inside of the rootfs, of the kind that the source is.
  @Test func bindOfAFileAndOfADirectory() throws {
    try withContainer { container in
      let source = container.path("source")
      try Host.makeDirectory(source)
      try Host.write("text\n", to: source + "/file")
      container.addMount("/made/for/file", type: "bind", source: source + "/file", ["bind", "ro"])
      container.addMount("/made/directory", type: nil, source: source, ["rbind"])
      let text = try container.output(
        of: "cat /made/for/file /made/directory/file; echo x 2>/dev/null >/made/for/file || echo refused; "
          + "echo written >/made/directory/new; stat -c %F /made/for/file /made/directory")
      #expect(text == "text\ntext\nrefused\nregular file\ndirectory")
      #expect(Host.read(source + "/new") == "written\n")
      #expect(Host.read(source + "/file") == "text\n")
      #expect(Host.exists(container.rootfs + "/made/for/file"))
    }
  }

  /// A relative source is one of the bundle.
  @Test func bindOfARelativeSource() throws {
    try withContainer { container in
      try Host.makeDirectory(container.bundle + "/data")
      try Host.write("of the bundle", to: container.bundle + "/data/file")
      container.addMount("/tmp", type: "bind", source: "data", ["bind"])
      let text = try container.output(of: "cat /tmp/file")
      #expect(text == "of the bundle")
    }
  }

  @Test(arguments: [("/nonexistent/source", "/tmp", "no such file or directory"), ("/etc/hostname", "/tmp", "")])
  func bindThatCannotBe(_ source: String, _ destination: String, _ text: String) throws {
    try withContainer { container in
      container.addMount(destination, type: "bind", source: source, ["bind"])
      try container.create().expectFailure(1, source, text)
      container.expectNothingLeft()
    }
  }

  /// A plain bind leaves out what is mounted below its source.
  @Test(arguments: [("bind", false), ("rbind", true)])
  func mountsBelowABind(_ option: String, _ isThere: Bool) throws {
    try withContainer { container in
      let source = container.path("source")
      try Host.makeDirectory(source + "/below")
      try Host.mount(["-t", "tmpfs", "tmpfs", source + "/below"])
      defer { Host.unmount(source + "/below") }
      container.addMount("/var", type: "bind", source: source, [option])
      let mounts = try container.mountsInside()
      #expect(mounts.contains { $0.target == "/var/below" } == isThere)
    }
  }

  @Test func remountOfABind() throws {
    try withContainer { container in
      let source = container.path("source")
      try Host.makeDirectory(source)
      container.addMount("/tmp", type: "bind", source: source, ["bind"])
      container.addMount("/tmp", type: "bind", source: source, ["remount", "bind", "ro"])
      let entries = try container.mountsInside().filter { $0.target == "/tmp" }
      #expect(entries.count == 1)
      #expect(entries.first?.options.contains("ro") == true)
    }
  }

  @Test func overlay() throws {
    try withContainer { container in
      let base = container.path("overlay")
      for name in ["lower", "upper", "work"] { try Host.makeDirectory("\(base)/\(name)") }
      try Host.write("lower\n", to: base + "/lower/file")
      container.addMount(
        "/var", type: "overlay", source: "overlay",
        ["lowerdir=\(base)/lower", "upperdir=\(base)/upper", "workdir=\(base)/work"])
      let text = try container.output(of: "cat /var/file; echo upper >/var/file; cat /var/file")
      #expect(text == "lower\nupper")
      #expect(Host.read(base + "/upper/file") == "upper\n")
      #expect(Host.read(base + "/lower/file") == "lower\n")
    }
  }

  /// As mount(8) has it, of a new file system and of a directory of the host.
  @Test(.ownTexts, arguments: ["tmpfs", "bind"])
  func ownerAndPermissionsOfTheMountedDirectory(_ type: String) throws {
    try withContainer { container in
      let source = container.path("source")
      try Host.makeDirectory(source)
      let options = ["X-mount.owner=7", "X-mount.group=8", "X-mount.mode=2750"]
      container.addMount(
        "/var", type: type, source: type == "bind" ? source : "tmpfs", options + (type == "bind" ? ["rbind"] : ["ro"]))
      let text = try container.output(of: "stat -c '%u %g %a' /var")
      #expect(text == "7 8 2750")
      container.addMount("/home", type: "tmpfs", source: "tmpfs", ["X-mount.owner=guest"])
      try container.create().expectFailure(1, "/home", "X-mount.owner")
    }
  }

  /// What the rootfs has below a tmpfs is copied into it, and the rootfs is left as it was.
  @Test func tmpcopyup() throws {
    try withContainer { container in
      try Host.makeDirectory(container.rootfs + "/data/deep")
      try Host.write("text", to: container.rootfs + "/data/deep/file", mode: 0o604)
      lchown(container.rootfs + "/data/deep/file", 12, 34)
      symlink("deep/file", container.rootfs + "/data/link")
      container.addMount("/data", type: "tmpfs", source: "tmpfs", ["tmpcopyup"])
      let text = try container.output(
        of: "stat -c '%a %u %g' /data/deep/file; readlink /data/link; cat /data/link; echo; echo x >/data/new; "
          + "rm /data/deep/file; awk '$5 == \"/data\" {print $(NF-2)}' /proc/self/mountinfo")
      #expect(text == "604 12 34\ndeep/file\ntext\ntmpfs")
      #expect(!Host.exists(container.rootfs + "/data/new"))
      #expect(Host.read(container.rootfs + "/data/deep/file") == "text")
    }
  }

  /// The owners in the source, those of the mapping, and nobody for an owner beyond it.
  @Test(arguments: [true, false])
  func idMappedBind(_ withOption: Bool) throws {
    try withContainer { container in
      let source = container.path("source")
      try Host.makeDirectory(source)
      for (name, uid, gid) in [("first", 3, 4), ("last", 11, 11), ("beyond", 12, 12), ("before", 1, 1)] {
        try Host.write("", to: source + "/" + name)
        lchown(source + "/" + name, uid_t(uid), gid_t(gid))
      }
      container.addMount("/tmp", type: "bind", source: source, withOption ? ["bind", "idmap"] : ["bind"])
      let last = container.config["mounts"].array.count - 1
      container.config["mounts"][last]["uidMappings"] = [["containerID": 2, "hostID": 5000, "size": 10]]
      container.config["mounts"][last]["gidMappings"] = [["containerID": 2, "hostID": 6000, "size": 10]]
      let text = try container.output(of: "cd /tmp; stat -c '%u %g' first last beyond before")
      #expect(text == "5001 6002\n5009 6009\n65534 65534\n65534 65534")
    }
  }

  /// Nothing but the listed files of /proc may be covered.
  @Test func mountsInsideOfProc() throws {
    try withContainer { container in
      try Host.write("covered\n", to: container.path("file"))
      container.addMount("/proc/cpuinfo", type: "bind", source: container.path("file"), ["bind"])
      let text = try container.output(of: "cat /proc/cpuinfo")
      #expect(text == "covered")
      container.addMount("/proc/self/attr", type: "tmpfs", source: "tmpfs")
      try container.create().expectFailure(1, "/proc/self/attr")
      container.expectNothingLeft()
    }
  }

  /// The container's own part of each hierarchy, or that as its root with a cgroup namespace.
  @Test(.cgroupV1, arguments: [false, true])
  func cgroup(_ hasNamespace: Bool) throws {
    try withContainer { container in
      if hasNamespace { container.setNamespace("cgroup") }
      let entries = try container.mountsInside().filter { $0.target.hasPrefix("/sys/fs/cgroup") }
      let memory = try #require(entries.first { $0.target == "/sys/fs/cgroup/memory" })
      #expect(memory.type == "cgroup")
      #expect(memory.options.contains("ro"))
      #expect(memory.root == (hasNamespace ? "/" : "/" + container.id))
      let text = try container.output(of: "cat /sys/fs/cgroup/memory/cgroup.procs | wc -l; ls /sys/fs/cgroup/memory")
      #expect(text.contains("memory.limit_in_bytes"))
      #expect(!text.contains(container.id))
      #expect((Int(text.prefix { $0 != "\n" }) ?? 0) > 0)
    }
  }
}

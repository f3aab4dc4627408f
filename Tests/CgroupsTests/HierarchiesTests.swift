import Cgroups
import Linux
import Testing

/// The texts of /proc/self/mountinfo and /proc/self/cgroup on machines of different kinds.
enum Machine {
  static let other = """
    22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro
    23 22 0:21 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw
    24 22 0:22 / /cgroup-like - cgroup rw,relatime - tmpfs cgroup rw

    """

  static let legacy =
    other + """
      30 23 0:26 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:9 - tmpfs tmpfs ro,mode=755
      31 30 0:27 / /sys/fs/cgroup/systemd rw,nosuid shared:10 - cgroup cgroup rw,xattr,release_agent=/lib/systemd/systemd-cgroups-agent,name=systemd
      32 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:11 - cgroup cgroup rw,cpu,cpuacct
      33 30 0:29 / /sys/fs/cgroup/memory rw,nosuid shared:12 - cgroup cgroup rw,memory
      34 30 0:30 / /sys/fs/cgroup/cpuset rw,nosuid - cgroup cgroup rw,cpuset,clone_children
      90 22 0:29 / /var/lib/other/memory rw,nosuid - cgroup cgroup rw,memory

      """

  static let hybrid =
    legacy + "40 30 0:33 / /sys/fs/cgroup/unified rw,nosuid shared:13 - cgroup2 cgroup2 rw,nsdelegate\n"

  static let unified =
    other + """
      30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot
      77 22 0:26 /user.slice /mnt/a\\040b rw - cgroup2 cgroup2 rw
      78 22 0:60 / /mnt/net_cls rw - cgroup net_cls rw,net_cls

      """

  /// A container on a v1 machine, without a cgroup namespace: the roots of its mounts are its own cgroups.
  static let nested =
    other + """
      500 480 0:70 / /sys/fs/cgroup rw,nosuid - tmpfs tmpfs rw,mode=755
      501 500 0:28 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro,nosuid master:11 - cgroup cgroup rw,cpu,cpuacct
      502 500 0:29 /docker/abc /sys/fs/cgroup/memory ro,nosuid master:12 - cgroup cgroup rw,memory

      """

  static let legacyOwn =
    "5:cpuset:/\n4:memory:/user.slice/a:b\n3:cpu,cpuacct:/user.slice\n1:name=systemd:/user.slice/s\n"
  static let hybridOwn = legacyOwn + "0::/user.slice/s\n"
  static let nestedOwn = "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc/inner\n"

  static func parse(_ mounts: String, _ own: String = "") -> CgroupHierarchies {
    CgroupHierarchies.parse(mountinfo: Array(mounts.utf8), cgroup: Array(own.utf8))
  }
}

struct HierarchiesTests {
  @Test func legacyMachine() throws {
    let found = Machine.parse(Machine.legacy, Machine.legacyOwn)
    #expect(found.mode == .legacy)
    #expect(found.legacy.map(\.controllers) == [["name=systemd"], ["cpu", "cpuacct"], ["memory"], ["cpuset"]])
    #expect(
      found.legacy.map(\.mountPoint) == [
        "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/cpuset",
      ])
    #expect(found.legacy.map(\.own) == ["/user.slice/s", "/user.slice", "/user.slice/a:b", "/"])
    #expect(found.unified == nil)
  }

  @Test func hybridMachine() throws {
    let found = Machine.parse(Machine.hybrid, Machine.hybridOwn)
    #expect(found.mode == .hybrid)
    #expect(found.unified?.mountPoint == "/sys/fs/cgroup/unified")
    #expect(found.unified?.own == "/user.slice/s")
    #expect(found.legacy.count == 4)
  }

  @Test func unifiedMachineIgnoresWhatElseIsMounted() {
    let found = Machine.parse(Machine.unified, "0::/init.scope\n")
    #expect(found.mode == .unified)
    #expect(found.unified == CgroupHierarchy(controllers: [], mountPoint: "/sys/fs/cgroup", own: "/init.scope"))
  }

  @Test func foreignUnifiedMountBesideLegacyIsNotHybrid() {
    let mounts = Machine.legacy + "99 22 0:99 / /run/cilium/cgroupv2 rw - cgroup2 none rw\n"
    #expect(Machine.parse(mounts).mode == .legacy)
    #expect(Machine.parse(Machine.other + "99 22 0:99 / /cg rw - cgroup2 none rw\n").unified?.mountPoint == "/cg")
  }

  @Test func nothingMounted() {
    #expect(Machine.parse(Machine.other).mode == .none)
    #expect(Machine.parse("").mode == .none)
    #expect(Machine.parse("- cgroup\n - cgroup \n1 2 3 - cgroup2\n - cgroup2 x y").mode == .none)
  }

  @Test func mountPointsAreUnescaped() {
    let line = #"77 22 0:26 /a\134b /mnt/a\040b\011c rw - cgroup2 cgroup2 rw"#
    #expect(Machine.parse(line).unified?.mountPoint == "/mnt/a b\tc")
    #expect(Machine.parse(line).unified?.root == #"/a\b"#)
  }

  @Test(arguments: [
    ("/a/b", "id", Machine.hybrid, Machine.hybridOwn, "memory", "/sys/fs/cgroup/memory/a/b"),
    ("a/b", "id", Machine.hybrid, Machine.hybridOwn, "memory", "/sys/fs/cgroup/memory/user.slice/a:b/a/b"),
    ("a/b", "id", Machine.hybrid, Machine.hybridOwn, "cpuset", "/sys/fs/cgroup/cpuset/a/b"),
    ("a/b", "id", Machine.hybrid, Machine.hybridOwn, "", "/sys/fs/cgroup/unified/user.slice/s/a/b"),
    ("", "id", Machine.hybrid, Machine.hybridOwn, "cpuacct", "/sys/fs/cgroup/cpu,cpuacct/id"),
    ("/x", "id", Machine.unified, "0::/a.slice/b.scope\n", "", "/sys/fs/cgroup/x"),
    ("x", "id", Machine.unified, "0::/a.slice/b.scope\n", "", "/sys/fs/cgroup/a.slice/x"),
    ("x", "id", Machine.unified, "0::/\n", "", "/sys/fs/cgroup/x"),
    ("/x", "id", Machine.nested, Machine.nestedOwn, "memory", "/sys/fs/cgroup/memory/x"),
    ("x", "id", Machine.nested, Machine.nestedOwn, "memory", "/sys/fs/cgroup/memory/x"),
    ("x", "id", Machine.nested, Machine.nestedOwn, "cpu", "/sys/fs/cgroup/cpu,cpuacct/inner/x"),
  ])
  func directories(
    configured: String, id: String, mounts: String, own: String, controller: String, expected: String
  ) throws {
    let path = try CgroupsPath(configured, containerID: id)
    let cgroup = try Cgroup(path, in: Machine.parse(mounts, own))
    #expect(cgroup.paths.first { $0.controller == controller }?.path == expected)
  }

  @Test func relativePathNeedsAVisibleOwnCgroup() throws {
    let path = try CgroupsPath("x", containerID: "id")
    for own in ["4:memory:/elsewhere\n3:cpu,cpuacct:/docker/abc\n", "4:memory:/docker/abc/../..\n", ""] {
      #expect(throws: Failure.self) { try Cgroup(path, in: Machine.parse(Machine.nested, own)) }
    }
  }

  @Test func pathsSurviveStorage() throws {
    let made = try Cgroup(CgroupsPath("/a", containerID: "id"), in: Machine.parse(Machine.hybrid))
    #expect(
      made.paths.map { "\($0.controller)=\($0.path)" } == [
        "name=systemd=/sys/fs/cgroup/systemd/a", "cpu=/sys/fs/cgroup/cpu,cpuacct/a",
        "cpuacct=/sys/fs/cgroup/cpu,cpuacct/a", "memory=/sys/fs/cgroup/memory/a", "cpuset=/sys/fs/cgroup/cpuset/a",
        "=/sys/fs/cgroup/unified/a",
      ])
    let rebuilt = Cgroup(paths: made.paths)
    #expect(rebuilt.directories.map(\.controllers) == made.directories.map(\.controllers))
    #expect(rebuilt.directories.map(\.path) == made.directories.map(\.path))
  }

  @Test func subgroups() throws {
    let cgroup = try Cgroup(CgroupsPath("/a", containerID: "id"), in: Machine.parse(Machine.hybrid))
    func paths(_ places: (controller: String?, path: String)...) throws -> [String] {
      try cgroup.placed(in: places).directories.map(\.path).filter { $0.contains("/a/") }
    }
    #expect(try paths().isEmpty)
    #expect(try paths(("memory", "/x/./y")) == ["/sys/fs/cgroup/memory/a/x/y"])
    #expect(
      try paths(("cpu", "x"), ("cpuacct", "x"), ("cpuset", "y")) == [
        "/sys/fs/cgroup/cpu,cpuacct/a/x", "/sys/fs/cgroup/cpuset/a/y",
      ])
    #expect(try paths((nil, "x")).count == cgroup.directories.count)
    #expect(try paths(("memory", "/")).isEmpty)
    for wrong in ["../b", "x/../../b", "..", ""] {
      #expect(throws: Failure.self) { try paths((nil, wrong)) }
      #expect(throws: Failure.self) { try paths(("memory", wrong)) }
    }
    #expect(throws: Failure.self) { try paths(("net_cls", "x")) }
    #expect(throws: Failure.self) { try paths(("cpu", "x"), ("cpuacct", "y")) }
  }

  @Test func mountViewOfHybrid() throws {
    let hierarchies = Machine.parse(Machine.hybrid)
    let cgroup = try Cgroup(CgroupsPath("/a", containerID: "id"), in: hierarchies)
    let view = CgroupMountView(of: cgroup, in: hierarchies)
    #expect(view.hierarchies.map(\.name) == ["systemd", "cpu,cpuacct", "memory", "cpuset", "unified"])
    #expect(view.hierarchies.map(\.options) == ["name=systemd", "cpu,cpuacct", "memory", "cpuset", ""])
    #expect(view.hierarchies.map(\.type) == ["cgroup", "cgroup", "cgroup", "cgroup", "cgroup2"])
    #expect(view.hierarchies[1].hostPath == "/sys/fs/cgroup/cpu,cpuacct/a")
    #expect(view.links.map { "\($0.name)>\($0.target)" } == ["cpu>cpu,cpuacct", "cpuacct>cpu,cpuacct"])
  }

  @Test func mountViewOfUnified() throws {
    let hierarchies = Machine.parse(Machine.unified)
    let cgroup = try Cgroup(CgroupsPath("/a", containerID: "id"), in: hierarchies)
    let view = CgroupMountView(of: cgroup, in: hierarchies)
    #expect(view.hierarchies.map(\.name) == [""])
    #expect(view.hierarchies.map(\.type) == ["cgroup2"])
    #expect(view.hierarchies.map(\.hostPath) == ["/sys/fs/cgroup/a"])
    #expect(view.links.isEmpty)
  }
}

struct CgroupsPathTests {
  @Test(arguments: [
    ("/a/b", true, ["a", "b"]), ("//a/./b/", true, ["a", "b"]), ("a", false, ["a"]), ("a/../b", false, ["b"]),
    ("/a/b/../c", true, ["a", "c"]), ("system.slice:runc:x", false, ["system.slice:runc:x"]),
    ("...", false, ["..."]),
  ])
  func clean(configured: String, isAbsolute: Bool, components: [String]) throws {
    let path = try CgroupsPath(configured, containerID: "id")
    #expect(path.isAbsolute == isAbsolute)
    #expect(path.components == components)
  }

  @Test(arguments: [nil, ""])
  func absentMeansTheID(configured: String?) throws {
    let path = try CgroupsPath(configured, containerID: "web1")
    #expect(path.isAbsolute && path.components == ["web1"])
    let relative = try CgroupsPath(configured, containerID: "web1", isRelative: true)
    #expect(!relative.isAbsolute && relative.components == ["web1"])
  }

  @Test(arguments: [
    "..", "/..", "../x", "/../x", "a/../../x", "/a/../../../etc", "/", "//", ".", "/.", "a/..", "a\0b", "a\nb",
    String(repeating: "x", count: 256), String(repeating: "/x", count: 2048),
  ])
  func refused(configured: String) {
    #expect(throws: Failure.self) { try CgroupsPath(configured, containerID: "id") }
  }

  @Test func refusedIDs() {
    for id in ["", "..", "."] { #expect(throws: Failure.self) { try CgroupsPath(nil, containerID: id) } }
  }
}

import Linux
import RuntimeSpec
import Testing

@testable import Rootfs

@Suite struct ContainerPathTests {
  @Test(arguments: [
    ("/a/b", "/a/b"), ("a/b", "/a/b"), ("/", "/"), ("", "/"), ("//a//b/", "/a/b"), ("/a/./b/.", "/a/b"),
    ("/a/../b", "/b"), ("/../../etc", "/etc"), ("/a/b/../..", "/"), ("/a/..b", "/a/..b"),
  ])
  func cleaning(_ given: String, _ expected: String) {
    #expect(ContainerPath(given).text == expected)
  }

  /// Strings that differ in nothing but how an accent is written are equal, and files of such names are not one.
  @Test func namesAreBytes() throws {
    let (composed, decomposed) = ("/caf\u{e9}", "/cafe\u{301}")
    #expect(composed == decomposed)
    #expect(ContainerPath(composed) != ContainerPath(decomposed))
    #expect(Set([composed, decomposed, composed].map(ContainerPath.init)).count == 2)
    var spec = Spec(root: Root(path: "rootfs"))
    spec.linux.maskedPaths = [composed, decomposed]
    spec.linux.readonlyPaths = [decomposed, composed]
    let plan = try RootfsPlan(spec, bundle: "/bundle")
    #expect(plan.maskedPaths.count == 2 && plan.readonlyPaths.count == 2)
  }

  @Test(arguments: [("/a/b", "b", "/a"), ("/a", "a", "/"), ("/", "", "/")])
  func parts(_ path: String, _ name: String, _ parent: String) {
    #expect(ContainerPath(path).name == name)
    #expect(ContainerPath(path).parent.text == parent)
  }

  @Test(arguments: [
    ("/proc", "/proc", true), ("/proc/x", "/proc", true), ("/process", "/proc", false), ("/", "/proc", false),
    ("/x", "/", true),
  ])
  func order(_ path: String, _ other: String, _ expected: Bool) {
    #expect(ContainerPath(path).isAtOrBelow(ContainerPath(other)) == expected)
  }
}

@Suite struct MountDataTests {
  @Test(
    arguments: [
      ("mode=755", [("mode", "755")]),
      ("mode=755,size=64k", [("mode", "755"), ("size", "64k")]),
      ("newinstance", [("newinstance", nil)]),
      (
        #"context="system_u:object_r:x:s0:c1,c2",mode=1"#, [("context", "system_u:object_r:x:s0:c1,c2"), ("mode", "1")]
      ),
      (#"lowerdir=/a\,b:/c,upperdir=/d"#, [("lowerdir", #"/a\,b:/c"#), ("upperdir", "/d")]),
      ("mpol=bind:0,2,huge=always", [("mpol", "bind:0,2"), ("huge", "always")]),
      ("lowerdir=", [("lowerdir", "")]),
      ("a=b=c", [("a", "b=c")]),
      ("", []),
      (",,", []),
    ] as [(String, [(String, String?)])])
  func splitting(_ text: String, _ expected: [(String, String?)]) {
    #expect(MountData.split(text) == expected.map { MountOperation.DataOption($0.0, $0.1) })
  }

  @Test func joining() {
    let options = MountData.split(#"context="a,b",mode=1,ro"#)
    #expect(MountData.join(options) == #"context="a,b",mode=1,ro"#)
  }
}

/// What file systems are told, config-linux.md `mountLabel`.
@Suite struct MountLabelTests {
  private static let label = "system_u:object_r:container_file_t:s0:c1,c2"

  private func options(_ mount: Mount, _ label: String?) throws -> [MountOperation.DataOption] {
    var problems: [String] = []
    let operation = try #require(MountPlan.operations([mount], bundle: "/b", problems: &problems).first)
    guard case .fileSystem(let type) = operation.kind else { return [] }
    return operation.options(of: type, label: label, mode: nil)
  }

  @Test(arguments: [
    ("tmpfs", true), ("devpts", true), ("overlay", true), ("ext4", true), ("proc", false), ("sysfs", false),
    ("mqueue", false),
  ])
  func ofNewFileSystems(_ type: String, _ isLabelled: Bool) throws {
    for destination in ["/dev", "/data"] {
      let mount = Mount(destination: destination, type: type, source: "s", options: ["nosuid", "a=b"])
      let context = isLabelled ? [MountOperation.DataOption("context", Self.label)] : []
      #expect(try options(mount, Self.label) == [MountOperation.DataOption("a", "b")] + context)
      #expect(try options(mount, nil) == [MountOperation.DataOption("a", "b")])
    }
  }

  /// A context of the configuration's own stays the only one.
  @Test func ownContext() throws {
    let mount = Mount(destination: "/d", type: "tmpfs", source: "s", options: [#"context="x:y:z:s0:c3,c4""#])
    #expect(try options(mount, Self.label) == [MountOperation.DataOption("context", "x:y:z:s0:c3,c4")])
  }

  /// Files that were there before keep theirs.
  @Test(arguments: ["bind", "rbind"]) func ofBindMounts(_ option: String) throws {
    #expect(try options(Mount(destination: "/d", type: "tmpfs", source: "/s", options: [option]), Self.label).isEmpty)
  }

  @Test func anEmptyLabelIsNone() throws {
    #expect(try RootfsPlan(Spec(root: Root(path: "r")), bundle: "/b", mountLabel: "").mountLabel == nil)
    #expect(try RootfsPlan(Spec(root: Root(path: "r")), bundle: "/b", mountLabel: "l").mountLabel == "l")
  }
}

@Suite struct MountPlanTests {
  private func plan(_ mount: Mount) -> (MountOperation?, [String]) {
    var problems: [String] = []
    let operations = MountPlan.operations([mount], bundle: "/bundle", problems: &problems)
    return (operations.first, problems)
  }

  private func operation(_ type: String?, _ source: String, _ options: [String]) throws -> MountOperation {
    let (operation, problems) = plan(Mount(destination: "/d", type: type, source: source, options: options))
    #expect(problems == [])
    return try #require(operation)
  }

  @Test(
    arguments: [
      ("bind", ["rbind"], .bind(recursive: true)),
      ("none", ["bind"], .bind(recursive: false)),
      (nil, ["bind", "ro"], .bind(recursive: false)),
      ("tmpfs", ["rbind"], .bind(recursive: true)),
      ("tmpfs", [], .fileSystem("tmpfs")),
      ("bind", [], .fileSystem("bind")),
      ("cgroup", ["ro"], .cgroup(unifiedOnly: false)),
      ("cgroup2", [], .cgroup(unifiedOnly: true)),
      ("tmpfs", ["remount", "ro"], .remount(bind: false)),
      ("bind", ["remount", "bind", "ro"], .remount(bind: true)),
    ] as [(String?, [String], MountOperation.Kind)])
  func kinds(_ type: String?, _ options: [String], _ expected: MountOperation.Kind) throws {
    #expect(try operation(type, "/s", options).kind == expected)
  }

  @Test(
    arguments: [
      (["ro"], .readOnly, []),
      (["rw"], [], .readOnly),
      (["ro", "rw"], [], .readOnly),
      (["nosuid", "nodev", "noexec"], [.noSuid, .noDev, .noExec], []),
      (["nosuid", "suid"], [], .noSuid),
      (["noatime"], .noAccessTime, .accessTimeMask),
      (["strictatime"], .strictAccessTime, .accessTimeMask),
      (["relatime"], [], .accessTimeMask),
      (["nodiratime"], .noDirectoryAccessTime, []),
      (["nosymfollow"], .noSymbolicLinks, []),
      ([], [], []),
    ] as [([String], MountAttribute, MountAttribute)])
  func attributes(_ options: [String], _ set: MountAttribute, _ clear: MountAttribute) throws {
    let operation = try operation("none", "/s", ["bind"] + options)
    #expect(operation.attributes == .init(set: set, clear: clear))
    #expect(operation.recursiveAttributes.isEmpty)
  }

  @Test func recursiveAttributes() throws {
    let operation = try operation("none", "/s", ["rbind", "rro", "rnosuid", "rexec", "rnoatime"])
    #expect(operation.attributes.isEmpty)
    #expect(
      operation.recursiveAttributes
        == .init(set: [.readOnly, .noSuid, .noAccessTime], clear: [.noExec, .accessTimeMask]))
  }

  @Test func everythingElse() throws {
    let operation = try operation(
      "tmpfs", "shm", ["rprivate", "mode=1777", "tmpcopyup", "sync", "shared", "lazytime", "huge=never"])
    #expect(operation.propagation == [.init(.private, recursive: true), .init(.shared, recursive: false)])
    #expect(operation.data == [.init("mode", "1777"), .init("huge", "never")])
    #expect(operation.fileSystemFlags == [.synchronous, .lazyTime])
    #expect(operation.copiesUp)
    #expect(operation.source == "shm")
  }

  @Test func relativePaths() throws {
    #expect(try operation("bind", "src", ["bind"]).source == "/bundle/src")
    #expect(try operation("tmpfs", "src", []).source == "src")
    #expect(plan(Mount(destination: "x/y", type: "tmpfs")).0?.destination.text == "/x/y")
  }

  @Test(arguments: [
    (Mount(destination: "/", type: "tmpfs"), "root itself"),
    (Mount(destination: "/a/..", type: "tmpfs"), "root itself"),
    (Mount(destination: "", type: "tmpfs"), "no destination"),
    (Mount(destination: "/a"), "no type"),
    (Mount(destination: "/a", options: ["bind"]), "needs a source"),
    (Mount(destination: "/a", source: "/x", options: ["bind", "nr_inodes=1"]), "filesystem-specific"),
    (Mount(destination: "/a", source: "/x", options: ["bind", "mode=755", "readonly"]), "filesystem-specific"),
    (Mount(destination: "/a", type: "cgroup", options: ["idmap"]), "only supported for bind-mounts and file systems"),
    (Mount(destination: "/a\0b", type: "tmpfs"), "null byte"),
    (Mount(destination: "/a", type: "tmpfs", options: ["size=1\0"]), "null byte"),
    (Mount(destination: "/proc", type: "tmpfs"), "not of type proc"),
    (Mount(destination: "/proc/self", type: "tmpfs"), "inside /proc"),
    (Mount(destination: "/x/../proc/sys", source: "/x", options: ["bind"]), "inside /proc"),
    (Mount(destination: "/proc/kcore", source: "/x", options: ["bind"]), "inside /proc"),
  ])
  func problems(_ mount: Mount, _ expected: String) {
    let (operation, problems) = plan(mount)
    #expect(operation == nil)
    #expect(problems.count == 1 && problems[0].contains(expected), "\(problems)")
  }

  @Test(arguments: ["/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/sys/kernel/ns_last_pid", "/process"])
  func allowedNearProc(_ destination: String) {
    #expect(plan(Mount(destination: destination, source: "/x", options: ["bind"])).1 == [])
  }

  @Test func allProblemsAtOnce() {
    let spec = Spec(
      root: Root(path: "rootfs"),
      mounts: [Mount(destination: "/", type: "tmpfs"), Mount(destination: "/x")],
      linux: LinuxSection(devices: [LinuxDevice(type: .character, path: "/dev/x", major: -1)], maskedPaths: ["/"]))
    let error = #expect(throws: Failure.self) { try RootfsPlan(spec, bundle: "/b") }
    for part in ["mounts[0]", "mounts[1]", "/dev/x", "maskedPaths"] {
      #expect(error?.message.contains(part) == true)
    }
  }
}

@Suite struct RootfsPlanTests {
  @Test func defaultDevices() throws {
    let plan = try RootfsPlan(.standard(), bundle: "/b")
    #expect(plan.rootPath == "/b/rootfs")
    #expect(
      plan.devices.map { "\($0.path) \($0.number.major):\($0.number.minor) \(String($0.mode, radix: 8))" } == [
        "/dev/null 1:3 666", "/dev/zero 1:5 666", "/dev/full 1:7 666", "/dev/random 1:8 666", "/dev/urandom 1:9 666",
        "/dev/tty 5:0 666",
      ])
  }

  @Test func configuredDevicesReplaceDefaults() throws {
    let plan = try RootfsPlan(
      .standard {
        $0.linux.devices = [
          LinuxDevice(type: .character, path: "/dev/./null", major: 1, minor: 3, fileMode: 0o100600, uid: 7),
          LinuxDevice(type: .unbuffered, path: "/dev/ptmx", major: 5, minor: 2),
          LinuxDevice(type: .pipe, path: "/run/pipe"),
        ]
      }, bundle: "/b")
    #expect(plan.devices.count == 7)
    #expect(
      plan.devices[5...] == [
        DeviceNode(
          path: ContainerPath("/dev/null"), kind: .character, number: DeviceNumber(major: 1, minor: 3), mode: 0o600,
          uid: 7),
        DeviceNode(path: ContainerPath("/run/pipe"), kind: .fifo, number: DeviceNumber(major: 0, minor: 0)),
      ])
  }

  @Test func boundDevIsLeftAlone() throws {
    let plan = try RootfsPlan(
      .mounting(Mount(destination: "/dev/", source: "/dev", options: ["rbind"])), bundle: "/b")
    #expect(!plan.setsUpDev)
    #expect(plan.devices.isEmpty)
  }

  @Test func pathsOnce() throws {
    let plan = try RootfsPlan(.standard { $0.linux.maskedPaths = ["/a", "/a/", "//a", "/b"] }, bundle: "/b")
    #expect(plan.maskedPaths.map(\.text) == ["/a", "/b"])
  }

  @Test func wholeMountsOfProcAndSys() {
    let mountinfo = """
      22 27 0:20 / /sys rw shared:7 - sysfs sysfs rw
      23 27 0:21 / /proc rw shared:13 - proc proc rw
      24 27 0:21 /sys /elsewhere rw - proc proc rw
      25 27 0:21 / /b/rootfs/proc rw - proc proc rw
      26 27 0:21 / /b/rootfs2/a\\040b rw - proc proc rw
      27 1 8:1 / / rw - ext4 /dev/sda rw
      """
    #expect(
      MoveRoot.wholeMounts(Array(mountinfo.utf8), outside: "/b/rootfs") == ["/sys", "/proc", "/b/rootfs2/a b"])
  }
}

import Foundation
import Glibc
import Testing

/// Mount destinations that lead out of the root file system (CVE-2015-3630, CVE-2021-30465, CVE-2024-45310).
@Suite(.root, .tags(.integration))
struct MountTargetAttacks {
  enum Kind: String, CaseIterable, Sendable {
    case file, directory, tmpfs, mqueue

    func mount(_ container: TestContainer, at destination: String) throws -> JSON {
      let source = container.path("source-\(rawValue)")
      switch self {
      case .file: try Host.write("source\n", to: source)
      case .directory: try Host.makeDirectory(source)
      case .tmpfs, .mqueue:
        return ["type": .string(rawValue), "source": .string(rawValue), "destination": .string(destination)]
      }
      return [
        "type": "bind", "source": .string(source), "destination": .string(destination), "options": ["rbind"],
      ]
    }
  }

  /// Links and destinations; `CANARY` stands for the canary's path on the host.
  private static let cases: [(link: String, target: String, destination: String)] = [
    ("a", "/", "/aCANARY/new"),
    ("a", "../../../../../../../../../..", "/aCANARY/new"),
    ("a", "CANARY", "/a/new"),
    ("a", "CANARY/file", "/a"),
    ("a", "CANARY/directory", "/a"),
    ("a", "CANARY/missing/deep", "/a/x"),
    ("a", "\(Canary.fromRoot)/directory", "/a/inner"),
    ("a", "\(Canary.fromRoot)/missing", "/a"),
    ("a", ".", "/a/../../../../../../../../..CANARY/new"),
    ("tmp/b", "../a", "/tmp/b/../../../canary/new"),
    ("a", "b", "/a/../\(Canary.fromRoot)/new"),
    ("etc/a", "../proc/self/root", "/etc/aCANARY/new"),
    ("etc/a", "/proc/1/root", "/etc/aCANARY/new"),
    ("etc/a", "/proc/self/fd/3", "/etc/a/new"),
    ("etc/a", "/proc/self/cwd", "/etc/a/new"),
    ("etc/a", "/dev/fd/4/../..", "/etc/a/new"),
  ]

  @Test(arguments: Self.cases.indices, Kind.allCases) func link(_ index: Int, _ kind: Kind) throws {
    try withAttack { container, canary in
      let (link, target, destination) = Self.cases[index]
      func filled(_ text: String) -> String { text.replacingOccurrences(of: "CANARY", with: canary.path) }
      try container.link(link, to: filled(target))
      container.addMount(try kind.mount(container, at: filled(destination)))
      container.script = "true"
      // It is refused, or was made inside.
      try container.run().expectHarmless("canary")
      #expect(!Host.exists(canary.path + "/new"))
    }
  }

  /// A path inside is made only with names of the container's: `..` ends at its root.
  @Test(arguments: Kind.allCases) func dots(_ kind: Kind) throws {
    try withAttack { container, _ in
      container.addMount(try kind.mount(container, at: "/../../../../inside/../within"))
      container.script = "grep -q ' /within ' /proc/self/mountinfo"
      try container.run().expectSilentSuccess()
      #expect(Host.exists(container.rootfs + "/within") && !Host.exists(container.rootfs + "/inside"))
    }
  }

  /// A second container swaps a directory of a shared volume with a link to the host's root, while the first is made.
  @Test(arguments: Kind.allCases, ["/", "CANARY", "../../canary"]) func exchangedTarget(
    _ kind: Kind, _ target: String
  ) throws {
    try withAttack { container, canary in
      let volume = container.path("volume")
      try Host.makeDirectory(volume + "/d")
      symlink(target.replacingOccurrences(of: "CANARY", with: canary.path), volume + "/link")
      container.addBind(volume, "/volume")
      let mounts = container.config["mounts"]
      container.script = "true"
      var succeeded = 0
      let rounds = try Exchange.of(volume + "/d", volume + "/link") {
        for round in 0..<25 {
          let destination = "/volume/d\(target == "/" ? canary.path : "")/new\(round)/x"
          container.config["mounts"] = mounts
          container.addMount(try kind.mount(container, at: destination))
          let outcome = try container.run()
          if outcome.exitCode == 0 { succeeded += 1 } else { outcome.expectFailure(1) }
        }
      }
      #expect(rounds > 25 && succeeded > 0, "\(rounds) rounds, \(succeeded) succeeded")
    }
  }

  /// As above, but the directory in which others are made goes away and comes back.
  @Test func exchangedParents() throws {
    try withAttack { container, canary in
      let volume = container.path("volume")
      try Host.makeDirectory(volume + "/one")
      symlink(canary.path, volume + "/two")
      container.addBind(volume, "/volume")
      let mounts = container.config["mounts"]
      container.script = "true"
      let rounds = try Exchange.of(volume + "/one", volume + "/two") {
        for round in 0..<40 {
          container.config["mounts"] = mounts
          for index in 0..<10 {
            container.addMount(try Kind.tmpfs.mount(container, at: "/volume/one/\(round)-\(index)/b/c/d"))
          }
          try container.run().expectHarmless("canary")
        }
      }
      #expect(rounds > 40)
    }
  }

  /// `tmpcopyup` copies what is inside the root.
  @Test func copiedDirectory() throws {
    try withAttack { container, canary in
      try Host.makeDirectory(container.rootfs + "/data")
      symlink(canary.path, container.rootfs + "/data/link")
      symlink("/etc", container.rootfs + "/data/absolute")
      symlink(canary.path, container.rootfs + "/outside")
      mkfifo(container.rootfs + "/data/fifo", 0o666)
      for destination in ["/data", "/outside"] {
        container.addMount([
          "type": "tmpfs", "source": "tmpfs", "destination": .string(destination), "options": ["tmpcopyup"],
        ])
      }
      container.script = "cat /data/link/file /outside/file 2>&1; ls /data"
      let outcome = try container.run(options: .init(seconds: 10))
      outcome.expectHarmless("canary\n")
    }
  }

  /// A remount acts on what is mounted in the container, and nothing else.
  @Test func remountThroughALink() throws {
    try withAttack { container, canary in
      symlink("/", container.rootfs + "/link")
      for options in [["remount", "ro"], ["remount", "bind", "ro"]] {
        container.config["mounts"] = .array(
          container.config["mounts"].array.filter { $0["destination"].string?.hasPrefix("/link") != true })
        container.addMount([
          "destination": .string("/link" + canary.path), "type": "none", "source": "none", "options": JSON(options),
        ])
        try container.run().expectFailure(1)
      }
      try Host.write("still writable", to: container.path("file"))
    }
  }
}

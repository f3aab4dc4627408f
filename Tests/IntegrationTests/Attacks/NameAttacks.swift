import Foundation
import Glibc
import Testing

/// Names and texts of impossible sizes and contents, and who may read what is kept of a container.
@Suite(.root, .tags(.integration))
struct NameAttacks {
  private static let ids = [
    "..", ".", "a/b", "/", "../x", "", "a b", "a\nb", "a\u{e9}", "a*", "a%2fb", "~", "a\\b", "a:b", "@a", "a\u{0301}",
    String(repeating: "x", count: 300), String(repeating: "x", count: 1025), String(repeating: "x", count: 5000),
  ]

  @Test(arguments: ids) func id(_ id: String) throws {
    try withAttack { container, _ in
      try container.writeConfig()
      // A directory that `..` and `a/b` would find.
      try Host.makeDirectory(container.root + "/a/b")
      try Host.write("{}", to: container.root + "/a/b/state.json")
      try Host.write("{}", to: container.path("state.json"))
      for arguments in [
        ["create", "--bundle", container.bundle], ["run", "--bundle", container.bundle], ["start"], ["state"],
        ["delete"], ["delete", "--force"], ["kill"], ["ps"], ["exec"],
      ] {
        let rest = arguments[0] == "exec" ? ["true"] : []
        let outcome = try container.runtime(arguments + [id] + rest)
        // Deleting by force what is not there succeeds, as with runc, where the name is possible.
        if arguments.contains("--force"), outcome.exitCode == 0 { continue }
        #expect(outcome.exitCode != 0 && outcome.stdout.isEmpty, "\(outcome)")
        #expect(outcome.stderr.split(separator: "\n").count == 1, "\(outcome)")
      }
      #expect(Host.exists(container.root + "/a/b/state.json") && Host.exists(container.path("state.json")))
      try FileManager.default.removeItem(atPath: container.root + "/a")
    }
  }

  /// No text is the same as bytes that are not UTF-8: what they name must not be taken for something else.
  @Test(arguments: [
    "run ID$(printf '\\377')", "run --bundle /tmp/$(printf '\\303') ID", "exec ID echo $(printf '\\300x')",
  ])
  func argumentsThatAreNotText(_ arguments: String) throws {
    try withAttack { container, _ in
      try container.writeConfig()
      let script = "exec \"$0\" --root \(container.root) " + arguments.replacing("ID", with: container.id)
      let outcome = try container.launchOnHost("/bin/sh", ["-c", script, RuntimeUnderTest.path]).wait()
      #expect(outcome.exitCode == 1 && outcome.stdout.isEmpty)
      #expect(outcome.stderr.contains("of the command line is not UTF-8"), "\(outcome)")
    }
  }

  /// What is longer than a length of 16 bits counts is neither cut nor taken for something else (CVE-2021-43784).
  @Test(arguments: [65_535, 65_536, 65_600, 131_072, 1 << 20]) func longStrings(_ size: Int) throws {
    let long = String(repeating: "x", count: size)
    let path = "/" + String(repeating: "x/", count: size / 2)
    let changes: [(String, (inout JSON) -> Void)] = [
      ("rootfs", { $0["root"]["path"] = .string(path) }),
      ("cwd", { $0["process"]["cwd"] = .string(path) }),
      ("args", { $0["process"]["args"] = [.string(long)] }),
      ("hostname", { $0["hostname"] = .string(long) }),
      (
        "mount source",
        { $0["mounts"].append(["type": "bind", "source": .string(path), "destination": "/x", "options": ["bind"]]) }
      ),
      ("mount destination", { $0["mounts"].append(["type": "tmpfs", "source": "x", "destination": .string(path)]) }),
      (
        "mount option",
        {
          $0["mounts"].append([
            "type": "tmpfs", "source": "x", "destination": "/x", "options": [.string("size=" + long)],
          ])
        }
      ),
      ("namespace path", { $0["linux"]["namespaces"][1]["path"] = .string(path) }),
      ("cgroup", { $0["linux"]["cgroupsPath"] = .string(path) }),
      ("hook", { $0["hooks"]["createRuntime"] = [["path": .string(path)]] }),
      ("sysctl", { $0["linux"]["sysctl"]["net." + long] = "1" }),
      ("apparmor", { $0["process"]["apparmorProfile"] = .string(long) }),
      ("selinux", { $0["process"]["selinuxLabel"] = .string(long) }),
      ("device", { $0["linux"]["devices"] = [["path": .string(path), "type": "c", "major": 1, "minor": 3]] }),
      ("masked path", { $0["linux"]["maskedPaths"] = [.string(path)] }),
    ]
    try withAttack { container, _ in
      let config = container.config
      for (name, change) in changes {
        container.config = config
        change(&container.config)
        let outcome = try container.run(options: .init(seconds: 10))
        #expect(outcome.exitCode == 1 && outcome.stdout.isEmpty, "\(name): exit \(outcome.exitCode)")
        #expect(outcome.stderr.hasPrefix(RuntimeUnderTest.isSwiftlet ? "swiftlet: " : ""), "\(name)")
        #expect(outcome.stderr.hasSuffix("\n") && outcome.stderr.dropLast().allSatisfy { $0 != "\n" }, "\(name)")
      }
      container.expectNothingLeft()
    }
  }

  @Test func longEnvironment() throws {
    try withAttack { container, _ in
      container.config["process"]["env"].append(.string("LONG=" + String(repeating: "x", count: 100_000)))
      container.script = "echo ${#LONG}"
      let outcome = try container.run()
      #expect(outcome.expectSuccess().text == "100000")
    }
  }

  @Test func manyMappings() throws {
    try withAttack { container, _ in
      container.setNamespace("user")
      let mappings = (0..<341).map { JSON.object(["containerID": .int($0), "hostID": .int(100_000 + $0), "size": 1]) }
      container.config["linux"]["uidMappings"] = .array(mappings)
      container.config["linux"]["gidMappings"] = .array(mappings)
      let outcome = try container.run()
      #expect(outcome.exitCode == 1 && outcome.stdout.isEmpty && outcome.stderr.contains("uidMappings"), "\(outcome)")
      container.expectNothingLeft()
    }
  }

  /// Only root gets at what is kept of a container, whatever the caller's umask is.
  @Test(arguments: ["000", "022", "077"]) func stateDirectory(_ umask: String) throws {
    try withAttack(["sleep", "100"]) { container, _ in
      try container.writeConfig()
      let command = "umask \(umask); exec \(RuntimeUnderTest.path) --root \(container.root)"
      try container.launchOnHost("/bin/sh", ["-c", "\(command) create --bundle \(container.bundle) \(container.id)"])
        .wait().expectSilentSuccess()
      var status = stat()
      #expect(lstat(container.root + "/" + container.id, &status) == 0)
      #expect(status.st_mode == S_IFDIR | 0o700, "\(String(status.st_mode, radix: 8))")
      #expect(status.st_uid == 0 && status.st_gid == 0)
      #expect(lstat(container.root, &status) == 0 && status.st_mode & 0o022 == 0)
      for name in Host.list(container.root + "/" + container.id) where name != "exec.fifo" {
        #expect(lstat(container.root + "/\(container.id)/\(name)", &status) == 0)
        #expect(status.st_mode & 0o077 == 0, "\(name) \(String(status.st_mode, radix: 8))")
      }
      try container.start().expectSilentSuccess()
    }
  }

  /// A name that is taken by a link or a file of somebody else's is not followed.
  @Test(arguments: ["link", "file", "directory"]) func takenState(_ what: String) throws {
    try withAttack { container, canary in
      try Host.makeDirectory(container.root)
      let path = container.root + "/" + container.id
      switch what {
      case "link": symlink(canary.path + "/directory", path)
      case "file": try Host.write("", to: path)
      default: try Host.makeDirectory(path)
      }
      try container.run().expectFailure(1)
      try container.runtime(["state", container.id]).expectFailure(1)
      _ = try container.delete("--force")
      unlink(path)
    }
  }
}

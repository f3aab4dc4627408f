import Foundation
import Glibc
import Testing

/// What a process of a container must not have from its caller or by a flag.
@Suite(.root, .tags(.integration))
struct CredentialAttacks {
  /// Nothing is inheritable unless the configuration says so (CVE-2022-24769, CVE-2022-29162).
  @Test func capabilitiesOfExec() throws {
    try withAttack(["sleep", "100"]) { container, _ in
      try container.createAndStart()
      let outcome = try container.exec(["--cap", "CAP_NET_ADMIN"], ["grep", "Cap", "/proc/self/status"])
      let lines = outcome.expectSuccess().text.split(separator: "\n").map {
        $0.replacingOccurrences(of: "\t", with: "")
      }
      let admin: UInt64 = 1 << 12
      for line in lines {
        let value = UInt64(line.split(separator: ":")[1], radix: 16) ?? ~0
        switch line.prefix(6) {
        case "CapInh", "CapAmb": #expect(value == 0, "\(line)")
        default: #expect(value & admin != 0, "\(line)")
        }
      }
    }
  }

  /// The example has none that could be passed on either.
  @Test func capabilitiesOfSpec() throws {
    try withAttack { container, _ in
      try container.runtime(["spec", "--bundle", container.directory]).expectSuccess()
      let capabilities = try JSON(file: container.path("config.json"))["process"]["capabilities"]
      #expect(!capabilities["bounding"].array.isEmpty)
      #expect(capabilities["inheritable"].array.isEmpty && capabilities["ambient"].array.isEmpty)
    }
  }

  /// Without the property there are no capabilities, and not all of them.
  @Test(arguments: ["run", "exec"]) func noCapabilities(_ verb: String) throws {
    let script = "grep Cap /proc/self/status | cut -f2 | sort -u"
    try withAttack(["sh", "-c", script]) { container, _ in
      if verb == "run" {
        container.config["process"]["capabilities"] = .null
        let outcome = try container.run()
        #expect(outcome.expectSuccess().text == "0000000000000000")
      } else {
        container.config["process"]["args"] = ["sleep", "100"]
        try container.createAndStart()
        let process: JSON = [
          "cwd": "/", "args": ["/bin/sh", "-c", .string(script)], "env": ["PATH=/bin"], "user": ["uid": 0, "gid": 0],
        ]
        try Host.write(process.text, to: container.path("process.json"))
        let outcome = try container.runtime(["exec", "--process", container.path("process.json"), container.id])
        #expect(outcome.expectSuccess().text == "0000000000000000")
      }
    }
  }

  /// The caller's supplementary groups stay outside, whether the container has some of its own or none
  /// (CVE-2022-2989, CVE-2022-2990, CVE-2022-2995).
  @Test(arguments: [[], [2000]]) func groups(_ own: [Int]) throws {
    try withAttack { container, _ in
      let script = "grep Groups: /proc/self/status | tr -d '\\t '"
      container.config["process"]["user"] = ["uid": 1000, "gid": 1000]
      if !own.isEmpty { container.config["process"]["user"]["additionalGids"] = .array(own.map { .int($0) }) }
      let expected = "Groups:" + own.map(String.init).joined()
      container.config["process"]["args"] = ["sleep", "100"]
      try container.writeConfig()
      let runtime = "\(RuntimeUnderTest.path) --root \(container.root)"
      // The caller is in the groups 3000 and 3001.
      func asMember(_ command: String) throws -> Outcome {
        try container.launchOnHost("/usr/bin/setpriv", ["--groups", "3000,3001", "sh", "-c", command]).wait()
      }
      try asMember("\(runtime) create --bundle \(container.bundle) \(container.id)").expectSilentSuccess()
      try container.start().expectSilentSuccess()
      let pid = try container.pid()
      #expect(Host.status(pid, "Groups")?.trimmingCharacters(in: .whitespaces) == own.map(String.init).joined())
      let outcome = try asMember("\(runtime) exec \(container.id) sh -c \"\(script)\"")
      #expect(outcome.expectSuccess().text == expected)
    }
  }

  /// Permissions that a group is denied by are not got around by leaving the group.
  @Test func negativeGroupPermission() throws {
    try withAttack { container, _ in
      try Host.write("secret", to: container.rootfs + "/tmp/secret", mode: 0o604)
      chown(container.rootfs + "/tmp/secret", 0, 2000)
      container.config["process"]["user"] = ["uid": 1000, "gid": 1000, "additionalGids": [2000]]
      container.script = "cat /tmp/secret"
      let outcome = try container.run()
      #expect(outcome.exitCode != 0 && outcome.stdout.isEmpty)
    }
  }

  /// Says whether a key of a name is found in the session keyring, else the keyring's own name.
  private static let searcher = #"""
    #include <stdio.h>
    #include <string.h>
    #include <sys/syscall.h>
    #include <unistd.h>
    int main(int argc, char **argv) {
      char text[512] = "";
      // KEYCTL_SEARCH and KEYCTL_DESCRIBE in KEY_SPEC_SESSION_KEYRING.
      long key = syscall(SYS_keyctl, 10, -3, "user", argv[1], 0);
      if (key > 0) return printf("found %ld\n", key) < 0;
      syscall(SYS_keyctl, 6, -3, text, sizeof text);
      return puts(strrchr(text, ';') ? strrchr(text, ';') + 1 : "none") < 0;
    }
    """#

  /// The session keyring is the container's own: a key of the caller's is not found in it.
  @Test func keyring() throws {
    try withAttack { container, _ in
      try AttackProgram.install(Self.searcher, "search", in: container)
      let name = container.id + "-key"
      let added = name.withCString { name in
        "user".withCString { type in
          // add_key(2) to KEY_SPEC_SESSION_KEYRING.
          LibC.syscall(248, Int(bitPattern: type), Int(bitPattern: name), Int(bitPattern: name), 4, -3)
        }
      }
      try #require(added > 0, "this machine has no session keyring")
      // keyctl(2) KEYCTL_UNLINK.
      defer { _ = LibC.syscall(250, 9, added, -3) }
      let search = [container.rootfs + "/bin/search", name]
      let outside = try container.launchOnHost(search[0], [name]).wait().expectSuccess().text
      #expect(outside.hasPrefix("found "))
      container.config["process"]["args"] = ["search", .string(name)]
      let inside = try container.run().expectSuccess().text
      #expect(inside == "_ses." + container.id, "\(inside)")

      container.config["process"]["args"] = ["sleep", "100"]
      try container.createAndStart()
      #expect(try container.exec([], ["search", name]).expectSuccess().text == inside)
    }
  }

  /// no_new_privs, and the filter and labels with it, hold for `exec` as for the container.
  @Test func noNewPrivilegesInExec() throws {
    try withAttack(["sleep", "100"]) { container, _ in
      container.config["linux"]["seccomp"] = [
        "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [["names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"]],
      ]
      try container.createAndStart()
      let outcome = try container.exec(
        [],
        ["sh", "-c", "grep -E 'NoNewPrivs|Seccomp:' /proc/self/status | cut -f2; mkdir /tmp/x 2>/dev/null || echo no"])
      #expect(outcome.expectSuccess().text == "1\n2\nno")
    }
  }

  /// Without no_new_privs the filter is in force before startContainer hooks run, and holds for them; Docker's says
  /// ENOSYS to clone3.
  @Test func hookUnderTheFilter() throws {
    try withAttack { container, _ in
      container.config["process"]["noNewPrivileges"] = false
      container.config["linux"]["seccomp"] = [
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [
          ["names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38],
          ["names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"],
        ],
      ]
      container.config["hooks"]["startContainer"] = [
        ["path": "/bin/sh", "args": ["sh", "-c", "mkdir /tmp/made; echo hook > /tmp/hook"]]
      ]
      container.script = "cat /tmp/hook; ls /tmp"
      let outcome = try container.run()
      #expect(outcome.expectSuccess().text == "hook\nhook")
    }
  }
}

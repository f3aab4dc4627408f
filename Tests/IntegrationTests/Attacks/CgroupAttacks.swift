import Foundation
import Glibc
import Testing

/// Cgroups that a configuration names, and what a container gets at of the host's.
@Suite(.root, .tags(.integration))
struct CgroupAttacks {
  /// No name leads out of its parent, or names the root itself.
  @Test(
    arguments: [
      "..", "/..", "../x", "/../x", "/x/../../y", "/x/../..", "a/../..", "/", "//", "/.", ".", "/x/..", "./..",
      "/\u{0}x", "/x\ny", "/" + String(repeating: "x", count: 256), String(repeating: "/xxxxxxx", count: 600),
    ])
  func paths(_ path: String) throws {
    try withAttack { container, _ in
      container.config["linux"]["cgroupsPath"] = .string(path)
      try container.run().expectFailure(1, "cgroup")
      container.expectNothingLeft()
    }
  }

  /// `..` that stays inside is only another spelling.
  @Test func dotsThatStayInside() throws {
    try withAttack { container, _ in
      container.config["linux"]["cgroupsPath"] = "/./b/.././/\(container.id)//"
      container.script = "cat /proc/self/cgroup"
      let lines = try container.run().expectSuccess().text.split(separator: "\n")
      #expect(!lines.isEmpty && lines.contains { $0.hasSuffix("/\(container.id)") }, "\(lines)")
      #expect(lines.allSatisfy { !$0.contains("..") && !$0.hasSuffix("/b") })
    }
  }

  @Test(.ownTexts, arguments: ["..", "../..", "/../x", "a/../../..", "/", "memory:../..", "memory:/..", "a\nb"])
  func cgroupOfExec(_ path: String) throws {
    try withAttack(["sleep", "100"]) { container, _ in
      try container.createAndStart()
      let outcome = try container.exec(["--cgroup", path], ["cat", "/proc/self/cgroup"])
      if outcome.exitCode == 0 {
        // Its own cgroup has several names.
        let lines = outcome.text.split(separator: "\n")
        #expect(lines.filter { $0.contains("memory") }.allSatisfy { $0.contains(container.id) }, "\(outcome)")
      } else {
        outcome.expectFailure(255)
      }
    }
  }

  /// Without a cgroup namespace the container sees its own cgroup and nothing above, and can't write when the mount is
  /// read-only (CVE-2023-25809).
  @Test(.cgroupV1, arguments: [true, false]) func mountWithoutNamespace(_ isPrivileged: Bool) throws {
    try withAttack { container, _ in
      if isPrivileged {
        container.setCapabilities(TestContainer.allCapabilities.filter { $0 != "CAP_SYS_ADMIN" })
      }
      let other = CgroupHierarchies.mountPoints["pids"].map { $0 + "/\(container.id)-other" } ?? ""
      mkdir(other, 0o755)
      defer { rmdir(other) }
      container.script = """
        cd /sys/fs/cgroup
        find . -name '*-other*'; ls -d pids/../../../../*-other 2>/dev/null
        for f in */tasks */cgroup.procs; do (echo 0 > $f) 2>/dev/null && echo "wrote to $f"; done
        (mkdir pids/new memory/new) 2>/dev/null && echo made
        (echo '|/evil' > memory/release_agent) 2>/dev/null && echo "wrote to release_agent"
        ls memory/release_agent 2>/dev/null
        ls pids | grep -c cgroup.procs
        """
      let outcome = try container.run()
      #expect(outcome.expectSuccess().text == "1")
    }
  }

  @Test(.cgroupV1) func mountWithNamespace() throws {
    try withAttack { container, _ in
      container.setNamespace("cgroup")
      container.script = """
        cut -d: -f3 /proc/self/cgroup | sort -u
        cd /sys/fs/cgroup; ls memory/release_agent 2>/dev/null
        for f in */tasks */cgroup.procs; do (echo 0 > $f) 2>/dev/null && echo "wrote to $f"; done
        true
        """
      let outcome = try container.run()
      #expect(outcome.expectSuccess().text == "/")
    }
  }

  /// The container's own cgroup can be given to it; what it makes there goes with it, however deep it is.
  @Test(.cgroupV1) func deepCgroups() throws {
    try withAttack { container, _ in
      container.replaceMount(
        "/sys/fs/cgroup",
        with: ["type": "cgroup", "source": "cgroup", "destination": "/sys/fs/cgroup", "options": ["rw"]])
      container.script = """
        cd /sys/fs/cgroup/pids
        i=0; while [ $i -lt 150 ]; do mkdir d || break; cd d; i=$((i + 1)); done
        sleep 100 & echo $! > cgroup.procs; echo $i
        """
      let outcome = try container.run()
      #expect(outcome.expectSuccess().text == "150")
      container.expectNothingLeft()
    }
  }
}

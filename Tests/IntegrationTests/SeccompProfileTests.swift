import Foundation
import Glibc
import Testing

/// linux.seccomp as the container's processes feel it (config-linux.md, «Seccomp»).
@Suite(.root, .tags(.integration))
struct SeccompProfileTests {
  private static let makeDirectory: JSON = ["mkdir", "mkdirat"]

  private func profile(_ action: String, _ errno: Int? = nil, _ names: JSON = makeDirectory) -> JSON {
    var rule: JSON = ["names": names, "action": .string(action)]
    if let errno { rule["errnoRet"] = .int(errno) }
    return ["defaultAction": "SCMP_ACT_ALLOW", "syscalls": [rule]]
  }

  /// The script's output; standard error goes along.
  private func output(_ container: TestContainer, _ script: String) throws -> String {
    container.script = "exec 2>&1; " + script
    return try container.run().text
  }

  @Test(
    arguments: [
      ("SCMP_ACT_ERRNO", nil, "Operation not permitted"), ("SCMP_ACT_ERRNO", 28, "No space left on device"),
      ("SCMP_ACT_TRACE", nil, "Function not implemented"), ("SCMP_ACT_KILL", nil, "159"),
      ("SCMP_ACT_KILL_PROCESS", nil, "159"), ("SCMP_ACT_KILL_THREAD", nil, "159"), ("SCMP_ACT_TRAP", nil, "159"),
      ("SCMP_ACT_LOG", nil, "made"), ("SCMP_ACT_ALLOW", nil, "made"), ("SCMP_ACT_ERRNO", 0, "seemed"),
    ] as [(String, Int?, String)], [true, false])
  func actions(_ action: (name: String, errno: Int?, text: String), _ noNewPrivileges: Bool) throws {
    try withContainer { container in
      container.config["process"]["noNewPrivileges"] = .bool(noNewPrivileges)
      container.config["linux"]["seccomp"] = profile(action.name, action.errno)
      let text = try output(
        container,
        "mkdir /tmp/x; code=$?; test $code = 159 && echo $code; test -d /tmp/x && echo made; "
          + "test $code = 0 -a ! -d /tmp/x && echo seemed; grep -q 'Seccomp:.*2' /proc/self/status || echo none")
      #expect(text.hasSuffix(action.text), "\(text)")
    }
  }

  /// With a user that has no capabilities, in both orders of loading.
  @Test(arguments: [true, false]) func unprivilegedUser(_ noNewPrivileges: Bool) throws {
    try withContainer { container in
      container.config["process"]["noNewPrivileges"] = .bool(noNewPrivileges)
      container.config["process"]["user"] = ["uid": 1000, "gid": 1000]
      container.config["process"]["capabilities"] = ["bounding": [], "permitted": [], "effective": []]
      container.config["linux"]["seccomp"] = profile("SCMP_ACT_ERRNO", 95)
      let text = try output(container, "mkdir /tmp/x; grep NoNewPrivs: /proc/self/status")
      #expect(text.contains("not supported"))
    }
  }

  /// The filter has no effect on the runtime's own last steps where no_new_privs lets it be loaded last.
  @Test func theRuntimesOwnCallsAreNotFiltered() throws {
    try withContainer { container in
      let names: JSON = ["execve", "write", "exit_group", "arch_prctl", "brk", "mmap", "munmap", "mprotect"]
      container.config["linux"]["seccomp"] = [
        "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [["names": names, "action": "SCMP_ACT_ALLOW"]],
      ]
      container.config["process"]["args"] = ["echo", "out"]
      let outcome = try container.run()
      #expect(outcome.expectSuccess().text == "out")
    }
  }

  @Test(
    arguments: [
      (JSON.array([]), 0), (["SECCOMP_FILTER_FLAG_SPEC_ALLOW"], 1), (["SECCOMP_FILTER_FLAG_LOG"], 0),
      (["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"], 0),
      (
        [
          "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
          "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
        ], 1
      ),
    ] as [(JSON, Int)]) func flags(_ flags: JSON, _ allowsSpeculation: Int) throws
  {
    try withContainer { container in
      container.config["linux"]["seccomp"] = profile("SCMP_ACT_ERRNO", 95)
      container.config["linux"]["seccomp"]["flags"] = flags
      let text = try output(container, "mkdir /tmp/x; grep -E 'Seccomp:|Speculation_Store' /proc/self/status")
      #expect(text.contains("not supported") && text.contains("Seccomp:\t2"))
      // Without the flag the kernel disables speculation for the process, where the processor lets it.
      let host = Host.status(Int(getpid()), "Speculation_Store_Bypass") ?? ""
      guard host.contains("vulnerable") && host.contains("thread") else { return }
      #expect(text.contains("force mitigated") == (allowsSpeculation == 0), "\(text)")
    }
  }

  @Test(.ownTexts) func unknownNamesAreRefusedOrIgnored() throws {
    try withContainer { container in
      container.config["linux"]["seccomp"] = profile("SCMP_ACT_ERRNO", 95, ["no_such_call", "mkdir", "mkdirat"])
      let text = try output(container, "mkdir /tmp/x")
      #expect(text.contains("not supported"))
      container.config["linux"]["seccomp"]["flags"] = ["SECCOMP_FILTER_FLAG_NONE"]
      let outcome = try container.run()
      #expect(outcome.exitCode != 0 && outcome.stderr.contains("linux.seccomp.flags[0]: must be one of"))
    }
  }

  /// A payload's filter need not allow what the runtime does to check the working directory.
  @Test(arguments: [true, false]) func withoutTheWorkingDirectory(noNewPrivileges: Bool) throws {
    try withContainer(["busybox", "pwd"]) { container in
      container.config["process"]["noNewPrivileges"] = .bool(noNewPrivileges)
      container.config["process"]["cwd"] = "/tmp"
      container.config["linux"]["seccomp"] = [
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [["names": ["getcwd", "chdir", "fchdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 99]],
      ]
      let outcome = try container.run()
      #expect(outcome.exitCode == 1 && outcome.stderr.contains("Cannot assign requested address"), "\(outcome)")
    }
  }

  /// The C library falls back to older calls only for ENOSYS.
  @Test func newerCallsAreNotImplemented() throws {
    try withContainer { container in
      container.config["linux"]["seccomp"] = [
        "defaultAction": "SCMP_ACT_ERRNO",
        "syscalls": [
          [
            "names": [
              "execve", "write", "exit_group", "arch_prctl", "brk", "mmap", "munmap", "mprotect", "prctl", "getuid",
              "rt_sigaction", "rt_sigprocmask", "open", "close", "fcntl", "getpid", "getppid", "stat", "getcwd",
            ],
            "action": "SCMP_ACT_ALLOW",
          ]
        ],
      ]
      container.config["process"]["args"] = ["busybox", "unshare", "-u", "true"]
      // unshare is 272, the highest number named is that of exit_group, 231.
      let older = try container.run()
      #expect(older.stderr.contains("Function not implemented"))
      container.config["linux"]["seccomp"]["syscalls"][0]["names"].append("openat2")
      let newer = try container.run()
      #expect(newer.stderr.contains("Operation not permitted"))
    }
  }
}

/// The cache of compiled filters below `--root`.
@Suite(.root, .tags(.integration), .ownTexts)
struct SeccompCacheTests {
  private func with(_ body: (TestContainer) throws -> Void) throws {
    try withContainer { container in
      container.config["linux"]["seccomp"] = [
        "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [["names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"]],
      ]
      container.script = "mkdir /tmp/x 2>/dev/null || echo denied"
      try body(container)
    }
  }

  private func expectDenied(_ container: TestContainer) throws {
    let outcome = try container.run().expectSuccess()
    #expect(outcome.text == "denied" && outcome.stderr.isEmpty, "\(outcome)")
  }

  @Test func oneFileForAProfile() throws {
    try with { container in
      let directory = container.root + "/@seccomp"
      try expectDenied(container)
      let files = Host.list(directory)
      #expect(files.count == 1)
      for _ in 0..<3 { try expectDenied(container) }
      #expect(Host.list(directory) == files)
      // The directory is no container.
      let listed = try container.runtime(["list", "-q"])
      #expect(listed.expectSuccess().text.isEmpty)
      // Another profile, which differs in one letter.
      container.config["linux"]["seccomp"]["syscalls"][0]["names"][0] = "rmdir"
      container.config["linux"]["seccomp"]["syscalls"][0]["names"][1] = "unlinkat"
      container.script = "mkdir /tmp/x && rmdir /tmp/x 2>/dev/null || echo denied"
      try expectDenied(container)
      #expect(Host.list(directory).count == 2)
    }
  }

  /// A hit gives the very filter that compiling gives: what `exec` gets is kept in the container's state.
  @Test func aHitIsTheSameFilter() throws {
    try with { container in
      container.config["process"]["args"] = ["sleep", "100"]
      var filters: [Data] = []
      for _ in 0..<2 {
        try container.createAndStart()
        let file = "\(container.root)/\(container.id)/seccomp.bpf"
        filters.append(try Data(contentsOf: URL(fileURLWithPath: file)))
        let inside = try container.exec([], ["sh", "-c", "mkdir /tmp/x 2>/dev/null || echo denied"])
        #expect(inside.expectSuccess().text == "denied")
        try container.delete("--force").expectSilentSuccess()
      }
      #expect(filters[0] == filters[1] && filters[0].count > 8)
    }
  }

  @Test func whateverHappensToTheFileTheFilterHolds() throws {
    try with { container in
      let directory = container.root + "/@seccomp"
      try expectDenied(container)
      let file = directory + "/" + (try #require(Host.list(directory).first))
      let whole = try Data(contentsOf: URL(fileURLWithPath: file))
      // A program that allows all in the place of the right one, with a checksum that no longer fits.
      var permissive = whole
      permissive.replaceSubrange((whole.count - 8)..., with: [6, 0, 0, 0, 0, 0, 0xff, 0x7f])
      for damaged in [Data(), whole.prefix(whole.count / 2), Data(repeating: 0, count: whole.count), permissive] {
        try damaged.write(to: URL(fileURLWithPath: file))
        try expectDenied(container)
        let content = try Data(contentsOf: URL(fileURLWithPath: file))
        #expect(content == whole)
      }
      chmod(file, 0o666)
      try expectDenied(container)
      chown(directory, 65534, 65534)
      try expectDenied(container)
      try FileManager.default.removeItem(atPath: directory)
      try Host.write("not a directory", to: directory)
      try expectDenied(container)
    }
  }

  /// A profile that is known does not keep other faults from being told, nor does a known text stand for a changed one.
  @Test func faultsAreStillReported() throws {
    try with { container in
      try expectDenied(container)
      var broken = container.config
      broken["hostname"] = .int(7)
      broken["linux"]["maskedPaths"] = ["relative"]
      container.configText = broken.text
      let first = try container.run()
      #expect(first.exitCode != 0 && first.stderr.contains("hostname") && first.stderr.contains("maskedPaths"))
      broken["linux"]["seccomp"]["defaultAction"] = "SCMP_ACT_NONE"
      container.configText = broken.text
      let second = try container.run()
      #expect(second.stderr.contains("hostname") && second.stderr.contains("linux.seccomp.defaultAction"))
    }
  }
}

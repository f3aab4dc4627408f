import Foundation
import Glibc
import Testing

/// `exec --user` and what an image's /etc/passwd can do to it.
@Suite(.root, .tags(.integration))
struct ExecUserAttacks {
  private func ids(_ container: TestContainer, _ user: String) throws -> Outcome {
    try container.exec(["--user", user], ["sh", "-c", "echo $(id -u) $(id -g)"])
  }

  /// A numeric user is a number, whatever names there are (CVE-2016-3697, CVE-2026-30892).
  @Test(
    .ownTexts,
    arguments: [("1", "1 0"), ("1:2", "1 2"), ("1000", "1000 0"), ("4294967294:4294967294", "4294967294 4294967294")]
  ) func numbers(_ user: String, _ expected: String) throws {
    try withAttack(["sleep", "100"]) { container, _ in
      let names = ["1", "2", "1000", "1:2", "4294967294"]
      try Host.write(
        names.map { "\($0):x:0:0::/:/bin/sh\n" }.joined() + "root:x:0:0::/root:/bin/sh\n",
        to: container.rootfs + "/etc/passwd")
      try Host.write(names.map { "\($0):x:0:\n" }.joined(), to: container.rootfs + "/etc/group")
      try container.createAndStart()
      #expect(try ids(container, user).expectSuccess().text == expected)
    }
  }

  /// What is no number is an error, and never user 0.
  @Test(
    .ownTexts,
    arguments: [
      "4294967295", "1:4294967295", "4294967296", "18446744073709551616", "-1", "1:-1", "+1", "1x", "", ":", "1:", ":1",
      " 1", "1 ", "0x1", "1:2:3", "root", "user", "1.5", "\u{661}",
    ])
  func notNumbers(_ user: String) throws {
    try withAttack(["sleep", "100"]) { container, _ in
      try container.createAndStart()
      try ids(container, user).expectFailure(255, "user")
    }
  }

  /// The highest number stands for «no change»: the process would stay root.
  @Test(arguments: ["uid", "gid", "additionalGids"]) func noChange(_ property: String) throws {
    try withAttack(["id"]) { container, _ in
      container.config["process"]["user"] = ["uid": 1, "gid": 1]
      container.config["process"]["user"][property] = property == "additionalGids" ? [4_294_967_295] : 4_294_967_295
      try container.run().expectFailure(1)
      container.expectNothingLeft()
    }
  }

  enum Accounts: String, CaseIterable, Sendable {
    case fifo, device, directory, huge, endlessLine, procFile, kernelMessages, stream, loop, missing, outside

    func make(at path: String, _ canary: Canary) throws {
      unlink(path)
      switch self {
      case .fifo: mkfifo(path, 0o666)
      case .device: symlink("/dev/zero", path)
      case .directory: try Host.makeDirectory(path)
      case .huge:
        let descriptor = creat(path, 0o644)
        ftruncate(descriptor, 1 << 40)
        close(descriptor)
      case .endlessLine: try Host.write(String(repeating: "a:", count: 3 << 20), to: path)
      case .procFile: symlink("/proc/self/environ", path)
      case .kernelMessages: symlink("/proc/kmsg", path)
      case .stream: symlink("/proc/self/fd/0", path)
      case .loop: symlink("passwd", path)
      case .missing: break
      case .outside: symlink("../../../../../../../.." + canary.path + "/passwd", path)
      }
    }
  }

  /// HOME comes from the image's accounts, which may be anything; it must neither hang nor fail, nor be read outside.
  @Test(.ownTexts, arguments: Accounts.allCases) func hostileAccounts(_ accounts: Accounts) throws {
    try withAttack(["sleep", "100"]) { container, canary in
      try Host.write("root:x:0:0::/of-the-host:/bin/sh\n", to: container.path("passwd"))
      try accounts.make(at: container.rootfs + "/etc/passwd", canary)
      container.config["process"]["capabilities"]["bounding"].append("CAP_SYSLOG")
      try container.createAndStart()
      let outcome = try container.exec([], ["sh", "-c", "echo $HOME"], options: .init(seconds: 10))
      #expect(outcome.expectSuccess().text == "/")
    }
  }

  /// A home directory of any content is the value of a variable and nothing else.
  @Test(.ownTexts, arguments: ["/home\tx", "/../..", "$(id)", String(repeating: "/x", count: 2000), "a=b"])
  func hostileHome(_ home: String) throws {
    try withAttack(["sleep", "100"]) { container, _ in
      try Host.write("root:x:0:0::\(home):/bin/sh\n", to: container.rootfs + "/etc/passwd")
      try container.createAndStart()
      #expect(try container.exec([], ["sh", "-c", "echo \"$HOME\""]).expectSuccess().stdout == home + "\n")
    }
  }
}

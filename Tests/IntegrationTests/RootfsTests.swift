import Glibc
import Testing

/// The root, its devices and what of it is hidden (config.md, «Root»; config-linux.md, «Default Filesystems», «Devices»,
/// «Masked Paths», «Readonly Paths»).
@Suite(.root, .tags(.integration))
struct RootfsTests {
  @Test(arguments: [[], ["--no-pivot"]])
  func theHostIsOutOfReach(_ flags: [String]) throws {
    try withContainer { container in
      try Host.write("", to: container.rootfs + "/mark")
      container.script =
        "for f in /mark /../../mark /proc/1/root/mark; do ls -d $f; done; awk '{print $5}' /proc/self/mountinfo | sort -u"
      try container.writeConfig()
      let lines = try container.runtime(["run", "--bundle", container.bundle] + flags + [container.id])
        .expectSuccess().text.split(separator: "\n").map(String.init)
      #expect(Array(lines.prefix(3)) == ["/mark", "/../../mark", "/proc/1/root/mark"])
      #expect(!lines.contains { $0.hasPrefix("/tmp") || $0.contains(container.id) }, "\(lines)")
    }
  }

  @Test func readonlyRoot() throws {
    try withContainer { container in
      container.config["root"]["readonly"] = true
      let text = try container.output(
        of: "touch /file 2>/dev/null || echo refused; touch /dev/shm/file && echo done; touch /dev/file && echo done")
      #expect(text == "refused\ndone\ndone")
      #expect(!Host.exists(container.rootfs + "/file"))
    }
  }

  @Test(arguments: ["null", "zero", "full", "random", "urandom", "tty"])
  func defaultDevice(_ name: String) throws {
    let numbers = ["null": "1 3", "zero": "1 5", "full": "1 7", "random": "1 8", "urandom": "1 9", "tty": "5 0"]
    try withContainer { container in
      let text = try container.output(of: "stat -c '%F %a %u %g %t %T' /dev/\(name)")
      #expect(text == "character special file 666 0 0 \(numbers[name] ?? "")")
    }
  }

  @Test func devicesAreOpenedAndWork() throws {
    try withContainer { container in
      let text = try container.output(
        of: "echo x >/dev/null; dd if=/dev/zero bs=4 count=1 2>/dev/null | od -An -tx1; "
          + "echo x 2>/dev/null >/dev/full || echo full; dd if=/dev/urandom bs=9 count=1 2>/dev/null | wc -c")
      #expect(text == "00 00 00 00\nfull\n9")
    }
  }

  @Test func defaultLinks() throws {
    try withContainer { container in
      let text = try container.output(
        of: "for name in fd stdin stdout stderr ptmx; do readlink /dev/$name; done; stat -c %F /dev/pts/ptmx")
      #expect(
        text == "/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\npts/ptmx\ncharacter special file")
    }
  }

  @Test(
    arguments: [
      (["type": "c", "major": 1, "minor": 3], "character special file 666 0 0 1 3"),
      (
        ["type": "u", "major": 1, "minor": 5, "fileMode": 0o640, "uid": 3, "gid": 4],
        "character special file 640 3 4 1 5"
      ),
      (["type": "b", "major": 7, "minor": 200, "fileMode": 0o600], "block special file 600 0 0 7 c8"),
      (["type": "p", "fileMode": 0o622, "gid": 9], "fifo 622 0 9 0 0"),
    ] as [(JSON, String)])
  func device(_ device: JSON, _ shown: String) throws {
    try withContainer { container in
      for path in ["/dev/made", "/dev/deep/er/made", "/opt/made"] {
        var device = device
        device["path"] = .string(path)
        container.config["linux"]["devices"] = [device]
        let text = try container.output(of: "stat -c '%F %a %u %g %t %T' \(path)")
        #expect(text == shown, "\(path)")
      }
    }
  }

  @Test(
    arguments: [
      (["path": "/dev/made", "type": "q", "major": 1, "minor": 3], "linux.devices[0].type"),
      (["path": "/dev/made", "type": "c", "major": 1], "linux.devices[0].minor"),
      (["path": "dev/made", "type": "p"], "linux.devices[0].path"),
    ] as [(JSON, String)])
  func deviceThatIsRefused(_ device: JSON, _ text: String) throws {
    try withContainer { container in
      container.config["linux"]["devices"] = [device]
      try container.create().expectFailure(1, text)
      container.expectNothingLeft()
    }
  }

  /// Of what is there already, only the very device may stay.
  @Test(arguments: [(5, true), (3, false), (nil, false)] as [(Int?, Bool)])
  func deviceWhoseNameIsTaken(_ minor: Int?, _ isTaken: Bool) throws {
    try withContainer { container in
      let place = container.rootfs + "/opt/taken"
      try Host.makeDirectory(container.rootfs + "/opt")
      if let minor {
        #expect(mknod(place, mode_t(S_IFCHR) | 0o600, dev_t(1 << 8 | minor)) == 0)
      } else {
        try Host.write("text", to: place)
      }
      container.config["linux"]["devices"] = [["path": "/opt/taken", "type": "c", "major": 1, "minor": 5]]
      if isTaken {
        #expect(try container.output(of: "stat -c '%F %t %T' /opt/taken") == "character special file 1 5")
      } else {
        try container.create().expectFailure(1, "/opt/taken")
        container.expectNothingLeft()
      }
    }
  }

  @Test func maskedPaths() throws {
    try withContainer { container in
      try Host.makeDirectory(container.rootfs + "/secret")
      try Host.write("secret", to: container.rootfs + "/secret/file")
      try Host.write("secret", to: container.rootfs + "/etc/secret")
      container.config["linux"]["maskedPaths"] = ["/secret", "/etc/secret", "/nonexistent/path"]
      let text = try container.output(
        of: "ls -A /secret; cat /etc/secret; touch /secret/new 2>/dev/null || echo refused; "
          + "stat -c %F /secret /etc/secret")
      #expect(text == "refused\ndirectory\ncharacter special file")
      #expect(Host.read(container.rootfs + "/secret/file") == "secret")
    }
  }

  @Test func readonlyPaths() throws {
    try withContainer { container in
      try Host.makeDirectory(container.rootfs + "/fixed")
      try Host.write("old\n", to: container.rootfs + "/etc/fixed")
      container.config["linux"]["readonlyPaths"] = ["/fixed", "/etc/fixed", "/nonexistent/path"]
      let text = try container.output(
        of: "touch /fixed/new 2>/dev/null || echo refused; echo new 2>/dev/null >/etc/fixed || echo refused; "
          + "cat /etc/fixed; touch /etc/other && echo done")
      #expect(text == "refused\nrefused\nold\ndone")
    }
  }

  @Test(arguments: ["/nonexistent/rootfs", "config.json"])
  func aRootThatIsNone(_ path: String) throws {
    try withContainer { container in
      container.config["root"]["path"] = .string(path)
      try container.create().expectFailure(1, path)
      container.expectNothingLeft()
    }
  }

  /// The specification has relative paths start at the bundle.
  @Test func aRelativeRoot() throws {
    try withContainer { container in
      container.config["root"]["path"] = "./rootfs/../rootfs"
      let text = try container.output(of: "ls -d /bin/busybox")
      #expect(text == "/bin/busybox")
    }
  }
}

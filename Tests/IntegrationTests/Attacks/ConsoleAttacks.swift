import Foundation
import Glibc
import Testing

/// Terminals whose device files a volume has replaced (CVE-2025-52565), and what a console socket gets.
@Suite(.root, .tags(.integration))
struct ConsoleAttacks {
  enum Place: String, CaseIterable, Sendable {
    case ptmxIsALink, ptmxIsAFile, ptmxIsAFifo, ptmxIsNull, numberedLinks, noDirectory
  }

  private func prepare(_ container: TestContainer, _ place: Place) throws {
    let volume = container.path("volume")
    try Host.makeDirectory(volume)
    for number in 0..<20 { symlink("/proc/sysrq-trigger", volume + "/\(number)") }
    switch place {
    case .ptmxIsALink: symlink("/proc/sys/kernel/core_pattern", volume + "/ptmx")
    case .ptmxIsAFile: try Host.write("", to: volume + "/ptmx", mode: 0o666)
    case .ptmxIsAFifo: mkfifo(volume + "/ptmx", 0o666)
    case .ptmxIsNull: mknod(volume + "/ptmx", S_IFCHR | 0o666, 0x103)
    case .numberedLinks, .noDirectory: break
    }
    if place == .noDirectory {
      container.replaceMount("/dev/pts", with: nil)
    } else {
      container.replaceMount(
        "/dev/pts",
        with: ["type": "bind", "source": .string(volume), "destination": "/dev/pts", "options": ["rbind"]])
    }
    container.config["process"]["terminal"] = true
    container.config["process"]["args"] = ["cat", "/dev/console"]
  }

  @Test(arguments: Place.allCases) func foreignPts(_ place: Place) throws {
    try withAttack { container, _ in
      try prepare(container, place)
      let receiver = try DescriptorReceiver(path: container.path("console.sock"))
      try container.create("--console-socket", receiver.path).expectFailure(1, "/dev/pts")
      container.expectNothingLeft()
    }
  }

  /// The container replaces its own devpts before somebody runs a program with a terminal in it.
  @Test(.ownTexts, arguments: ["rm", "file", "fifo", "link", "null"]) func ptsReplacedInside(_ what: String) throws {
    try withAttack(["sleep", "100"]) { container, _ in
      container.setCapabilities(TestContainer.allCapabilities)
      try container.createAndStart()
      let make = [
        "rm": "true", "file": "touch /dev/pts/ptmx", "fifo": "mkfifo /dev/pts/ptmx",
        "link": "ln -s /proc/sysrq-trigger /dev/pts/ptmx", "null": "mknod /dev/pts/ptmx c 1 3",
      ]
      try container.exec([], ["sh", "-c", "umount /dev/pts && \(make[what] ?? "false")"]).expectSilentSuccess()
      let receiver = try DescriptorReceiver(path: container.path("console.sock"))
      try container.exec(
        ["--tty", "--detach", "--console-socket", receiver.path], ["true"], options: .init(seconds: 10)
      ).expectFailure(255, "/dev/pts/ptmx")
    }
  }

  @Test(arguments: ["link", "directory", "fifo"]) func console(_ what: String) throws {
    try withAttack { container, canary in
      let volume = container.path("volume")
      try Host.makeDirectory(volume + "/pts")
      switch what {
      case "link": symlink("../../../../../../../../../.." + canary.path + "/console", volume + "/console")
      case "directory": try Host.makeDirectory(volume + "/console")
      default: mkfifo(volume + "/console", 0o600)
      }
      for (name, number) in [("null", 3), ("zero", 5), ("full", 7), ("random", 8), ("urandom", 9)] {
        mknod(volume + "/" + name, S_IFCHR | 0o666, dev_t(0x100 + number))
      }
      container.removeDevMounts()
      container.addBind(volume, "/dev")
      container.addMount([
        "type": "devpts", "source": "devpts", "destination": "/dev/pts", "options": ["newinstance", "ptmxmode=0666"],
      ])
      container.config["process"]["terminal"] = true
      container.script = "tty"
      let receiver = try DescriptorReceiver(path: container.path("console.sock"))
      let outcome = try container.create("--console-socket", receiver.path, options: .init(seconds: 10))
      // Only something that a file can be mounted on will do.
      if what == "fifo" { outcome.expectSilentSuccess() } else { outcome.expectFailure(1, "/dev/console") }
    }
  }

  /// An empty name is no abstract address that another process of the network namespace could listen on.
  @Test(.ownTexts) func emptySocketName() throws {
    try withAttack(["sleep", "100"]) { container, _ in
      let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(listener) }
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      let size = socklen_t(MemoryLayout<sockaddr_un>.size)
      let bound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, size) }
      }
      #expect(bound == 0 && listen(listener, 4) == 0)
      try container.createAndStart()
      for option in ["--console-socket", "--pidfd-socket"] {
        let tty = option == "--console-socket" ? ["--tty"] : []
        _ = try container.exec(tty + ["--detach", option, ""], ["sleep", "1"], options: .init(seconds: 5))
      }
      var poll = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
      #expect(Glibc.poll(&poll, 1, 200) == 0, "something connected to an abstract address")
    }
  }
}

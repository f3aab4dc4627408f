import Foundation
import Glibc
import Testing

/// Files of the host that another user could have made or replaced, and descriptors that the caller did not leave open.
@Suite(.root, .tags(.integration))
struct StateAttacks {
  /// A state directory names processes to kill and programs to execute: another user's is reported, but not acted on.
  @Test(.ownTexts, arguments: ["kill", "delete", "start", "exec", "pause", "update", "ps"])
  func anotherUsersState(_ verb: String) throws {
    try withAttack(["sleep", "100"]) { container, _ in
      try container.createAndStart()
      let directory = "\(container.root)/\(container.id)"
      chown(directory, 65534, 65534)
      defer { chown(directory, 0, 0) }
      let arguments = verb == "exec" ? [verb, container.id, "true"] : [verb, container.id]
      try container.runtime(arguments).expectFailure(verb == "exec" ? 255 : 1, "belongs to another user (uid 65534)")
      if verb == "delete" {
        try container.runtime(["delete", "--force", container.id]).expectFailure(1, "belongs to another user")
      }
      try container.expectStatus("running")
      #expect(try container.runtime(["list", "-q"]).expectSuccess().text == container.id)
    }
  }

  @Test(.ownTexts, arguments: [mode_t(0o720), 0o702, 0o777]) func stateThatOthersCanWrite(_ mode: mode_t) throws {
    try withAttack(["sleep", "100"]) { container, _ in
      try container.createAndStart()
      let directory = "\(container.root)/\(container.id)"
      chmod(directory, mode)
      defer { chmod(directory, 0o700) }
      try container.kill("KILL").expectFailure(1, "can be written to by others")
    }
  }

  /// Numbers that the caller left free are those of the runtime's own descriptors, on directories of the host.
  @Test(arguments: [1, 2, 5, 30, 4000]) func descriptorsThatNobodyPreserved(_ count: Int) throws {
    try withAttack(["sleep", "100"]) { container, _ in
      try container.run("--preserve-fds", "\(count)").expectFailure(1)
      try container.createAndStart()
      try container.exec(["--preserve-fds", "\(count)"], ["true"]).expectFailure(255, "preserved-fd")
    }
  }

  @Test(.ownTexts, arguments: ["4096", "1000000", "2147483647"]) func tooManyPreserved(_ count: String) throws {
    try withAttack(["sleep", "100"]) { container, _ in
      try container.createAndStart()
      try container.exec(["--preserve-fds", count], ["true"]).expectFailure(255, "--preserve-fds: out of range")
    }
  }

  /// The pid file is made beside its place first: a link there is not followed, and does not stop the command.
  @Test(arguments: ["link", "file", "dangling"]) func temporaryPidFile(_ what: String) throws {
    try withAttack(["sleep", "100"]) { container, canary in
      let directory = container.path("pids")
      try Host.makeDirectory(directory)
      switch what {
      case "link": symlink(canary.path + "/file", directory + "/.pid")
      case "dangling": symlink(canary.path + "/new", directory + "/.pid")
      default: try Host.write("left over by a command that was killed", to: directory + "/.pid")
      }
      try container.create("--pid-file", directory + "/pid").expectSilentSuccess()
      #expect(Host.readTrimmed(directory + "/pid") == "\(try container.pid())")
      #expect(Host.list(directory) == ["pid"])
    }
  }

  /// The payload's user gets its streams to own, but neither devices of the host nor files that it only reads.
  @Test(arguments: ["/dev/zero", "/dev/full", "/dev/null", "read", "write"], ["run", "exec"])
  func streamsOfTheHost(_ stream: String, _ verb: String) throws {
    try withAttack(["sleep", "100"]) { container, _ in
      let file = container.path("stream")
      try Host.write("", to: file)
      let path = stream.hasPrefix("/") ? stream : file
      let descriptor = open(path, (stream == "read" ? O_RDONLY : O_RDWR) | O_CLOEXEC)
      defer { close(descriptor) }
      let options = RunningCommand.Options(descriptors: [0: descriptor])
      if verb == "run" {
        container.config["process"]["user"] = ["uid": 1000, "gid": 1000]
        container.config["process"]["args"] = ["sh", "-c", "chmod 640 /proc/self/fd/0 2>/dev/null; true"]
        try container.run(options: options).expectSuccess()
      } else {
        try container.createAndStart()
        try container.exec(["--user", "1000:1000"], ["true"], options: options).expectSuccess()
      }
      var status = stat()
      stat(path, &status)
      #expect(status.st_uid == (stream == "write" ? 1000 : 0))
    }
  }
}

import Foundation
import Glibc
import Testing

/// Working directories and programs that are named through a descriptor (CVE-2024-21626). The caller leaves 3 to 50 open
/// on a directory of the host besides.
@Suite(.root, .tags(.integration))
struct WorkingDirectoryAttacks {
  private static let numbers = Int32(3)...50

  /// A directory of the host with a program in it, and all numbers open on it.
  private func withOpenDirectories(_ canary: Canary, _ body: (RunningCommand.Options) throws -> Void) throws {
    let directory = open(canary.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(directory) }
    try body(.init(descriptors: Dictionary(uniqueKeysWithValues: Self.numbers.map { ($0, directory) })))
  }

  private static let report = "pwd; ls; ls /proc/self/cwd/"

  @Test func workingDirectoryOfRun() throws {
    try withAttack { container, canary in
      try withOpenDirectories(canary) { options in
        for number in Self.numbers {
          for inherited in [options, .init()] {
            container.config["process"]["cwd"] = "/proc/self/fd/\(number)"
            container.script = Self.report
            try container.run(options: inherited).expectHarmless("ptmx")
          }
        }
      }
    }
  }

  @Test(arguments: ["w", "tmp/w"]) func workingDirectoryThroughALink(_ link: String) throws {
    try withAttack { container, canary in
      try withOpenDirectories(canary) { options in
        for number in Int32(3)...12 {
          try container.link(link, to: "/proc/self/fd/\(number)/../..")
          container.config["process"]["cwd"] = .string("/" + link)
          container.script = Self.report
          try container.run(options: options).expectHarmless("bundle")
        }
      }
    }
  }

  @Test func programOfRunAndCreate() throws {
    try withAttack { container, canary in
      // Beside the canary, so that the canary stays as it is.
      let tool = container.path("tool")
      try FileManager.default.copyItem(atPath: BusyboxRootfs.busybox, toPath: tool)
      let up = "../../../../../../../../../../.."
      try withOpenDirectories(canary) { options in
        for number in Self.numbers {
          container.config["process"]["args"] = ["/proc/self/fd/\(number)/\(up)\(tool)", "echo", "escaped"]
          try container.run(options: options).expectFailure(1, "exec:")
          container.config["process"]["args"] = ["/proc/self/fd/\(number)/../tool", "echo", "escaped"]
          let created = try container.launchCreate(options: options)
          if created.wait().exitCode == 0 {
            try container.start().expectFailure(1)
            try container.delete("--force")
          }
          #expect(!created.outcome.stdout.contains("escaped"))
        }
      }
    }
  }

  @Test func workingDirectoryAndProgramOfExec() throws {
    try withAttack(["sleep", "100"]) { container, canary in
      let tool = container.path("tool")
      try FileManager.default.copyItem(atPath: BusyboxRootfs.busybox, toPath: tool)
      try container.createAndStart()
      try container.link("w", to: "/proc/self/fd/7")
      let up = "../../../../../../../../../../.."
      try withOpenDirectories(canary) { options in
        for number in Self.numbers {
          try container.exec(
            ["--cwd", "/proc/self/fd/\(number)"], ["sh", "-c", Self.report], options: options
          ).expectHarmless("ptmx")
          try container.exec([], ["/proc/self/fd/\(number)/\(up)\(tool)", "echo", "escaped"], options: options)
            .expectFailure(255, "exec:")
        }
        try container.exec(["--cwd", "/w"], ["sh", "-c", Self.report], options: options).expectHarmless("ptmx")
        try container.exec(["--cwd", "/w/../.."], ["sh", "-c", Self.report], options: options).expectHarmless("bundle")
      }
    }
  }

  /// A directory that the payload's own descriptor leads to may be outside of the root all the same.
  @Test func preservedDescriptorOfTheHost() throws {
    try withAttack { container, canary in
      try withOpenDirectories(canary) { options in
        container.config["process"]["cwd"] = "/proc/self/fd/3"
        container.script = Self.report
        try container.run("--preserve-fds", "1", options: options).expectFailure(1)
      }
    }
  }

  @Test func preservedDescriptorOfTheHostInExec() throws {
    try withAttack(["sleep", "100"]) { container, canary in
      try container.createAndStart()
      try withOpenDirectories(canary) { options in
        try container.exec(
          ["--preserve-fds", "1", "--cwd", "/proc/self/fd/3"], ["sh", "-c", Self.report], options: options
        ).expectFailure(255, "outside of container mount namespace root")
      }
    }
  }
}

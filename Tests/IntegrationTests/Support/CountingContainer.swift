import Foundation
import Glibc
import Testing

extension Trait where Self == ConditionTrait {
  /// For tests with the real criu.
  static var criu: Self {
    .enabled("needs a criu that works with this kernel: see `criu check`", { geteuid() == 0 && RealCriu.works })
  }
}

enum RealCriu {
  static let path = ["/usr/sbin/criu", "/usr/bin/criu", "/usr/local/sbin/criu"].first(where: Host.exists)

  /// What `criu check` says.
  static let works: Bool = {
    guard let path else { return false }
    let directory = "/tmp/" + Unique.name("swiftlet-criu")
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try? Host.makeDirectory(directory)
    return (try? RunningCommand(path, ["check"], files: directory).wait().exitCode) == 0
  }()
}

/// A container that counts in a file of the host and on its output, and how it is called.
struct CountingContainer {
  let container: TestContainer
  var options = RunningCommand.Options()
  private let output: [Int32: Pipe]

  /// `streams` says what becomes of the standard streams, which are files of the host: criu cannot find those again.
  init(_ container: TestContainer, streams: String = "exec >/dev/null 2>&1", before: String = "") throws {
    self.container = container
    output = [1: try Pipe(), 2: try Pipe()]
    try Host.makeDirectory(container.path("volume"))
    container.config["mounts"].append([
      "destination": "/data", "type": "bind", "source": .string(container.path("volume")), "options": ["rbind"],
    ])
    container.script = """
      \(streams)
      \(before)
      echo kept >/tmp/file; i=0
      while :; do echo $i; echo $i >/data/new; mv /data/new /data/count; i=$((i+1)); sleep 0.1; done
      """
    options.seconds = 120
  }

  var count: Int { Host.readTrimmed(container.path("volume") + "/count").flatMap { Int($0) } ?? -1 }

  /// For the commands whose streams become the container's: criu cannot save a file of the host, which is on no mount of
  /// the container's.
  var withPipes: RunningCommand.Options {
    var result = options
    for (number, pipe) in output where result.descriptors[number] == nil {
      result.descriptors[number] = pipe.writing
    }
    return result
  }

  func start(_ flags: [String] = []) throws {
    try container.writeConfig()
    try container.runtime(["run", "--detach", "--bundle", container.bundle] + flags + [container.id], withPipes)
      .expectSilentSuccess()
    #expect(eventually(within: 30) { count > 3 })
  }

  func checkpoint(_ name: String = "images", _ flags: [String] = []) throws {
    try container.runtime(
      ["checkpoint", "--image-path", container.path(name), "--work-path", container.path("work")] + flags
        + [container.id], options
    ).expectSilentSuccess()
  }

  func restore(_ name: String = "images", _ flags: [String] = []) throws {
    try launchRestore(name, flags).wait().expectSilentSuccess()
  }

  func launchRestore(_ name: String = "images", _ flags: [String] = []) throws -> RunningCommand {
    try container.writeConfig()
    return try container.launch(
      [
        "restore", "--detach", "--image-path", container.path(name), "--work-path", container.path("work"),
        "--bundle", container.bundle,
      ] + flags + [container.id], withPipes)
  }

  /// It counts on from where it was, and does not begin anew.
  func expectGoingOn(from last: Int, _ location: SourceLocation = #_sourceLocation) {
    let goes = eventually(within: 30) { count > last + 2 }
    if !goes { Issue.record("the count was \(last) and is \(count)", sourceLocation: location) }
  }
}

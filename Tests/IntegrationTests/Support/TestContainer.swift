import Foundation
import Glibc
import Testing

// How a test is written:
//
//     @Test func exitCode() throws {
//       try withContainer(["sh", "-c", "exit 7"]) { container in      // a bundle around busybox, not created yet
//         container.config["process"]["cwd"] = "/tmp"                 // config.json as a value that is edited in place
//         try container.create().expectSilentSuccess()                // commands return an Outcome to look at
//         try container.start().expectSilentSuccess()
//         try container.expectStatus("stopped")                       // waits for it
//         container.expectNothingLeft()                               // also done at the end of each test
//       }
//     }
//
// `launch`, `launchCreate` and `launchRun` don't wait for the command; `launchOnHost` runs any program of the machine and
// ends it with the test. Suites have the trait `.root`; `.ownTexts` is for what only swiftlet does, so that the rest can
// be run against another runtime: SWIFTLET=/usr/sbin/runc swift test --filter IntegrationTests.
//
// A closure whose only `try` is inside of #expect isn't taken for a throwing one: put the call before the #expect.

/// A container of a test: a bundle, a state directory (`--root`) that no other test uses, and the commands of the
/// runtime. Made by `withContainer`, which also takes it away.
///
/// `config` is written to the bundle's config.json when `create` or `run` is called.
final class TestContainer {
  /// The container's id. Every name that the test makes contains it, see `Leftovers`.
  let id: String
  /// The test's own directory, with all files below.
  let directory: String
  let root: String
  let bundle: String
  var config: JSON
  /// Written as config.json instead of `config`; an empty text stands for no file at all.
  var configText: String?
  /// Before the command's name.
  var globalOptions: [String]
  /// What runs the runtime, in the place of a direct call: a program and its arguments, up to the runtime's own path.
  var wrapper: [String] = []
  /// Programs of the host that end with the test.
  fileprivate var hostCommands: [RunningCommand] = []

  fileprivate init(_ arguments: [String], sharingRootOf other: TestContainer?) throws {
    try RuntimeUnderTest.check()
    // The name begins with the other's, so that what is left of either is found by it.
    let id = other.map { $0.id + Unique.name(".b") } ?? Unique.name("swiftlet-test")
    let directory = other.map { $0.directory + "/" + id } ?? "/tmp/" + id
    self.id = id
    self.directory = directory
    root = other?.root ?? directory + "/state"
    bundle = directory + "/bundle"
    globalOptions = ["--root", root]
    config = BaseConfig.make(id: id, arguments: arguments)
    try Host.makeDirectory(bundle)
    try BusyboxRootfs.make(at: rootfs)
  }

  var rootfs: String { bundle + "/rootfs" }
  var stateFile: String { "\(root)/\(id)/state.json" }
  var configFile: String { bundle + "/config.json" }

  /// A path in the test's directory.
  func path(_ name: String) -> String { directory + "/" + name }

  func writeConfig() throws {
    let text = configText ?? config.text
    if text.isEmpty { unlink(configFile) } else { try Host.write(text, to: configFile) }
  }

  /// The script that the container runs, in busybox' shell.
  var script: String {
    get { config["process"]["args"][2].string ?? "" }
    set { config["process"]["args"] = ["sh", "-c", .string(newValue)] }
  }

  /// Lets the container share the host's namespace of a kind.
  func removeNamespace(_ type: String) {
    let kept = config["linux"]["namespaces"].array.filter { $0["type"].string != type }
    config["linux"]["namespaces"] = .array(kept)
  }

  /// Gives the container a new namespace of a kind, or an existing one.
  func setNamespace(_ type: String, path: String? = nil) {
    removeNamespace(type)
    var namespace: JSON = ["type": .string(type)]
    if let path { namespace["path"] = .string(path) }
    config["linux"]["namespaces"].append(namespace)
  }

  /// Starts a program of the host, which is ended with the test.
  func launchOnHost(
    _ executable: String, _ arguments: [String], _ options: RunningCommand.Options = .init()
  ) throws -> RunningCommand {
    var options = options
    options.environment[Leftovers.marker] = id
    let command = try RunningCommand(executable, arguments, options, files: directory)
    hostCommands.append(command)
    return command
  }

  /// Starts the runtime with any arguments, and doesn't wait for it.
  func launch(_ arguments: [String], _ options: RunningCommand.Options = .init()) throws -> RunningCommand {
    var options = options
    if options.environment[Leftovers.marker] == nil { options.environment[Leftovers.marker] = id }
    guard let program = wrapper.first else {
      return try RunningCommand(RuntimeUnderTest.path, globalOptions + arguments, options, files: directory)
    }
    return try RunningCommand(program, wrapper.dropFirst() + globalOptions + arguments, options, files: directory)
  }

  /// Runs the runtime with any arguments.
  @discardableResult
  func runtime(_ arguments: [String], _ options: RunningCommand.Options = .init()) throws -> Outcome {
    try launch(arguments, options).wait()
  }

  /// Adds to the configuration's `linux.resources`.
  func limit(_ resources: JSON) {
    for (name, value) in resources.object { config["linux"]["resources"][name] = value }
  }

  @discardableResult
  func create(_ flags: String..., options: RunningCommand.Options = .init()) throws -> Outcome {
    try writeConfig()
    return try runtime(["create", "--bundle", bundle] + flags + [id], options)
  }

  /// Runs `create` like `create()`; the result's streams are the container's own.
  func launchCreate(_ flags: String..., options: RunningCommand.Options = .init()) throws -> RunningCommand {
    try writeConfig()
    return try launch(["create", "--bundle", bundle] + flags + [id], options)
  }

  @discardableResult
  func run(_ flags: String..., options: RunningCommand.Options = .init()) throws -> Outcome {
    try writeConfig()
    return try runtime(["run", "--bundle", bundle] + flags + [id], options)
  }

  /// Starts `run` in the foreground, and doesn't wait for it.
  func launchRun(_ flags: String..., options: RunningCommand.Options = .init()) throws -> RunningCommand {
    try writeConfig()
    return try launch(["run", "--bundle", bundle] + flags + [id], options)
  }

  @discardableResult
  func start(options: RunningCommand.Options = .init()) throws -> Outcome {
    try runtime(["start", id], options)
  }

  @discardableResult
  func kill(_ arguments: String...) throws -> Outcome {
    try runtime(["kill", id] + arguments)
  }

  @discardableResult
  func delete(_ flags: String...) throws -> Outcome {
    try runtime(["delete"] + flags + [id])
  }

  /// `exec` with flags before the id and the program after it.
  @discardableResult
  func exec(_ flags: [String] = [], _ program: [String], options: RunningCommand.Options = .init()) throws -> Outcome {
    try runtime(["exec"] + flags + [id] + program, options)
  }

  /// What `state` prints; null when it fails.
  func state() throws -> JSON {
    let outcome = try runtime(["state", id])
    return outcome.exitCode == 0 ? try JSON(parsing: outcome.stdout) : .null
  }

  func status() throws -> String? { try state()["status"].string }

  /// The pid of the container's process on the host.
  func pid() throws -> Int {
    guard let pid = try state()["pid"].int, pid > 0 else { throw TestFailure("container \(id) has no process") }
    return pid
  }

  /// Waits until `state` says `status`; not any longer when there is no such container.
  func expectStatus(_ status: String, within seconds: Double = 10, _ location: SourceLocation = #_sourceLocation) throws
  {
    var last: String?
    let reached = try eventually(within: seconds) {
      last = try self.status()
      return last == status || last == nil
    }
    if !reached || last != status {
      Issue.record("the status is \(last ?? "unknown"), not \(status)", sourceLocation: location)
    }
  }

  /// Creates and starts, and expects both to succeed. Returns the command whose streams are the container's own.
  @discardableResult
  func createAndStart(_ location: SourceLocation = #_sourceLocation) throws -> RunningCommand {
    let command = try launchCreate()
    command.wait().expectSilentSuccess(location)
    try start().expectSilentSuccess(location)
    return command
  }

  /// Runs `script` to its end with `run`, expects 0, and returns its trimmed output.
  func output(of script: String, _ location: SourceLocation = #_sourceLocation) throws -> String {
    self.script = script
    return try run().expectSuccess(location).text
  }

  /// What is left on the machine of this test, one line each.
  func leftovers(within seconds: Double = 3) -> [String] {
    Leftovers(name: id, directory: directory).describe(root: root, within: seconds)
  }

  /// Records an issue when anything is left: no process, mount, cgroup, directory or fifo may be.
  func expectNothingLeft(_ location: SourceLocation = #_sourceLocation) {
    let found = leftovers()
    if !found.isEmpty {
      Issue.record("left behind: \(found.joined(separator: "; "))", sourceLocation: location)
    }
  }
}

/// Runs a test with a container that isn't created yet. At the end, also when the test failed, all containers in its
/// state directory are deleted by force, nothing may be left of them, and the directory is removed.
///
/// With `sharingRootOf` the container is a second one in another's state directory.
func withContainer(
  _ arguments: [String] = ["true"], sharingRootOf other: TestContainer? = nil,
  location: SourceLocation = #_sourceLocation, _ body: (TestContainer) throws -> Void
) throws {
  let container = try TestContainer(arguments, sharingRootOf: other)
  let leftovers = Leftovers(name: container.id, directory: container.directory)
  defer {
    leftovers.remove()
    unlinkTree(container.directory)
  }
  do {
    try body(container)
  } catch {
    deleteAll(container, shared: other != nil)
    throw error
  }
  deleteAll(container, shared: other != nil)
  if other == nil { container.expectNothingLeft(location) }
}

private func deleteAll(_ container: TestContainer, shared: Bool) {
  for command in container.hostCommands { command.signal(SIGKILL) }
  for id in shared ? [container.id] : Host.list(container.root) where id != "@seccomp" {
    _ = try? container.runtime(["delete", "--force", id])
  }
}

/// Removes a directory tree; what is mounted below it was unmounted before.
private func unlinkTree(_ path: String) {
  try? FileManager.default.removeItem(atPath: path)
}

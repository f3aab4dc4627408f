import Foundation
import Glibc
import Testing

/// The program that is tested: what the environment variable SWIFTLET names, else `.build/release/swiftlet` of this
/// package.
enum RuntimeUnderTest {
  static let path: String = {
    if let path = ProcessInfo.processInfo.environment["SWIFTLET"], !path.isEmpty {
      return URL(fileURLWithPath: path).path
    }
    // Support, IntegrationTests, Tests, the package.
    var package = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { package.deleteLastPathComponent() }
    return package.appendingPathComponent(".build/release/swiftlet").path
  }()

  /// The name that its messages begin with.
  static var name: String { URL(fileURLWithPath: path).lastPathComponent }

  static var isSwiftlet: Bool { name.hasPrefix("swiftlet") }

  /// Throws when there is nothing to test: a missing program must fail every test, not skip it.
  static func check() throws {
    guard access(path, X_OK) == 0 else {
      throw TestFailure(
        "no runtime to test at \(path): build it with `swift build -c release`, or set SWIFTLET to its path")
    }
  }
}

/// What a command of the runtime said and how it ended.
struct Outcome: CustomStringConvertible {
  var command: String
  var status: ExitStatus?
  var stdout: String
  var stderr: String

  /// The exit code, 128 + N after signal N, -1 when its time was over.
  var exitCode: Int32 { status?.code ?? -1 }

  /// Standard output without white space at its ends.
  var text: String { stdout.trimmingCharacters(in: .whitespacesAndNewlines) }

  /// The last line on standard error.
  var lastErrorLine: String { stderr.split(separator: "\n").last.map(String.init) ?? "" }

  var description: String {
    "`\(command)`: \(status.map(\.description) ?? "timed out"); stdout: \(stdout.debugDescription); "
      + "stderr: \(stderr.debugDescription)"
  }

  /// Records an issue unless the command ended with 0.
  @discardableResult
  func expectSuccess(_ location: SourceLocation = #_sourceLocation) -> Outcome {
    if exitCode != 0 { Issue.record("\(self)", sourceLocation: location) }
    return self
  }

  /// Records an issue unless the command ended with 0 and said nothing at all.
  @discardableResult
  func expectSilentSuccess(_ location: SourceLocation = #_sourceLocation) -> Outcome {
    if exitCode != 0 || !stdout.isEmpty || !stderr.isEmpty { Issue.record("\(self)", sourceLocation: location) }
    return self
  }

  /// Records an issue unless the command ended with `code`, wrote nothing to standard output and, as the only line on
  /// standard error, one that has all of `texts`.
  @discardableResult
  func expectFailure(_ code: Int32 = 1, _ texts: String..., location: SourceLocation = #_sourceLocation) -> Outcome {
    var faults: [String] = []
    if exitCode != code { faults.append("the exit code is not \(code)") }
    if !stdout.isEmpty { faults.append("standard output is not empty") }
    let lines = stderr.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.count != 2 || lines.last != "" { faults.append("standard error is not one line") }
    for text in texts where !text.isEmpty && !stderr.contains(text) {
      faults.append("no \(text.debugDescription) in it")
    }
    if RuntimeUnderTest.isSwiftlet, !lastErrorLine.hasPrefix("swiftlet: ") {
      faults.append("it doesn't begin with the program's name")
    }
    if !faults.isEmpty { Issue.record("\(faults.joined(separator: ", ")): \(self)", sourceLocation: location) }
    return self
  }
}

/// A command that runs. Its output goes to files, because a container that it leaves behind keeps the descriptors.
final class RunningCommand {
  let pid: pid_t
  private let command: String
  private let outputFile: String
  private let errorFile: String
  private var status: ExitStatus?

  /// How a command is run; everything has a default.
  struct Options {
    /// Besides PATH; nil takes a variable away.
    var environment: [String: String?] = [:]
    var input = ""
    /// Open descriptors of the test by their number in the command.
    var descriptors: [Int32: Int32] = [:]
    /// The path of a terminal that is the command's 0, 1 and 2.
    var terminal: String?
    var directory: String?
    var ignoredSignals: [Int32] = []
    /// When it is killed, and its outcome has no status.
    var seconds = 20.0
  }

  private let seconds: Double

  /// Starts `executable`; the files of its streams are made in `directory`.
  init(_ executable: String, _ arguments: [String], _ options: Options = Options(), files directory: String) throws {
    let stem = directory + "/" + Unique.name("output")
    (outputFile, errorFile) = (stem + ".out", stem + ".err")
    command = ([executable] + arguments).joined(separator: " ")
    seconds = options.seconds
    var request = ChildProcesses.Request(executable: executable, arguments: arguments)
    request.environment = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
    for (name, value) in options.environment { request.environment[name] = value }
    request.directory = options.directory
    request.terminal = options.terminal
    request.ignoredSignals = options.ignoredSignals
    request.descriptors = options.descriptors
    var opened: [Int32] = []
    defer { for descriptor in opened { close(descriptor) } }
    if options.terminal == nil {
      let inputFile = options.input.isEmpty ? "/dev/null" : stem + ".in"
      if !options.input.isEmpty { try options.input.write(toFile: inputFile, atomically: false, encoding: .utf8) }
      opened = [
        open(inputFile, O_RDONLY | O_CLOEXEC), creat(outputFile, 0o600), creat(errorFile, 0o600),
      ]
      guard opened.allSatisfy({ $0 >= 0 }) else { throw TestFailure("cannot make \(stem).*") }
      for (number, descriptor) in opened.enumerated() where request.descriptors[Int32(number)] == nil {
        request.descriptors[Int32(number)] = descriptor
      }
    }
    pid = try ChildProcesses.shared.spawn(request)
  }

  /// What it, and a container that has its streams, wrote until now.
  var outcome: Outcome {
    Outcome(
      command: command, status: status,
      stdout: Host.read(outputFile) ?? "", stderr: Host.read(errorFile) ?? "")
  }

  /// Waits for its end; kills it when its time is over.
  @discardableResult
  func wait() -> Outcome {
    if status == nil {
      status = ChildProcesses.shared.wait(for: pid, seconds: seconds)
      if status == nil {
        Glibc.kill(pid, SIGKILL)
        _ = ChildProcesses.shared.wait(for: pid, seconds: 5)
      }
    }
    return outcome
  }

  func signal(_ signal: Int32) {
    Glibc.kill(pid, signal)
  }
}

import Foundation
import Glibc

/// How a process ended.
enum ExitStatus: Equatable, Sendable, CustomStringConvertible {
  case exited(Int32)
  case signalled(Int32)

  init(waitStatus: Int32) {
    self = waitStatus & 0x7f == 0 ? .exited(waitStatus >> 8 & 0xff) : .signalled(waitStatus & 0x7f)
  }

  /// As a shell gives it: a process that signal N ended has 128 + N.
  var code: Int32 {
    switch self {
    case .exited(let code): code
    case .signalled(let signal): 128 + signal
    }
  }

  var description: String {
    switch self {
    case .exited(let code): "exit \(code)"
    case .signalled(let signal): "signal \(signal)"
    }
  }
}

/// Starts processes and reaps every child of the test process, which is a subreaper as containerd's shim is: the init of
/// a container that `create` left behind becomes its child, and its exit status is known here.
///
/// All waiting is done in this one place. Foundation's `Process` must not be used beside it: each would take the other's
/// exit statuses.
final class ChildProcesses: @unchecked Sendable {
  static let shared = ChildProcesses()

  /// Guards `statuses`, and is held across every spawn and reap so that a reused pid can't be mistaken.
  private let condition = NSCondition()
  private var statuses: [pid_t: ExitStatus] = [:]

  private init() {
    LibC.setChildSubreaper()
    Thread.detachNewThread { [self] in
      while true { reapOne() }
    }
  }

  private func reapOne() {
    var info = siginfo_t()
    guard waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) == 0 else {
      usleep(1000)
      return
    }
    // si_pid, which is in a union that Swift doesn't import by name.
    let pid = withUnsafeBytes(of: &info) { $0.load(fromByteOffset: 16, as: pid_t.self) }
    condition.lock()
    var status: Int32 = 0
    if waitpid(pid, &status, WNOHANG) == pid {
      statuses[pid] = ExitStatus(waitStatus: status)
      condition.broadcast()
    }
    condition.unlock()
  }

  /// What a new process gets.
  struct Request {
    var executable: String
    var arguments: [String] = []
    var environment: [String: String] = [:]
    /// Descriptors by their number in the child; all others are closed there.
    var descriptors: [Int32: Int32] = [:]
    /// Opened as 0, 1 and 2 by the leader of a new session, whose controlling terminal it becomes.
    var terminal: String?
    var directory: String?
    /// Signals that the child starts with ignored; all others have their default action.
    var ignoredSignals: [Int32] = []
  }

  func spawn(_ request: Request) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
    if let terminal = request.terminal {
      flags |= LibC.spawnInNewSession
      posix_spawn_file_actions_addopen(&actions, 0, terminal, O_RDWR, 0)
      posix_spawn_file_actions_adddup2(&actions, 0, 1)
      posix_spawn_file_actions_adddup2(&actions, 0, 2)
    }
    // The sources are moved out of the way of the numbers they are copied to.
    var copies: [(source: Int32, target: Int32)] = []
    for (target, source) in request.descriptors.sorted(by: { $0.key < $1.key }) {
      copies.append((fcntl(source, F_DUPFD_CLOEXEC, 100), target))
    }
    defer { for copy in copies { close(copy.source) } }
    for copy in copies { posix_spawn_file_actions_adddup2(&actions, copy.source, copy.target) }
    LibC.addCloseFrom(&actions, copies.map { $0.target + 1 }.reduce(3, max))
    if let directory = request.directory { LibC.addChangeDirectory(&actions, directory) }
    var signals = sigset_t()
    sigfillset(&signals)
    for signal in request.ignoredSignals { sigdelset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(flags))

    let arguments = CStrings([request.executable] + request.arguments)
    let environment = CStrings(request.environment.map { "\($0.key)=\($0.value)" })
    condition.lock()
    defer { condition.unlock() }
    for signal in request.ignoredSignals { Glibc.signal(signal, SIG_IGN) }
    defer { for signal in request.ignoredSignals { Glibc.signal(signal, SIG_DFL) } }
    var pid: pid_t = 0
    let error = posix_spawn(
      &pid, request.executable, &actions, &attributes, arguments.pointers, environment.pointers)
    guard error == 0 else {
      throw TestFailure("spawn \(request.executable): \(String(cString: strerror(error)))")
    }
    statuses[pid] = nil
    return pid
  }

  /// Waits for a child, or for a process that became one because its parent ended. Nil when `seconds` are over.
  func wait(for pid: pid_t, seconds: Double) -> ExitStatus? {
    let deadline = Date(timeIntervalSinceNow: seconds * Patience.factor)
    condition.lock()
    defer { condition.unlock() }
    while statuses[pid] == nil {
      if !condition.wait(until: deadline) { break }
    }
    return statuses.removeValue(forKey: pid)
  }
}

/// A null-terminated array of C strings, freed at the end.
private final class CStrings {
  let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: Int

  init(_ strings: [String]) {
    count = strings.count
    pointers = .allocate(capacity: count + 1)
    for (index, string) in strings.enumerated() { (pointers + index).initialize(to: strdup(string)) }
    (pointers + count).initialize(to: nil)
  }

  deinit {
    for index in 0..<count { free(pointers[index]) }
    pointers.deallocate()
  }
}

/// C functions that Swift doesn't import: those whose arguments vary, and GNU's own.
enum LibC {
  private typealias Prctl = @convention(c) (Int32, UInt, UInt, UInt, UInt) -> Int32
  private typealias Syscall = @convention(c) (Int, Int, Int, Int, Int, Int, Int) -> Int
  private typealias Actions = UnsafeMutablePointer<posix_spawn_file_actions_t>
  private typealias AddCloseFrom = @convention(c) (Actions, Int32) -> Int32
  private typealias AddChangeDirectory = @convention(c) (Actions, UnsafePointer<CChar>) -> Int32

  /// POSIX_SPAWN_SETSID
  static let spawnInNewSession: Int32 = 0x80

  private static func function<T>(_ name: String, as type: T.Type) -> T {
    guard let symbol = dlsym(nil, name) else { fatalError("the C library has no \(name)") }
    return unsafeBitCast(symbol, to: type)
  }

  static func setChildSubreaper() {
    let prSetChildSubreaper: Int32 = 36
    _ = function("prctl", as: Prctl.self)(prSetChildSubreaper, 1, 0, 0, 0)
  }

  /// Any system call; -1 with errno set when it fails.
  static func syscall(_ number: Int, _ arguments: Int...) -> Int {
    let all = arguments + [0, 0, 0, 0, 0, 0]
    return function("syscall", as: Syscall.self)(number, all[0], all[1], all[2], all[3], all[4], all[5])
  }

  static func addCloseFrom(_ actions: inout posix_spawn_file_actions_t, _ first: Int32) {
    _ = function("posix_spawn_file_actions_addclosefrom_np", as: AddCloseFrom.self)(&actions, first)
  }

  static func addChangeDirectory(_ actions: inout posix_spawn_file_actions_t, _ path: String) {
    _ = function("posix_spawn_file_actions_addchdir_np", as: AddChangeDirectory.self)(&actions, path)
  }
}

/// A failure of the test's own preparations.
struct TestFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

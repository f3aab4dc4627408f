internal import CShim
internal import Glibc

/// How a process ended, or which process it was, waitid(2).
package enum ExitStatus: Equatable, Sendable {
  case exited(Int32)
  case signalled(Int32)

  /// What a shell would report: the exit code, or 128 plus the signal.
  package var shellCode: Int32 {
    switch self {
    case .exited(let code): code
    case .signalled(let signal): 128 + signal
    }
  }
}

/// A process that cannot be mistaken for another: its pidfd, pidfd_open(2).
package struct ProcessDescriptor: ~Copyable, Sendable {
  package let pid: Int32
  package let descriptor: FileDescriptor

  package init(pid: Int32, descriptor: consuming FileDescriptor) {
    self.pid = pid
    self.descriptor = descriptor
  }

  /// The process that has `pid` now; nil when there is none.
  package static func open(_ pid: Int32) throws(Failure) -> ProcessDescriptor? {
    let result = sw_pidfd_open(pid, 0)
    if result == -ESRCH || result == -EINVAL { return nil }
    return ProcessDescriptor(
      pid: pid, descriptor: FileDescriptor(owning: try check(result, "open process \(pid)")))
  }

  /// Sends a signal, pidfd_send_signal(2). Throws ESRCH when the process is gone.
  package borrowing func signal(_ number: Int32) throws(Failure) {
    try check(sw_pidfd_send_signal(descriptor.raw, number), "signal process \(pid)")
  }

  /// Waits for the process, a child of this one, to end.
  package borrowing func wait() throws(Failure) -> ExitStatus {
    try Processes.wait(type: 3 /* P_PIDFD */, id: descriptor.raw)
  }

  /// How the process, a child of this one, ended; it still has to be waited for. Waits for its end.
  package borrowing func peek() throws(Failure) -> ExitStatus {
    try Processes.wait(type: 3 /* P_PIDFD */, id: descriptor.raw, andLeave: true)
  }

  /// Waits until the process has ended, child or not; false when `milliseconds` (-1: for ever) passed before.
  package borrowing func waitUntilGone(milliseconds: Int64) throws(Failure) -> Bool {
    try Poll.wait(descriptor, milliseconds: milliseconds)
  }
}

/// Making, replacing and ending processes.
package enum Processes {
  package static var currentID: Int32 { sw_getpid() }
  package static var parentID: Int32 { sw_getppid() }
  package static var effectiveUserID: UInt32 { sw_geteuid() }
  package static var effectiveGroupID: UInt32 { sw_getegid() }

  /// As `clone`, but into no cgroup where the kernel refuses that one: it is older than Linux 5.7, or the cgroup takes no
  /// processes by birth (a threaded one, a parent with controllers). `wasRefused` tells both processes.
  package static func clone(
    _ namespaces: Namespaces.Kinds, preferring cgroup: borrowing FileDescriptor, wasRefused: inout Bool
  ) throws(Failure) -> Side {
    wasRefused = false
    if cgroup.raw < 0 { return try clone(namespaces) }
    do {
      return try clone(namespaces, into: cgroup)
    } catch {
      guard let errno = error.errno, [.busy, .notSupported, .invalidArgument, .accessDenied].contains(errno) else {
        throw error
      }
    }
    wasRefused = true
    return try clone(namespaces)
  }

  /// What `clone` returns in each of the two processes.
  package enum Side: ~Copyable {
    case parent(ProcessDescriptor)
    case child
  }

  /// clone3(2) as a fork: the child goes on with a copy of everything. `cgroup` is the directory of a cgroup v2 that
  /// the child is born in.
  package static func clone(
    _ namespaces: Namespaces.Kinds, into cgroup: borrowing FileDescriptor = FileDescriptor(owning: -1),
    siblingOfCaller: Bool = false
  ) throws(Failure) -> Side {
    let CLONE_PIDFD: UInt64 = 0x1000
    let CLONE_PARENT: UInt64 = 0x8000
    var pidfd: Int32 = -1
    // No handler of the parent runs in the child: a crash there must not execute what a handler would.
    let CLONE_CLEAR_SIGHAND: UInt64 = 0x1_0000_0000
    var flags = UInt64(namespaces.rawValue) | CLONE_PIDFD | CLONE_CLEAR_SIGHAND
    if siblingOfCaller { flags |= CLONE_PARENT }
    let pid = try check(unsafe sw_clone3(flags, cgroup.raw, &pidfd), "clone")
    if pid == 0 { return .child }
    return .parent(ProcessDescriptor(pid: pid, descriptor: FileDescriptor(owning: pidfd)))
  }

  /// Ends this process at once, without running exit handlers that belong to the process it was copied from.
  package static func exit(_ status: Int32) -> Never {
    sw_exit(status)
  }

  static func wait(type: Int32, id: Int32, andLeave leaves: Bool = false) throws(Failure) -> ExitStatus {
    let WEXITED: Int32 = 4
    let WNOWAIT: Int32 = 0x0100_0000
    var status = sw_exit_status()
    var result: Int32
    repeat {
      result = unsafe sw_waitid(type, id, leaves ? WEXITED | WNOWAIT : WEXITED, &status)
    } while result == -EINTR
    try check(result, "wait")
    return status.code == 1 ? .exited(status.status) : .signalled(status.status)
  }

  /// Takes in one child that has ended, whichever it is; nil when none has.
  package static func reapAny() throws(Failure) -> (pid: Int32, status: ExitStatus)? {
    let WEXITED: Int32 = 4
    let WNOHANG: Int32 = 1
    var status = sw_exit_status()
    let result = unsafe sw_waitid(0 /* P_ALL */, 0, WEXITED | WNOHANG, &status)
    if result == -ECHILD || (result == 0 && status.pid == 0) { return nil }
    try check(result, "wait")
    return (status.pid, status.code == 1 ? .exited(status.status) : .signalled(status.status))
  }

  package static func kill(_ pid: Int32, _ signal: Int32) throws(Failure) {
    try check(sw_kill(pid, signal), "signal process \(pid)")
  }

  /// Replaces the process by the program at `path`, execve(2); returns only why it could not.
  package static func execute(_ path: String, arguments: [String], environment: [String]) -> Failure {
    let result = unsafe CStrings.with(arguments) { argv in
      unsafe CStrings.with(environment) { envp in unsafe sw_execve(path, argv, envp) }
    }
    return Failure("exec \(path)", Errno(rawValue: -result))
  }

  /// Replaces the process by the program that `file` is open on, execveat(2) with AT_EMPTY_PATH; returns only why it
  /// could not.
  package static func execute(
    _ file: borrowing FileDescriptor, arguments: [String], environment: [String]
  ) -> Failure {
    let descriptor = file.raw
    let result = unsafe CStrings.with(arguments) { argv in
      unsafe CStrings.with(environment) { envp in unsafe sw_execveat(descriptor, "", argv, envp, AT_EMPTY_PATH) }
    }
    return Failure("exec", Errno(rawValue: -result))
  }

  /// A new session without a controlling terminal, setsid(2).
  package static func startSession() throws(Failure) {
    try check(sw_setsid(), "setsid")
  }

  /// Sleeps until a signal ends the process.
  package static func pause() -> Never {
    while true { _ = try? Poll.wait([], milliseconds: -1) }
  }

  /// A process group of its own, setpgid(2).
  package static func startGroup() throws(Failure) {
    try check(sw_setpgid(0, 0), "setpgid")
  }

  package static func setUmask(_ mask: UInt32) {
    _ = sw_umask(mask)
  }

  /// The signal that this process gets when its parent ends, prctl(2) PR_SET_PDEATHSIG; 0 for none.
  package static func setParentDeathSignal(_ signal: Int32) throws(Failure) {
    try check(sw_prctl(1, UInt(signal), 0, 0, 0), "set parent-death signal")
  }

  /// Whether others may trace this process and read its /proc directory, prctl(2) PR_SET_DUMPABLE.
  package static func setDumpable(_ on: Bool) throws(Failure) {
    try check(sw_prctl(4, on ? 1 : 0, 0, 0, 0), "set dumpable")
  }

  /// Orphaned descendants become children of this process, prctl(2) PR_SET_CHILD_SUBREAPER.
  package static func setSubreaper() throws(Failure) {
    try check(sw_prctl(36, 1, 0, 0, 0), "set child subreaper")
  }

  package static func setNoNewPrivileges() throws(Failure) {
    try check(sw_prctl(38, 1, 0, 0, 0), "set no_new_privs")
  }

  /// Keeps the permitted capabilities over a change of user, prctl(2) PR_SET_KEEPCAPS.
  package static func setKeepCapabilities(_ on: Bool) throws(Failure) {
    try check(sw_prctl(8, on ? 1 : 0, 0, 0, 0), "set keep capabilities")
  }

  package static func setUser(_ uid: UInt32) throws(Failure) {
    try check(sw_setresuid(uid, uid, uid), "setresuid \(uid)")
  }

  package static func setGroup(_ gid: UInt32) throws(Failure) {
    try check(sw_setresgid(gid, gid, gid), "setresgid \(gid)")
  }

  /// The supplementary groups, setgroups(2).
  package static func setGroups(_ groups: [UInt32]) throws(Failure) {
    try check(unsafe sw_setgroups(groups.count, groups), "setgroups")
  }

  /// personality(2).
  package static func setPersonality(_ persona: UInt) throws(Failure) {
    try check(sw_personality(persona), "set personality")
  }

  /// The working directory. Throws EILSEQ for one whose path is not UTF-8.
  package static func workingDirectory() throws(Failure) -> String {
    guard let text = String(validating: try workingDirectoryBytes(), as: UTF8.self) else {
      throw Failure("getcwd", .illegalSequence)
    }
    return text
  }

  /// Whether the working directory lies in the root: the kernel gives the path of one that does not without a slash at
  /// its beginning, getcwd(2).
  package static func isWorkingDirectoryInRoot() throws(Failure) -> Bool {
    try workingDirectoryBytes().first == UInt8(ascii: "/")
  }

  private static func workingDirectoryBytes() throws(Failure) -> [UInt8] {
    var size = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, filled in
      size = unsafe buffer.withMemoryRebound(to: CChar.self) { unsafe sw_getcwd($0.baseAddress, 4096) }
      filled = max(size - 1, 0)
    }
    try check(size, "getcwd")
    return bytes
  }

  package static func changeDirectory(_ path: String) throws(Failure) {
    try check(unsafe sw_chdir(path), "chdir to \(path)")
  }

  package static func changeDirectory(_ directory: borrowing FileDescriptor) throws(Failure) {
    try check(sw_fchdir(directory.raw), "chdir")
  }

  package static func changeRoot(_ path: String) throws(Failure) {
    try check(unsafe sw_chroot(path), "chroot to \(path)")
  }

  /// The program's environment, NAME=VALUE each. What is not UTF-8 is changed to U+FFFD.
  package static func environment() -> [String] {
    var result: [String] = []
    unsafe forEach(sw_environ()) { entry in result.append(unsafe String(cString: entry)) }
    return result
  }

  /// The program's arguments, its name the first. CommandLine.arguments would find them through /proc/self/maps.
  ///
  /// Throws for one that is not UTF-8: no String is the same, and another file or program must not take its place.
  package static func arguments() throws(Failure) -> [String] {
    var result: [String] = []
    var bad: Int?
    unsafe forEach(sw_arguments()) { entry in
      let text = unsafe String(validatingCString: entry)
      if text == nil, bad == nil { bad = result.count }
      result.append(text ?? "")
    }
    if let bad { throw Failure("argument \(bad) of the command line is not UTF-8") }
    return result
  }

  private static func forEach(
    _ list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ body: (UnsafeMutablePointer<CChar>) -> Void
  ) {
    guard var cursor = unsafe list else { return }
    while let entry = unsafe cursor.pointee {
      unsafe body(entry)
      unsafe cursor += 1
    }
  }

  /// When the process began, in clock ticks since boot, proc(5) /proc/PID/stat field 22; nil when there is no such
  /// process or it is a zombie. With the pid it identifies a process for as long as the machine runs.
  package static func startTime(of pid: Int32) -> UInt64? {
    guard let bytes = try? Files.readOnce("/proc/\(pid)/stat", size: 4096) else { return nil }
    return startTime(in: bytes)
  }

  /// As `startTime(of:)`, from the file's text. The second field is a name that the process has chosen, in parentheses.
  static func startTime(in bytes: [UInt8]) -> UInt64? {
    guard let close = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = bytes[(close + 1)...].split(separator: UInt8(ascii: " "))
    guard fields.count > 19, fields[0].first != UInt8(ascii: "Z"), fields[0].first != UInt8(ascii: "X") else {
      return nil
    }
    return UInt64(String(decoding: fields[19], as: UTF8.self))
  }

  /// A number that every boot of the machine has anew, random(4); empty when it cannot be read.
  package static func bootID() -> String {
    guard let bytes = try? Files.readOnce("/proc/sys/kernel/random/boot_id", size: 64) else { return "" }
    return String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)
  }
}

/// Null-terminated vectors of C strings for exec.
enum CStrings {
  static func with<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var bytes: [CChar] = []
    var offsets: [Int] = []
    for string in strings {
      offsets.append(bytes.count)
      for byte in string.utf8 { bytes.append(CChar(bitPattern: byte)) }
      bytes.append(0)
    }
    return unsafe bytes.withUnsafeMutableBufferPointer { buffer -> Result in
      var pointers: [UnsafeMutablePointer<CChar>?] = unsafe []
      unsafe pointers.reserveCapacity(offsets.count + 1)
      for offset in offsets { unsafe pointers.append(buffer.baseAddress?.advanced(by: offset)) }
      unsafe pointers.append(nil)
      return unsafe pointers.withUnsafeBufferPointer { list -> Result in
        guard let base = list.baseAddress else { fatalError("empty pointer list") }
        return unsafe body(base)
      }
    }
  }
}

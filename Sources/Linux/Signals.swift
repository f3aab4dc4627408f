internal import CShim
internal import Glibc

/// A set of signals, bit N-1 for signal N.
package struct SignalSet: Sendable, Equatable {
  package var bits: UInt64

  package init(_ signals: [Int32]) {
    bits = 0
    for signal in signals { bits |= 1 << UInt64(signal - 1) }
  }

  package static var all: SignalSet {
    var set = SignalSet([])
    set.bits = ~0
    return set
  }
}

/// Signal masks, handlers and signal descriptors.
package enum Signals {
  package static let interrupt: Int32 = SIGINT
  package static let terminate: Int32 = SIGTERM
  package static let kill: Int32 = SIGKILL
  package static let child: Int32 = SIGCHLD
  package static let windowChange: Int32 = SIGWINCH
  package static let pipe: Int32 = SIGPIPE
  package static let urgent: Int32 = SIGURG

  /// Blocks `set` and nothing else, sigprocmask(2) SIG_SETMASK.
  package static func setMask(_ set: SignalSet) throws(Failure) {
    var bits = set.bits
    try check(unsafe sw_sigprocmask(SIG_SETMASK, &bits, nil), "set signal mask")
  }

  /// Gives every signal its default action and unblocks all: a payload must not inherit what its caller ignored.
  package static func resetAll() throws(Failure) {
    for signal in Int32(1)...31 where signal != SIGKILL && signal != SIGSTOP { _ = sw_signal_default(signal) }
    try setMask(SignalSet([]))
  }

  /// Gives the signals of a crash their default action, so that no handler that a language runtime installed can run
  /// anything. The shipped executable has no such runtime code (Sources/startup.ld), so that one look is enough.
  package static func disarmCrashHandlers() {
    if sw_signal_is_default(SIGSEGV) == 1 { return }
    for signal in [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGQUIT] { _ = sw_signal_default(signal) }
  }

  package static func ignore(_ signal: Int32) {
    _ = sw_signal_ignore(signal)
  }

  package static func resetToDefault(_ signal: Int32) {
    _ = sw_signal_default(signal)
  }

  /// The signals that this process ignores, proc(5) SigIgn: an exec passes them on.
  package static func ignored() throws(Failure) -> SignalSet {
    var set = SignalSet([])
    let status = try Files.readOnce("/proc/self/status", size: 16384)
    for line in status.split(separator: 10) where line.starts(with: "SigIgn:".utf8) {
      let digits = line.dropFirst(7).drop { $0 == 9 || $0 == 32 }
      set.bits = UInt64(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0
    }
    return set
  }

  /// Gives the signals of `set` their default action, and unblocks all.
  package static func reset(_ set: SignalSet) throws(Failure) {
    for signal in Int32(1)...64 where set.bits & 1 << UInt64(signal - 1) != 0 { _ = sw_signal_default(signal) }
    try setMask(SignalSet([]))
  }

  /// A descriptor that reads the signals of `set`, signalfd(2); block them first.
  package static func descriptor(_ set: SignalSet) throws(Failure) -> FileDescriptor {
    FileDescriptor(owning: try check(sw_signalfd(set.bits, O_CLOEXEC | O_NONBLOCK), "signalfd"))
  }

  /// The next pending signal of such a descriptor; nil when none is pending.
  package static func next(_ descriptor: borrowing FileDescriptor) throws(Failure) -> Int32? {
    var number: Int32 = 0
    let result = unsafe sw_signal_from_fd(descriptor.raw, &number)
    if result == -EAGAIN || result == -EINTR { return nil }
    try check(result, "read signal")
    return number
  }
}

/// Waiting for descriptors, poll(2).
package enum Poll {
  package struct Events: OptionSet, Sendable {
    package let rawValue: Int16

    package init(rawValue: Int16) {
      self.rawValue = rawValue
    }

    package static let readable = Events(rawValue: Int16(POLLIN))
    package static let writable = Events(rawValue: Int16(POLLOUT))
    package static let hangUp = Events(rawValue: Int16(POLLHUP))
    package static let error = Events(rawValue: Int16(POLLERR))
  }

  /// Waits for any of at most 16 descriptors (a negative number is skipped) and returns what happened on each; all
  /// empty when `milliseconds` passed (-1: wait for ever) or a signal came.
  package static func wait(
    _ descriptors: [(number: Int32, events: Events)], milliseconds: Int64
  ) throws(Failure) -> [Events] {
    var numbers = descriptors.map { $0.number }
    var events = descriptors.map { $0.events.rawValue }
    let result = unsafe sw_poll(&numbers, &events, numbers.count, milliseconds)
    if result == -EINTR { return descriptors.map { _ in [] } }
    try check(result, "poll")
    return events.map { Events(rawValue: $0) }
  }

  /// Waits until `descriptor` is readable or hung up; false when the time passed before.
  package static func wait(_ descriptor: borrowing FileDescriptor, milliseconds: Int64) throws(Failure) -> Bool {
    let number = descriptor.raw
    let deadline = milliseconds < 0 ? Int64.max : Clock.monotonicMilliseconds + milliseconds
    while true {
      let left = milliseconds < 0 ? -1 : max(0, deadline - Clock.monotonicMilliseconds)
      if try !wait([(number, .readable)], milliseconds: left)[0].isEmpty { return true }
      if milliseconds >= 0, Clock.monotonicMilliseconds >= deadline { return false }
    }
  }
}

/// Clocks, clock_gettime(2).
package enum Clock {
  package static var monotonicMilliseconds: Int64 { sw_clock_ns(CLOCK_MONOTONIC) / 1_000_000 }

  /// Nanoseconds since 1970, UTC.
  package static var realtimeNanoseconds: Int64 { sw_clock_ns(CLOCK_REALTIME) }
}

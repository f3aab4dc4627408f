internal import Linux
internal import RuntimeSpec

/// Actions as the kernel knows them: what a filter returns, SECCOMP_RET_* of seccomp(2), with the errno of an action
/// that has one in the lower 16 bits.
enum KernelAction {
  static let killProcess: UInt32 = 0x8000_0000
  static let killThread: UInt32 = 0
  static let trap: UInt32 = 0x0003_0000
  static let errno: UInt32 = 0x0005_0000
  static let notify: UInt32 = 0x7fc0_0000
  static let trace: UInt32 = 0x7ff0_0000
  static let log: UInt32 = 0x7ffc_0000
  static let allow: UInt32 = 0x7fff_0000

  /// ERRNO(ENOSYS), with the number of the native architecture's C library.
  static let notImplemented: UInt32 = errno | 38
}

extension LinuxSeccompAction {
  /// Whether the action returns an errno to the caller or to its tracer.
  var takesErrno: Bool { self == .errno || self == .trace }

  /// What a filter returns for this action; `errno` nil is EPERM, as config-linux.md has it.
  var kernelAction: UInt32 {
    switch self {
    // KILL is the older name of KILL_THREAD, in libseccomp as in runc.
    case .kill, .killThread: KernelAction.killThread
    case .killProcess: KernelAction.killProcess
    case .trap: KernelAction.trap
    case .errno: KernelAction.errno
    case .trace: KernelAction.trace
    case .allow: KernelAction.allow
    case .log: KernelAction.log
    case .notify: KernelAction.notify
    }
  }

  /// Throws when an errno is given to an action that has none, which config-linux.md wants refused, and when it is no
  /// errno that libseccomp takes (up to 4094; 0 makes the call seem to succeed).
  func kernelAction(errno: UInt32?) throws(Failure) -> UInt32 {
    guard takesErrno else {
      guard errno == nil else { throw Failure("errnoRet is given, but \(rawValue) has no errno") }
      return kernelAction
    }
    // The number for a tracer is a message of 16 bits, not only an errno.
    let limit: UInt32 = self == .errno ? 4094 : 0xffff
    let number = errno ?? 1
    guard number <= limit else { throw Failure("errnoRet \(number) is out of range (0 to \(limit))") }
    return kernelAction | number
  }
}

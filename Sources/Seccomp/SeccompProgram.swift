package import Linux

/// A compiled filter: all that has to be kept to load it again without compiling its profile.
package struct SeccompProgram: Equatable, Sendable {
  /// The instructions, struct sock_filter of linux/filter.h: 8 bytes each in the machine's byte order.
  package var instructions: [UInt8]
  /// SECCOMP_FILTER_FLAG_* for seccomp(2).
  package var flags: UInt32

  /// Takes a program that was compiled before.
  package init(instructions: [UInt8], flags: UInt32) {
    self.instructions = instructions
    self.flags = flags
  }

  /// Whether loading the filter yields a listener for its notifications, seccomp_unotify(2).
  package var hasListener: Bool { flags & KernelFlag.newListener != 0 }

  /// Loads the filter into the calling process for good, and returns the listener where there is one.
  ///
  /// Needs CAP_SYS_ADMIN or no_new_privs (EACCES otherwise).
  package func install() throws(Failure) -> FileDescriptor? {
    try SeccompFilter.install(instructions, flags: flags)
  }
}

/// SECCOMP_FILTER_FLAG_* of seccomp(2).
enum KernelFlag {
  static let tsync: UInt32 = 1
  static let log: UInt32 = 2
  static let specAllow: UInt32 = 4
  static let newListener: UInt32 = 8
  static let waitKillableRecv: UInt32 = 32
}

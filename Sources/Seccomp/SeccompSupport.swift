internal import CSeccomp
internal import Linux
internal import RuntimeSpec

/// What of seccomp can be had, for the features document (features-linux.md, «Seccomp») and `--version`.
package enum SeccompSupport {
  /// The version of the libseccomp linked in, such as `2.5.4`.
  package static var libraryVersion: String {
    guard let version = unsafe seccomp_version() else { return "unknown" }
    return unsafe "\(version.pointee.major).\(version.pointee.minor).\(version.pointee.micro)"
  }

  /// All actions, sorted.
  package static var actions: [String] { LinuxSeccompAction.allCases.map(\.rawValue).sorted() }

  /// All comparisons, sorted.
  package static var operators: [String] { LinuxSeccompOperator.allCases.map(\.rawValue).sorted() }

  /// The architectures that this libseccomp knows, sorted.
  package static var architectures: [String] {
    Arch.allCases.filter { $0.token != nil }.map(\.rawValue).sorted()
  }

  /// The flags that a profile may name.
  package static var knownFlags: [String] { LinuxSeccompFlag.allCases.map(\.rawValue) }

  /// Those of the flags that the running kernel takes.
  package static var supportedFlags: [String] {
    LinuxSeccompFlag.allCases.filter(isSupported).map(\.rawValue)
  }

  static func isSupported(_ flag: LinuxSeccompFlag) -> Bool {
    switch flag {
    case .tsync: SeccompFilter.isAvailable(flags: KernelFlag.tsync)
    case .log: SeccompFilter.isAvailable(flags: KernelFlag.log)
    case .specAllow: SeccompFilter.isAvailable(flags: KernelFlag.specAllow)
    // Only ever taken together with a listener.
    case .waitKillableRecv:
      SeccompFilter.isAvailable(flags: KernelFlag.waitKillableRecv | KernelFlag.newListener)
    }
  }
}

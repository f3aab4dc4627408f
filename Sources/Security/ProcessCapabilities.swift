internal import CCap
internal import Linux

/// The three sets of the calling process that capset(2) changes.
struct ProcessCapabilities: Equatable {
  var effective: CapabilitySet
  var permitted: CapabilitySet
  var inheritable: CapabilitySet

  /// _LINUX_CAPABILITY_VERSION_3.
  private static let version: UInt32 = 0x2008_0522

  /// What the process has, capget(2).
  static func current() throws(Failure) -> ProcessCapabilities {
    var header = __user_cap_header_struct(version: version, pid: 0)
    var words = [__user_cap_data_struct(), __user_cap_data_struct()]
    guard unsafe capget(&header, &words) == 0 else { throw Failure("read capabilities", .last) }
    return ProcessCapabilities(
      effective: CapabilitySet(words[0].effective, words[1].effective),
      permitted: CapabilitySet(words[0].permitted, words[1].permitted),
      inheritable: CapabilitySet(words[0].inheritable, words[1].inheritable))
  }

  /// Makes them the sets of the process, capset(2).
  func set() throws(Failure) {
    var header = __user_cap_header_struct(version: ProcessCapabilities.version, pid: 0)
    var words = [
      __user_cap_data_struct(
        effective: effective.low, permitted: permitted.low, inheritable: inheritable.low),
      __user_cap_data_struct(
        effective: effective.high, permitted: permitted.high, inheritable: inheritable.high),
    ]
    guard unsafe capset(&header, &words) == 0 else { throw Failure("set capabilities", .last) }
  }
}

extension CapabilitySet {
  fileprivate init(_ low: UInt32, _ high: UInt32) {
    self.init(rawValue: UInt64(low) | UInt64(high) << 32)
  }

  fileprivate var low: UInt32 { UInt32(truncatingIfNeeded: rawValue) }
  fileprivate var high: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 32) }
}

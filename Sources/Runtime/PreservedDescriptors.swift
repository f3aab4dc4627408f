internal import Linux

/// The descriptors that a payload gets of the runtime's caller, from 3 on (`--preserve-fds` and socket activation).
enum PreservedDescriptors {
  /// Checks that each is the caller's: what the runtime has opened itself would give the container the host's
  /// directories, which a number that the caller left free can be (CVE-2024-21626).
  ///
  /// `kept` is the number of all of them, `preserved` that of `--preserve-fds`.
  static func check(preserved: Int, kept: Int) throws(Failure) {
    guard preserved >= 0, preserved < 4096 else { throw Failure("--preserve-fds: out of range") }
    for number in 3..<(3 + kept) where !Descriptors.isInherited(Int32(number)) {
      throw Failure("please check that preserved-fd \(number - 3) (of \(kept)) is present")
    }
  }
}

internal import CShim
internal import Glibc

/// The capability sets that prctl(2) changes; `number` is a CAP_* of capabilities(7).
package enum CapabilityCalls {
  /// Removes a capability from the bounding set for good, PR_CAPBSET_DROP. Throws EPERM without CAP_SETPCAP.
  package static func dropFromBounding(_ number: Int32) throws(Failure) {
    try check(sw_prctl(24, UInt(number), 0, 0, 0), "drop capability \(number) from the bounding set")
  }

  /// PR_CAPBSET_READ. Throws EINVAL for a capability that the kernel doesn't know.
  package static func isInBounding(_ number: Int32) throws(Failure) -> Bool {
    try check(sw_prctl(23, UInt(number), 0, 0, 0), "read the bounding set") == 1
  }

  /// Whether the kernel knows a capability. All do up to CAP_CHECKPOINT_RESTORE, which is as old as Linux 5.9.
  package static func isKnown(_ number: Int32) -> Bool {
    number <= 40 || sw_prctl(23, UInt(number), 0, 0, 0) >= 0
  }

  /// Empties the ambient set, PR_CAP_AMBIENT_CLEAR_ALL.
  package static func clearAmbient() throws(Failure) {
    try check(sw_prctl(47, 4, 0, 0, 0), "clear the ambient set")
  }

  /// Adds a capability to the ambient set, PR_CAP_AMBIENT_RAISE. Throws EPERM when it is not both permitted and
  /// inheritable.
  package static func raiseAmbient(_ number: Int32) throws(Failure) {
    try check(sw_prctl(47, 2, UInt(number), 0, 0), "raise ambient capability \(number)")
  }
}

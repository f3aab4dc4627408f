internal import CShim

extension Processes {
  /// Sets the file mode creation mask and returns the one that was in force, umask(2).
  package static func exchangeUmask(_ mask: UInt32) -> UInt32 {
    UInt32(sw_umask(mask))
  }
}

internal import CShim
internal import Glibc

/// A counter that poll(2) can wait for, eventfd(2).
package enum EventCounter {
  /// A counter at 0. Reading its 8 bytes sets it back; it is readable while it is not 0.
  package static func make() throws(Failure) -> FileDescriptor {
    FileDescriptor(owning: try check(sw_eventfd(0, O_CLOEXEC), "eventfd"))
  }
}

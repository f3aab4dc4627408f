internal import CShim
internal import Glibc

extension Errno {
  /// The error that the last failed call of a C library left in `errno`. Meaningful only directly after it.
  package static var last: Errno { Errno(rawValue: errno) }
}

extension FileDescriptor {
  /// Goes back to the beginning of the file, lseek(2).
  package borrowing func rewind() throws(Failure) {
    guard lseek(raw, 0, SEEK_SET) == 0 else { throw Failure("seek to the beginning", .last) }
  }
}

extension SeccompFilter {
  /// Whether the kernel takes `flags` for a filter: with a program at an impossible address it answers EFAULT (or EACCES,
  /// for want of privilege) once it has accepted them, and EINVAL when it does not know one, seccomp(2).
  package static func isAvailable(flags: UInt32) -> Bool {
    let result = unsafe sw_seccomp_set_filter(flags, UnsafeRawPointer(bitPattern: 1), 1)
    return result == -EFAULT || result == -EACCES
  }
}

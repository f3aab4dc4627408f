internal import CShim
internal import Glibc

extension Processes {
  /// Sets the file mode creation mask and returns the one that was in force, umask(2).
  package static func exchangeUmask(_ mask: UInt32) -> UInt32 {
    UInt32(sw_umask(mask))
  }
}

extension Mounts {
  /// mount(2) onto the file that `target` is open on, for what fsconfig(2) cannot carry: values of 256 bytes and more,
  /// such as the layers of an overlay. `flags` are MS_* bits, `data` the options joined by commas.
  ///
  /// The target is named through /proc/self/fd: call it only while /proc is the host's.
  package static func mountDirectly(
    source: String, type: String, flags: UInt, data: String, on target: borrowing FileDescriptor
  ) throws(Failure) {
    let path = "/proc/self/fd/\(target.raw)"
    try check(unsafe sw_mount(source, path, type, flags, data), "mount \(type) file system")
  }
}

extension Files {
  /// Sets an extended attribute of an open file, O_PATH ones included, setxattr(2).
  ///
  /// The file is named through /proc/self/fd: call it only while /proc is the host's.
  package static func setExtendedAttribute(
    _ name: String, of file: borrowing FileDescriptor, to value: String
  ) throws(Failure) {
    let path = "/proc/self/fd/\(file.raw)"
    try check(unsafe sw_setxattr(path, name, value, value.utf8.count + 1), "set extended attribute \(name)")
  }
}

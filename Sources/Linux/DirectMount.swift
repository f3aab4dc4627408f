internal import CShim

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

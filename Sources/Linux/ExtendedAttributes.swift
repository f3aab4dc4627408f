internal import CShim

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

internal import CShim
internal import Glibc

extension Mounts {
  /// mount(2) onto the directory that `target` is open on: one call in the place of six where nothing has to be done with
  /// the mount before it is attached, and the only way for what fsconfig(2) cannot carry: values of 256 bytes and more,
  /// such as the layers of an overlay. `flags` are MS_* bits, `data` the options joined by commas.
  ///
  /// The target is made the working directory, so that no path is resolved.
  package static func mountDirectly(
    source: String, type: String, flags: UInt, data: String, on target: borrowing FileDescriptor
  ) throws(Failure) {
    try Processes.changeDirectory(target)
    try check(unsafe sw_mount(source, ".", type, flags, data), "mount \(type) file system")
  }

  /// Binds the directory `source` with the mounts in it to `name` in the working directory, mount(2) MS_BIND.
  package static func bind(_ source: String, toNameHere name: String) throws(Failure) {
    try check(unsafe sw_mount(source, name, nil, UInt(MS_BIND | MS_REC), nil), "bind \(source)")
  }
}

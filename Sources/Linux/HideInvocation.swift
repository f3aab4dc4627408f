internal import CShim
internal import Glibc

extension Processes {
  /// Takes this process's arguments and environment out of what other processes read of it, proc(5) /proc/PID/cmdline and
  /// environ: a container sees every process in its pid namespace, and they name paths and secrets of the host.
  ///
  /// Only in a copy of the process that has read both before; `name` takes the place of the program's.
  package static func hideInvocation(as name: String) {
    unsafe clear(sw_arguments(), name)
    unsafe clear(sw_environ(), "")
  }

  /// Overwrites each string of a null-terminated list with zeros, and the first one with `name`, as much of it as fits.
  private static func clear(_ list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ name: String) {
    guard var cursor = unsafe list else { return }
    var first = name[...]
    while let entry = unsafe cursor.pointee {
      let size = unsafe strlen(entry)
      unsafe memset(entry, 0, size)
      for (offset, byte) in first.utf8.prefix(size).enumerated() { unsafe entry[offset] = CChar(bitPattern: byte) }
      first = ""
      unsafe cursor += 1
    }
  }
}

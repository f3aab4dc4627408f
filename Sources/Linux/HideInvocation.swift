internal import CShim
internal import Glibc

extension Processes {
  /// Takes this process's arguments and environment out of what other processes read of it, proc(5) /proc/PID/cmdline and
  /// environ: a container sees every process in its pid namespace, and they name paths and secrets of the host.
  ///
  /// Only in a copy of the process that has read both before; `name` takes the place of the program's.
  package static func hideInvocation(as name: String) {
    for index in 0..<Int(CommandLine.argc) {
      guard let argument = unsafe CommandLine.unsafeArgv[index] else { continue }
      let size = unsafe strlen(argument)
      unsafe memset(argument, 0, size)
      if index == 0 {
        for (offset, byte) in name.utf8.prefix(size).enumerated() {
          unsafe argument[offset] = CChar(bitPattern: byte)
        }
      }
    }
    guard var cursor = unsafe sw_environ() else { return }
    while let entry = unsafe cursor.pointee {
      unsafe memset(entry, 0, strlen(entry))
      unsafe cursor += 1
    }
  }
}

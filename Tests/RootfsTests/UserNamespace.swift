import Foundation
import Linux

/// A user namespace with a mapping, kept by a sleeping process.
final class UserNamespace {
  private let process = Process()
  var pid: Int32 { process.processIdentifier }

  init(map: String) throws {
    process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
    process.arguments = ["--user", "sleep", "60"]
    try process.run()
    // unshare(1) executes sleep once it is in the namespace.
    for _ in 0..<500 {
      let name = try? Files.read("/proc/\(pid)/comm")
      if name.map({ String(decoding: $0, as: UTF8.self) }) == "sleep\n" { break }
      usleep(10_000)
    }
    try Files.write(map, to: "/proc/\(pid)/uid_map")
    try Files.write(map, to: "/proc/\(pid)/gid_map")
  }

  deinit {
    kill(pid, SIGKILL)
    process.waitUntilExit()
  }
}

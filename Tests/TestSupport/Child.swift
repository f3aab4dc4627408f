import Glibc
package import Linux

/// How a child process ended, and what it reported.
package struct ChildResult {
  package var status: ExitStatus
  package var report: String
}

/// Runs `body` in a copy of this process and waits for it.
///
/// It forks through the C library, which leaves the child a usable heap even when other threads were allocating.
package func inChild(_ body: () throws -> String) throws -> ChildResult {
  var pipe = try Sockets.pipe()
  let reader = pipe.takeFirst()
  var writer: FileDescriptor? = pipe.takeSecond()
  typealias Fork = @convention(c) () -> Int32
  let pid = unsafeBitCast(dlsym(nil, "fork"), to: Fork.self)()
  if pid == 0, let writer {
    var report: String
    do { report = try body() } catch { report = "\(error)" }
    try? writer.write(Array(report.utf8), "pipe")
    Processes.exit(0)
  }
  writer = nil
  guard let process = try ProcessDescriptor.open(pid) else { throw Failure("no child") }
  let report = try reader.readAll(limit: 1 << 16, "pipe")
  return ChildResult(status: try process.wait(), report: String(decoding: report, as: UTF8.self))
}

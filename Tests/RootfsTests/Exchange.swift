import Foundation

/// A process that exchanges two names as fast as it can.
final class Exchange {
  private let process = Process()

  init(_ first: String, _ second: String) throws {
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments = [
      "-c",
      """
      import ctypes, sys
      libc = ctypes.CDLL(None)
      a, b = sys.argv[1].encode(), sys.argv[2].encode()
      while True: libc.renameat2(-100, a, -100, b, 2)
      """, first, second,
    ]
    try process.run()
    for _ in 0..<1000 where (try? FileManager.default.destinationOfSymbolicLink(atPath: first)) == nil {
      usleep(5000)
    }
  }

  func stop() {
    guard process.isRunning else { return }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  deinit { stop() }
}

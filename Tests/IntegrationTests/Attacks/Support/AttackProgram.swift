import Foundation
import Glibc

/// Programs in C that run as an attacker in a container, where a shell's tools are not enough.
enum AttackProgram {
  /// The first C compiler there is.
  static let compiler: String? = ["/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang", "/opt/swift/usr/bin/clang"].first {
    access($0, X_OK) == 0
  }

  /// Compiles `source` into a static program of the name `name` in the container's /bin.
  static func install(_ source: String, _ name: String, in container: TestContainer) throws {
    guard let compiler else { throw TestFailure("no C compiler") }
    let file = container.path(name + ".c")
    try Host.write(source, to: file)
    let outcome = try container.launchOnHost(
      compiler, ["-static", "-O1", "-w", "-o", container.rootfs + "/bin/" + name, file]
    ).wait()
    guard outcome.exitCode == 0 else { throw TestFailure("\(outcome)") }
  }
}

/// Two names that are exchanged again and again, as a second container does it that shares a volume, renameat2(2)
/// RENAME_EXCHANGE.
final class Exchange: @unchecked Sendable {
  private let condition = NSCondition()
  private var isStopped = false
  private var hasEnded = false
  private var rounds = 0

  /// Runs `body` meanwhile. Returns how often the names were exchanged.
  static func of(_ first: String, _ second: String, while body: () throws -> Void) rethrows -> Int {
    let exchange = Exchange()
    Thread.detachNewThread { exchange.run(first, second) }
    defer { exchange.stop() }
    try body()
    return exchange.stop()
  }

  private func run(_ first: String, _ second: String) {
    first.withCString { first in
      second.withCString { second in
        let (first, second) = (Int(bitPattern: first), Int(bitPattern: second))
        var done = false
        while !done {
          var count = 0
          for _ in 0..<50 where LibC.syscall(316, Int(AT_FDCWD), first, Int(AT_FDCWD), second, 2) == 0 { count += 1 }
          condition.lock()
          rounds += count
          done = isStopped
          condition.unlock()
          usleep(50)
        }
      }
    }
    condition.lock()
    hasEnded = true
    condition.broadcast()
    condition.unlock()
  }

  @discardableResult
  private func stop() -> Int {
    condition.lock()
    defer { condition.unlock() }
    isStopped = true
    while !hasEnded { condition.wait() }
    return rounds
  }
}

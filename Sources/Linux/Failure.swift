/// Why something could not be done: what was tried and on what, and the kernel's error where there is one.
///
/// It is the one error type below the command line, so that every function can throw it typed and every message
/// keeps one form: `context: what was tried: errno text`.
package struct Failure: Error, Sendable, CustomStringConvertible {
  /// What was tried and where, without the text of `errno`.
  package var message: String
  package var errno: Errno?

  package init(_ message: String, _ errno: Errno? = nil) {
    self.message = message
    self.errno = errno
  }

  package var description: String {
    guard let errno else { return message }
    return message.isEmpty ? errno.text : message + ": " + errno.text
  }

  /// The same failure seen from further out.
  package func within(_ context: String) -> Failure {
    Failure(message.isEmpty ? context : context + ": " + message, errno)
  }
}

/// Turns the result of a system call (a value, or -errno) into the value, or throws what was tried.
@inline(__always)
@discardableResult
package func check(_ result: Int32, _ what: @autoclosure () -> String) throws(Failure) -> Int32 {
  guard result < 0 else { return result }
  throw Failure(what(), Errno(rawValue: -result))
}

/// As the 32-bit form, for byte counts.
@inline(__always)
@discardableResult
package func check(_ result: Int, _ what: @autoclosure () -> String) throws(Failure) -> Int {
  guard result < 0 else { return result }
  throw Failure(what(), Errno(rawValue: Int32(truncatingIfNeeded: -result)))
}

/// Runs `body`, and adds `context` in front of whatever it throws.
@inline(__always)
package func within<Result: ~Copyable>(
  _ context: @autoclosure () -> String, _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  do {
    return try body()
  } catch {
    throw error.within(context())
  }
}

/// A command line that cannot be run. The message is runc's, without the program's name, which whoever prints it puts in
/// front (`swiftlet: flag needs an argument: -bundle`).
struct UsageError: Error, Equatable {
  /// One line, without a newline.
  let message: String
  /// The exit code: 3 for an unknown command, else 1.
  let exitCode: Int32
  /// The global options that were read before the error: where to log it.
  var global = GlobalOptions()

  init(_ message: String, exitCode: Int32 = 1) {
    self.message = message
    self.exitCode = exitCode
  }
}

/// A value on the command line that cannot be read.
struct ValueError: Error, Equatable {
  /// One line that names the value.
  let message: String
}

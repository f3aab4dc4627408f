internal import JSON
internal import Linux
internal import Runtime

/// Where messages go: a line on standard error for people and for engines that read it, and a line in the log file,
/// which the last one of level `error` is read from.
struct Log {
  enum Format {
    case text, json
  }

  enum Level: String {
    case debug, info, warning, error
  }

  var file: String?
  var format = Format.text
  var isDebugging = false

  /// Tells why a command failed: the last thing that it says, on standard error and in the log.
  func fail(_ message: String) {
    write(.error, message)
    StandardStreams.write("swiftlet: " + message + "\n", to: 2)
  }

  /// Tells what was left out: in the log, or, where there is none, on standard error, which may be the container's.
  func warn(_ message: String) {
    write(.warning, message)
    if file?.isEmpty ?? true { StandardStreams.write("swiftlet: warning: " + message + "\n", to: 2) }
  }

  /// For `--debug`: as a warning.
  func debug(_ message: @autoclosure () -> String) {
    guard isDebugging else { return }
    let message = message()
    write(.debug, message)
    if file?.isEmpty ?? true { StandardStreams.write("swiftlet: " + message + "\n", to: 2) }
  }

  /// Makes sure that the log can be written, as runc does before anything else.
  func open() throws(Failure) {
    guard let file, !file.isEmpty else { return }
    _ = try Files.open(file, [.write, .create, .append, .noControllingTerminal], mode: 0o644)
  }

  /// Appends one line. A log that cannot be written does not stop a command.
  private func write(_ level: Level, _ message: String) {
    guard let file, !file.isEmpty,
      let log = try? Files.open(file, [.write, .create, .append, .noControllingTerminal], mode: 0o644)
    else { return }
    try? log.write(line(level, message), file)
  }

  private func line(_ level: Level, _ message: String) -> [UInt8] {
    let time = Timestamp.now
    switch format {
    case .text:
      return Array("time=\(JSONWriter.quote(time)) level=\(level.rawValue) msg=\(JSONWriter.quote(message))\n".utf8)
    case .json:
      var writer = JSONWriter()
      writer.beginObject()
      for (name, value) in [("level", level.rawValue), ("msg", message), ("time", time)] {
        writer.name(name)
        writer.string(value)
      }
      writer.endObject()
      return writer.bytes + [10]
    }
  }
}

/// Standard output and error.
enum StandardStreams {
  static func write(_ text: String, to number: Int32) {
    write(Array(text.utf8), to: number)
  }

  static func write(_ bytes: [UInt8], to number: Int32) {
    try? Descriptors.write(bytes, to: number)
  }
}

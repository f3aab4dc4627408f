internal import Linux
internal import Runtime

/// `events`: prints what happens to a container, one JSON object on a line.
enum EventsCommand {
  private static let defaultInterval: Int64 = 5_000_000_000

  static func run(_ context: CommandContext) throws(Failure) -> Int32 {
    let container = try Container(try context.id(), root: context.root, locked: false)
    let interval = context.parsed.nanoseconds(.interval) ?? defaultInterval
    guard interval > 0 else { throw Failure("duration interval must be greater than 0") }
    if context.parsed.flag(.stats) {
      try write(try ContainerEvents.statistics(container))
    } else {
      try ContainerEvents.stream(container, milliseconds: max(1, interval / 1_000_000), to: write)
    }
    return 0
  }

  private static func write(_ line: [UInt8]) throws(Failure) {
    do throws(Failure) {
      try Descriptors.write(line, to: 1)
    } catch {
      throw Failure("write to standard output", error.errno)
    }
  }
}

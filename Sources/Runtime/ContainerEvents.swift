internal import Cgroups
package import Linux
internal import RuntimeSpec

/// `events`: statistics and out-of-memory events of a container, one JSON object on each line.
package enum ContainerEvents {
  /// The line with the present statistics. Throws for a stopped container.
  package static func statistics(_ container: borrowing Container) throws(Failure) -> [UInt8] {
    try checkRunning(container)
    return try line(container.cgroup(), container.record)
  }

  /// Hands a line to `write` for the statistics after each interval and for every event that the kernel tells of, until
  /// the container's process has ended. Throws for a stopped container.
  package static func stream(
    _ container: borrowing Container, milliseconds interval: Int64,
    to write: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    try checkRunning(container)
    guard let process = try container.process() else { throw notRunning(container) }
    let id = container.record.id
    let cgroup = container.cgroup()
    var memory = try OutOfMemoryEvents.watch(cgroup)
    var next = Clock.monotonicMilliseconds + interval
    while true {
      let source = memory?.source ?? (-1, .readable)
      let wait = max(0, next - Clock.monotonicMilliseconds)
      let events = try Poll.wait([(process.descriptor.raw, .readable), source], milliseconds: wait)
      let hasEnded = !events[0].isEmpty
      // The kernel counts before it kills, so that nothing is missed of a container that ends by it.
      if !events[1].isEmpty || hasEnded, try memory?.takeNext() == true { try write(EventDocument.outOfMemory(id: id)) }
      if hasEnded { return }
      guard Clock.monotonicMilliseconds >= next else { continue }
      next = Clock.monotonicMilliseconds + interval
      try write(line(cgroup, container.record))
    }
  }

  private static func line(_ cgroup: Cgroup, _ record: ContainerRecord) throws(Failure) -> [UInt8] {
    let group = try record.intelRdt.map { (group) throws(Failure) in try group.statistics(in: group.tree) }
    return EventDocument.statistics(try cgroup.statistics(), group, id: record.id)
  }

  private static func checkRunning(_ container: borrowing Container) throws(Failure) {
    if try container.status() == .stopped { throw notRunning(container) }
  }

  private static func notRunning(_ container: borrowing Container) -> Failure {
    Failure("container with id \(container.record.id) is not running")
  }
}

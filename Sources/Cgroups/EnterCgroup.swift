package import Linux

/// The way into a container's v1 cgroups for a process that goes there itself.
///
/// To move another process, or one with threads, the kernel stops every fork and exit on the machine for a moment, which
/// costs milliseconds. A process that writes 0 to `tasks` moves its one thread, which is all of it, without that.
package struct CgroupEntrance: ~Copyable, Sendable {
  private var files = DescriptorList()
  private var paths: [String] = []

  init() {}

  fileprivate mutating func append(_ file: consuming FileDescriptor, _ path: String) {
    files.append(file)
    paths.append(path)
  }

  /// The descriptors, which the entering process must have open.
  package var numbers: [Int32] { files.numbers }

  /// Moves the calling process, which must have one thread, into each cgroup, and closes the descriptors.
  package mutating func enter() throws(Failure) {
    for (index, path) in paths.enumerated() {
      do throws(Failure) {
        try Descriptors.write([UInt8(ascii: "0")], to: files.numbers[index])
      } catch {
        throw Failure("enter cgroup \(path)", error.errno)
      }
    }
    files = DescriptorList()
  }
}

extension Cgroup {
  /// Opens the way into the v1 hierarchies; the unified one is entered by being born there, or by `add`.
  package func openEntrance() throws(Failure) -> CgroupEntrance {
    var entrance = CgroupEntrance()
    for directory in directories where !directory.isUnified {
      entrance.append(
        try CgroupDirectory.open("tasks", of: directory.path, .write, isKnown: directory.isDetected), directory.path)
    }
    return entrance
  }

  /// Moves a process that could not be born there into the unified hierarchy.
  package func addToUnified(_ pid: Int32) throws(Failure) {
    guard let unified else { return }
    try Cgroup.move(pid, into: unified)
  }
}

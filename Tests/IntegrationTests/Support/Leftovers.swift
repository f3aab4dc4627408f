import Foundation
import Glibc

/// Whatever of one test's containers is still on the machine. Everything of a test has a name that only it uses, so that
/// tests that run at the same time don't see each other.
struct Leftovers {
  /// A variable in the environment of each command and each container of a test, whose value has the test's name.
  static let marker = "SWIFTLET_TEST"

  /// The common part of all names: see `TestContainer.name`.
  let name: String
  /// The test's own directory.
  let directory: String

  /// Entries of a state directory (`--root`) that belong to containers. The cache of filters lasts longer than they.
  func states(root: String) -> [String] {
    Host.list(root).filter { $0 != "@seccomp" }
  }

  var cgroups: [String] { CgroupHierarchies.directories(naming: name) }

  /// Mounts in the test's own mount namespace at, or of, anything in the test's directory.
  var mounts: [String] {
    (Host.read("/proc/self/mountinfo") ?? "").split(separator: "\n").map(String.init).filter { $0.contains(directory) }
  }

  /// Live processes whose command line, environment, cgroup or working directory names the test.
  var processes: [Int] {
    Host.list("/proc").compactMap { Int($0) }.filter { pid in
      guard pid != Int(getpid()) else { return false }
      let named =
        ["cmdline", "environ", "cgroup"].contains { (Host.read("/proc/\(pid)/\($0)") ?? "").contains(name) }
        || (Host.link("/proc/\(pid)/cwd") ?? "").contains(name)
      return named && Host.isAlive(pid)
    }
  }

  /// One line for each thing that is left, after giving it `seconds` to go away.
  func describe(root: String, within seconds: Double = 3) -> [String] {
    var found: [String] = []
    _ = eventually(within: seconds) {
      found = states(root: root).map { "state directory \(root)/\($0)" }
      found += cgroups.map { "cgroup \($0)" }
      found += mounts.map { "mount \($0)" }
      found += processes.map { pid in
        let command = (Host.read("/proc/\(pid)/cmdline") ?? "").replacingOccurrences(of: "\0", with: " ")
        return "process \(pid) \(command)"
      }
      return found.isEmpty
    }
    return found
  }

  /// Removes what is left, so that one test's failure is not the next one's.
  func remove() {
    for pid in processes { kill(pid_t(pid), SIGKILL) }
    for line in mounts.reversed() {
      let fields = line.split(separator: " ")
      if fields.count > 4 { umount2(String(fields[4]), Int32(MNT_DETACH)) }
    }
    for cgroup in cgroups {
      if let state = CgroupHierarchies.mountPoints["freezer"], cgroup.hasPrefix(state) {
        try? Host.write("THAWED", to: cgroup + "/freezer.state")
      }
    }
    _ = eventually(within: 3) {
      for cgroup in cgroups { rmdir(cgroup) }
      return cgroups.isEmpty
    }
  }
}

import Testing

@testable import Cgroups

/// Mounts on the way to others: the kernel goes on to list a mount that no path leads to any more.
struct CoveredMountsTests {
  private static let usual = [
    "name=systemd: /sys/fs/cgroup/systemd", "cpu: /sys/fs/cgroup/cpu,cpuacct", "memory: /sys/fs/cgroup/memory",
    "cpuset: /sys/fs/cgroup/cpuset",
  ]
  private static let others = [usual[0], usual[1], usual[3]]

  private func found(_ later: String...) -> [String] {
    Machine.parse(Machine.legacy + later.map { $0 + "\n" }.joined()).legacy.map {
      "\($0.controllers[0]): \($0.mountPoint)"
    }
  }

  @Test func onTheDirectoryAbove() {
    let elsewhere = ["memory: /var/lib/other/memory"]
    #expect(found("50 30 0:50 / /sys/fs/cgroup ro - tmpfs tmpfs ro") == elsewhere)
    #expect(found("50 23 0:50 / /sys/fs ro - tmpfs tmpfs ro") == elsewhere)
    let again = "51 50 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory"
    #expect(found("50 30 0:50 / /sys/fs/cgroup ro - tmpfs tmpfs ro", again) == ["memory: /sys/fs/cgroup/memory"])
  }

  @Test func onTheMountItself() {
    let covered = found("50 33 0:50 / /sys/fs/cgroup/memory rw - tmpfs tmpfs rw")
    #expect(covered == Self.others + ["memory: /var/lib/other/memory"])
    let replaced = found("50 33 0:29 /a /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory")
    #expect(replaced == Self.others + ["memory: /sys/fs/cgroup/memory"])
  }

  @Test(arguments: [
    "50 30 0:50 / /sys/fs/cgroup/mem rw - tmpfs tmpfs rw", "50 22 0:50 / /sys/fs/cgroup-not rw - tmpfs tmpfs rw",
    "50 33 0:50 / /sys/fs/cgroup/memory/a rw - tmpfs tmpfs rw", "50 1 0:50 / / rw - tmpfs tmpfs rw",
  ])
  func notOnTheWay(_ line: String) {
    #expect(found(line) == Self.usual)
  }

  /// A list that no kernel would give.
  @Test func mountsInACircle() {
    let text = "1 2 0:1 / /a rw - cgroup cgroup rw,memory\n2 1 0:1 / /a rw - cgroup cgroup rw,cpu\n"
    #expect(Machine.parse(text).legacy.isEmpty)
  }
}

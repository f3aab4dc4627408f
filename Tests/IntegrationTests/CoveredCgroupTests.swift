import Foundation
import Testing

/// Cgroup mounts that the kernel lists, but that no path leads to, in a mount namespace of the test's own.
@Suite(.cgroupV1, .tags(.integration))
struct CoveredCgroupTests {
  /// Runs the container where `script` has changed the mounts.
  private func run(_ container: TestContainer, after script: String) throws -> Outcome {
    try container.writeConfig()
    let command =
      ([RuntimeUnderTest.path] + container.globalOptions + ["run", "--bundle", container.bundle, container.id])
      .map { "'\($0)'" }.joined(separator: " ")
    return try container.launchOnHost(
      "/usr/bin/unshare", ["--mount", "--propagation", "private", "sh", "-ec", script + "\nexec " + command]
    ).wait()
  }

  private func place(_ controller: String) -> String { CgroupHierarchies.mountPoints[controller] ?? "/missing" }

  @Test func oneHierarchy() throws {
    try withContainer(["cat", "/proc/self/cgroup"]) { container in
      let outcome = try run(container, after: "mount -t tmpfs none \(place("pids"))").expectSuccess()
      #expect(outcome.stdout.contains(":memory:/\(container.id)\n"))
      #expect(!outcome.stdout.contains(":pids:/\(container.id)\n"))
      container.config["linux"]["resources"]["pids"] = ["limit": 5]
      try run(container, after: "mount -t tmpfs none \(place("pids"))")
        .expectFailure(1, "the pids controller is not mounted")
    }
  }

  /// As a container engine in a container does.
  @Test func allOfThemAndSomeMountedAgain() throws {
    try withContainer(["cat", "/proc/self/cgroup"]) { container in
      let outcome = try run(
        container,
        after: """
          mount -t tmpfs none /sys/fs/cgroup
          for name in memory devices; do
            mkdir /sys/fs/cgroup/$name
            mount -t cgroup -o $name cgroup /sys/fs/cgroup/$name
          done
          """
      ).expectSuccess()
      for name in ["memory", "devices"] { #expect(outcome.stdout.contains(":\(name):/\(container.id)\n")) }
      for name in ["pids", "cpu"] { #expect(!outcome.stdout.contains(":\(name):/\(container.id)\n")) }
    }
  }

  @Test func aMountOnASisterIsNone() throws {
    try withContainer(["cat", "/proc/self/cgroup"]) { container in
      let outcome = try run(container, after: "mount -t tmpfs none \(place("cpu"))").expectSuccess()
      for name in ["memory", "pids", "cpuset", "cpuacct"] {
        #expect(outcome.stdout.contains(":\(name):/\(container.id)\n"), "\(name)")
      }
    }
  }
}

import Glibc
import Testing

extension Tag {
  /// The built binary on real bundles.
  @Tag static var integration: Self
}

extension Trait where Self == ConditionTrait {
  /// Containers with host users, devices and cgroups can only be made by root.
  static var root: Self { .enabled("needs root: run the tests as root", { geteuid() == 0 }) }

  /// The checks that read v1's files.
  static var cgroupV1: Self {
    .enabled("needs the cgroup controllers in v1 hierarchies", { geteuid() == 0 && CgroupHierarchies.isV1 })
  }

  /// The checks that read version 2's files.
  static var cgroupV2: Self {
    .enabled(
      "needs all cgroup controllers in the hierarchy of version 2",
      { geteuid() == 0 && CgroupHierarchies.mountPoints.keys.sorted() == [""] })
  }

  /// The checks of the systemd driver.
  static var systemd: Self {
    .enabled("needs systemd as pid 1", { geteuid() == 0 && Host.exists("/run/systemd/system") })
  }

  /// A capability that root lacks in many containers and build machines.
  static func capability(_ name: String) -> Self {
    .enabled("needs \(name)", { geteuid() == 0 && Fixtures.availableCapabilities.array.contains(.string(name)) })
  }

  /// What a kernel older than the one of that version lacks.
  static func kernel(_ major: Int, _ minor: Int, _ purpose: String) -> Self {
    .enabled(
      "needs Linux \(major).\(minor) \(purpose)",
      {
        let release = (Host.read("/proc/sys/kernel/osrelease") ?? "").split { !$0.isNumber }.compactMap { Int($0) }
        return release.count > 1 && (release[0], release[1]) >= (major, minor)
      })
  }

  /// For what runc and crun word in another way: skipped when SWIFTLET names one of those.
  static var ownTexts: Self {
    .enabled("the runtime under test is not swiftlet", { RuntimeUnderTest.isSwiftlet })
  }
}

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

  /// For what runc and crun word in another way: skipped when SWIFTLET names one of those.
  static var ownTexts: Self {
    .enabled("the runtime under test is not swiftlet", { RuntimeUnderTest.isSwiftlet })
  }
}

import Linux
import RuntimeSpec

/// Which controllers a v2 cgroup has is decided by `cgroup.subtree_control` of every cgroup above it
/// (the kernel's cgroup-v2.rst, «Controlling Controllers»).
enum SubtreeControl {
  /// Gives the cgroup every controller that the mount's root has, for limits now and later and for statistics.
  ///
  /// What cannot be given is left out, unless `resources` set a limit with it. On a hybrid machine v2 gives only what
  /// v1 does not have and a limit needs.
  static func enable(
    _ directory: Cgroup.Directory, for resources: LinuxResources, isPureUnified: Bool
  ) throws(Failure) {
    let needed = LimitedController.allCases.filter { $0.unifiedName != nil && $0.isSet(in: resources) }
    guard isPureUnified, let mountPoint = directory.mountPoint else {
      return try enableInHybrid(directory, needed)
    }
    let available = try CgroupDirectory.value("cgroup.controllers", of: mountPoint) ?? ""
    if try has(directory.path, all: available) { return }
    var refusal = enable(available, between: mountPoint, and: directory.path)
    let present = try words(CgroupDirectory.value("cgroup.controllers", of: directory.path) ?? "")
    let type = try CgroupDirectory.value("cgroup.type", of: directory.path) ?? ""
    if type == "domain invalid" {
      // Below a threaded cgroup processes can only be in threaded ones.
      try CgroupDirectory(directory.path).write("threaded", to: "cgroup.type")
      refusal = Failure("it is below a threaded cgroup")
    }
    for controller in needed {
      guard let name = controller.unifiedName, !present.contains(name) else { continue }
      let reason = words(available).contains(name) ? refusal.map { ": \($0.description)" } ?? "" : " on this system"
      throw Failure("cannot set \(controller.rawValue) limit: no \(name) controller in \(directory.path)\(reason)")
    }
  }

  private static func enableInHybrid(
    _ directory: Cgroup.Directory, _ needed: [LimitedController]
  ) throws(Failure) {
    guard !needed.isEmpty, let mountPoint = directory.mountPoint else { return }
    let available = words(try CgroupDirectory.value("cgroup.controllers", of: mountPoint) ?? "")
    let wanted = needed.compactMap(\.unifiedName).filter { available.contains($0) }
    if !wanted.isEmpty { _ = enable(wanted.joined(separator: " "), between: mountPoint, and: directory.path) }
  }

  /// Writes to `cgroup.subtree_control` of each cgroup from the mount to the one above `path`; returns the last
  /// refusal.
  private static func enable(_ controllers: String, between mountPoint: String, and path: String) -> Failure? {
    var refusal: Failure?
    let all = words(controllers).map { "+" + $0 }
    var current = mountPoint
    for name in path.dropFirst(mountPoint.count).split(separator: "/") {
      do throws(Failure) {
        let directory = try CgroupDirectory(current)
        do throws(Failure) {
          try directory.write(all.joined(separator: " "), to: "cgroup.subtree_control")
        } catch {
          // One that is refused makes the kernel refuse all.
          for controller in all {
            do throws(Failure) {
              try directory.write(controller, to: "cgroup.subtree_control")
            } catch {
              refusal = error
            }
          }
        }
      } catch {
        refusal = error
      }
      current += "/" + name
    }
    return refusal
  }

  private static func has(_ path: String, all controllers: String) throws(Failure) -> Bool {
    let present = words(try CgroupDirectory.value("cgroup.controllers", of: path) ?? "")
    return words(controllers).allSatisfy { present.contains($0) }
  }

  private static func words(_ text: String) -> [String] {
    text.split(separator: " ").map(String.init)
  }
}

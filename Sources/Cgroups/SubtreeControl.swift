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
    var refusal = enable(available, needed, between: mountPoint, and: directory.path)
    let present = try words(CgroupDirectory.value("cgroup.controllers", of: directory.path) ?? "")
    if try CgroupDirectory.value("cgroup.type", of: directory.path) == "domain invalid" {
      // Below a threaded cgroup processes can only be in threaded ones.
      try CgroupDirectory.write("threaded", to: "cgroup.type", of: directory.path)
      if refusal?.errno != .busy { refusal = Failure("it is below a threaded cgroup") }
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
    if !wanted.isEmpty { _ = enable(wanted.joined(separator: " "), needed, between: mountPoint, and: directory.path) }
  }

  /// Writes to `cgroup.subtree_control` of each cgroup from the mount to the one above `path`; returns the last
  /// refusal.
  private static func enable(
    _ controllers: String, _ needed: [LimitedController], between mountPoint: String, and path: String
  ) -> Failure? {
    var refusal: Failure?
    let all = words(controllers)
    var current = mountPoint
    for name in path.utf8.dropFirst(mountPoint.utf8.count).split(separator: UInt8(ascii: "/")) {
      do throws(Failure) {
        let directory = try CgroupDirectory(current)
        refusal = enable(all, needed, in: directory) ?? refusal
      } catch {
        refusal = error
      }
      current += "/" + Substring(name)
    }
    return refusal
  }

  /// The controllers that do without a cgroup for whole processes.
  private static let threaded = ["cpu", "cpuset", "perf_event", "pids"]

  private static func enable(
    _ controllers: [String], _ needed: [LimitedController], in directory: borrowing CgroupDirectory
  ) -> Failure? {
    var refusal: Failure?
    var single = controllers
    do throws(Failure) {
      try directory.write(controllers.map { "+" + $0 }.joined(separator: " "), to: "cgroup.subtree_control")
      return nil
    } catch {
      // One that is refused makes the kernel refuse all. EBUSY tells of a cgroup with processes of its own: only
      // threaded controllers go there, and make it threaded for good, so that a limit has to need them.
      if error.errno == .busy {
        let names = needed.compactMap(\.unifiedName)
        guard names.allSatisfy({ threaded.contains($0) }) else { return error }
        single = names
      }
    }
    for controller in single {
      do throws(Failure) {
        try directory.write("+" + controller, to: "cgroup.subtree_control")
      } catch {
        refusal = error
      }
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

package import Linux
package import RuntimeSpec

extension Cgroup {
  package func apply(_ resources: LinuxResources, devices: DeviceHandling = .set) throws(Failure) {
    if !resources.unified.isEmpty, !isPureUnified {
      if directories.isEmpty { throw missing(nil, for: "unified") }
      throw Failure("invalid configuration: cannot use unified on cgroup v1")
    }
    var inUnified: [LimitedController] = []
    for controller in LimitedController.allCases where controller.isSet(in: resources) {
      if let directory = legacy(controller.legacyName) {
        try Self.apply(controller, resources, to: directory.path) { (open) throws(Failure) in
          try LegacyLimits.apply(controller, resources, to: open)
        }
      } else if unified != nil, controller.unifiedName != nil {
        inUnified.append(controller)
      } else {
        throw missing(controller, for: controller.rawValue)
      }
    }
    let isDeviceProgram = devices != .keep && legacy("devices") == nil
    if let unified, !inUnified.isEmpty || !resources.unified.isEmpty || isDeviceProgram {
      let open = try CgroupDirectory(unified.path)
      for controller in inUnified {
        do throws(Failure) {
          try UnifiedLimits.apply(controller, resources, to: open)
        } catch {
          if error.errno == .notFound { try Self.checkPresence(of: controller, in: open) }
          throw error.within("set \(controller.rawValue) limit")
        }
      }
      for entry in resources.unified.entries { try UnifiedLimits.write(entry.key, entry.value, to: open) }
      if isDeviceProgram { try Self.attachDeviceProgram(resources, to: open, devices) }
    }
    if let directory = legacy("devices"), devices != .keep {
      try Self.setDeviceList(resources, of: directory, devices)
    } else if isDeviceProgram, unified == nil, devices != .attempt {
      throw Failure("cannot set device rules: the devices controller is not mounted")
    }
  }

  /// Why a limit cannot be set where there is no cgroup for it: `create` was refused, or there is no such hierarchy.
  private func missing(_ controller: LimitedController?, for name: String) -> Failure {
    let refusal = refusals.first { refusal in
      guard let controller else { return refusal.controllers.isEmpty }
      return refusal.controllers.isEmpty
        ? controller.unifiedName != nil : refusal.controllers.contains(controller.legacyName)
    }
    if refusal != nil || directories.isEmpty {
      let reason = refusal.map { ": " + $0.reason } ?? ""
      return Failure("cannot set \(name) limit: container could not join or create cgroup\(reason)")
    }
    return Failure(
      "cannot set \(name) limit: the \(controller?.legacyName ?? name) controller is not mounted")
  }

  /// Throws when a v2 cgroup lacks the controller, as on a hybrid machine that has it nowhere.
  private static func checkPresence(
    of controller: LimitedController, in directory: borrowing CgroupDirectory
  ) throws(Failure) {
    let present = try directory.read("cgroup.controllers").split(separator: " ")
    guard let name = controller.unifiedName, !present.contains(Substring(name)) else { return }
    throw Failure(
      "cannot set \(controller.rawValue) limit: the \(name) controller is not mounted, and not in \(directory.path)")
  }

  private static func apply(
    _ controller: LimitedController, _ resources: LinuxResources, to path: String,
    _ body: (borrowing CgroupDirectory) throws(Failure) -> Void
  ) throws(Failure) {
    do throws(Failure) {
      try body(try CgroupDirectory(path))
    } catch {
      throw error.within("set \(controller.rawValue) limit")
    }
  }

  private static func setDeviceList(
    _ resources: LinuxResources, of directory: Directory, _ handling: DeviceHandling
  ) throws(Failure) {
    let exceptions = try DeviceExceptions(DeviceRules(resources.devices))
    do throws(Failure) {
      let open = try CgroupDirectory(directory.path, isKnown: directory.isDetected)
      try DeviceList.set(exceptions, in: open, isFresh: handling != .update)
    } catch {
      if handling == .attempt, error.isForbidden { return }
      throw error.within("set device rules")
    }
  }

  private static func attachDeviceProgram(
    _ resources: LinuxResources, to directory: borrowing CgroupDirectory, _ handling: DeviceHandling
  ) throws(Failure) {
    let rules = try DeviceRules(resources.devices)
    do throws(Failure) {
      try DeviceProgram.attach(rules, to: directory.descriptor, isFresh: handling != .update)
    } catch {
      if handling == .attempt, error.isForbidden { return }
      throw error.within("set device rules of \(directory.path)")
    }
  }
}

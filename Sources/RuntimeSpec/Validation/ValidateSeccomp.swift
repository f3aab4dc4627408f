import JSON

extension Validator {
  /// Checks the system call filter (config-linux.md, «Seccomp»).
  mutating func check(_ seccomp: LinuxSeccomp) {
    let path = JSONPath()["linux"]["seccomp"]
    require(seccomp.defaultAction != .notify, path["defaultAction"], "must not be SCMP_ACT_NOTIFY")
    checkErrno(seccomp.defaultErrnoRet, seccomp.defaultAction, path, "defaultErrnoRet", "defaultAction")
    require(
      seccomp.listenerMetadata == nil || seccomp.listenerPath != nil || !isKnown(path["listenerPath"]),
      path["listenerMetadata"], "needs listenerPath")
    var notifies = false
    for (index, rule) in seccomp.syscalls.enumerated() {
      require(!rule.names.isEmpty, path["syscalls"][index]["names"], "must have at least one entry")
      checkErrno(rule.errnoRet, rule.action, path["syscalls"][index], "errnoRet", "action")
      for (place, condition) in rule.args.enumerated() {
        require(
          condition.index <= 5, path["syscalls"][index]["args"][place]["index"],
          "must be from 0 to 5 (got \(condition.index))")
      }
      guard rule.action == .notify else { continue }
      notifies = true
      // The runtime itself has to write to hand the notification descriptor over.
      if let place = rule.names.firstIndex(of: "write") {
        fail(path["syscalls"][index]["names"][place], "must not be \"write\" with SCMP_ACT_NOTIFY")
      }
    }
    guard notifies else { return }
    require(seccomp.listenerPath != nil, path["listenerPath"], "is required with SCMP_ACT_NOTIFY")
    if let listener = seccomp.listenerPath { requireAbsolute(listener, path["listenerPath"]) }
  }

  /// «When the action doesn't support an errno, the runtime MUST print an error and fail.»
  private mutating func checkErrno(
    _ errno: UInt32?, _ action: LinuxSeccompAction, _ path: @autoclosure () -> JSONPath, _ name: String,
    _ actionName: String
  ) {
    guard let errno else { return }
    require(
      action == .errno || action == .trace || !isKnown(path()[actionName]), path()[name],
      "is only for SCMP_ACT_ERRNO and SCMP_ACT_TRACE, not for \(action.rawValue) (got \(errno))")
    require(errno <= 65535, path()[name], "must not exceed 65535 (got \(errno))")
  }
}

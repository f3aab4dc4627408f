internal import CShim
internal import Glibc

/// Limits and scheduling of the calling process.
package enum Scheduling {
  /// Sets a resource limit, setrlimit(2). `resource` is the kernel's RLIMIT_* number.
  package static func setLimit(
    pid: Int32 = 0, resource: Int32, soft: UInt64, hard: UInt64, _ name: @autoclosure () -> String
  ) throws(Failure) {
    try check(unsafe sw_prlimit(pid, resource, [soft, hard], nil), "set rlimit \(name())")
  }

  /// Soft and hard limit.
  package static func limit(pid: Int32 = 0, resource: Int32) throws(Failure) -> (soft: UInt64, hard: UInt64) {
    var pair: [UInt64] = [0, 0]
    try check(unsafe sw_prlimit(pid, resource, nil, &pair), "get rlimit")
    return (pair[0], pair[1])
  }

  /// Policy and parameters, sched_setattr(2); times in nanoseconds, `policy` and `flags` as SCHED_* numbers.
  package struct Attributes: Sendable, Equatable {
    package var policy: UInt32
    package var flags: UInt64 = 0
    package var nice: Int32 = 0
    package var priority: UInt32 = 0
    package var runtime: UInt64 = 0
    package var deadline: UInt64 = 0
    package var period: UInt64 = 0

    package init(policy: UInt32) {
      self.policy = policy
    }
  }

  package static func setAttributes(_ a: Attributes) throws(Failure) {
    try check(
      sw_sched_setattr(a.policy, a.flags, a.nice, a.priority, a.runtime, a.deadline, a.period), "set scheduler")
  }

  /// The processors that `pid` (0: the caller) may run on, sched_setaffinity(2).
  package static func setAffinity(pid: Int32, cpus: [Int]) throws(Failure) {
    var mask = [UInt8](repeating: 0, count: ((cpus.max() ?? 0) / 64 + 1) * 8)
    for cpu in cpus { mask[cpu / 8] |= 1 << UInt8(cpu % 8) }
    try check(unsafe sw_sched_setaffinity(pid, mask, mask.count), "set CPU affinity")
  }

  /// I/O priority of the caller, ioprio_set(2): `class` 1 real-time, 2 best-effort, 3 idle; `priority` 0 to 7.
  package static func setIOPriority(class: Int32, priority: Int32) throws(Failure) {
    try check(sw_ioprio_set(1 /* IOPRIO_WHO_PROCESS */, 0, `class` << 13 | priority), "set I/O priority")
  }

  /// Memory policy of the caller, set_mempolicy(2); `mode` holds MPOL_* mode and flags.
  package static func setMemoryPolicy(mode: Int32, nodes: [Int]) throws(Failure) {
    var mask = [UInt](repeating: 0, count: (nodes.max() ?? 0) / 64 + 1)
    for node in nodes { mask[node / 64] |= 1 << UInt(node % 64) }
    let result =
      unsafe nodes.isEmpty
      ? sw_set_mempolicy(mode, nil, 0) : sw_set_mempolicy(mode, mask, UInt(mask.count * 64 + 1))
    try check(result, "set memory policy")
  }
}

/// The session keyring, keyctl(2).
package enum Keyring {
  /// Joins a new session keyring of that name and returns its serial number.
  package static func joinSession(named name: String) throws(Failure) -> Int32 {
    Int32(try check(unsafe sw_join_session_keyring(name), "join session keyring"))
  }

  /// Gives a session keyring `permissions` (as in keyctl_setperm(3)) besides those that the kernel makes one with: all for
  /// its possessor, and view, read and link for its owner.
  package static func addPermissions(_ key: Int32, _ permissions: UInt32) throws(Failure) {
    try check(sw_keyctl_setperm(key, 0x3f13_0000 | permissions), "set permissions of session keyring")
  }
}

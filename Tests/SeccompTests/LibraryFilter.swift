import CSeccomp
import Linux
import RuntimeSpec

@testable import Seccomp

/// The filter that libseccomp itself makes of a profile for x86_64, without what is answered to newer calls.
func libraryFilter(_ profile: LinuxSeccomp) throws -> [UInt8] {
  guard let context = seccomp_init(try profile.defaultAction.kernelAction(errno: profile.defaultErrnoRet)) else {
    throw Failure("seccomp_init")
  }
  defer { seccomp_release(context) }
  for rule in profile.syscalls {
    let action = try rule.action.kernelAction(errno: rule.errnoRet)
    if action == (try profile.defaultAction.kernelAction(errno: profile.defaultErrnoRet)) { continue }
    for name in rule.names {
      let conditions = rule.args.map {
        scmp_arg_cmp(arg: $0.index, op: $0.op.libraryOperator, datum_a: $0.value, datum_b: $0.valueTwo)
      }
      let result = seccomp_rule_add_array(
        context, action, seccomp_syscall_resolve_name(name), UInt32(conditions.count), conditions)
      // EEXIST: the same rule again.
      guard result == 0 || result == -17 else { throw Failure("seccomp_rule_add", Errno(rawValue: -result)) }
    }
  }
  let file = try Files.memory(named: "seccomp")
  guard seccomp_export_bpf(context, file.raw) == 0 else { throw Failure("seccomp_export_bpf") }
  try file.rewind()
  return try file.readAll(limit: 1 << 22, "the exported filter")
}

extension LinuxSeccompOperator {
  fileprivate var libraryOperator: scmp_compare {
    switch self {
    case .notEqual: SCMP_CMP_NE
    case .lessThan: SCMP_CMP_LT
    case .lessEqual: SCMP_CMP_LE
    case .equalTo: SCMP_CMP_EQ
    case .greaterEqual: SCMP_CMP_GE
    case .greaterThan: SCMP_CMP_GT
    case .maskedEqual: SCMP_CMP_MASKED_EQ
    }
  }
}

internal import Linux
internal import RuntimeSpec

/// A rule of a profile, the same for all architectures.
struct CompiledRule {
  var names: [String]
  var action: UInt32
  /// Lists of conditions, any of which is to hold as a whole.
  var alternatives: [[LinuxSeccompArg]]

  /// There is one list, unless conditions share an argument: then each condition of the rule is one, as in runc, where
  /// this is how conditions were always read before libseccomp knew more than one for a rule.
  init(_ rule: LinuxSyscall) throws(Failure) {
    names = rule.names
    action = try rule.action.kernelAction(errno: rule.errnoRet)
    var seen: UInt32 = 0
    var shared = false
    for condition in rule.args {
      guard condition.index < 6 else { throw Failure("args: index \(condition.index) is out of range (0 to 5)") }
      let bit = UInt32(1) << condition.index
      shared = shared || seen & bit != 0
      seen |= bit
    }
    alternatives = shared ? rule.args.map { [$0] } : [rule.args]
  }
}

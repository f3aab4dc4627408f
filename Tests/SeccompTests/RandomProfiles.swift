import RuntimeSpec

/// xorshift: the same numbers in every run.
struct Random {
  var state: UInt64

  init(state: UInt64) {
    self.state = state &* 0x9e37_79b9_7f4a_7c15 | 1
  }

  mutating func next(_ bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state % UInt64(bound))
  }

  mutating func value() -> UInt64 {
    let edges: [UInt64] = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 1 << 32, 0xffff_ffff_8000_0000, .max]
    switch next(5) {
    case 0: return edges[next(edges.count)]
    case 1: return UInt64(next(16)) << 32
    case 2: return UInt64(next(16)) << 32 | UInt64(next(4))
    default: return UInt64(next(16))
    }
  }

  /// What a profile's rules may hold.
  enum Kind: CaseIterable {
    /// Whatever the specification has.
    case anything
    /// Rules whose filters libseccomp 2.5.4 gets right: one condition list for a call.
    case singleRules
    /// As above, and several rules for a call, each with one comparison with `equalTo`.
    case equalities
    /// Several rules for a call, each with one ordering comparison of the same argument: what libseccomp gets wrong.
    case orderings
  }

  mutating func profile(of kind: Kind) -> LinuxSeccomp {
    let names = ["read", "write", "close", "socket", "clone", "statx", "mmap", "getpid", "openat", "semop", "recv"]
    let sets: [[Arch]] = [[], [.x32], [.x32, .x86_64], [.aarch64, .x86_64], [.x86], [.x86, .x32, .x86_64]]
    let architectures = kind == .anything ? sets[next(sets.count)] : []
    var rules: [LinuxSyscall] = []
    for name in names where next(3) != 0 {
      var action = action()
      let alternatives = kind == .singleRules ? 0 : next(4)
      for _ in 0...alternatives {
        // libseccomp refuses rules that contradict each other.
        if kind == .anything { action = self.action() }
        let count = kind == .anything ? next(5) : kind == .singleRules ? 3 : 1
        let args = (0..<count).map { place in
          let op: LinuxSeccompOperator =
            switch kind {
            case .equalities: .equalTo
            case .orderings: [.lessThan, .lessEqual, .greaterThan, .greaterEqual][next(4)]
            case .anything, .singleRules: LinuxSeccompOperator.allCases[next(7)]
            }
          let index = kind == .anything && next(4) == 0 ? next(3) : place % 3
          return LinuxSeccompArg(index: UInt32(index), value: value(), valueTwo: value(), op: op)
        }
        rules.append(
          LinuxSyscall(
            names: [name], action: action, errnoRet: action == .errno ? UInt32(next(40)) : nil, args: args))
      }
    }
    if kind == .anything, next(2) == 0 { rules.reverse() }
    let defaults: [LinuxSeccompAction] = kind == .anything ? [.errno, .allow, .killThread, .trap, .log] : [.killThread]
    return LinuxSeccomp(
      defaultAction: defaults[next(defaults.count)], architectures: architectures, syscalls: rules)
  }

  private mutating func action() -> LinuxSeccompAction {
    [.allow, .errno, .trap, .log, .killProcess][next(5)]
  }
}

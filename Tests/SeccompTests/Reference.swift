import CSeccomp
import RuntimeSpec

@testable import Seccomp

/// From linux/arch/x86/entry/syscalls/syscall_32.tbl.
private let ownNumbers: [String: UInt32] = [
  "recvmmsg": 337, "sendmmsg": 345, "socket": 359, "socketpair": 360, "bind": 361, "connect": 362, "listen": 363,
  "accept4": 364, "getsockopt": 365, "setsockopt": 366, "getsockname": 367, "getpeername": 368, "sendto": 369,
  "sendmsg": 370, "recvfrom": 371, "recvmsg": 372, "shutdown": 373, "semget": 393, "semctl": 394, "shmget": 395,
  "shmctl": 396, "shmat": 397, "shmdt": 398, "msgget": 399, "msgsnd": 400, "msgrcv": 401, "msgctl": 402,
]

/// From linux/include/uapi/linux/net.h and ipc.h: the first argument of socketcall and ipc.
private let selectors: [String: UInt32] = [
  "socket": 1, "bind": 2, "connect": 3, "listen": 4, "accept": 5, "getsockname": 6, "getpeername": 7,
  "socketpair": 8, "send": 9, "recv": 10, "sendto": 11, "recvfrom": 12, "shutdown": 13, "setsockopt": 14,
  "getsockopt": 15, "sendmsg": 16, "recvmsg": 17, "accept4": 18, "recvmmsg": 19, "sendmmsg": 20,
]
private let ipcSelectors: [String: UInt32] = [
  "semop": 1, "semget": 2, "semctl": 3, "semtimedop": 4, "msgsnd": 11, "msgrcv": 12, "msgget": 13, "msgctl": 14,
  "shmat": 21, "shmdt": 22, "shmget": 23, "shmctl": 24,
]

/// What a profile says about a call, read from the specification's text; knows nothing of BPF.
struct Reference {
  var profile: LinuxSeccomp
  private var numbers: [Arch: [String: UInt32]] = [:]
  private var highest: [Arch: UInt32] = [:]
  /// The architectures of the filter: those listed and the native one.
  private var archs: [Arch]
  /// The rules that name a call of an architecture.
  private var rules: [Arch: [UInt32: [LinuxSyscall]]] = [:]
  private let isPermissive: Bool

  init(_ profile: LinuxSeccomp, native: Arch = .x86_64) {
    self.profile = profile
    isPermissive = [.allow, .log, .trace].contains(profile.defaultAction)
    archs = profile.architectures.contains(native) ? profile.architectures : profile.architectures + [native]
    for arch in archs {
      guard let token = arch.token else { continue }
      for rule in profile.syscalls {
        for name in rule.names { add(rule, name, arch, seccomp_syscall_resolve_name_arch(token, name)) }
      }
    }
  }

  private mutating func add(_ rule: LinuxSyscall, _ name: String, _ arch: Arch, _ resolved: Int32) {
    let socketSelector = arch == .x86 ? selectors[name] : nil
    let ipcSelector = arch == .x86 ? ipcSelectors[name] : nil
    if let selector = socketSelector ?? ipcSelector {
      // The call can also be made through another one, whose first argument selects it.
      var selected = rule
      let through: UInt32 = socketSelector == nil ? 117 : 102
      for conditions in alternatives(rule) {
        selected.args =
          [LinuxSeccompArg(index: 0, value: UInt64(selector), op: .equalTo)] + conditions.filter { $0.index != 0 }
        rules[arch, default: [:]][through, default: []].append(selected)
      }
      if ownNumbers[name] == nil { highest[arch] = max(highest[arch] ?? 0, through) }
    }
    guard let number = (arch == .x86 ? ownNumbers[name] : nil) ?? UInt32(exactly: resolved) else { return }
    numbers[arch, default: [:]][name] = number
    highest[arch] = max(highest[arch] ?? 0, number)
    rules[arch, default: [:]][number, default: []].append(rule)
  }

  /// The numbers of all calls that have rules, as the kernel passes them.
  func numbers(of arch: Arch) -> [UInt32] { (rules[arch] ?? [:]).keys.sorted() }

  /// Values at the borders of every condition on a call's arguments.
  func values(of arch: Arch, _ number: UInt32, argument: UInt32) -> [UInt64] {
    let operands = (rules[arch]?[number] ?? []).flatMap(\.args).filter { $0.index == argument }
      .flatMap { [$0.value, $0.valueTwo] }
    let around = operands.flatMap { [$0, $0 &+ 1, $0 &- 1, $0 ^ 1 << 32, $0 << 32, ~$0] }
    return Array(Set(around + [0, 1, UInt64.max])).sorted()
  }

  func action(_ call: Call) -> UInt32 {
    let x32 = call.audit == 0xc000_003e && call.number & 0x4000_0000 != 0
    let arch = archs.first {
      ArchitectureToken.audit($0.token ?? 0) == call.audit && ($0 == .x32) == x32
    }
    let defaultAction = word(profile.defaultAction, profile.defaultErrnoRet)
    guard let arch else { return x32 && call.number == UInt32.max ? defaultAction : KernelAction.killThread }
    // x32 numbers start above its bit.
    let lowest: UInt32 = arch == .x32 ? 0x4000_0000 : 0
    if !isPermissive, let top = highest[arch], top > lowest, call.number > top { return KernelAction.notImplemented }
    let rules = (rules[arch]?[call.number] ?? []).filter { word($0.action, $0.errnoRet) != defaultAction }
    if let rule = rules.first(where: { $0.args.isEmpty }) { return word(rule.action, rule.errnoRet) }
    let first = rules.first { rule in
      alternatives(rule).contains { $0.allSatisfy { matches($0, call.args[Int($0.index)], arch) } }
    }
    return first.map { word($0.action, $0.errnoRet) } ?? defaultAction
  }

  /// Conditions that share an argument are alternatives, else all must hold.
  private func alternatives(_ rule: LinuxSyscall) -> [[LinuxSeccompArg]] {
    Set(rule.args.map(\.index)).count < rule.args.count ? rule.args.map { [$0] } : [rule.args]
  }

  private func word(_ action: LinuxSeccompAction, _ errno: UInt32?) -> UInt32 {
    switch action {
    case .kill, .killThread: 0
    case .killProcess: 0x8000_0000
    case .trap: 0x3_0000
    case .errno: 0x5_0000 + (errno ?? 1)
    case .trace: 0x7ff0_0000 + (errno ?? 1)
    case .allow: 0x7fff_0000
    case .log: 0x7ffc_0000
    case .notify: 0x7fc0_0000
    }
  }

  private func matches(_ condition: LinuxSeccompArg, _ argument: UInt64, _ arch: Arch) -> Bool {
    var value = argument
    var operand = condition.op == .maskedEqual ? condition.value & condition.valueTwo : condition.value
    var mask = condition.value
    if [.x86, .x32, .arm].contains(arch) {
      // The kernel takes 32 bits of each argument, and a negative operand has 32 bits here.
      value &= 0xffff_ffff
      mask &= 0xffff_ffff
      if let negative = Int32(exactly: Int64(bitPattern: operand)), negative < 0 {
        operand = UInt64(UInt32(bitPattern: negative))
      }
    }
    return switch condition.op {
    case .notEqual: value != operand
    case .lessThan: value < operand
    case .lessEqual: value <= operand
    case .equalTo: value == operand
    case .greaterEqual: value >= operand
    case .greaterThan: value > operand
    case .maskedEqual: value & mask == operand
    }
  }
}

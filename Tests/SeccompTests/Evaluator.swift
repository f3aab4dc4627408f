import CSeccomp
import Linux
import RuntimeSpec

@testable import Seccomp

/// A system call as a filter sees it, struct seccomp_data.
struct Call: CustomStringConvertible {
  var audit: UInt32
  var number: UInt32
  var args: [UInt64] = [0, 0, 0, 0, 0, 0]

  init(_ arch: Arch, _ number: UInt32, _ args: [UInt64] = []) {
    audit = ArchitectureToken.audit(arch.token ?? 0)
    self.number = number
    for (place, value) in args.enumerated() { self.args[place] = value }
  }

  var description: String { "arch \(String(audit, radix: 16)) number \(number) args \(args)" }

  /// The 32-bit word of struct seccomp_data at a byte offset, on a little-endian machine.
  func word(_ offset: UInt32) -> UInt32? {
    switch offset {
    case 0: return number
    case 4: return audit
    case 16..<64 where offset % 4 == 0:
      let value = args[Int(offset - 16) / 8]
      return UInt32(truncatingIfNeeded: offset % 8 == 0 ? value : value >> 32)
    default: return nil
    }
  }
}

/// Runs classic BPF as the kernel's seccomp does, and counts the instructions; nil for a program that the kernel would
/// not take.
func run(_ program: [UInt8], _ call: Call) -> (action: UInt32, steps: Int)? {
  var pc = 0
  var a: UInt32 = 0
  var steps = 0
  while pc * 8 + 8 <= program.count {
    let bytes = program[(pc * 8)..<(pc * 8 + 8)].map(UInt32.init)
    let (code, jt, jf) = (bytes[0] | bytes[1] << 8, Int(bytes[2]), Int(bytes[3]))
    let k = bytes[4] | bytes[5] << 8 | bytes[6] << 16 | bytes[7] << 24
    steps += 1
    pc += 1
    switch code {
    case 0x20:
      guard let word = call.word(k) else { return nil }
      a = word
    case 0x54: a &= k
    case 0x05: pc += Int(k)
    case 0x15: pc += a == k ? jt : jf
    case 0x25: pc += a > k ? jt : jf
    case 0x35: pc += a >= k ? jt : jf
    case 0x45: pc += a & k != 0 ? jt : jf
    case 0x06: return (k, steps)
    default: return nil
    }
  }
  return nil
}

/// From linux/arch/x86/entry/syscalls/syscall_32.tbl.
private let multiplexed: [String: UInt32] = [
  "recvmmsg": 337, "sendmmsg": 345, "socket": 359, "socketpair": 360, "bind": 361, "connect": 362, "listen": 363,
  "accept4": 364, "getsockopt": 365, "setsockopt": 366, "getsockname": 367, "getpeername": 368, "sendto": 369,
  "sendmsg": 370, "recvfrom": 371, "recvmsg": 372, "shutdown": 373, "semget": 393, "semctl": 394, "shmget": 395,
  "shmctl": 396, "shmat": 397, "shmdt": 398, "msgget": 399, "msgsnd": 400, "msgrcv": 401, "msgctl": 402,
]

/// What a profile says about a call, read from the specification's text; knows nothing of BPF.
struct Reference {
  var profile: LinuxSeccomp
  private var numbers: [Arch: [String: UInt32]] = [:]
  private var highest: [Arch: UInt32] = [:]
  /// The architectures of the filter: those listed and the native one.
  private var archs: [Arch]

  init(_ profile: LinuxSeccomp, native: Arch = .x86_64) {
    self.profile = profile
    archs = profile.architectures.contains(native) ? profile.architectures : profile.architectures + [native]
    for arch in archs {
      for name in profile.syscalls.flatMap(\.names) {
        guard let token = arch.token else { continue }
        let number = seccomp_syscall_resolve_name_arch(token, name)
        // Calls that x86 has under a number of their own and behind socketcall or ipc; libseccomp has a placeholder.
        let own = arch == .x86 ? multiplexed[name] : nil
        guard let number = own ?? UInt32(exactly: number) else { continue }
        numbers[arch, default: [:]][name] = number
        highest[arch] = max(highest[arch] ?? 0, own == nil ? number : number < 393 ? 373 : 402)
      }
    }
  }

  func numbers(of arch: Arch) -> [UInt32] { Array((numbers[arch] ?? [:]).values) }

  func action(_ call: Call) -> UInt32 {
    let x32 = call.audit == 0xc000_003e && call.number & 0x4000_0000 != 0
    let arch = archs.first {
      ArchitectureToken.audit($0.token ?? 0) == call.audit && ($0 == .x32) == x32
    }
    guard let arch else { return KernelAction.killThread }
    let permissive: [LinuxSeccompAction] = [.allow, .log, .trace]
    if !permissive.contains(profile.defaultAction), let top = highest[arch], top > 0, call.number > top {
      return KernelAction.notImplemented
    }
    for rule in profile.syscalls where rule.names.contains(where: { numbers[arch]?[$0] == call.number }) {
      let action = word(rule.action, rule.errnoRet)
      if action == word(profile.defaultAction, profile.defaultErrnoRet) { continue }
      if rule.args.isEmpty { return action }
      let matches = rule.args.map { self.matches($0, call.args[Int($0.index)]) }
      let shared = Set(rule.args.map(\.index)).count < rule.args.count
      if shared ? matches.contains(true) : !matches.contains(false) { return action }
    }
    return word(profile.defaultAction, profile.defaultErrnoRet)
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

  private func matches(_ condition: LinuxSeccompArg, _ value: UInt64) -> Bool {
    switch condition.op {
    case .notEqual: value != condition.value
    case .lessThan: value < condition.value
    case .lessEqual: value <= condition.value
    case .equalTo: value == condition.value
    case .greaterEqual: value >= condition.value
    case .greaterThan: value > condition.value
    case .maskedEqual: value & condition.value == condition.valueTwo
    }
  }
}

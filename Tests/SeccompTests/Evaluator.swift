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

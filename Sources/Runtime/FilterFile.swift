internal import Linux
internal import Seccomp

/// The container's seccomp program as it was compiled at create: `exec` applies the same, and compiling a profile takes
/// longer than all else that it does.
extension StateDirectory {
  static var filter: String { "seccomp.bpf" }

  /// Writes the flags for seccomp(2) in four bytes, least significant first, then the instructions.
  borrowing func writeFilter(_ program: SeccompProgram) throws(Failure) {
    var bytes: [UInt8] = []
    for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: program.flags >> UInt32(shift))) }
    try replace(Self.filter, bytes + program.instructions)
  }

  /// Reads it back. That it is missing or damaged is an error: a process without its filter must not run.
  borrowing func readFilter() throws(Failure) -> SeccompProgram {
    guard let bytes = try read(Self.filter), bytes.count > 4, (bytes.count - 4) % 8 == 0 else {
      throw Failure("\(path)/\(Self.filter) is missing or damaged")
    }
    var flags: UInt32 = 0
    for index in 0..<4 { flags |= UInt32(bytes[index]) << UInt32(8 * index) }
    return SeccompProgram(instructions: Array(bytes.dropFirst(4)), flags: flags)
  }
}

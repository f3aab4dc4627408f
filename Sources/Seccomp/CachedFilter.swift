/// A file of the cache: a checksum of all that follows (8 bytes), the lengths of key and program and the flags for
/// seccomp(2) (4 bytes each), the key, the program. Numbers are in the machine's byte order, as the program is.
enum CachedFilter {
  private static let headerSize = 20

  static func encode(_ program: SeccompProgram, _ key: FilterCache.Key) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(headerSize + key.bytes.count + program.instructions.count)
    bytes.append(native: 0, size: 8)
    bytes.append(native: UInt64(key.bytes.count), size: 4)
    bytes.append(native: UInt64(program.instructions.count), size: 4)
    bytes.append(native: UInt64(program.flags), size: 4)
    bytes += key.bytes
    bytes += program.instructions
    var checksum: [UInt8] = []
    checksum.append(native: Checksum.of(bytes, from: 8), size: 8)
    bytes.replaceSubrange(0..<8, with: checksum)
    return bytes
  }

  /// The program, when the file is whole, of this key, and one that the kernel would take.
  static func decode(_ bytes: [UInt8], _ key: FilterCache.Key) -> SeccompProgram? {
    guard bytes.count > headerSize else { return nil }
    let span = unsafe bytes.span.bytes
    let keySpan = unsafe key.bytes.span.bytes
    let keyEnd = headerSize + key.bytes.count
    guard Int(span.word(8)) == key.bytes.count, bytes.count > keyEnd,
      Int(span.word(12)) == bytes.count - keyEnd,
      span.extracting(headerSize..<keyEnd).isEqual(to: keySpan),
      span.longWord(0) == Checksum.of(bytes, from: 8)
    else { return nil }
    let flags = span.word(16)
    // No program with a listener is ever written.
    guard flags & ~(KernelFlag.log | KernelFlag.specAllow) == 0 else { return nil }
    let instructions = Array(bytes[keyEnd...])
    guard FilterCheck.isWellFormed(instructions) else { return nil }
    return SeccompProgram(instructions: instructions, flags: flags)
  }
}

/// Whether a program is one that the kernel would take, as seccomp_check_filter() in kernel/seccomp.c has it: known
/// instructions, loads from struct seccomp_data, jumps that stay inside, a return at the end.
enum FilterCheck {
  static func isWellFormed(_ program: [UInt8]) -> Bool {
    guard !program.isEmpty, program.count % 8 == 0, program.count <= 4096 * 8 else { return false }
    let span = unsafe program.span.bytes
    let count = program.count / 8
    for index in 0..<count {
      let code = span.halfWord(index * 8)
      let value = span.word(index * 8 + 4)
      let left = count - index - 1
      switch code {
      case 0x06: continue  // BPF_RET | BPF_K
      case 0x20: if value >= 64 || value % 4 != 0 { return false }  // BPF_LD | BPF_W | BPF_ABS
      case 0x54: break  // BPF_ALU | BPF_AND | BPF_K
      case 0x05: if Int(value) >= left { return false }  // BPF_JMP | BPF_JA
      case 0x15, 0x25, 0x35, 0x45:  // BPF_JMP | BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET | BPF_K
        if max(Int(program[index * 8 + 2]), Int(program[index * 8 + 3])) >= left { return false }
      default: return false
      }
      // What does not return goes on behind itself.
      if left == 0 { return false }
    }
    return true
  }
}

/// A checksum against damage, not against malice: who could write the file could write this too.
enum Checksum {
  static func of(_ bytes: [UInt8], from start: Int = 0) -> UInt64 {
    let span = unsafe bytes.span.bytes
    var hash = UInt64(bytes.count) &* 0x9e37_79b9_7f4a_7c15
    var index = start
    while index + 8 <= span.byteCount {
      hash = mixed(hash ^ span.longWord(index))
      index += 8
    }
    while index < span.byteCount {
      hash = mixed(hash ^ UInt64(bytes[index]))
      index += 1
    }
    return hash ^ hash >> 32
  }

  /// A bijection, so that one changed word always changes the sum.
  private static func mixed(_ value: UInt64) -> UInt64 {
    let product = value &* 0xff51_afd7_ed55_8ccd
    return product ^ product >> 29
  }
}

extension RawSpan {
  /// Traps outside of the bytes, as a subscript does.
  fileprivate func halfWord(_ offset: Int) -> UInt16 {
    precondition(offset >= 0 && offset + 2 <= byteCount)
    return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt16.self)
  }

  fileprivate func word(_ offset: Int) -> UInt32 {
    precondition(offset >= 0 && offset + 4 <= byteCount)
    return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self)
  }

  fileprivate func longWord(_ offset: Int) -> UInt64 {
    precondition(offset >= 0 && offset + 8 <= byteCount)
    return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
  }

  fileprivate func isEqual(to other: RawSpan) -> Bool {
    guard byteCount == other.byteCount else { return false }
    var index = 0
    while index + 8 <= byteCount {
      if longWord(index) != other.longWord(index) { return false }
      index += 8
    }
    while index < byteCount {
      let (left, right) = unsafe (
        unsafeLoad(fromByteOffset: index, as: UInt8.self), other.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      )
      if left != right { return false }
      index += 1
    }
    return true
  }
}

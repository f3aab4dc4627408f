extension [UInt8] {
  /// Appends the low `size` bytes of a number in the machine's order, as the kernel reads a program and as the cache, which
  /// is this machine's alone, is written.
  mutating func append(native value: UInt64, size: Int) {
    for index in 0..<size {
      #if _endian(little)
        append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index)))
      #else
        append(UInt8(truncatingIfNeeded: value >> UInt64(8 * (size - 1 - index))))
      #endif
    }
  }
}

internal import RuntimeSpec

/// How wide the arguments of an architecture's calls are. Where they have 32 bits the kernel uses no others, whatever a
/// register holds, so no others are compared.
enum ArgumentWidth {
  case narrow
  case wide
}

extension FilterAssembler {
  /// Tests a condition on an argument (config-linux.md, `seccomp.syscalls[].args`), with the meanings of
  /// seccomp_rule_add(3): comparisons are unsigned, and SCMP_CMP_MASKED_EQ compares with the operand's masked bits.
  mutating func test(
    _ condition: LinuxSeccompArg, _ width: ArgumentWidth, then: Place, otherwise: Place
  ) -> Place {
    var condition = condition
    if condition.op == .maskedEqual { condition.valueTwo &= condition.value }
    if width == .narrow {
      let isMasked = condition.op == .maskedEqual
      let operand = Self.narrowed(isMasked ? condition.valueTwo : condition.value)
      // Such an operand is above everything that the argument can be.
      guard operand <= UInt64(UInt32.max) else {
        switch condition.op {
        case .equalTo, .greaterEqual, .greaterThan, .maskedEqual: return otherwise
        case .notEqual, .lessEqual, .lessThan: return then
        }
      }
      if isMasked { condition.valueTwo = operand } else { condition.value = operand }
    }
    let field = Field(condition.index, width)
    switch condition.op {
    case .equalTo: return equal(field, condition.value, then: then, otherwise: otherwise)
    case .notEqual: return equal(field, condition.value, then: otherwise, otherwise: then)
    case .greaterThan: return above(.greater, field, condition.value, then: then, otherwise: otherwise)
    case .greaterEqual: return above(.greaterOrEqual, field, condition.value, then: then, otherwise: otherwise)
    case .lessThan: return above(.greaterOrEqual, field, condition.value, then: otherwise, otherwise: then)
    case .lessEqual: return above(.greater, field, condition.value, then: otherwise, otherwise: then)
    case .maskedEqual:
      return masked(field, condition.value, condition.valueTwo, then: then, otherwise: otherwise)
    }
  }

  /// A negative number of a wide type, such as -1 for every bit, means the same number of the narrow type.
  private static func narrowed(_ operand: UInt64) -> UInt64 {
    operand >= 0xffff_ffff_8000_0000 ? operand & 0xffff_ffff : operand
  }

  /// Where the halves of an argument are in struct seccomp_data.
  private struct Field {
    var low: UInt32
    var high: UInt32?

    init(_ argument: UInt32, _ width: ArgumentWidth) {
      let offset = 16 + 8 * argument
      #if _endian(little)
        low = offset
        high = width == .wide ? offset + 4 : nil
      #else
        low = offset + 4
        high = width == .wide ? offset : nil
      #endif
    }
  }

  private mutating func equal(_ field: Field, _ value: UInt64, then: Place, otherwise: Place) -> Place {
    var place = jump(.equal, value.low, then: then, otherwise: otherwise)
    place = load(offset: field.low, next: place)
    guard let high = field.high else { return place }
    place = jump(.equal, value.high, then: place, otherwise: otherwise)
    return load(offset: high, next: place)
  }

  /// `test` is `greater` or `greaterOrEqual`; the upper halves decide unless they are equal.
  private mutating func above(
    _ test: Test, _ field: Field, _ value: UInt64, then: Place, otherwise: Place
  ) -> Place {
    var place = jump(test, value.low, then: then, otherwise: otherwise)
    place = load(offset: field.low, next: place)
    guard let high = field.high else { return place }
    place = jump(.equal, value.high, then: place, otherwise: otherwise)
    place = jump(.greater, value.high, then: then, otherwise: place)
    return load(offset: high, next: place)
  }

  private mutating func masked(
    _ field: Field, _ mask: UInt64, _ value: UInt64, then: Place, otherwise: Place
  ) -> Place {
    let place = half(field.low, mask.low, value.low, then: then, otherwise: otherwise)
    guard let high = field.high else { return place }
    return half(high, mask.high, value.high, then: place, otherwise: otherwise)
  }

  private mutating func half(
    _ offset: UInt32, _ mask: UInt32, _ value: UInt32, then: Place, otherwise: Place
  ) -> Place {
    if mask == 0 { return then }
    if value == 0 {
      let place = jump(.bitsSet, mask, then: otherwise, otherwise: then)
      return load(offset: offset, next: place)
    }
    var place = jump(.equal, value, then: then, otherwise: otherwise)
    if mask != UInt32.max { place = self.mask(mask, next: place) }
    return load(offset: offset, next: place)
  }
}

extension UInt64 {
  fileprivate var low: UInt32 { UInt32(truncatingIfNeeded: self) }
  fileprivate var high: UInt32 { UInt32(truncatingIfNeeded: self >> 32) }
}

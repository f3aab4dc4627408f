internal import RuntimeSpec

/// What a filter does on one of the kernel's architectures, by the number of the call.
///
/// It is a list of ranges of numbers, which becomes a binary search: whatever the number, the filter's answer takes as
/// many comparisons as the logarithm of the number of ranges, and calls with neighbouring numbers that are treated alike,
/// most of a usual profile, are one range.
struct CallDecisions {
  /// One of the rules for a call: all conditions must hold. The first rule that holds decides.
  struct Rule {
    var conditions: [LinuxSeccompArg]
    var action: UInt32
  }

  enum Decision {
    case action(UInt32)
    case rules([Rule], otherwise: UInt32, ArgumentWidth)
  }

  private struct Range {
    var first: UInt32
    var decision: Decision
  }

  private var ranges: [Range] = []

  /// Decides on all numbers from `first` on. Calls of this function go upwards.
  mutating func decide(from first: UInt32, _ decision: Decision) {
    if let last = ranges.last, last.first == first { ranges.removeLast() }
    if case .action(let action) = decision, case .action(action)? = ranges.last?.decision { return }
    ranges.append(Range(first: first, decision: decision))
  }

  /// Answers ENOSYS to number 0: calls whose number does not fit are passed as 0 on s390, and stay 0 when the kernel
  /// doesn't know them. 0 is no call that a program makes.
  mutating func answerUnknownOnS390() {
    let first = ranges.removeFirst()
    if ranges.first?.first != 1 { ranges.insert(Range(first: 1, decision: first.decision), at: 0) }
    ranges.insert(Range(first: 0, decision: .action(KernelAction.notImplemented)), at: 0)
  }

  /// Assembles the search, which begins with loading the number.
  func assemble(_ assembler: inout FilterAssembler) -> FilterAssembler.Place {
    let search = assemble(0..<ranges.count, &assembler)
    return assembler.load(offset: 0, next: search)  // seccomp_data.nr
  }

  private func assemble(_ part: Swift.Range<Int>, _ assembler: inout FilterAssembler) -> FilterAssembler.Place {
    if part.count == 1 { return assemble(ranges[part.lowerBound].decision, &assembler) }
    let middle = part.lowerBound + part.count / 2
    let upper = assemble(middle..<part.upperBound, &assembler)
    let lower = assemble(part.lowerBound..<middle, &assembler)
    return assembler.jump(.greaterOrEqual, ranges[middle].first, then: upper, otherwise: lower)
  }

  private func assemble(_ decision: Decision, _ assembler: inout FilterAssembler) -> FilterAssembler.Place {
    switch decision {
    case .action(let action): return assembler.answer(action)
    case .rules(let rules, let otherwise, let width):
      var next = assembler.answer(otherwise)
      for rule in rules.reversed() {
        var place = assembler.answer(rule.action)
        for condition in rule.conditions.reversed() {
          place = assembler.test(condition, width, then: place, otherwise: next)
        }
        next = place
      }
      return next
    }
  }
}

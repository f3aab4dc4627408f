internal import RuntimeSpec

/// The rules of a profile for one architecture, by the numbers that its calls have there.
struct ArchitectureRules {
  private struct Entry {
    var number: UInt32
    /// The order of the profile.
    var place: Int
    var rule: CallDecisions.Rule
  }

  let token: UInt32
  private var entries: [Entry] = []
  /// The highest number of a call that the profile names.
  private(set) var highest: UInt32?

  /// Looks up all names. A name that the architecture does not have is ignored, and so is a rule with the default action.
  init(_ token: UInt32, _ rules: [CompiledRule], defaultAction: UInt32) {
    self.token = token
    var numbers = SystemCallNumbers(token)
    entries.reserveCapacity(rules.reduce(0) { $0 + $1.names.count * $1.alternatives.count })
    for rule in rules {
      for name in rule.names { add(numbers.resolve(name), rule, isDefault: rule.action == defaultAction) }
    }
    entries.sort { $0.number == $1.number ? $0.place < $1.place : $0.number < $1.number }
  }

  private mutating func add(_ number: SystemCallNumbers.Number, _ rule: CompiledRule, isDefault: Bool) {
    switch number {
    case .none: return
    case .single(let number):
      highest = max(highest ?? 0, number)
      if isDefault { return }
      for conditions in rule.alternatives { append(number, conditions, rule.action) }
    case .multiplexed(let own, let through, let selector):
      highest = max(highest ?? 0, own ?? through)
      if isDefault { return }
      for conditions in rule.alternatives {
        if let own { append(own, conditions, rule.action) }
        // The call's arguments are in memory, where a filter cannot look. As in libseccomp the condition on the first
        // makes place for the selector, and the others stay.
        let selected = LinuxSeccompArg(index: 0, value: UInt64(selector), op: .equalTo)
        append(through, [selected] + conditions.filter { $0.index != 0 }, rule.action)
      }
    }
  }

  private mutating func append(_ number: UInt32, _ conditions: [LinuxSeccompArg], _ action: UInt32) {
    let rule = CallDecisions.Rule(conditions: conditions, action: action)
    entries.append(Entry(number: number, place: entries.count, rule: rule))
  }

  /// Decides on the numbers of this architecture, from `base` on.
  ///
  /// `newer`: what to answer to calls that are newer than the profile, or nil for its default action. A rule without
  /// conditions decides alone, the first of several; otherwise the first rule whose conditions hold.
  func decide(
    _ decisions: inout CallDecisions, from base: UInt32, width: ArgumentWidth, defaultAction: UInt32, newer: UInt32?
  ) {
    decisions.decide(from: base, .action(defaultAction))
    var index = 0
    while index < entries.count {
      let number = entries[index].number
      let start = index
      var unconditional: UInt32?
      while index < entries.count, entries[index].number == number {
        if unconditional == nil, entries[index].rule.conditions.isEmpty { unconditional = entries[index].rule.action }
        index += 1
      }
      if let unconditional {
        decisions.decide(from: number, .action(unconditional))
      } else {
        let rules = entries[start..<index].map(\.rule)
        decisions.decide(from: number, .rules(rules, otherwise: defaultAction, width))
      }
      decisions.decide(from: number + 1, .action(defaultAction))
    }
    if let newer, let highest, highest > base { decisions.decide(from: highest + 1, .action(newer)) }
  }
}

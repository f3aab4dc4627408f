/// Classic BPF under construction, linux/filter.h, from its last instruction to its first: every jump goes forward, so
/// what it leads to is there already, and how far it is known.
struct FilterAssembler {
  /// An instruction, counted from the program's end.
  struct Place: Equatable {
    fileprivate var index: Int
  }

  /// What a jump asks of the accumulator and its operand.
  enum Test: UInt16 {
    case equal = 0x15  // BPF_JMP | BPF_JEQ | BPF_K
    case greater = 0x25
    case greaterOrEqual = 0x35
    case bitsSet = 0x45
  }

  private struct Instruction {
    var code: UInt16
    var then: UInt8 = 0
    var otherwise: UInt8 = 0
    var value: UInt32

    static let answer: UInt16 = 0x06  // BPF_RET | BPF_K
    static let load: UInt16 = 0x20  // BPF_LD | BPF_W | BPF_ABS
    static let and: UInt16 = 0x54  // BPF_ALU | BPF_AND | BPF_K
    static let goto: UInt16 = 0x05  // BPF_JMP | BPF_JA
  }

  /// The farthest that a conditional jump reaches is 255 instructions. Two bridges may still come in between.
  private static let reach = 253

  private var reversed: [Instruction] = []
  /// The nearest instruction that returns each action.
  private var answers: [(action: UInt32, place: Place)] = []

  /// How many instructions there are.
  var count: Int { reversed.count }

  /// Returns an action from the filter.
  mutating func answer(_ action: UInt32) -> Place {
    let known = answers.firstIndex { $0.action == action }
    if let known, distance(answers[known].place) <= Self.reach { return answers[known].place }
    let place = emit(Instruction(code: Instruction.answer, value: action))
    if let known { answers[known].place = place } else { answers.append((action, place)) }
    return place
  }

  /// Goes to one place or another, as the accumulator compares with `value`.
  mutating func jump(_ test: Test, _ value: UInt32, then: Place, otherwise: Place) -> Place {
    if then == otherwise { return then }
    let then = bridge(then)
    let otherwise = bridge(otherwise)
    return emit(
      Instruction(
        code: test.rawValue, then: UInt8(distance(then)), otherwise: UInt8(distance(otherwise)), value: value))
  }

  /// Loads a 32-bit word of struct seccomp_data into the accumulator, and goes on at `next`.
  mutating func load(offset: UInt32, next: Place) -> Place {
    goto(next)
    return emit(Instruction(code: Instruction.load, value: offset))
  }

  /// Masks the accumulator, and goes on at `next`.
  mutating func mask(_ mask: UInt32, next: Place) -> Place {
    goto(next)
    return emit(Instruction(code: Instruction.and, value: mask))
  }

  /// The program, struct sock_filter in the machine's byte order.
  func bytes() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(reversed.count * 8)
    for instruction in reversed.reversed() {
      bytes.append(native: UInt64(instruction.code), size: 2)
      bytes.append(instruction.then)
      bytes.append(instruction.otherwise)
      bytes.append(native: UInt64(instruction.value), size: 4)
    }
    return bytes
  }

  /// How many instructions an instruction that comes next would skip on its way to a place.
  private func distance(_ place: Place) -> Int { reversed.count - place.index - 1 }

  /// Makes a place that lies directly behind the next instruction: that place itself, or a jump to it.
  private mutating func goto(_ place: Place) {
    if distance(place) > 0 { _ = emit(copy(of: place)) }
  }

  /// A place within the reach of a conditional jump, which leads to the one given.
  private mutating func bridge(_ place: Place) -> Place {
    distance(place) <= Self.reach ? place : emit(copy(of: place))
  }

  /// An instruction that does what the one at `place` and those behind it do.
  private func copy(of place: Place) -> Instruction {
    let target = reversed[place.index]
    if target.code == Instruction.answer { return target }
    return Instruction(code: Instruction.goto, value: UInt32(distance(place)))
  }

  private mutating func emit(_ instruction: Instruction) -> Place {
    reversed.append(instruction)
    return Place(index: reversed.count - 1)
  }
}

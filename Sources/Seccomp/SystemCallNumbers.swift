internal import CSeccomp
internal import RuntimeSpec

/// The numbers of system calls on one architecture, by libseccomp's tables.
struct SystemCallNumbers {
  /// What a name stands for.
  enum Number: Equatable {
    /// Nothing on this architecture, or nowhere.
    case none
    case single(UInt32)
    /// A call that can be made through another one, socketcall(2) or ipc(2), with `selector` as its first argument; and
    /// mostly also under a number of its own.
    case multiplexed(own: UInt32?, through: UInt32, selector: UInt32)
  }

  /// libseccomp's token of the architecture.
  let token: UInt32
  private var ownNumbers: [Int32] = []

  init(_ token: UInt32) {
    self.token = token
  }

  /// The number of a name.
  mutating func resolve(_ name: String) -> Number {
    let number = unsafe seccomp_syscall_resolve_name_arch(token, name)
    if number >= 0 { return .single(UInt32(number)) }
    // libseccomp's placeholders; all other negative numbers stand for names that the architecture does not have.
    switch number {
    case -120 ... -101: return multiplexed(number, through: "socketcall", selector: UInt32(-number) - 100)
    case -224 ... -201: return multiplexed(number, through: "ipc", selector: UInt32(-number) - 200)
    default: return .none
    }
  }

  private mutating func multiplexed(_ placeholder: Int32, through name: String, selector: UInt32) -> Number {
    let call = unsafe seccomp_syscall_resolve_name_arch(token, name)
    // Placeholders stand for missing calls too, on architectures without socketcall and ipc.
    guard call >= 0 else { return .none }
    if ownNumbers.isEmpty {
      ownNumbers = [Int32](repeating: -1, count: 128)
      // The numbers of MIPS begin at 4000.
      unsafe seccomp_own_numbers(token, call >= 4000 ? 4000 : 0, &ownNumbers)
    }
    let own = ownNumbers[Int(-placeholder) - 100]
    return .multiplexed(own: own < 0 ? nil : UInt32(own), through: UInt32(call), selector: selector)
  }
}

internal import CCap
internal import Linux
package import RuntimeSpec

/// A set of capabilities, capabilities(7): bit N is capability N.
package struct CapabilitySet: OptionSet, Hashable, Sendable {
  package let rawValue: UInt64

  package init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// The capabilities of these numbers alone.
  init(numbers: some Sequence<Int32>) {
    self.init(rawValue: numbers.reduce(0) { $0 | 1 << UInt64($1) })
  }

  /// All that the kernel knows.
  package static var supported: CapabilitySet {
    var count: Int32 = 0
    while count < 63, CapabilityCalls.isKnown(count) { count += 1 }
    return CapabilitySet(rawValue: 1 << UInt64(count) - 1)
  }

  func contains(number: Int32) -> Bool {
    rawValue >> UInt64(number) & 1 == 1
  }

  /// The names as a configuration spells them, in the order of their numbers.
  package var names: [String] {
    (0..<64).filter { contains(number: $0) }.map { Capabilities.name(of: $0) ?? "\($0)" }
  }
}

/// Names of capabilities.
package enum Capabilities {
  /// Every capability that libcap knows, for the features document (features-linux.md, «Capabilities»).
  package static var known: [String] { (0..<64).compactMap { name(of: $0) } }

  /// As CAP_CHOWN; nil when libcap has no name for it.
  static func name(of number: Int32) -> String? {
    guard let text = unsafe cap_to_name(number) else { return nil }
    defer { unsafe _ = cap_free(text) }
    let name = unsafe String(cString: text)
    // libcap gives the bare number of one that it does not know.
    return name.hasPrefix("cap_") ? name.uppercased() : nil
  }

  /// The number of a name in the spelling of capabilities(7); nil when libcap or the kernel doesn't know it.
  static func number(of name: String) -> Int32? {
    // libcap also takes other cases.
    guard name.hasPrefix("CAP_"), name.utf8.allSatisfy({ (65...90).contains($0) || $0 == 95 }) else { return nil }
    var number: cap_value_t = -1
    guard unsafe cap_from_name(name, &number) == 0, CapabilityCalls.isKnown(number) else { return nil }
    return number
  }
}

/// The five sets that a process is to have (config.md, `process.capabilities`).
package struct CapabilitySets: Equatable, Sendable {
  package var bounding: CapabilitySet
  package var effective: CapabilitySet
  package var permitted: CapabilitySet
  package var inheritable: CapabilitySet
  package var ambient: CapabilitySet

  /// Makes the sets; those not given are empty.
  package init(
    bounding: CapabilitySet = [], effective: CapabilitySet = [], permitted: CapabilitySet = [],
    inheritable: CapabilitySet = [], ambient: CapabilitySet = []
  ) {
    self.bounding = bounding
    self.effective = effective
    self.permitted = permitted
    self.inheritable = inheritable
    self.ambient = ambient
  }

  /// Takes the sets of a configuration. Names that libcap or the kernel doesn't know are left out and appended to
  /// `ignored`, each once: the specification wants a warning for them, not an error.
  package init(_ names: LinuxCapabilities, ignored: inout [String]) {
    bounding = CapabilitySets.set(names.bounding, &ignored)
    effective = CapabilitySets.set(names.effective, &ignored)
    permitted = CapabilitySets.set(names.permitted, &ignored)
    inheritable = CapabilitySets.set(names.inheritable, &ignored)
    ambient = CapabilitySets.set(names.ambient, &ignored)
  }

  private static func set(_ names: [String], _ ignored: inout [String]) -> CapabilitySet {
    var bits: UInt64 = 0
    for name in names {
      if let number = Capabilities.number(of: name) {
        bits |= 1 << UInt64(number)
      } else if !ignored.contains(name) {
        ignored.append(name)
      }
    }
    return CapabilitySet(rawValue: bits)
  }
}

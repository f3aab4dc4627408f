import Linux
import RuntimeSpec

/// What may be done with a device, in the bits of BPF_DEVCG_ACC_*.
struct DeviceAccess: OptionSet, Equatable, Hashable {
  let rawValue: UInt32

  static let mknod = DeviceAccess(rawValue: 1)
  static let read = DeviceAccess(rawValue: 2)
  static let write = DeviceAccess(rawValue: 4)
  static let all: DeviceAccess = [.mknod, .read, .write]

  /// As in `devices.allow`.
  var text: String {
    (contains(.read) ? "r" : "") + (contains(.write) ? "w" : "") + (contains(.mknod) ? "m" : "")
  }
}

/// The kinds of devices, in the numbers of BPF_DEVCG_DEV_*.
enum DeviceKind: UInt32 {
  case block = 1
  case character = 2

  var letter: String { self == .block ? "b" : "c" }
}

/// One rule (config-linux.md, «Allowed Device list»); nil stands for all.
struct DeviceRule: Equatable {
  var allow: Bool
  var kind: DeviceKind?
  var major: UInt32?
  var minor: UInt32?
  var access: DeviceAccess

  func matches(_ kind: DeviceKind, _ major: UInt32, _ minor: UInt32) -> Bool {
    (self.kind == nil || self.kind == kind) && (self.major == nil || self.major == major)
      && (self.minor == nil || self.minor == minor)
  }

  /// Whether it decides on every access to every device, so that what came before it does not count.
  var isTotal: Bool { kind == nil && major == nil && minor == nil && access == .all }
}

/// A container's device rules, in order: for each kind of access the last rule that matches decides; without any,
/// access is denied.
struct DeviceRules: Equatable {
  /// Whether accesses are allowed that no rule matches.
  let allowsByDefault: Bool
  let rules: [DeviceRule]

  /// The rules of config.json and after them, as runc has it, those that a container cannot do without.
  init(_ configured: [LinuxDeviceCgroup]) throws(Failure) {
    var rules: [DeviceRule] = []
    rules.reserveCapacity(configured.count + Self.defaults.count)
    for (index, rule) in configured.enumerated() { rules.append(try Self.rule(rule, index)) }
    self.init(rules: rules, then: Self.defaults)
  }

  init(rules: [DeviceRule], then defaults: [DeviceRule] = []) {
    var kept = rules
    var allowed = false
    if let total = kept.lastIndex(where: \.isTotal) {
      allowed = kept[total].allow
      kept.removeSubrange(...total)
    }
    // Where all is allowed and nothing denied since, the defaults change nothing.
    if !(allowed && kept.isEmpty) { kept += defaults }
    allowsByDefault = allowed
    self.rules = kept
  }

  /// mknod of anything, the harmless devices, terminals, and /dev/net/tun for old users of runc and docker.
  static let defaults: [DeviceRule] = [
    DeviceRule(allow: true, kind: .character, access: .mknod),
    DeviceRule(allow: true, kind: .block, access: .mknod),
    always(1, 3), always(1, 8), always(1, 7), always(5, 0), always(1, 5), always(1, 9),  // null to urandom
    always(136, nil), always(5, 2),  // terminals, and the multiplexer that makes them
    always(10, 200),
  ]

  private static func always(_ major: UInt32, _ minor: UInt32?) -> DeviceRule {
    DeviceRule(allow: true, kind: .character, major: major, minor: minor, access: .all)
  }

  private static func rule(_ rule: LinuxDeviceCgroup, _ index: Int) throws(Failure) -> DeviceRule {
    var access: DeviceAccess = []
    for byte in (rule.access ?? "rwm").utf8 {
      switch byte {
      case UInt8(ascii: "r"): access.insert(.read)
      case UInt8(ascii: "w"): access.insert(.write)
      case UInt8(ascii: "m"): access.insert(.mknod)
      default: throw Failure("linux.resources.devices[\(index)].access: unknown access in \"\(rule.access ?? "")\"")
      }
    }
    if access.isEmpty { throw Failure("device access at \(index) field cannot be empty") }
    let kind: DeviceKind? =
      switch rule.type {
      case .character: .character
      case .block: .block
      case .all, nil: nil
      }
    return DeviceRule(
      allow: rule.allow, kind: kind, major: try number(rule.major, "major", index),
      minor: try number(rule.minor, "minor", index), access: access)
  }

  private static func number(_ value: Int64?, _ name: String, _ index: Int) throws(Failure) -> UInt32? {
    guard let value, value != -1 else { return nil }
    guard let number = UInt32(exactly: value) else {
      throw Failure("linux.resources.devices[\(index)].\(name): \(value) is no device number")
    }
    return number
  }
}

/// A signal of signal(7), by its number on Linux (the same on every architecture that swiftlet supports).
struct Signal: Equatable, Sendable {
  /// The number, 0 to 64; 0 only asks whether the process is there.
  let number: Int32

  /// SIGTERM, what `kill` sends when no signal is named.
  static let terminate = Signal(number: 15)

  /// Reads a number, or a name with or without `SIG` in upper or lower case. What runc takes, and besides the real-time
  /// signals by name (`RTMIN`, `RTMIN+3`, `RTMAX-1`), which systemd's own units and images use.
  static func parse(_ text: String) throws(ValueError) -> Signal {
    if let number = parseInteger(text, maximum: 64) {
      return Signal(number: Int32(number))
    }
    var name = text.uppercased()
    if name.hasPrefix("SIG") {
      name = String(name.dropFirst(3))
    }
    guard let number = number(ofName: name) ?? number(ofRealTimeName: name) else {
      throw ValueError(message: "unknown signal \"\(text)\"")
    }
    return Signal(number: number)
  }

  /// The names of signals 1 to 31, in order.
  static let names = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
    "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO",
    "PWR", "SYS",
  ]

  private static func number(ofName name: String) -> Int32? {
    switch name {
    case "IOT": 6
    case "CLD": 17
    case "POLL": 29
    default: names.firstIndex(of: name).map { Int32($0) + 1 }
    }
  }

  /// glibc keeps the first two real-time signals for itself, so SIGRTMIN is 34 as every program in a container sees it.
  private static func number(ofRealTimeName name: String) -> Int32? {
    let first: Int32 = 34
    let last: Int32 = 64
    switch name {
    case "RTMIN": return first
    case "RTMAX": return last
    default: break
    }
    guard name.count > 6, let offset = parseInteger(String(name.dropFirst(6)), maximum: 30).map({ Int32($0) }) else {
      return nil
    }
    switch name.prefix(6) {
    case "RTMIN+": return first + offset
    case "RTMAX-": return last - offset
    default: return nil
    }
  }
}

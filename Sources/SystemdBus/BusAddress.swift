package import Linux

/// Where a bus listens: one entry of an address in the form of the D-Bus Specification, «Server Addresses».
package struct BusAddress: Equatable, Sendable {
  /// The socket's path, or its name in the abstract namespace.
  package var name: String
  package var isAbstract = false

  package init(path: String) {
    name = path
  }

  package init(abstract name: String) {
    self.name = name
    isAbstract = true
  }

  /// Whether systemd itself listens there: no bus is in between, so nobody gives names and signals come unasked.
  package var isDirect: Bool { !isAbstract && name.hasSuffix("/systemd/private") }

  /// In the form that `parse` reads.
  package var text: String {
    var text = isAbstract ? "unix:abstract=" : "unix:path="
    for byte in name.utf8 {
      if Self.isPlain(byte) {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += byte < 16 ? "%0" : "%"
        text += String(byte, radix: 16)
      }
    }
    return text
  }

  /// The addresses of a list, in order. Transports other than Unix sockets are left out.
  ///
  /// - Parameter runtimeDirectory: $XDG_RUNTIME_DIR, for entries that refer to it.
  /// - Throws: when nothing usable is left.
  package static func parse(_ list: String, runtimeDirectory: String? = nil) throws(Failure) -> [BusAddress] {
    let addresses = list.split(separator: ";").compactMap { entry(String($0), runtimeDirectory) }
    guard !addresses.isEmpty else { throw Failure("bus address \"\(list)\" names no Unix socket") }
    return addresses
  }

  private static func entry(_ text: String, _ runtimeDirectory: String?) -> BusAddress? {
    guard text.hasPrefix("unix:") else { return nil }
    for pair in text.dropFirst(5).split(separator: ",") {
      guard let equals = pair.firstIndex(of: "="), let value = unescaped(pair[pair.index(after: equals)...]),
        !value.isEmpty
      else { continue }
      switch pair[..<equals] {
      case "path": return value.hasPrefix("/") ? BusAddress(path: value) : nil
      case "abstract": return BusAddress(abstract: value)
      case "runtime":
        guard value == "yes", let runtimeDirectory, runtimeDirectory.hasPrefix("/") else { return nil }
        return BusAddress(path: runtimeDirectory + "/bus")
      default: continue
      }
    }
    return nil
  }

  /// The bytes that stand for themselves.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: [UInt8]("-_/.\\".utf8).contains(byte)
    }
  }

  /// nil for a `%` without two hexadecimal digits, a NUL, and what is not UTF-8.
  private static func unescaped(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        if byte == 0 { return nil }
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst(), let low = rest.popFirst(), let value = hex(high, low), value != 0 else {
        return nil
      }
      bytes.append(value)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func hex(_ high: UInt8, _ low: UInt8) -> UInt8? {
    func digit(_ byte: UInt8) -> UInt8? { Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) } }
    guard let high = digit(high), let low = digit(low) else { return nil }
    return high << 4 | low
  }
}

extension BusAddress {
  /// Where the system's systemd is reached, in the order of trying: the bus that $DBUS_SYSTEM_BUS_ADDRESS names, or
  /// systemd's own socket for root, which works without a bus, and then the usual bus.
  package static func system(_ variable: String?) throws(Failure) -> [BusAddress] {
    if let variable { return try parse(variable) }
    return [BusAddress(path: "/run/systemd/private"), BusAddress(path: "/run/dbus/system_bus_socket")]
  }

  /// Where a user's systemd is reached: the bus that $DBUS_SESSION_BUS_ADDRESS names, or the user's bus and systemd's
  /// own socket below the runtime directory.
  package static func user(
    _ variable: String?, runtimeDirectory: String?, userID: UInt32
  ) throws(Failure) -> [BusAddress] {
    if let variable { return try parse(variable, runtimeDirectory: runtimeDirectory) }
    let directory = runtimeDirectory ?? "/run/user/\(userID)"
    return [BusAddress(path: directory + "/bus"), BusAddress(path: directory + "/systemd/private")]
  }
}

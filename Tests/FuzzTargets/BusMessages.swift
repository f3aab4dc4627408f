import SystemdBus

/// What comes over a bus, and the texts that go to one.
enum BusMessages {
  static func check(_ bytes: [UInt8]) -> String? {
    if bytes.first == 0 { return checkText(String(decoding: bytes.dropFirst(), as: UTF8.self)) }
    guard let message = try? BusMessage.decode(bytes) else { return nil }
    // Bytes are compared, since a NaN is not equal to itself.
    guard let encoded = try? message.encode() else { return "what was read cannot be written" }
    guard let again = try? BusMessage.decode(encoded) else { return "what was written cannot be read" }
    return (try? again.encode()) == encoded ? nil : "what was written is read as another message"
  }

  private static func checkText(_ text: String) -> String? {
    if let addresses = try? BusAddress.parse(text, runtimeDirectory: "/run/user/1") {
      for address in addresses where (try? BusAddress.parse(address.text)) != [address] {
        return "the address \(address.text) is read as another"
      }
    }
    guard let value = try? VariantText.parse(text) else { return nil }
    var message = BusMessage.call("M", of: "/o", "i.i", at: "d.d", [.variant(value)])
    message.serial = 1
    guard let encoded = try? message.encode() else { return nil }
    guard let again = try? BusMessage.decode(encoded) else { return "the value cannot be read back" }
    return (try? again.encode()) == encoded ? nil : "the value is read back as another"
  }
}

import Linux
import RuntimeSpec
import Testing

@testable import Security

@Suite struct CapabilityTests {
  @Test(
    arguments: [
      ("CAP_CHOWN", 0), ("CAP_SYS_ADMIN", 21), ("CAP_AUDIT_WRITE", 29), ("CAP_CHECKPOINT_RESTORE", 40),
      ("cap_chown", nil), ("Cap_Chown", nil), ("CHOWN", nil), ("CAP_", nil), ("", nil), ("CAP_NO_SUCH", nil),
      ("CAP_41", nil), ("0", nil), ("ALL", nil), ("CAP_CHOWN ", nil), (" CAP_CHOWN", nil), ("CAP_CHOWN\0", nil),
      ("CAP_CHOWN,CAP_KILL", nil), ("CAP_ÄCHOWN", nil),
    ] as [(String, Int32?)])
  func numberOfAName(_ name: String, _ number: Int32?) {
    #expect(Capabilities.number(of: name) == number)
  }

  @Test func everyKnownNameIsItsNumber() {
    #expect(Capabilities.known.count >= 41)
    for (number, name) in Capabilities.known.enumerated() {
      #expect(Capabilities.name(of: Int32(number)) == name)
      #expect(
        Capabilities.number(of: name) == Int32(number)
          || !CapabilitySet.supported.contains(number: Int32(number)))
    }
  }

  @Test func supportedIsWhatTheKernelHas() throws {
    let text = String(decoding: try Files.read("/proc/sys/kernel/cap_last_cap"), as: UTF8.self)
    let last = try #require(Int(text.dropLast()))
    #expect(CapabilitySet.supported.rawValue == 1 << UInt64(last + 1) - 1)
  }

  @Test func unknownNamesAreCollectedOnce() {
    var ignored: [String] = []
    let sets = CapabilitySets(
      LinuxCapabilities(
        bounding: ["CAP_KILL", "CAP_X", "cap_kill"], effective: ["CAP_X"], inheritable: ["CAP_Y"], permitted: [],
        ambient: ["CAP_CHOWN", "CAP_CHOWN"]),
      ignored: &ignored)
    #expect(ignored == ["CAP_X", "cap_kill", "CAP_Y"])
    #expect(sets == CapabilitySets(bounding: CapabilitySet(rawValue: 32), ambient: CapabilitySet(rawValue: 1)))
    #expect(sets.bounding.names == ["CAP_KILL"])
  }
}

import JSON
import RuntimeSpec
import Testing

/// A generator whose numbers are the same in every run.
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}

private let fragments = [
  "null", "[]", "{}", "-1", "1e9", "18446744073709551616", "\"\"", "\"\\u0000\"", "\\ud800", "\"", "\\", ",", ":", "{",
  "]", "\u{0}",
  "[[[[", "true", "\"x\": ", "/", "é",
].map { Array($0.utf8) }

/// Configurations with damage never stop the reader: they are read, or refused with a message.
@Test(arguments: Fixtures.configurations)
func damagedConfigurationsAreReadOrRefused(name: String) throws {
  let original = try Fixtures.bytes(name)
  var random = SplitMix64(state: UInt64(original.count))
  for _ in 0..<120 {
    var bytes = original
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      let end = min(bytes.count, place + Int.random(in: 0...12, using: &random))
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.removeSubrange(place..<end)
      case 2: bytes.replaceSubrange(place..<end, with: fragments.randomElement(using: &random) ?? [])
      default: bytes.insert(contentsOf: fragments.randomElement(using: &random) ?? [], at: place)
      }
    }
    do throws(SpecError) {
      let spec = try Spec.decode(bytes: bytes, fileName: "config.json")
      let again = try Spec.decode(bytes: spec.encoded(), fileName: "again")
      #expect(again == spec)
    } catch {
      #expect(error.fileName == "config.json", "\(error)")
      #expect(!error.violations.isEmpty)
      #expect(error.lines.allSatisfy { $0.hasPrefix("config.json:") && !$0.utf8.contains(10) })
    }
  }
}

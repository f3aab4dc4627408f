import Linux
import Testing

@testable import SystemdBus

/// D-Bus Specification, «Marshaling (Wire Format)»: the bytes of each type, both ways.
struct ValueTests {
  struct Sample: Sendable, CustomTestStringConvertible {
    var value: BusValue
    var bytes: [UInt8]
    /// Bytes before the value, which move its alignment.
    var offset = 0
    var testDescription: String { "\(value.type.code) after \(offset)" }
  }

  static let samples: [Sample] = [
    Sample(value: .byte(200), bytes: [200]),
    Sample(value: .boolean(true), bytes: [1, 0, 0, 0]),
    Sample(value: .boolean(false), bytes: [0, 0, 0, 0, 0], offset: 3),
    Sample(value: .int16(-2), bytes: [0xfe, 0xff]),
    Sample(value: .uint16(0x1234), bytes: [0, 0x34, 0x12], offset: 1),
    Sample(value: .int32(-1), bytes: [0xff, 0xff, 0xff, 0xff]),
    Sample(value: .uint32(1), bytes: [0, 0, 1, 0, 0, 0], offset: 2),
    Sample(value: .int64(-2), bytes: [0xfe] + [UInt8](repeating: 0xff, count: 7)),
    Sample(value: .uint64(.max), bytes: [0, 0, 0, 0] + [UInt8](repeating: 0xff, count: 8), offset: 4),
    Sample(value: .double(1.5), bytes: [0, 0, 0, 0, 0, 0, 0xf8, 0x3f]),
    Sample(value: .string("foo"), bytes: [3, 0, 0, 0, 0x66, 0x6f, 0x6f, 0]),
    Sample(value: .string(""), bytes: [0, 0, 0, 0, 0, 0, 0, 0], offset: 1),
    Sample(value: .string("ä"), bytes: [2, 0, 0, 0, 0xc3, 0xa4, 0]),
    Sample(value: .objectPath("/a"), bytes: [2, 0, 0, 0, 0x2f, 0x61, 0]),
    Sample(value: .signature("a(ss)"), bytes: [5, 0x61, 0x28, 0x73, 0x73, 0x29, 0]),
    Sample(value: .variant(.uint32(7)), bytes: [1, 0x75, 0, 0, 7, 0, 0, 0]),
    Sample(value: .variant(.uint64(7)), bytes: [1, 0x74, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0]),
    Sample(value: .array(of: .uint32, [.uint32(137)]), bytes: [4, 0, 0, 0, 137, 0, 0, 0]),
    // The length of an array does not count the padding before its first element.
    Sample(
      value: .array(of: .uint64, [.uint64(5)]), bytes: [8, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]),
    Sample(value: .array(of: .structure([.string, .string]), []), bytes: [0, 0, 0, 0, 0, 0, 0, 0]),
    Sample(value: .bytes([1, 2]), bytes: [2, 0, 0, 0, 1, 2]),
    Sample(
      value: .array(of: .structure([.string, .variant]), [.structure([.string("D"), .variant(.boolean(true))])]),
      bytes: [16, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x44, 0, 1, 0x62, 0, 0, 0, 0, 1, 0, 0, 0]),
    Sample(
      value: .array(of: .dictionaryEntry(.byte, .uint16), [.dictionaryEntry(.byte(9), .uint16(258))]),
      bytes: [4, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 1]),
  ]

  @Test(arguments: samples)
  func bytes(_ sample: Sample) throws {
    let before = [UInt8](repeating: 0, count: sample.offset)
    var writer = BusWriter()
    writer.append(raw: before)
    try writer.write(sample.value)
    #expect(writer.bytes == before + sample.bytes)
    var reader = BusReader(before + sample.bytes, from: sample.offset)
    #expect(try reader.read(sample.value.type) == sample.value)
    #expect(reader.isAtEnd)
  }

  @Test(arguments: samples.filter { $0.bytes.count > 0 })
  func everyCutIsRefused(_ sample: Sample) throws {
    let before = [UInt8](repeating: 0, count: sample.offset)
    for length in 0..<sample.bytes.count {
      var reader = BusReader(before + sample.bytes.prefix(length), from: sample.offset)
      #expect(throws: Failure.self) { try reader.read(sample.value.type) }
    }
  }

  @Test(
    arguments: [
      ("b", [2, 0, 0, 0]), ("s", [1, 0, 0, 0, 0x61, 1]), ("s", [1, 0, 0, 0, 0, 0]), ("s", [1, 0, 0, 0, 0xff, 0]),
      ("s", [0xff, 0xff, 0xff, 0xff, 0x61, 0]), ("o", [1, 0, 0, 0, 0x61, 0]), ("o", [2, 0, 0, 0, 0x2f, 0x2f, 0]),
      ("g", [1, 0x61, 0]), ("v", [2, 0x79, 0x79, 0, 1, 1]), ("v", [0, 0]), ("at", [4, 0, 0, 0, 1, 0, 0, 0]),
      ("at", [8, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]), ("au", [3, 0, 0, 0, 1, 0, 0, 0]),
      ("ay", [0xff, 0xff, 0xff, 0x7f, 1]), ("(y)", []),
    ] as [(String, [UInt8])])
  func malformedBytesAreRefused(_ signature: String, _ bytes: [UInt8]) throws {
    var reader = BusReader(bytes)
    let type = try BusType.single(signature)
    #expect(throws: Failure.self) { try reader.read(type) }
  }

  @Test func deepVariantsAreRefused() {
    // Each variant holds the next one.
    var reader = BusReader([UInt8]([[UInt8]](repeating: [1, 0x76, 0], count: 1000).joined()))
    let failure = #expect(throws: Failure.self) { try reader.read(.variant) }
    #expect(failure?.message.contains("nested") == true)
  }

  @Test(arguments: ["", "y", "a{sv}", "(i(ss)av)", "aai", "a{s(a{yv}o)}", String(repeating: "a", count: 32) + "y"])
  func signatures(_ signature: String) throws {
    #expect(try BusType.parse(signature).map(\.code).joined() == signature)
  }

  @Test(arguments: [
    "a", "(", ")", "()", "(i", "{sv}", "a{vs}", "a{s}", "a{svv}", "a{sv", "h", "z", "aa",
    String(repeating: "a", count: 33) + "y",
    String(repeating: "(", count: 33) + "y" + String(repeating: ")", count: 33),
    String(repeating: "y", count: 256),
  ])
  func malformedSignaturesAreRefused(_ signature: String) {
    #expect(throws: Failure.self) { try BusType.parse(signature) }
  }

  @Test(arguments: [
    BusValue.string("a\u{0}b"), .objectPath("a"), .objectPath("/a/"), .objectPath("/a-b"), .objectPath(""),
    .signature("a"), .array(of: .string, [.byte(1)]), .variant(.array(of: .dictionaryEntry(.variant, .byte), [])),
  ])
  func whatCannotBeSentIsRefused(_ value: BusValue) {
    var writer = BusWriter()
    #expect(throws: Failure.self) { try writer.write(value) }
  }
}

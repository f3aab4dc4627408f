import Linux
import Testing

@testable import SystemdBus

/// GVariant's text format, as far as annotations need it.
struct VariantTextTests {
  @Test(
    arguments: [
      ("5", .int32(5)), ("-5", .int32(-5)), ("+5", .int32(5)), ("0x1F", .int32(31)), ("017", .int32(15)),
      ("3000000000", .int64(3_000_000_000)), ("18446744073709551615", .uint64(.max)), ("1.5", .double(1.5)),
      ("1e3", .double(1000)), ("true", .boolean(true)), (" false ", .boolean(false)), ("uint64 5", .uint64(5)),
      ("int64 -5", .int64(-5)), ("byte 0xff", .byte(255)), ("uint16 7", .uint16(7)), ("int16 -7", .int16(-7)),
      ("uint32 7", .uint32(7)), ("double 7", .double(7)), ("@t 5", .uint64(5)), ("'text'", .string("text")),
      ("\"it's\"", .string("it's")), (#"'a\'b\n\u00e4\\'"#, .string("a'b\nä\\")), ("string 'x'", .string("x")),
      ("objectpath '/a/b'", .objectPath("/a/b")), ("signature 'as'", .signature("as")),
      ("['a', 'b']", .strings(["a", "b"])), ("@as []", .strings([])), ("@ay [1, 2]", .bytes([1, 2])),
      ("[uint64 1, 2]", .array(of: .uint64, [.uint64(1), .uint64(2)])),
      ("('/dev/sda', uint64 9)", .structure([.string("/dev/sda"), .uint64(9)])), ("(5,)", .structure([.int32(5)])),
      (
        "@a(st) [('/dev/sda', 9)]",
        .array(of: .structure([.string, .uint64]), [.structure([.string("/dev/sda"), .uint64(9)])])
      ),
      ("<true>", .variant(.boolean(true))),
      ("[<'a'>, <5>]", .array(of: .variant, [.variant(.string("a")), .variant(.int32(5))])),
    ] as [(String, BusValue)])
  func values(_ text: String, _ value: BusValue) throws {
    #expect(try VariantText.parse(text) == value)
  }

  @Test(arguments: [
    "", " ", "x", "5 5", "uint64", "uint64 -1", "byte 256", "int32 3000000000", "uint64 'a'", "'a", "'a\\", "'\\u00'",
    "[", "[]", "[1", "[1,]", "[1, 'a']", "(", "()", "(1", "@as ['a', 1]", "@", "@zz 1", "@as", "{'a': 1}", "<1", "nan",
    "infinity", "--5", "+-5", "0x", "0x-5", "08", "objectpath 'a'", "boolean 5", "string 5", "@(st) ('a',)",
    "@(st) ('a', 1, 2)", String(repeating: "[", count: 100_000), String(repeating: "<", count: 1000),
    String(repeating: "uint64 ", count: 1000) + "5",
  ])
  func malformedTextsAreRefused(_ text: String) {
    #expect(throws: Failure.self) { try VariantText.parse(text) }
  }
}

/// D-Bus Specification, «Server Addresses».
struct AddressTests {
  @Test(arguments: [
    ("unix:path=/run/dbus/system_bus_socket", [BusAddress(path: "/run/dbus/system_bus_socket")]),
    ("unix:path=/a,guid=12;unix:abstract=b", [BusAddress(path: "/a"), BusAddress(abstract: "b")]),
    ("unix:guid=12,path=/a%20b%2c", [BusAddress(path: "/a b,")]),
    ("tcp:host=localhost,port=1;unix:path=/a", [BusAddress(path: "/a")]),
    ("unix:runtime=yes", [BusAddress(path: "/run/user/7/bus")]),
  ])
  func lists(_ text: String, _ addresses: [BusAddress]) throws {
    #expect(try BusAddress.parse(text, runtimeDirectory: "/run/user/7") == addresses)
  }

  @Test(arguments: [
    "", "unix:", "unix:path=", "unix:path=relative", "unix:path=/%zz", "unix:path=/%0", "unix:path=/a%00",
    "unix:tmpdir=/tmp", "autolaunch:", "/run/bus",
  ])
  func unusableOnesAreRefused(_ text: String) {
    #expect(throws: Failure.self) { try BusAddress.parse(text) }
  }

  @Test(arguments: [BusAddress(path: "/run/a b;c,d%ä"), BusAddress(abstract: "x y")])
  func textRoundTrip(_ address: BusAddress) throws {
    #expect(try BusAddress.parse(address.text) == [address])
  }

  @Test func variablesComeFirst() throws {
    #expect(try BusAddress.system(nil).map(\.name) == ["/run/systemd/private", "/run/dbus/system_bus_socket"])
    #expect(try BusAddress.system("unix:path=/x").map(\.name) == ["/x"])
    #expect(
      try BusAddress.user(nil, runtimeDirectory: nil, userID: 5).map(\.name)
        == ["/run/user/5/bus", "/run/user/5/systemd/private"])
    #expect(
      try BusAddress.user(nil, runtimeDirectory: "/r", userID: 5).map(\.name) == ["/r/bus", "/r/systemd/private"])
    #expect(try BusAddress.user("unix:path=/x", runtimeDirectory: "/r", userID: 5).map(\.name) == ["/x"])
  }

  @Test(arguments: [("252.39-1~deb12u2", 252), ("v245.4-1.fc32", 245), ("219", 219), ("", 0), ("x", 0)])
  func versions(_ text: String, _ number: Int) {
    #expect(SystemdManager.version(text) == number)
  }
}

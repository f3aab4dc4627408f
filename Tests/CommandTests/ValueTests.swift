import Testing

@testable import swiftlet

@Suite("Values on the command line")
struct ValueTests {
  @Test(
    "users",
    arguments: [
      ("0", 0, nil), ("1", 1, nil), ("1:2", 1, 2), ("4294967294:4294967294", 4_294_967_294, 4_294_967_294),
      ("007", 7, nil),
    ] as [(String, UInt32, UInt32?)])
  func users(text: String, uid: UInt32, gid: UInt32?) throws {
    #expect(try UserArgument.parse(text) == UserArgument(uid: uid, gid: gid))
  }

  /// CVE-2026-30892: a value that is not wholly a number must never become user 0.
  @Test(
    "what is no user",
    arguments: [
      "", ":", "1:", ":1", "-1", "+1", "1x", "x", " 1", "1 ", "1:2:3", "4294967295", "1:4294967295", "4294967296",
      "0x1",
      "1.0", "1_0", "root", "1:-1", "18446744073709551617", "\u{661}",
    ])
  func noUsers(text: String) {
    #expect(
      throws: ValueError(message: "invalid user \"\(text)\": must be <uid>[:<gid>], numbers from 0 to 4294967294")
    ) {
      try UserArgument.parse(text)
    }
  }

  @Test(
    "sizes",
    arguments: [
      ("0", 0), ("1024", 1024), ("64m", 67_108_864), ("64M", 67_108_864), ("64MB", 67_108_864), ("64MiB", 67_108_864),
      ("1k", 1024), ("1 g", 1_073_741_824), ("2t", 2_199_023_255_552), ("1p", 1_125_899_906_842_624), ("7b", 7),
      ("1.5g", 1_610_612_736), ("0.5k", 512), ("1.1", 1), ("9223372036854775807", 9_223_372_036_854_775_807),
      ("8191p", 9_222_246_136_947_933_184),
      ("", nil), ("-1", nil), ("-5m", nil), ("m", nil), ("5x", nil), ("5mm", nil), ("5kbb", nil), ("5i", nil),
      (".5m", nil), ("5.m", nil), ("1e3", nil), ("0x10", nil), (" 5", nil), ("5  m", nil), ("8192p", nil),
      ("9223372036854775808", nil), ("\u{661}", nil),
    ] as [(String, Int64?)])
  func sizes(text: String, bytes: Int64?) {
    #expect(SizeArgument.parse(text) == bytes)
  }

  @Test(
    "signals",
    arguments: [
      ("SIGTERM", 15), ("TERM", 15), ("term", 15), ("sigTerm", 15), ("15", 15), ("9", 9), ("KILL", 9), ("HUP", 1),
      ("SIGHUP", 1),
      ("SYS", 31), ("SIGSTKFLT", 16), ("CHLD", 17), ("CLD", 17), ("STOP", 19), ("IO", 29), ("POLL", 29), ("PWR", 30),
      ("WINCH", 28), ("USR1", 10), ("USR2", 12), ("0", 0), ("64", 64), ("34", 34), ("RTMIN", 34), ("SIGRTMIN+3", 37),
      ("rtmin+30", 64), ("RTMAX", 64), ("RTMAX-1", 63), ("RTMAX-30", 34),
    ] as [(String, Int32)])
  func signals(text: String, number: Int32) throws {
    #expect(try Signal.parse(text).number == number)
  }

  @Test(
    "what is no signal",
    arguments: [
      "", "BOGUS", "SIG", "SIGSIGTERM", "65", "-9", "+9", "9 ", "99999999999", "RTMIN+31", "RTMAX-31", "RTMIN-1",
      "RTMIN+",
      "RTMIN+x", "RTMINx3", "TERM ",
    ])
  func noSignals(text: String) {
    #expect(throws: ValueError(message: "unknown signal \"\(text)\"")) { try Signal.parse(text) }
  }

  @Test(
    "durations",
    arguments: [
      ("5s", 5_000_000_000), ("0", 0), ("1m30s", 90_000_000_000), ("1.5s", 1_500_000_000), (".5s", 500_000_000),
      ("2.s", 2_000_000_000), ("100ms", 100_000_000), ("1h", 3_600_000_000_000), ("7us", 7000), ("7\u{b5}s", 7000),
      ("3ns", 3),
      ("0.001s", 1_000_000),
    ] as [(String, Int64)])
  func durations(text: String, nanoseconds: Int64) {
    #expect(parseDuration(text) == nanoseconds)
  }

  @Test(
    "what is no duration",
    arguments: ["", "5", "s", "5x", "5 s", "-5s", ".s", "1.2.3s", "9999999h", "5s1", "99999999999999999999s"])
  func noDurations(text: String) {
    #expect(parseDuration(text) == nil)
  }

  @Test("signed integers", arguments: [("-1", -1), ("0", 0), ("12", 12), ("-0", 0)])
  func signedIntegers(text: String, number: Int) {
    #expect(parseSignedInteger(text) == number)
  }

  @Test("what is no integer", arguments: ["", "-", "--1", "+1", "1-", "9223372036854775808", "0x10", " 1"])
  func noIntegers(text: String) {
    #expect(parseSignedInteger(text) == nil)
  }

  @Test("integers end at their maximum")
  func maximum() {
    #expect(parseInteger("18446744073709551615", maximum: .max) == .max)
    #expect(parseInteger("18446744073709551616", maximum: .max) == nil)
    #expect(parseInteger("65", maximum: 64) == nil)
    #expect(parseInteger("64", maximum: 64) == 64)
  }

  /// go-runc reads the rest of the first line, `commit: ` and `spec: `; dockerd the words after `version` and `commit:`.
  @Test("go-runc and dockerd can read the version")
  func version() {
    let lines = Version.text(libseccomp: "2.5.4", commit: "abc").split(separator: "\n").map(String.init)
    #expect(lines == ["runc version 0.1.0 (swiftlet)", "commit: abc", "spec: 1.3.0", "libseccomp: 2.5.4"])
    #expect(!Version.text(libseccomp: nil).contains("libseccomp"))
    #expect(Version.text(libseccomp: nil).hasSuffix("\n"))
  }
}

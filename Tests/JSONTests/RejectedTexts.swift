import Testing

@testable import JSON

/// Texts that are no JSON, next to the whole message.
private let rejected: [(String, String)] = [
  // Ends too early.
  ("", "1:1: expected a value, found the end of the text"), (" ", "1:2: expected a value, found the end of the text"),
  ("[", "1:2: expected a value, found the end of the text"),
  ("{", "1:2: expected a member's name, found the end of the text"),
  ("[1", "1:3: expected ',' or ']', found the end of the text"),
  ("[1,", "1:4: expected a value, found the end of the text"),
  ("{\"a\"", "1:5: expected ':', found the end of the text"),
  ("{\"a\":", "1:6: expected a value, found the end of the text"),
  ("{\"a\":1", "1:7: expected ',' or '}', found the end of the text"),
  ("{\"a\":1,", "1:8: expected a member's name, found the end of the text"),
  ("\"abc", "1:5: expected '\"', found the end of the text"),
  ("\"\\", "1:3: expected an escape sequence, found the end of the text"),
  ("[\"", "1:3: expected '\"', found the end of the text"), ("-", "1:2: expected a digit, found the end of the text"),
  ("[[", "1:3: expected a value, found the end of the text"), ("{\"a", "1:4: expected '\"', found the end of the text"),
  ("tru", "1:1: expected a value, found 't'"), ("[true", "1:6: expected ',' or ']', found the end of the text"),
  // Commas and colons.
  ("[1,]", "1:4: expected a value, found ']'"), ("[,1]", "1:2: expected a value, found ','"),
  ("[,]", "1:2: expected a value, found ','"),
  ("[1,,2]", "1:4: expected a value, found ','"), ("[1 2]", "1:4: expected ',' or ']', found '2'"),
  ("[1:2]", "1:3: expected ',' or ']', found ':'"),
  ("[\"\",]", "1:5: expected a value, found ']'"), ("[\"a\" \"b\"]", "1:6: expected ',' or ']', found '\"'"),
  ("[3[4]]", "1:3: expected ',' or ']', found '['"),
  ("{\"a\":1,}", "1:8: expected a member's name, found '}'"), ("{,}", "1:2: expected a member's name, found ','"),
  ("{\"a\":1,,\"b\":2}", "1:8: expected a member's name, found ','"), ("{\"a\" 1}", "1:6: expected ':', found '1'"),
  ("{\"a\",1}", "1:5: expected ':', found ','"), ("{\"a\"::1}", "1:6: expected a value, found ':'"),
  ("{:1}", "1:2: expected a member's name, found ':'"),
  ("{\"a\":1 \"b\":2}", "1:8: expected ',' or '}', found '\"'"), ("{\"a\":}", "1:6: expected a value, found '}'"),
  ("{1:1}", "1:2: expected a member's name, found '1'"),
  ("{null:1}", "1:2: expected a member's name, found 'n'"), ("{'a':0}", "1:2: expected a member's name, found '''"),
  ("{a:1}", "1:2: expected a member's name, found 'a'"),
  ("{\"a\"=1}", "1:5: expected ':', found '='"), ("{[]:1}", "1:2: expected a member's name, found '['"),
  ("{\"a\"}", "1:5: expected ':', found '}'"),
  // Brackets.
  ("[}", "1:2: expected a value, found '}'"), ("{]", "1:2: expected a member's name, found ']'"),
  ("[1}", "1:3: expected ',' or ']', found '}'"),
  ("{\"a\":1]", "1:7: expected ',' or '}', found ']'"), ("]", "1:1: expected a value, found ']'"),
  ("}", "1:1: expected a value, found '}'"),
  // After the value.
  ("1 2", "1:3: expected the end of the text, found '2'"), ("{} x", "1:4: expected the end of the text, found 'x'"),
  ("[]]", "1:3: expected the end of the text, found ']'"),
  ("{}}", "1:3: expected the end of the text, found '}'"), ("{},", "1:3: expected the end of the text, found ','"),
  ("[][]", "1:3: expected the end of the text, found '['"),
  ("{}\n\n#", "3:1: expected the end of the text, found '#'"),
  ("1\0", "1:2: expected the end of the text, found byte 0x00"),
  ("truee", "1:5: expected the end of the text, found 'e'"),
  // Comments and foreign white space.
  ("//\n1", "1:1: expected a value, found '/'"), ("/**/1", "1:1: expected a value, found '/'"),
  ("[1/**/]", "1:3: expected ',' or ']', found '/'"),
  ("[\u{0C}]", "1:2: expected a value, found byte 0x0c"), ("[\u{A0}]", "1:2: expected a value, found byte 0xc2"),
  ("[\u{0B}1]", "1:2: expected a value, found byte 0x0b"),
  ("[\u{2060}]", "1:2: expected a value, found byte 0xe2"), ("\u{FEFF}{}", "1:1: starts with a byte order mark"),
  ("[\u{FEFF}1]", "1:2: expected a value, found byte 0xef"),
  // Words.
  ("True", "1:1: expected a value, found 'T'"), ("nul", "1:1: expected a value, found 'n'"),
  ("nulL", "1:1: expected a value, found 'n'"), ("[NaN]", "1:2: expected a value, found 'N'"),
  ("[Infinity]", "1:2: expected a value, found 'I'"), ("[-Infinity]", "1:3: expected a digit, found 'I'"),
  ("[nan]", "1:2: expected a value, found 'n'"), ("undefined", "1:1: expected a value, found 'u'"),
  ("[fals]", "1:2: expected a value, found 'f'"), ("*", "1:1: expected a value, found '*'"),
  ("<.>", "1:1: expected a value, found '<'"), ("é", "1:1: expected a value, found byte 0xc3"),
  // Numbers.
  ("[01]", "1:2: number with a leading zero"), ("[-01]", "1:2: number with a leading zero"),
  ("[00]", "1:2: number with a leading zero"), ("[+1]", "1:2: expected a value, found '+'"),
  ("[.5]", "1:2: expected a value, found '.'"), ("[1.]", "1:4: expected a digit, found ']'"),
  ("[-.5]", "1:3: expected a digit, found '.'"), ("[1.e1]", "1:4: expected a digit, found 'e'"),
  ("[1e]", "1:4: expected a digit, found ']'"), ("[1e+]", "1:5: expected a digit, found ']'"),
  ("[1E-]", "1:5: expected a digit, found ']'"), ("[0x1]", "1:3: expected ',' or ']', found 'x'"),
  ("[--1]", "1:3: expected a digit, found '-'"), ("[1.2.3]", "1:5: expected ',' or ']', found '.'"),
  ("[1e1e1]", "1:5: expected ',' or ']', found 'e'"), ("[1_000]", "1:3: expected ',' or ']', found '_'"),
  ("[1eE2]", "1:4: expected a digit, found 'E'"), ("[0e]", "1:4: expected a digit, found ']'"),
  ("[- 1]", "1:3: expected a digit, found byte 0x20"), ("[-]", "1:3: expected a digit, found ']'"),
  ("[2.e+3]", "1:4: expected a digit, found 'e'"), ("[1a]", "1:3: expected ',' or ']', found 'a'"),
  ("[１]", "1:2: expected a value, found byte 0xef"), ("[0.1.2]", "1:5: expected ',' or ']', found '.'"),
  // Strings.
  ("['a']", "1:2: expected a value, found '''"), ("[\"\n\"]", "1:3: control character in a string"),
  ("[\"a\0b\"]", "1:4: control character in a string"), ("[\"\t\"]", "1:3: control character in a string"),
  ("[\"\u{1F}\"]", "1:3: control character in a string"), ("[\"\\x41\"]", "1:3: invalid escape sequence in a string"),
  ("[\"\\'\"]", "1:3: invalid escape sequence in a string"), ("[\"\\a\"]", "1:3: invalid escape sequence in a string"),
  ("[\"\\0\"]", "1:3: invalid escape sequence in a string"),
  ("[\"\\U0041\"]", "1:3: invalid escape sequence in a string"),
  ("[\"\\u00\"]", "1:3: invalid escape sequence in a string"),
  ("[\"\\u00G0\"]", "1:3: invalid escape sequence in a string"),
  ("[\"\\u\"]", "1:3: invalid escape sequence in a string"), ("[\"\\u004", "1:3: invalid escape sequence in a string"),
  ("[\"\\ é\"]", "1:3: invalid escape sequence in a string"),
  ("[\"\\\n\"]", "1:3: invalid escape sequence in a string"),
  ("[\\u0022a\\u0022]", "1:2: expected a value, found '\\'"),
  ("[\"\\\\\\\"]", "1:8: expected '\"', found the end of the text"),
  // Surrogates.
  ("[\"\\ud800\"]", "1:3: unpaired surrogate in a string"), ("[\"\\udc00\"]", "1:3: unpaired surrogate in a string"),
  ("[\"\\ud800\\n\"]", "1:3: unpaired surrogate in a string"),
  ("[\"\\ud800\\ud800\"]", "1:3: unpaired surrogate in a string"),
  ("[\"\\udc00\\ud800\"]", "1:3: unpaired surrogate in a string"),
  ("[\"\\ud800\\u0041\"]", "1:3: unpaired surrogate in a string"),
  ("[\"\\ud83d", "1:3: unpaired surrogate in a string"),
  ("[\"\\uD800\\uDC0\"]", "1:3: unpaired surrogate in a string"),
  ("[\"\\ud800abc\"]", "1:3: unpaired surrogate in a string"),
  // Positions.
  ("{\n  \"a\": 1,\n  \"b\": x\n}", "3:8: expected a value, found 'x'"),
  ("[\r\n1,\r\n]", "3:1: expected a value, found ']'"), ("[\"é\", x]", "1:8: expected a value, found 'x'"),
]

/// Byte sequences in a string that are no UTF-8.
private let illFormed: [[UInt8]] = [
  [0x80], [0xBF], [0xC0, 0x80], [0xC0, 0xAF], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xC2, 0xC2], [0xE0, 0x80, 0xAF],
  [0xE0, 0x9F, 0xBF], [0xE2, 0x82], [0xE2, 0x28, 0xA1],
  [0xE2, 0x82, 0x28], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0xAF], [0xF0, 0x8F, 0xBF, 0xBF],
  [0xF0, 0x9F, 0x98], [0xF0, 0x9F, 0x28, 0xB9], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
  [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFE], [0xFF],
]

private func message(_ bytes: [UInt8]) -> String {
  do throws(JSONError) {
    _ = try JSONDocument(bytes)
    return "accepted"
  } catch {
    return error.description
  }
}

@Test(arguments: rejected)
func rejects(text: String, expected: String) {
  #expect(message(Array(text.utf8)) == expected)
}

@Test(arguments: illFormed)
func rejectsIllFormedUTF8(sequence: [UInt8]) {
  #expect(message(Array("[\"a".utf8) + sequence + Array("\"]".utf8)) == "1:4: invalid UTF-8 in a string")
  #expect(message(Array("[\"a".utf8) + sequence) == "1:4: invalid UTF-8 in a string")
}

@Test func boundsNesting() {
  func nested(_ depth: Int) -> [UInt8] {
    Array(String(repeating: "[", count: depth).utf8) + Array(String(repeating: "]", count: depth).utf8)
  }
  #expect(message(nested(64)) == "accepted")
  #expect(message(nested(65)) == "1:65: nested deeper than 64 levels")
  #expect(message(Array(String(repeating: "{\"a\":", count: 100_000).utf8)) == "1:321: nested deeper than 64 levels")
  #expect(message(Array(("[" + String(repeating: "[],", count: 1000) + "0]").utf8)) == "accepted")
}

@Test func boundsSize() {
  var text = [UInt8](repeating: UInt8(ascii: " "), count: 16 << 20)
  text[0] = UInt8(ascii: "1")
  #expect(message(text) == "accepted")
  #expect(message(text + [UInt8(ascii: " ")]) == "1:1: larger than 16777216 bytes")
}

import Testing

@testable import JSON

/// Texts that RFC 8259 calls JSON, next to the same value as the compact writer puts it.
private let accepted: [(String, String)] = [
  // Structure and white space.
  ("{}", "{}"), ("[]", "[]"), (" {} ", "{}"), ("\t[\n]\r\n", "[]"), ("[[],[[]]]", "[[],[[]]]"),
  ("{\"a\":{}}", "{\"a\":{}}"), ("[ 1 , 2 ]", "[1,2]"), ("{ \"a\" : 1 , \"b\" : 2 }", "{\"a\":1,\"b\":2}"),
  ("{\"a\":\n[1,\n{\"b\":\tnull}]\n}", "{\"a\":[1,{\"b\":null}]}"), ("[1\n,1]", "[1,1]"), ("[]\n\n\n", "[]"),
  ("[null, 1, \"1\", {}, [], true]", "[null,1,\"1\",{},[],true]"), ("[1,null,null,null,2]", "[1,null,null,null,2]"),
  // Scalars at the top.
  ("true", "true"), ("false", "false"), ("null", "null"), ("0", "0"), ("-1", "-1"), ("\"\"", "\"\""),
  ("\"a\"", "\"a\""),
  (" 42 ", "42"),
  // Objects.
  ("{\"\":0}", "{\"\":0}"), ("{\"a\":\"b\",\"a\":\"c\"}", "{\"a\":\"b\",\"a\":\"c\"}"), ("{\"a\":[]}", "{\"a\":[]}"),
  ("{\"foo\\u0000bar\": 42}", "{\"foo\\u0000bar\":42}"),
  ("{\"min\": -1.0e+28, \"max\": 1.0e+28}", "{\"min\":-1.0e+28,\"max\":1.0e+28}"),
  ("{\"title\":\"\\u041f\\u043e\"}", "{\"title\":\"По\"}"),
  // Numbers keep their text.
  ("[0]", "[0]"), ("[-0]", "[-0]"), ("[0.0]", "[0.0]"), ("[-0.0]", "[-0.0]"), ("[1e1]", "[1e1]"), ("[0e1]", "[0e1]"),
  ("[0e+1]", "[0e+1]"), ("[1E22]", "[1E22]"), ("[1E-2]", "[1E-2]"), ("[1E+2]", "[1E+2]"), ("[123e45]", "[123e45]"),
  ("[123.456e78]", "[123.456e78]"), ("[1e-2]", "[1e-2]"), ("[1e+2]", "[1e+2]"), ("[123.456789]", "[123.456789]"),
  ("[-123]", "[-123]"), ("[18446744073709551615]", "[18446744073709551615]"),
  ("[-9223372036854775808]", "[-9223372036854775808]"),
  ("[123456789012345678901234567890]", "[123456789012345678901234567890]"),
  (
    "[-0.000000000000000000000000000000000000000000000000000000000001]",
    "[-0.000000000000000000000000000000000000000000000000000000000001]"
  ),
  (
    "[0.4e00669999999999999999999999999999999999999999999999999999969999999006]",
    "[0.4e00669999999999999999999999999999999999999999999999999999969999999006]"
  ),
  // Strings.
  ("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "[\"\\\"\\\\/\\b\\f\\n\\r\\t\"]"),
  ("[\"\\u0060\\u012a\\u12AB\"]", "[\"`Ī\u{12AB}\"]"),
  ("[\"\\uD801\\udc37\"]", "[\"\u{10437}\"]"), ("[\"\\ud83d\\ude39\\ud83d\\udc8d\"]", "[\"😹💍\"]"),
  ("[\"\\uDBFF\\uDFFF\"]", "[\"\u{10FFFF}\"]"),
  ("[\"\\u0000\"]", "[\"\\u0000\"]"), ("[\"\\u001f\"]", "[\"\\u001f\"]"), ("[\"\\u0041\"]", "[\"A\"]"),
  ("[\"\\u00e9\"]", "[\"é\"]"),
  ("[\"\\uFFFF\"]", "[\"\u{FFFF}\"]"), ("[\"\\uFDCF\"]", "[\"\u{FDCF}\"]"), ("[\"\\uFEFF\"]", "[\"\u{FEFF}\"]"),
  ("[\"\\u2028\\u2029\"]", "[\"\u{2028}\u{2029}\"]"), ("[\"\u{2028}\"]", "[\"\u{2028}\"]"),
  ("[\"\\\\u0000\"]", "[\"\\\\u0000\"]"),
  ("[\"\\\\n\"]", "[\"\\\\n\"]"), ("[\"\\\"\"]", "[\"\\\"\"]"), ("[\"a/*b*/c\"]", "[\"a/*b*/c\"]"),
  ("[\"\u{7F}\"]", "[\"\u{7F}\"]"),
  ("[\"€𝄞\"]", "[\"€𝄞\"]"), ("[\"\u{10FFFF}\"]", "[\"\u{10FFFF}\"]"),
  ("[\"\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\"]", "[\"\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\"]"),
  ("[\"\u{D7FB}\u{E000}\"]", "[\"\u{D7FB}\u{E000}\"]"), ("[\"<>&\"]", "[\"<>&\"]"),
  ("[\"new\\u000Aline\"]", "[\"new\\nline\"]"),
  ("[\"\\uA66D\"]", "[\"\u{A66D}\"]"), ("[\" \"]", "[\" \"]"), ("[\"\\u0022\"]", "[\"\\\"\"]"),
  ("[\"\\u005C\"]", "[\"\\\\\"]"),
]

/// Puts a document through the writer.
func rewrite(_ document: JSONDocument, _ style: JSONWriter.Style = .compact) -> String {
  func put(_ value: Int, _ writer: inout JSONWriter) {
    switch document.kind(value) {
    case .object, .array:
      let isObject = document.kind(value) == .object
      isObject ? writer.beginObject() : writer.beginArray()
      var child = document.first(value)
      for _ in 0..<document.count(value) {
        if isObject {
          writer.name(document.string(child) ?? "?")
          child += 1
        }
        put(child, &writer)
        child = document.next(child)
      }
      isObject ? writer.endObject() : writer.endArray()
    case .string: writer.string(document.string(value) ?? "?")
    case .number: writer.raw(Array((document.numberText(value) ?? "?").utf8))
    case .boolean: writer.boolean(document.boolean(value) == true)
    case .null: writer.null()
    }
  }
  var writer = JSONWriter(style)
  put(document.root, &writer)
  return String(decoding: writer.bytes, as: UTF8.self)
}

@Test(arguments: accepted)
func acceptsAndKeepsEveryValue(text: String, expected: String) throws {
  #expect(rewrite(try JSONDocument(Array(text.utf8))) == expected)
}

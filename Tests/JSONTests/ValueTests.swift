import Testing

@testable import JSON

private func document(_ text: String) throws -> JSONDocument { try JSONDocument(Array(text.utf8)) }

@Test(
  arguments: [
    ("0", 0, 0), ("-0", nil, 0), ("1", 1, 1), ("-1", nil, -1),
    ("9223372036854775807", 9_223_372_036_854_775_807, Int64.max),
    ("9223372036854775808", 9_223_372_036_854_775_808, nil), ("-9223372036854775808", nil, Int64.min),
    ("-9223372036854775809", nil, nil), ("18446744073709551615", UInt64.max, nil), ("18446744073709551616", nil, nil),
    ("100000000000000000000000", nil, nil), ("1.0", nil, nil), ("1e3", nil, nil), ("-1.5", nil, nil),
    ("\"1\"", nil, nil),
    ("true", nil, nil), ("null", nil, nil),
  ] as [(String, UInt64?, Int64?)])
func readsIntegersExactly(text: String, unsigned: UInt64?, signed: Int64?) throws {
  let document = try document(text)
  #expect(document.unsigned(document.root) == unsigned)
  #expect(document.signed(document.root) == signed)
}

@Test func theLastOfEqualNamesCounts() throws {
  let document = try document("{\"a\":1,\"b\":2,\"\\u0061\":3}")
  let value = try #require(document.member(document.root, "a"))
  #expect(document.unsigned(value) == 3)
  #expect(document.member(document.root, "c") == nil)
  #expect(document.member(value, "a") == nil)
}

@Test func valuesOfOtherKindsAreNil() throws {
  let document = try document("[{}, [], \"s\", 1, true, null]")
  #expect(document.count(document.root) == 6)
  var kinds: [JSONDocument.Kind] = []
  var value = document.first(document.root)
  for _ in 0..<document.count(document.root) {
    let kind = document.kind(value)
    kinds.append(kind)
    #expect((document.string(value) != nil) == (kind == .string))
    #expect((document.boolean(value) != nil) == (kind == .boolean))
    #expect((document.signed(value) != nil) == (kind == .number))
    #expect((document.numberText(value) != nil) == (kind == .number))
    value = document.next(value)
  }
  #expect(kinds == [.object, .array, .string, .number, .boolean, .null])
}

private let sample = """
  {
    "mounts": [
      {"destination": "/a"},
      {"destination": "data", "options": ["ro", 5]}
    ],
  \t"é": {"net.core": 1, "net/x": [[], {}]}
  }
  """

@Test(arguments: [
  ("mounts", 2, 13), ("mounts[0]", 3, 5), ("mounts[1].destination", 4, 21), ("mounts[1].options[1]", 4, 47),
  ("[\"é\"][\"net.core\"]", 6, 21), ("[\"é\"][\"net/x\"][1]", 6, 38),
])
func everyValueHasAPathAndAPosition(path: String, line: Int, column: Int) throws {
  let document = try document(sample)
  var found: [Int] = []
  func search(_ value: Int) {
    if document.path(to: value).description == path { found.append(value) }
    let isObject = document.kind(value) == .object
    var child = document.first(value)
    for _ in 0..<document.count(value) {
      if isObject { child += 1 }
      search(child)
      child = document.next(child)
    }
  }
  search(document.root)
  let value = try #require(found.first)
  #expect(found.count == 1)
  #expect(document.position(value) == JSONPosition(line: line, column: column))
  #expect(document.nearestValue(at: document.path(to: value)) == value)
}

@Test func theNearestValueStandsInForAMissingOne() throws {
  let document = try document(sample)
  let mount = JSONPath()["mounts"][1]
  #expect(document.path(to: document.nearestValue(at: mount["source"])) == mount)
  #expect(document.path(to: document.nearestValue(at: mount["options"][7]["x"])) == mount["options"])
  #expect(document.nearestValue(at: JSONPath()["none"][3]) == document.root)
}

@Test func aNameHasThePathOfItsValue() throws {
  let document = try document("{\"a\": {\"b\": 1}}")
  #expect(document.path(to: 1).description == "a")
  #expect(document.path(to: 3).description == "a.b")
  #expect(document.position(3) == JSONPosition(line: 1, column: 8))
}

@Test func thePrettyWriterIndents() throws {
  let document = try document("{\"a\":[1,{\"b\":null}],\"c\":[],\"d\":{},\"e\":\"x\"}")
  #expect(
    rewrite(document, .pretty(indentation: "\t"))
      == "{\n\t\"a\": [\n\t\t1,\n\t\t{\n\t\t\t\"b\": null\n\t\t}\n\t],\n\t\"c\": [],\n\t\"d\": {},\n\t\"e\": \"x\"\n}")
  #expect(rewrite(try JSONDocument(Array("[true]".utf8)), .pretty(indentation: "  ")) == "[\n  true\n]")
}

@Test(
  arguments: [
    (0, "0"), (1, "1"), (-1, "-1"), (Int64.max, "9223372036854775807"), (Int64.min, "-9223372036854775808"),
    (1000, "1000"),
  ] as [(Int64, String)])
func writesSignedIntegers(value: Int64, expected: String) {
  var writer = JSONWriter()
  writer.integer(value)
  #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
}

@Test func writesUnsignedIntegersAndEveryEscape() {
  var writer = JSONWriter()
  writer.beginArray()
  writer.integer(UInt64.max)
  writer.string("\0\u{1}\u{8}\t\n\u{B}\u{C}\r\u{10}\u{1F}\"\\/\u{7F}é😹")
  writer.endArray()
  #expect(
    String(decoding: writer.bytes, as: UTF8.self)
      == "[18446744073709551615,\"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u0010\\u001f\\\"\\\\/\u{7F}é😹\"]")
}

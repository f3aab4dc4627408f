import JSON

/// A type that a JSON object describes.
protocol SpecDecodable {
  /// Makes a value from an object. What is wrong goes to the decoder, and a stand-in takes its place.
  init(_ node: Int, _ decoder: inout SpecDecoder)
}

/// Reads typed properties from a document and collects everything that is wrong. A property that is `null` is absent,
/// and an empty text is an absent text, as in Go's reading of the same documents.
struct SpecDecoder {
  /// How many violations are reported at most: a hostile document has room for millions.
  static let mostViolations = 100

  let document: JSONDocument
  /// Properties that are passed over, as if they were absent.
  var skipped: ConfigurationText.Part = []
  private(set) var violations: [SpecViolation] = []

  init(_ document: JSONDocument) {
    self.document = document
  }

  /// Records that a value is wrong.
  mutating func fail(_ node: Int, _ message: String) {
    guard violations.count < Self.mostViolations else { return }
    let path = document.path(to: node)
    violations.append(SpecViolation(path: path, position: document.position(node), message: message))
  }

  /// Records that a value is not what it must be, and shows it.
  mutating func fail(_ node: Int, mustBe expected: String) {
    fail(node, "must be \(expected) (got \(describe(node)))")
  }

  /// Records that an object lacks a property. A value that is no object has been reported already.
  mutating func missing(_ object: Int, _ name: StaticString) {
    guard violations.count < Self.mostViolations, document.kind(object) == .object else { return }
    let path = document.path(to: object)[name.description]
    violations.append(SpecViolation(path: path, position: document.position(object), message: "is required"))
  }

  private func describe(_ node: Int) -> String {
    switch document.kind(node) {
    case .object: "an object"
    case .array: "an array"
    case .string: Quoted.text(document.string(node) ?? "")
    case .number: Quoted.bounded(document.numberText(node) ?? "")
    case .boolean: document.boolean(node) == true ? "true" : "false"
    case .null: "null"
    }
  }

  /// The value of a property, or nil if it is absent.
  func find(_ object: Int, _ name: StaticString) -> Int? {
    guard let node = document.member(object, name), document.kind(node) != .null else { return nil }
    return node
  }

  // MARK: Texts

  /// The text of a string, or nil for another value.
  mutating func text(_ node: Int) -> String? {
    guard let text = document.string(node) else {
      fail(node, mustBe: "a string")
      return nil
    }
    if document.hasEscapes(node), text.utf8.contains(0) { fail(node, "must not contain a NUL byte") }
    return text
  }

  /// A text that may be absent.
  mutating func string(_ object: Int, _ name: StaticString) -> String? {
    guard let node = find(object, name), let text = text(node), !text.isEmpty else { return nil }
    return text
  }

  /// A text that must not be absent.
  mutating func requiredString(_ object: Int, _ name: StaticString) -> String {
    guard let node = find(object, name) else {
      missing(object, name)
      return ""
    }
    return text(node) ?? ""
  }

  /// A list of texts.
  mutating func strings(_ object: Int, _ name: StaticString) -> [String] {
    list(object, name) { (node, decoder: inout SpecDecoder) in decoder.text(node) ?? "" }
  }

  // MARK: Truth values and numbers

  /// A truth value that may be absent.
  mutating func boolean(_ object: Int, _ name: StaticString) -> Bool? {
    guard let node = find(object, name) else { return nil }
    if let value = document.boolean(node) { return value }
    fail(node, mustBe: "true or false")
    return nil
  }

  /// A truth value that must not be absent.
  mutating func requiredBoolean(_ object: Int, _ name: StaticString) -> Bool {
    if find(object, name) == nil { missing(object, name) }
    return boolean(object, name) ?? false
  }

  /// An integer in the range of its type, or nil for another value.
  mutating func number<Value: FixedWidthInteger>(_ node: Int) -> Value? {
    if let value = document.signed(node).flatMap({ Value(exactly: $0) }) { return value }
    if let value = document.unsigned(node).flatMap({ Value(exactly: $0) }) { return value }
    fail(node, mustBe: "an integer from \(Value.min) to \(Value.max)")
    return nil
  }

  /// An integer that may be absent.
  mutating func integer<Value: FixedWidthInteger>(_ object: Int, _ name: StaticString) -> Value? {
    guard let node = find(object, name) else { return nil }
    return number(node)
  }

  /// An integer that must not be absent.
  mutating func requiredInteger<Value: FixedWidthInteger>(_ object: Int, _ name: StaticString) -> Value {
    guard let node = find(object, name) else {
      missing(object, name)
      return 0
    }
    return number(node) ?? 0
  }

  /// A list of integers.
  mutating func integers<Value: FixedWidthInteger>(_ object: Int, _ name: StaticString) -> [Value] {
    list(object, name) { (node, decoder: inout SpecDecoder) in decoder.number(node) ?? 0 }
  }

  // MARK: Named values

  /// One of the names of a closed set, or nil for another value.
  mutating func named<Value: RawRepresentable & CaseIterable>(_ node: Int) -> Value? where Value.RawValue == String {
    if let value = document.string(node).flatMap({ Value(rawValue: $0) }) { return value }
    let names = Value.allCases.map { JSONWriter.quote($0.rawValue) }
    fail(node, mustBe: names.count > 16 ? "a known name" : "one of \(names.joined(separator: ", "))")
    return nil
  }

  /// A name that may be absent.
  mutating func value<Value: RawRepresentable & CaseIterable>(_ object: Int, _ name: StaticString) -> Value?
  where Value.RawValue == String {
    guard let node = find(object, name), document.string(node)?.isEmpty != true else { return nil }
    return named(node)
  }

  /// A name that must not be absent.
  mutating func requiredValue<Value: RawRepresentable & CaseIterable>(
    _ object: Int, _ name: StaticString, standIn: Value
  ) -> Value where Value.RawValue == String {
    guard let node = find(object, name) else {
      missing(object, name)
      return standIn
    }
    return named(node) ?? standIn
  }

  /// A list of names.
  mutating func values<Value: RawRepresentable & CaseIterable>(
    _ object: Int, _ name: StaticString, standIn: Value
  ) -> [Value] where Value.RawValue == String {
    list(object, name) { (node, decoder: inout SpecDecoder) in decoder.named(node) ?? standIn }
  }

  // MARK: Objects, lists and maps

  /// Whether a value is an object; if not, that is recorded.
  mutating func isObject(_ node: Int) -> Bool {
    if document.kind(node) == .object { return true }
    fail(node, mustBe: "an object")
    return false
  }

  /// An object that may be absent.
  mutating func object<Value: SpecDecodable>(_ object: Int, _ name: StaticString) -> Value? {
    guard let node = find(object, name), isObject(node) else { return nil }
    return Value(node, &self)
  }

  /// An object that must not be absent.
  mutating func requiredObject<Value: SpecDecodable>(_ object: Int, _ name: StaticString, standIn: Value) -> Value {
    if find(object, name) == nil { missing(object, name) }
    return self.object(object, name) ?? standIn
  }

  /// A list of objects.
  mutating func objects<Value: SpecDecodable>(_ object: Int, _ name: StaticString) -> [Value] {
    list(object, name) { (node, decoder: inout SpecDecoder) in
      _ = decoder.isObject(node)
      return Value(node, &decoder)
    }
  }

  /// A list, empty if it is absent. Every element keeps its place, so that later messages name the right one.
  @inline(__always)
  private mutating func list<Value>(
    _ object: Int, _ name: StaticString, _ element: (Int, inout SpecDecoder) -> Value
  ) -> [Value] {
    guard let node = find(object, name) else { return [] }
    guard document.kind(node) == .array else {
      fail(node, mustBe: "an array")
      return []
    }
    let count = document.count(node)
    var values: [Value] = []
    values.reserveCapacity(count)
    var next = document.first(node)
    for _ in 0..<count {
      values.append(element(next, &self))
      next = document.next(next)
    }
    return values
  }

  /// A map to texts, empty if it is absent.
  mutating func stringMap(_ object: Int, _ name: StaticString) -> OrderedMap<String> {
    map(object, name) { (node, decoder: inout SpecDecoder) in decoder.text(node) ?? "" }
  }

  /// A map to objects, empty if it is absent.
  mutating func objectMap<Value: SpecDecodable>(_ object: Int, _ name: StaticString) -> OrderedMap<Value> {
    map(object, name) { (node, decoder: inout SpecDecoder) in
      _ = decoder.isObject(node)
      return Value(node, &decoder)
    }
  }

  @inline(__always)
  private mutating func map<Value>(
    _ object: Int, _ name: StaticString, _ value: (Int, inout SpecDecoder) -> Value
  ) -> OrderedMap<Value> {
    guard let node = find(object, name) else { return OrderedMap() }
    guard isObject(node) else { return OrderedMap() }
    let count = document.count(node)
    var entries: [OrderedMap<Value>.Entry] = []
    entries.reserveCapacity(count)
    var next = document.first(node)
    for _ in 0..<count {
      let key = text(next) ?? ""
      // A member that is null is absent here too.
      if document.kind(next + 1) != .null {
        entries.append(OrderedMap<Value>.Entry(key: key, value: value(next + 1, &self)))
      }
      next = document.next(next + 1)
    }
    return OrderedMap(entries)
  }
}

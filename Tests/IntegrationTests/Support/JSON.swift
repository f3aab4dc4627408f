import Foundation

/// A JSON value that tests build from literals and change in place: `config["process"]["args"] = ["true"]`.
enum JSON: Equatable, Sendable {
  case null
  case bool(Bool)
  case int(Int)
  case unsigned(UInt64)
  case double(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  init(parsing text: String) throws {
    self = try JSONDecoder().decode(JSON.self, from: Data(text.utf8))
  }

  init(file: String) throws {
    self = try JSONDecoder().decode(JSON.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
  }

  var text: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// A member; null when there is none. Setting null removes it, and what wasn't an object becomes one.
  subscript(_ name: String) -> JSON {
    get {
      if case .object(let members) = self { members[name] ?? .null } else { .null }
    }
    set {
      var members: [String: JSON] = if case .object(let members) = self { members } else { [:] }
      members[name] = newValue == .null ? nil : newValue
      self = .object(members)
    }
  }

  /// An element; null when there is none.
  subscript(_ index: Int) -> JSON {
    get {
      if case .array(let elements) = self, elements.indices.contains(index) { elements[index] } else { .null }
    }
    set {
      guard case .array(var elements) = self, elements.indices.contains(index) else { return }
      elements[index] = newValue
      self = .array(elements)
    }
  }

  /// Adds an element; what wasn't an array becomes one.
  mutating func append(_ element: JSON) {
    self = .array(array + [element])
  }

  /// The elements, none when it isn't an array.
  var array: [JSON] { if case .array(let elements) = self { elements } else { [] } }

  /// The members, none when it isn't an object.
  var object: [String: JSON] { if case .object(let members) = self { members } else { [:] } }

  var string: String? { if case .string(let text) = self { text } else { nil } }

  var int: Int? { if case .int(let number) = self { number } else { nil } }

  var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
}

extension JSON: Codable {
  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let flag = try? container.decode(Bool.self) {
      self = .bool(flag)
    } else if let number = try? container.decode(Int.self) {
      self = .int(number)
    } else if let number = try? container.decode(UInt64.self) {
      self = .unsigned(number)
    } else if let number = try? container.decode(Double.self) {
      self = .double(number)
    } else if let text = try? container.decode(String.self) {
      self = .string(text)
    } else if let elements = try? container.decode([JSON].self) {
      self = .array(elements)
    } else {
      self = .object(try container.decode([String: JSON].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let flag): try container.encode(flag)
    case .int(let number): try container.encode(number)
    case .unsigned(let number): try container.encode(number)
    case .double(let number): try container.encode(number)
    case .string(let text): try container.encode(text)
    case .array(let elements): try container.encode(elements)
    case .object(let members): try container.encode(members)
    }
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  init(stringLiteral text: String) { self = .string(text) }
  init(integerLiteral number: Int) { self = .int(number) }
  init(booleanLiteral flag: Bool) { self = .bool(flag) }
  init(arrayLiteral elements: JSON...) { self = .array(elements) }
  init(dictionaryLiteral members: (String, JSON)...) {
    self = .object(Dictionary(members, uniquingKeysWith: { _, last in last }))
  }
  init(nilLiteral: ()) { self = .null }

  init(_ strings: [String]) { self = .array(strings.map { .string($0) }) }
}

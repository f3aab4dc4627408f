/// A JSON text and its values (RFC 8259). Values are known by the indices of their nodes, the whole by `root`; an index
/// is valid for its own document only. Of members with the same name the last one counts.
package struct JSONDocument: Sendable {
  /// The largest text that is read, in bytes.
  package static let maximumSize = 16 << 20
  /// The deepest nesting of arrays and objects that is read.
  package static let maximumDepth = 64

  /// The text.
  package let bytes: [UInt8]
  private let nodes: [JSONNode]

  /// Reads a text. The error says where the text goes wrong.
  package init(_ bytes: [UInt8]) throws(JSONError) {
    var reader = JSONReader()
    do {
      try reader.read(bytes.span)
    } catch {
      throw JSONError(position: JSONPosition(of: error.offset, in: bytes.span), message: error.message)
    }
    self.bytes = bytes
    nodes = reader.nodes
  }

  /// The kinds of values.
  package enum Kind: Equatable, Sendable {
    /// An object.
    case object
    /// An array.
    case array
    /// A string.
    case string
    /// A number.
    case number
    /// `true` or `false`.
    case boolean
    /// `null`.
    case null
  }

  /// The whole value.
  package var root: Int { 0 }

  /// What a value is.
  package func kind(_ value: Int) -> Kind {
    switch nodes[value].kind {
    case .object: .object
    case .array: .array
    case .string, .escapedString: .string
    case .number: .number
    case .true, .false: .boolean
    case .null: .null
    }
  }

  /// The number of elements of an array or members of an object; of other values 0.
  package func count(_ value: Int) -> Int {
    switch nodes[value].kind {
    case .object, .array: Int(nodes[value].end)
    default: 0
    }
  }

  /// The first element of an array or the first member's name of an object. `count` says whether there is one.
  package func first(_ value: Int) -> Int { value + 1 }

  /// The bytes of a value in the text, and at most closing brackets of what contains it behind them.
  package func extent(_ value: Int) -> Range<Int> {
    let node = nodes[value]
    switch node.kind {
    case .string, .escapedString: return Int(node.start) - 1..<Int(node.end) + 1
    case .number, .true, .false, .null: return Int(node.start)..<Int(node.end)
    case .object, .array:
      let closing: UInt8 = node.kind == .object ? UInt8(ascii: "}") : UInt8(ascii: "]")
      var end = Int(node.next) < nodes.count ? Int(nodes[Int(node.next)].start) : bytes.count
      while bytes[end - 1] != closing { end -= 1 }
      return Int(node.start)..<end
    }
  }

  /// What follows a value: the next element of an array, or the name of the next member. A name's own value is the
  /// node after it.
  package func next(_ value: Int) -> Int { Int(nodes[value].next) }

  /// The value of an object's member, or nil without one. `null` is a value here.
  package func member(_ object: Int, _ name: StaticString) -> Int? {
    guard nodes[object].kind == .object else { return nil }
    let length = name.utf8CodeUnitCount
    let end = Int(nodes[object].next)
    var found: Int?
    var key = object + 1
    while key < end {
      let node = nodes[key]
      if node.kind == .string ? (Int(node.end - node.start) == length && equals(node, name)) : equalsEscaped(node, name)
      {
        found = key + 1
      }
      key = Int(nodes[key + 1].next)
    }
    return found
  }

  private func equals(_ node: JSONNode, _ name: StaticString) -> Bool {
    let start = Int(node.start)
    return name.withUTF8Buffer { text in
      for index in 0..<text.count where unsafe bytes[start + index] != text[index] { return false }
      return true
    }
  }

  private func equalsEscaped(_ node: JSONNode, _ name: StaticString) -> Bool {
    JSONEscape.decode(bytes.span, Int(node.start)..<Int(node.end)).elementsEqual(name.description.utf8)
  }

  /// A string or a member's name without its escape sequences, or nil for other values.
  package func string(_ value: Int) -> String? {
    let node = nodes[value]
    switch node.kind {
    case .string:
      // The reader has checked the bytes, so that they need no second check.
      return unsafe String(copying: UTF8Span(unchecked: bytes.span.extracting(Int(node.start)..<Int(node.end))))
    case .escapedString:
      return String(decoding: JSONEscape.decode(bytes.span, Int(node.start)..<Int(node.end)), as: UTF8.self)
    default: return nil
    }
  }

  /// Whether a string is written with escape sequences: only then can it contain control characters.
  package func hasEscapes(_ value: Int) -> Bool { nodes[value].kind == .escapedString }

  /// The value of `true` or `false`, or nil for other values.
  package func boolean(_ value: Int) -> Bool? {
    switch nodes[value].kind {
    case .true: true
    case .false: false
    default: nil
    }
  }

  /// A number written as an integer without a sign, or nil for other values and for numbers out of range.
  package func unsigned(_ value: Int) -> UInt64? {
    let node = nodes[value]
    guard node.kind == .number else { return nil }
    return magnitude(Int(node.start)..<Int(node.end))
  }

  /// A number written as an integer, or nil for other values and for numbers out of range.
  package func signed(_ value: Int) -> Int64? {
    let node = nodes[value]
    guard node.kind == .number else { return nil }
    guard bytes[Int(node.start)] == UInt8(ascii: "-") else {
      return magnitude(Int(node.start)..<Int(node.end)).flatMap { Int64(exactly: $0) }
    }
    guard let magnitude = magnitude(Int(node.start) + 1..<Int(node.end)) else { return nil }
    return magnitude == UInt64(Int64.max) + 1 ? Int64.min : Int64(exactly: magnitude).map { -$0 }
  }

  private func magnitude(_ range: Range<Int>) -> UInt64? {
    var result: UInt64 = 0
    for index in range {
      let digit = bytes[index] &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      let (product, overflow) = result.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
      guard !overflow, !carry else { return nil }
      result = sum
    }
    return result
  }

  /// The exact text of a number, or nil for other values.
  package func numberText(_ value: Int) -> String? {
    let node = nodes[value]
    guard node.kind == .number else { return nil }
    return String(decoding: bytes[Int(node.start)..<Int(node.end)], as: UTF8.self)
  }

  /// Where a value starts in the text; for strings, where the opening quote is.
  package func position(_ value: Int) -> JSONPosition {
    let node = nodes[value]
    let quote = node.kind == .string || node.kind == .escapedString ? 1 : 0
    return JSONPosition(of: Int(node.start) - quote, in: bytes.span)
  }
}

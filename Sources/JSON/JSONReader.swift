/// The strict reader of RFC 8259: no byte order mark, no comments, no trailing commas, no leading zeros, no text after
/// the value, only well-formed UTF-8 and paired surrogates. Nesting is bounded, so that the reader's own stack is.
struct JSONReader {
  private var at = 0
  private var depth = 0
  private(set) var nodes: [JSONNode] = []

  /// What a read found wrong, before its place is turned into line and column.
  struct Failure: Error {
    var offset: Int
    var message: String
  }

  /// Reads a whole text into nodes.
  mutating func read(_ bytes: Span<UInt8>) throws(Failure) {
    if bytes.count > JSONDocument.maximumSize {
      throw Failure(offset: 0, message: "larger than \(JSONDocument.maximumSize) bytes")
    }
    if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF {
      throw Failure(offset: 0, message: "starts with a byte order mark")
    }
    nodes.reserveCapacity(bytes.count / 12 + 8)
    skipSpace(bytes)
    try readValue(bytes)
    skipSpace(bytes)
    if at < bytes.count { throw unexpected(bytes, "the end of the text") }
  }

  private mutating func readValue(_ bytes: Span<UInt8>) throws(Failure) {
    guard at < bytes.count else { throw unexpected(bytes, "a value") }
    switch bytes[at] {
    case UInt8(ascii: "\""): try readString(bytes)
    case UInt8(ascii: "{"): try readObject(bytes)
    case UInt8(ascii: "["): try readArray(bytes)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try readNumber(bytes)
    case UInt8(ascii: "t"): try readWord(bytes, "true", .true)
    case UInt8(ascii: "f"): try readWord(bytes, "false", .false)
    case UInt8(ascii: "n"): try readWord(bytes, "null", .null)
    default: throw unexpected(bytes, "a value")
    }
  }

  private mutating func readObject(_ bytes: Span<UInt8>) throws(Failure) {
    let node = try enter()
    var count = 0
    skipSpace(bytes)
    if !take(bytes, UInt8(ascii: "}")) {
      while true {
        guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw unexpected(bytes, "a member's name") }
        try readString(bytes)
        skipSpace(bytes)
        guard take(bytes, UInt8(ascii: ":")) else { throw unexpected(bytes, "':'") }
        skipSpace(bytes)
        try readValue(bytes)
        count += 1
        skipSpace(bytes)
        if take(bytes, UInt8(ascii: ",")) {
          skipSpace(bytes)
          continue
        }
        guard take(bytes, UInt8(ascii: "}")) else { throw unexpected(bytes, "',' or '}'") }
        break
      }
    }
    leave(node, count)
  }

  private mutating func readArray(_ bytes: Span<UInt8>) throws(Failure) {
    let node = try enter()
    nodes[node].kind = .array
    var count = 0
    skipSpace(bytes)
    if !take(bytes, UInt8(ascii: "]")) {
      while true {
        try readValue(bytes)
        count += 1
        skipSpace(bytes)
        if take(bytes, UInt8(ascii: ",")) {
          skipSpace(bytes)
          continue
        }
        guard take(bytes, UInt8(ascii: "]")) else { throw unexpected(bytes, "',' or ']'") }
        break
      }
    }
    leave(node, count)
  }

  /// Starts a container: an object until the caller says otherwise.
  private mutating func enter() throws(Failure) -> Int {
    guard depth < JSONDocument.maximumDepth else {
      throw Failure(offset: at, message: "nested deeper than \(JSONDocument.maximumDepth) levels")
    }
    depth += 1
    nodes.append(JSONNode(start: UInt32(truncatingIfNeeded: at), end: 0, next: 0, kind: .object))
    at += 1
    return nodes.count - 1
  }

  private mutating func leave(_ node: Int, _ count: Int) {
    depth -= 1
    nodes[node].end = UInt32(truncatingIfNeeded: count)
    nodes[node].next = UInt32(truncatingIfNeeded: nodes.count)
  }

  private mutating func append(_ start: Int, _ end: Int, _ kind: JSONNode.Kind) {
    let next = UInt32(truncatingIfNeeded: nodes.count + 1)
    nodes.append(
      JSONNode(start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end), next: next, kind: kind))
  }

  private mutating func readString(_ bytes: Span<UInt8>) throws(Failure) {
    let start = at + 1
    var kind = JSONNode.Kind.string
    var index = start
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        append(start, index, kind)
        at = index + 1
        return
      }
      if byte == UInt8(ascii: "\\") {
        kind = .escapedString
        index = try JSONEscape.check(bytes, at: index)
      } else if byte < 0x20 {
        throw Failure(offset: index, message: "control character in a string")
      } else if byte < 0x80 {
        index += 1
      } else {
        guard let length = UTF8Sequence.length(bytes, at: index) else {
          throw Failure(offset: index, message: "invalid UTF-8 in a string")
        }
        index += length
      }
    }
    throw Failure(offset: index, message: "expected '\"', found the end of the text")
  }

  private mutating func readNumber(_ bytes: Span<UInt8>) throws(Failure) {
    let start = at
    if bytes[at] == UInt8(ascii: "-") { at += 1 }
    if at < bytes.count, bytes[at] == UInt8(ascii: "0") {
      at += 1
      if isDigit(bytes) { throw Failure(offset: start, message: "number with a leading zero") }
    } else {
      try skipDigits(bytes)
    }
    if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
      at += 1
      try skipDigits(bytes)
    }
    if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
      at += 1
      if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
      try skipDigits(bytes)
    }
    append(start, at, .number)
  }

  private func isDigit(_ bytes: Span<UInt8>) -> Bool {
    at < bytes.count && bytes[at] >= UInt8(ascii: "0") && bytes[at] <= UInt8(ascii: "9")
  }

  private mutating func skipDigits(_ bytes: Span<UInt8>) throws(Failure) {
    guard isDigit(bytes) else { throw unexpected(bytes, "a digit") }
    repeat { at += 1 } while isDigit(bytes)
  }

  private mutating func readWord(_ bytes: Span<UInt8>, _ word: String, _ kind: JSONNode.Kind) throws(Failure) {
    let start = at
    for byte in word.utf8 {
      guard take(bytes, byte) else {
        at = start
        throw unexpected(bytes, "a value")
      }
    }
    append(start, at, kind)
  }

  @inline(__always)
  private mutating func take(_ bytes: Span<UInt8>, _ byte: UInt8) -> Bool {
    guard at < bytes.count, bytes[at] == byte else { return false }
    at += 1
    return true
  }

  @inline(__always)
  private mutating func skipSpace(_ bytes: Span<UInt8>) {
    while at < bytes.count {
      let byte = bytes[at]
      guard byte <= 0x20 else { return }
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      at += 1
    }
  }

  private func unexpected(_ bytes: Span<UInt8>, _ expected: String) -> Failure {
    guard at < bytes.count else {
      return Failure(offset: at, message: "expected \(expected), found the end of the text")
    }
    let byte = bytes[at]
    let found =
      byte > 0x20 && byte < 0x7F
      ? "'\(Unicode.Scalar(byte))'" : "byte 0x\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
    return Failure(offset: at, message: "expected \(expected), found \(found)")
  }
}

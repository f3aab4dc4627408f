import JSON

/// Checks typed documents against the specification's rules and collects all violations. Nothing here asks the system:
/// what depends on the machine (does the path exist, is the namespace the host's) is checked where it is used.
///
/// Paths and messages are built only when something is wrong.
struct Validator {
  private(set) var violations: [SpecViolation] = []
  /// Values that decoding replaced with stand-ins, so that what is found there, or by comparing with them, is void.
  private let standIns: [JSONPath]

  init() {
    standIns = []
  }

  /// Makes a validator for a value whose decoding found something wrong.
  init(afterDecoding violations: [SpecViolation]) {
    standIns = violations.map(\.path)
  }

  /// Whether a value is a stand-in, contains one, or is inside one.
  func isAboutStandIn(_ path: JSONPath) -> Bool {
    standIns.contains { $0.isInside(path) || path.isInside($0) }
  }

  /// Whether a value could be read as a whole, so that rules about other values may rest on it.
  func isKnown(_ path: @autoclosure () -> JSONPath) -> Bool {
    if standIns.isEmpty { return true }
    let path = path()
    return !isAboutStandIn(path)
  }

  /// Records a violation unless a condition holds.
  @inline(__always)
  mutating func require(
    _ condition: Bool, _ path: @autoclosure () -> JSONPath, _ message: @autoclosure () -> String
  ) {
    if !condition { fail(path(), message()) }
  }

  /// Records a violation.
  mutating func fail(_ path: JSONPath, _ message: String) {
    guard violations.count < SpecDecoder.mostViolations else { return }
    violations.append(SpecViolation(path: path, message: message))
  }

  /// Requires an absolute path.
  mutating func requireAbsolute(_ text: String, _ path: @autoclosure () -> JSONPath) {
    require(text.utf8.first == UInt8(ascii: "/"), path(), "must be an absolute path (got \(Quoted.text(text)))")
  }

  /// Requires a text without line breaks: it becomes one line of a kernel file.
  mutating func requireOneLine(_ text: String, _ path: @autoclosure () -> JSONPath) {
    require(
      !text.utf8.contains(UInt8(ascii: "\n")), path(), "must not contain a line break (got \(Quoted.text(text)))")
  }

  /// Requires a list of numbers of the form `0-3,7`.
  mutating func requireNumberList(_ text: String?, _ path: @autoclosure () -> JSONPath) {
    guard let text else { return }
    require(
      NumberList(text) != nil, path(), "must be a list of numbers and ranges like \"0-3,7\" (got \(Quoted.text(text)))")
  }
}

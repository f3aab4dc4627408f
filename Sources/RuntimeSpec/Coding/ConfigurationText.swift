internal import JSON

/// A configuration as text, of which a part may stay unread: the system call filter is most of a usual config.json, and
/// need not be read again when a program for the very same text is at hand.
package struct ConfigurationText: Sendable {
  /// Parts of a configuration that may be passed over.
  package struct Part: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
      self.rawValue = rawValue
    }

    /// `linux.seccomp`.
    package static let seccomp = Part(rawValue: 1)
  }

  private let document: JSONDocument
  private let fileName: String

  /// Reads the text. The error names its syntax error.
  package init(_ bytes: [UInt8], fileName: String) throws(SpecError) {
    document = try DocumentReader.parse(bytes, fileName)
    self.fileName = fileName
  }

  /// The configuration, without the parts in `skipped`. The error is as for `Spec.decode`; what is skipped is not
  /// checked.
  package func decode(skipping skipped: Part = []) throws(SpecError) -> Spec {
    try DocumentReader.read(document, fileName, skipping: skipped) { (spec: Spec, validator: inout Validator) in
      validator.check(spec)
    }
  }

  /// Whether there is a system call filter, well-formed or not.
  package var hasSeccomp: Bool { seccompNode != nil }

  /// The text of the system call filter; nil when there is none. Texts that are equal are equal profiles.
  package var seccomp: ArraySlice<UInt8>? {
    seccompNode.map { document.bytes[document.extent($0)] }
  }

  private var seccompNode: Int? {
    guard let linux = document.member(document.root, "linux"), let node = document.member(linux, "seccomp"),
      document.kind(node) != .null
    else { return nil }
    return node
  }
}

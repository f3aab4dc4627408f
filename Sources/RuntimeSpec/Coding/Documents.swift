package import JSON

extension Spec {
  /// Reads a configuration, the content of `config.json`. Properties that the specification doesn't know, and the
  /// sections of other platforms, are ignored.
  ///
  /// The error names everything that is wrong: a syntax error alone; otherwise wrong types, unknown names, numbers out
  /// of range and missing properties, and what `validate` finds in the rest.
  package static func decode(bytes: [UInt8], fileName: String) throws(SpecError) -> Spec {
    try DocumentReader.read(bytes, fileName) { (spec: Spec, validator: inout Validator) in validator.check(spec) }
  }

  /// Reads a configuration that is part of a larger document, such as a state file that this runtime wrote itself, and
  /// was validated before. The error names wrong types, unknown names, numbers out of range and missing properties.
  package static func decode(
    from document: JSONDocument, at value: Int, fileName: String
  ) throws(SpecError) -> Spec {
    var decoder = SpecDecoder(document)
    let spec = decoder.isObject(value) ? Spec(value, &decoder) : Spec()
    if decoder.violations.isEmpty { return spec }
    throw SpecError(fileName: fileName, violations: decoder.violations)
  }

  /// What in the configuration violates the specification or can't be done. Paths are those of `config.json`.
  package func validate() -> [SpecViolation] {
    var validator = Validator()
    validator.check(self)
    return validator.violations
  }

  /// The configuration as a JSON text. Reading it gives the same value again.
  package func encoded(_ style: JSONWriter.Style = .compact) -> [UInt8] { DocumentReader.write(self, style) }

  /// Writes the configuration as a member's or element's value.
  package func write(to writer: inout JSONWriter) { encode(&writer) }
}

extension Process {
  /// Reads the document of `exec --process`: the `process` object of a configuration. Errors are as for `Spec.decode`.
  package static func decode(bytes: [UInt8], fileName: String) throws(SpecError) -> Process {
    try DocumentReader.read(bytes, fileName) { (process: Process, validator: inout Validator) in
      validator.check(process, JSONPath())
    }
  }

  /// What in the process violates the specification or can't be done.
  package func validate() -> [SpecViolation] {
    var validator = Validator()
    validator.check(self, JSONPath())
    return validator.violations
  }

  /// The process as a JSON text.
  package func encoded(_ style: JSONWriter.Style = .compact) -> [UInt8] { DocumentReader.write(self, style) }
}

extension LinuxResources {
  /// Reads the document of `update --resources`: the `linux.resources` object of a configuration. Errors are as for
  /// `Spec.decode`.
  package static func decode(bytes: [UInt8], fileName: String) throws(SpecError) -> LinuxResources {
    try DocumentReader.read(bytes, fileName) { (resources: LinuxResources, validator: inout Validator) in
      validator.check(resources, JSONPath())
    }
  }

  /// What in the limits violates the specification or can't be done.
  package func validate() -> [SpecViolation] {
    var validator = Validator()
    validator.check(self, JSONPath())
    return validator.violations
  }

  /// The limits as a JSON text.
  package func encoded(_ style: JSONWriter.Style = .compact) -> [UInt8] { DocumentReader.write(self, style) }
}

/// The steps that all documents share.
enum DocumentReader {
  @inline(__always)
  static func read<Document: SpecDecodable>(
    _ bytes: [UInt8], _ fileName: String, _ check: (Document, inout Validator) -> Void
  ) throws(SpecError) -> Document {
    try read(parse(bytes, fileName), fileName, check)
  }

  static func parse(_ bytes: [UInt8], _ fileName: String) throws(SpecError) -> JSONDocument {
    do {
      return try JSONDocument(bytes)
    } catch {
      let violation = SpecViolation(path: JSONPath(), position: error.position, message: error.message)
      throw SpecError(fileName: fileName, violations: [violation])
    }
  }

  @inline(__always)
  static func read<Document: SpecDecodable>(
    _ document: JSONDocument, _ fileName: String, skipping skipped: ConfigurationText.Part = [],
    _ check: (Document, inout Validator) -> Void
  ) throws(SpecError) -> Document {
    var decoder = SpecDecoder(document)
    decoder.skipped = skipped
    guard decoder.isObject(document.root) else {
      throw SpecError(fileName: fileName, violations: decoder.violations)
    }
    let value = Document(document.root, &decoder)
    var validator = Validator(afterDecoding: decoder.violations)
    check(value, &validator)
    if decoder.violations.isEmpty, validator.violations.isEmpty { return value }
    throw SpecError(fileName: fileName, violations: merge(decoder.violations, validator, document))
  }

  /// Gives the validator's violations their places and puts all in the order of the text.
  private static func merge(
    _ decoded: [SpecViolation], _ validator: Validator, _ document: JSONDocument
  ) -> [SpecViolation] {
    var violations = decoded
    for violation in validator.violations where !validator.isAboutStandIn(violation.path) {
      var placed = violation
      placed.position = document.position(document.nearestValue(at: violation.path))
      violations.append(placed)
    }
    let start = JSONPosition(line: 1, column: 1)
    violations.sort { ($0.position ?? start) < ($1.position ?? start) }
    return violations
  }

  static func write(_ value: some SpecEncodable, _ style: JSONWriter.Style) -> [UInt8] {
    var writer = JSONWriter(style)
    value.encode(&writer)
    return writer.bytes
  }
}

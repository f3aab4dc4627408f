/// The versions of the runtime specification that this runtime speaks.
package enum SpecVersion {
  /// The version written into new documents, and the newest that is fully supported.
  package static let current = "1.3.0"
  /// The oldest version that is supported (features.md, `ociVersionMin`).
  package static let minimum = "1.0.0"
}

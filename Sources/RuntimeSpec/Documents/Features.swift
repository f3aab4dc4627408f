package import JSON

/// What the runtime implements, whatever the host can do (features.md). Absent properties say nothing; empty
/// ones say that there is none.
package struct Features: Equatable, Sendable, SpecEncodable {
  /// The oldest version of the specification that is accepted.
  package var ociVersionMin: String
  /// The newest version of the specification that is accepted.
  package var ociVersionMax: String
  /// The names of the hooks.
  package var hooks: [String]?
  /// The names of the mount options.
  package var mountOptions: [String]?
  /// The Linux section (features-linux.md).
  package var linux: LinuxFeatures?
  /// Free-form metadata of the runtime.
  package var annotations: OrderedMap<String>?
  /// Annotations of configurations that change what the runtime does. A trailing dot makes a prefix.
  package var potentiallyUnsafeConfigAnnotations: [String]?

  /// Makes a document from its properties; all but the versions may be absent.
  package init(
    ociVersionMin: String = SpecVersion.minimum,
    ociVersionMax: String = SpecVersion.current,
    hooks: [String]? = nil,
    mountOptions: [String]? = nil,
    linux: LinuxFeatures? = nil,
    annotations: OrderedMap<String>? = nil,
    potentiallyUnsafeConfigAnnotations: [String]? = nil
  ) {
    self.ociVersionMin = ociVersionMin
    self.ociVersionMax = ociVersionMax
    self.hooks = hooks
    self.mountOptions = mountOptions
    self.linux = linux
    self.annotations = annotations
    self.potentiallyUnsafeConfigAnnotations = potentiallyUnsafeConfigAnnotations
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("ociVersionMin", ociVersionMin)
    writer.member("ociVersionMax", ociVersionMax)
    writer.memberIfPresent("hooks", hooks)
    writer.memberIfPresent("mountOptions", mountOptions)
    writer.memberIfPresent("linux", linux)
    writer.memberIfPresent("annotations", annotations)
    writer.memberIfPresent("potentiallyUnsafeConfigAnnotations", potentiallyUnsafeConfigAnnotations)
    writer.endObject()
  }

  /// The document as a JSON text.
  package func encoded(_ style: JSONWriter.Style = .compact) -> [UInt8] { DocumentReader.write(self, style) }
}

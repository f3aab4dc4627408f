package import Linux

/// What criu answers, rpc.proto `criu_resp`: the fields that the runtime uses.
package struct CriuResponse: Equatable, Sendable {
  /// criu has come to a point that its client may want to know of, `criu_notify`.
  package struct Notification: Equatable, Sendable {
    /// The point: `setup-namespaces`, `post-restore` and so on.
    package var script = ""
    /// The root of the restored processes, where there is one already.
    package var pid: Int32?
  }

  /// As in `CriuRequest.Kind`; other numbers are possible.
  package var kind: Int32
  package var isSuccess: Bool
  /// The root of the restored processes.
  package var restoredPID: Int32?
  package var notification: Notification?
  package var errno: Int32?
  package var message: String?
  package var features: CriuFeatures?
  package var version: CriuVersion?

  /// Reads a message. Unknown fields are skipped; a missing required one is an error.
  package init(_ bytes: [UInt8]) throws(Failure) {
    var reader = ProtobufReader(bytes[...])
    var kind: Int32?
    var success: Bool?
    while let field = try reader.next() {
      switch field.number {
      case 1: kind = field.int32
      case 2: success = field.boolean
      case 4:
        guard var inner = field.message else { break }
        while let field = try inner.next() {
          if field.number == 1 { restoredPID = field.int32 }
        }
      case 5: notification = try Self.notification(field)
      case 7: errno = field.int32
      case 8: features = try Self.features(field)
      case 9: message = field.text
      case 10: version = try Self.version(field)
      default: break
      }
    }
    guard let kind, let success else { throw Failure("malformed message") }
    self.kind = kind
    isSuccess = success
  }

  private static func notification(_ field: ProtobufReader.Field) throws(Failure) -> Notification? {
    guard var reader = field.message else { return nil }
    var notification = Notification()
    while let field = try reader.next() {
      switch field.number {
      case 1: notification.script = field.text ?? ""
      case 2: notification.pid = field.int32
      default: break
      }
    }
    return notification
  }

  private static func features(_ field: ProtobufReader.Field) throws(Failure) -> CriuFeatures? {
    guard var reader = field.message else { return nil }
    var features = CriuFeatures()
    while let field = try reader.next() {
      switch field.number {
      case 1: features.tracksMemory = field.boolean
      case 2: features.lazyPages = field.boolean
      default: break
      }
    }
    return features
  }

  private static func version(_ field: ProtobufReader.Field) throws(Failure) -> CriuVersion? {
    guard var reader = field.message else { return nil }
    var version = CriuVersion(major: 0, minor: 0)
    while let field = try reader.next() {
      switch field.number {
      case 1: version.major = field.int32 ?? 0
      case 2: version.minor = field.int32 ?? 0
      // A build from a repository: what it has is that of the next release.
      case 3: version.isDevelopment = field.text?.isEmpty == false
      case 4: version.sublevel = field.int32 ?? 0
      default: break
      }
    }
    return version
  }
}

/// The version of criu, rpc.proto `criu_version`.
package struct CriuVersion: Equatable, Sendable {
  package var major: Int32
  package var minor: Int32
  package var sublevel: Int32 = 0
  /// Whether it was built from a repository, between releases.
  package var isDevelopment = false

  package init(major: Int32, minor: Int32, sublevel: Int32 = 0) {
    self.major = major
    self.minor = minor
    self.sublevel = sublevel
  }

  /// One number to compare: 31700 for 3.17. A build from a repository counts as the next minor version.
  package var number: Int {
    let whole = Int(major) * 10000 + Int(minor) * 100
    return isDevelopment ? whole + 100 : whole + Int(sublevel)
  }
}

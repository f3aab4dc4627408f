/// What is asked of criu, rpc.proto `criu_req`.
package enum CriuRequest: Equatable, Sendable {
  case dump(CriuOptions)
  case preDump(CriuOptions)
  case restore(CriuOptions)
  /// Which of these features criu and the kernel have.
  case features(CriuFeatures)
  case version
  /// The answer to a notification.
  case notified(success: Bool)

  /// The kinds of requests and of their answers, `criu_req_type`.
  package enum Kind: Int32, Equatable, Sendable {
    case dump = 1
    case restore = 2
    case preDump = 4
    case notify = 6
    case featureCheck = 9
    case version = 10

    /// The name that rpc.proto has for it.
    package var name: String {
      switch self {
      case .dump: "DUMP"
      case .restore: "RESTORE"
      case .preDump: "PRE_DUMP"
      case .notify: "NOTIFY"
      case .featureCheck: "FEATURE_CHECK"
      case .version: "VERSION"
      }
    }
  }

  package var kind: Kind {
    switch self {
    case .dump: .dump
    case .preDump: .preDump
    case .restore: .restore
    case .features: .featureCheck
    case .version: .version
    case .notified: .notify
    }
  }

  /// The message as criu reads it.
  package func encoded() -> [UInt8] {
    var writer = ProtobufWriter()
    writer.integer(1, kind.rawValue)
    switch self {
    case .dump(let options), .preDump(let options), .restore(let options):
      writer.message(2) { inner in options.write(&inner) }
    case .features(let features):
      writer.message(5) { inner in
        inner.boolean(1, features.tracksMemory)
        inner.boolean(2, features.lazyPages)
      }
    case .version: break
    case .notified(let success): writer.boolean(3, success)
    }
    return writer.bytes
  }
}

/// What criu and the kernel can do, rpc.proto `criu_features`: asked for, or answered.
package struct CriuFeatures: Equatable, Sendable {
  package var tracksMemory: Bool?
  package var lazyPages: Bool?

  package init(tracksMemory: Bool? = nil, lazyPages: Bool? = nil) {
    self.tracksMemory = tracksMemory
    self.lazyPages = lazyPages
  }

  /// The names of what `wanted` asks for and this answer does not have.
  package func missing(of wanted: CriuFeatures) -> [String] {
    var names: [String] = []
    if wanted.tracksMemory == true, tracksMemory != true { names.append("MemTrack") }
    if wanted.lazyPages == true, lazyPages != true { names.append("LazyPages") }
    return names
  }
}

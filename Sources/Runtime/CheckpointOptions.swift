internal import CRIU
internal import Linux

/// What the caller asks of `checkpoint` and `restore`, with runc's meaning of each flag.
package struct CheckpointOptions: Sendable {
  /// The directory of the images.
  package var imagePath: String
  /// Where criu writes its log and other work files; nil for `imagePath`.
  package var workPath: String?
  /// Images of an earlier dump, relative to `imagePath`.
  package var parentPath: String?
  package var leaveRunning = false
  package var tcpEstablished = false
  package var skipsInFlightTCP = false
  package var linkRemap = false
  package var externalUnixSockets = false
  package var shellJob = false
  package var fileLocks = false
  /// Dump the memory alone, and let the container run on.
  package var preDump = false
  package var removesDuplicates = false
  package var lazyPages = false
  /// A descriptor that gets a NUL byte when the lazy pages are ready.
  package var statusDescriptor: Int32?
  /// ADDRESS:PORT.
  package var pageServer: String?
  /// soft, full, strict, ignore, or empty for criu's default.
  package var cgroupsMode = ""
  /// Kinds of namespaces whose content is left alone.
  package var emptyNamespaces: [String] = []
  package var lsmProfile: String?
  package var lsmMountContext: String?
  /// The caller's environment, which criu gets.
  package var environment: [String] = []

  /// Where the images go, as with runc, when the caller does not say.
  package static let defaultImagePath = "checkpoint"

  package init(imagePath: String) {
    self.imagePath = imagePath
  }
}

extension CheckpointOptions {
  /// The options that dump and restore have in common. `images` and `work` are this process's descriptors.
  func common(
    images: Int32, work: Int32, logFile: String, annotations: [(String, String)]
  ) throws(Failure) -> CriuOptions {
    var options = CriuOptions(imagesDirectory: images)
    options.workDirectory = work >= 0 ? work : nil
    options.logLevel = 4
    options.logFile = logFile
    options.notifies = true
    options.managesCgroups = true
    options.cgroupMode = try cgroupMode()
    options.shellJob = shellJob
    options.tcpEstablished = tcpEstablished
    options.externalUnixSockets = externalUnixSockets
    options.fileLocks = fileLocks
    options.emptyNamespaces = try emptyNamespaceBits()
    options.sendsTerminalMaster = true
    options.removesDuplicates = removesDuplicates
    options.lazyPages = lazyPages
    options.configurationFile = Self.configurationFile(annotations)
    return options
  }

  /// A configuration file of criu for containers, whose settings are stronger than the flags. The annotation names
  /// another one, or with an empty value none.
  private static func configurationFile(_ annotations: [(String, String)]) -> String? {
    guard let named = annotations.last(where: { $0.0 == criuAnnotation })?.1 else { return "/etc/criu/runc.conf" }
    return named.isEmpty ? nil : named
  }

  /// The annotation that names a configuration file of criu.
  static let criuAnnotation = "org.criu.config"

  private func cgroupMode() throws(Failure) -> CriuCgroupMode {
    switch cgroupsMode {
    case "": return .default
    case "soft": return .soft
    case "full": return .full
    case "strict": return .strict
    case "ignore": return .ignore
    default: throw Failure("invalid manage-cgroups-mode value")
    }
  }

  /// What is in a network namespace is always left to whoever made it: the runtime sets no network up.
  private func emptyNamespaceBits() throws(Failure) -> UInt32 {
    for name in emptyNamespaces where name != "network" { throw Failure("namespace \"\(name)\" is not supported") }
    return Namespaces.Kinds.network.rawValue
  }

  /// `--page-server`, taken apart as Go's net.SplitHostPort does it; an IPv6 address is in brackets.
  func parsedPageServer() throws(Failure) -> CriuOptions.PageServer? {
    guard let pageServer, !pageServer.isEmpty else { return nil }
    let malformed = Failure("Use --page-server ADDRESS:PORT to specify page server")
    guard let colon = pageServer.utf8.lastIndex(of: UInt8(ascii: ":")) else { throw malformed }
    var address = pageServer[..<colon]
    let port = pageServer[pageServer.utf8.index(after: colon)...]
    if address.hasPrefix("["), address.hasSuffix("]") {
      address = address.dropFirst().dropLast()
    } else if address.utf8.contains(UInt8(ascii: ":")) {
      throw malformed
    }
    guard !address.isEmpty, !port.isEmpty else { throw malformed }
    guard let number = Int32(port), (0...65535).contains(number) else { throw Failure("Invalid port number") }
    return CriuOptions.PageServer(address: String(address), port: number)
  }
}

/// The directories of a dump or restore, opened, and the log that criu writes there.
struct CheckpointDirectories: ~Copyable {
  let images: FileDescriptor
  let work: FileDescriptor?
  private let logPath: String

  /// Opens them. With `make`, those that are missing are made.
  init(_ options: CheckpointOptions, logFile: String, make: Bool) throws(Failure) {
    if make { try Files.makeDirectories(options.imagePath, mode: 0o700) }
    if let path = options.workPath { try Files.makeDirectories(path, mode: 0o700) }
    let logPath = try ContainerPlan.absolute(options.workPath ?? options.imagePath) + "/" + logFile
    let images = try Files.open(options.imagePath, .directory)
    let work: FileDescriptor? =
      if let path = options.workPath { try Files.open(path, .directory) } else { nil }
    self.logPath = logPath
    self.images = images
    self.work = work
  }

  /// criu's failure with the first error of its log, which is the cause of those that follow, and the log's path. Often
  /// criu's answer has that error already.
  borrowing func explain(_ failure: Failure) -> Failure {
    guard failure.message.hasPrefix("criu failed") else { return failure }
    if Self.firstError(failure.message.utf8) != nil { return Failure("\(failure): log file: \(logPath)") }
    guard let log = try? Files.read(logPath, limit: 64 << 20) else { return failure }
    for line in log.split(separator: UInt8(ascii: "\n")) where line.count < 2048 {
      guard let error = Self.firstError(line) else { continue }
      return Failure("\(failure): \(String(decoding: error, as: UTF8.self)): log file: \(logPath)")
    }
    return Failure("\(failure): log file: \(logPath)")
  }

  /// The end of `(00.012345)      1: Error (criu/mount.c:1089): mnt: ...` from its Error on.
  private static func firstError<Line: Collection<UInt8>>(_ line: Line) -> Line.SubSequence? {
    let mark = "Error (".utf8
    var rest = line[...]
    while let start = rest.firstIndex(of: UInt8(ascii: "E")) {
      if rest[start...].starts(with: mark) { return rest[start...] }
      rest = rest[line.index(after: start)...]
    }
    return nil
  }
}

package import Linux

/// A running `criu swrk`, and the socket that it is spoken to by.
package struct CriuProcess: ~Copyable {
  /// The number of the socket in criu.
  static let socketNumber: Int32 = 3
  /// The number of the first descriptor that criu is given besides.
  package static let firstInherited: Int32 = 4
  /// Longer than any answer.
  private static let longestMessage = 1 << 16

  package let process: ProcessDescriptor
  private let socket: FileDescriptor

  package init(_ process: consuming ProcessDescriptor, socket: consuming FileDescriptor) {
    self.process = process
    self.socket = socket
  }

  /// Starts criu for a request that needs no surroundings of its own. Its standard streams are /dev/null.
  package static func start(_ program: String, environment: [String]) throws(Failure) -> CriuProcess {
    var pair = try Sockets.messagePair()
    let own = pair.takeFirst()
    let theirs = pair.takeSecond()
    var report = try ExecReport()
    switch try Processes.clone([]) {
    case .child:
      _ = own.release()
      runChild(program, environment, socket: theirs.release(), gate: report.takeGate().release())
    case .parent(let process):
      _ = consume theirs
      try report.wait(for: process)
      return CriuProcess(process, socket: own)
    }
  }

  private static func runChild(
    _ program: String, _ environment: [String], socket: Int32, gate: Int32
  ) -> Never {
    do {
      try useNullStreams()
    } catch {
      fail(error, gate)
    }
    become(program, environment: environment, socket: socket, inherited: [], gate: gate)
  }

  /// Points the standard streams to /dev/null.
  package static func useNullStreams() throws(Failure) {
    let null = try Files.open("/dev/null", .readWrite)
    for number in Int32(0)...2 { try Descriptors.replace(number, with: null) }
  }

  /// Becomes criu: `socket` and after it `inherited` get the numbers from 3 on, and nothing else stays open. What goes
  /// wrong before is told through `gate`.
  package static func become(
    _ program: String, environment: [String], socket: Int32, inherited: [Int32], gate: Int32
  ) -> Never {
    // Out of the way of the numbers that they are to get.
    let lowest = firstInherited + Int32(inherited.count)
    var report = gate
    do {
      report = try Descriptors.duplicate(gate, lowest: lowest).release()
      var copies: [Int32] = []
      for number in [socket] + inherited {
        copies.append(try Descriptors.duplicate(number, lowest: lowest).release())
      }
      for (index, number) in copies.enumerated() {
        try Descriptors.replace(socketNumber + Int32(index), with: number)
      }
      try Signals.resetAll()
      try Descriptors.close(from: lowest, except: [report])
    } catch {
      fail(error, report)
    }
    fail(Processes.execute(program, arguments: ["criu", "swrk", "\(socketNumber)"], environment: environment), report)
  }

  /// Tells the parent why criu could not be started, and ends the child.
  package static func fail(_ failure: Failure, _ gate: Int32) -> Never {
    try? Descriptors.write(Array(failure.description.utf8), to: gate)
    Processes.exit(127)
  }

  /// Asks, answers what criu notifies of, and returns its answer.
  ///
  /// `notify` gets each notification with the descriptor that came along. When it throws, criu is told so, and gives up;
  /// what it threw is thrown here. Throws `criu failed: ...` for an answer without success.
  package borrowing func exchange(
    _ request: CriuRequest,
    notify: (CriuResponse.Notification, consuming FileDescriptor?) throws(Failure) -> Void
  ) throws(Failure) -> CriuResponse {
    try Sockets.send(request.encoded(), over: socket)
    var refusal: Failure?
    while true {
      var message = try Sockets.receive(limit: Self.longestMessage, over: socket)
      if message.bytes.isEmpty {
        throw refusal ?? Failure("criu failed: type \(request.kind.name): it ended without an answer")
      }
      let response: CriuResponse
      do {
        response = try CriuResponse(message.bytes)
      } catch {
        throw error.within("criu failed: type \(request.kind.name)")
      }
      guard response.kind == CriuRequest.Kind.notify.rawValue, let notification = response.notification else {
        if let refusal { throw refusal }
        return try Self.check(response, request)
      }
      do {
        try notify(notification, message.descriptor.take())
        try Sockets.send(CriuRequest.notified(success: true).encoded(), over: socket)
      } catch {
        if refusal != nil { throw error }
        refusal = error
        try Sockets.send(CriuRequest.notified(success: false).encoded(), over: socket)
      }
    }
  }

  private static func check(_ response: CriuResponse, _ request: CriuRequest) throws(Failure) -> CriuResponse {
    let kind = CriuRequest.Kind(rawValue: response.kind)?.name ?? String(response.kind)
    guard response.isSuccess else {
      // criu ends it like a line of its log.
      let text = response.message.map { ": \($0.split(separator: "\n").joined(separator: " "))" } ?? ""
      throw Failure("criu failed: type \(kind) errno \(response.errno ?? 0)\(text)")
    }
    guard response.kind == request.kind.rawValue else {
      throw Failure("criu failed: type \(request.kind.name): it answered with \(kind)")
    }
    return response
  }

  /// Takes leave of criu, and waits for its end.
  package consuming func finish() throws(Failure) -> ExitStatus {
    let process = self.hangUp()
    return try process.wait()
  }

  private consuming func hangUp() -> ProcessDescriptor {
    process
  }
}

/// What criu can do.
extension CriuProcess {
  /// The version of criu.
  package static func version(_ program: String, environment: [String]) throws(Failure) -> CriuVersion {
    let criu = try start(program, environment: environment)
    let result: Result<CriuResponse, Failure>
    do {
      result = .success(try criu.exchange(.version) { (_, _) throws(Failure) in })
    } catch {
      result = .failure(error)
    }
    _ = try criu.finish()
    guard let version = try result.get().version else { throw Failure("criu failed: type VERSION: no version") }
    return version
  }

  /// Throws the names of what is missing of `wanted`.
  package static func require(
    _ wanted: CriuFeatures, _ program: String, environment: [String]
  ) throws(Failure) {
    let criu = try start(program, environment: environment)
    let result: Result<CriuResponse, Failure>
    do {
      result = .success(try criu.exchange(.features(wanted)) { (_, _) throws(Failure) in })
    } catch {
      result = .failure(error)
    }
    _ = try criu.finish()
    let missing = (try result.get().features ?? CriuFeatures()).missing(of: wanted)
    guard missing.isEmpty else { throw Failure("criu is missing features: \(missing.joined(separator: ", "))") }
  }
}

/// Tells the parent whether its child got as far as the exec: the pipe closes then, and before carries the reason why not.
package struct ExecReport: ~Copyable {
  private var reading: FileDescriptor?
  private var writing: FileDescriptor?

  package init() throws(Failure) {
    var pipe = try Sockets.pipe()
    reading = pipe.takeFirst()
    writing = pipe.takeSecond()
  }

  /// The child's end.
  package mutating func takeGate() -> FileDescriptor {
    reading = nil
    guard let gate = writing.take() else { preconditionFailure("this end was taken before") }
    return gate
  }

  /// Waits, in the parent, for the exec. Throws what the child said in its place, and takes the child in.
  package mutating func wait(for process: borrowing ProcessDescriptor) throws(Failure) {
    writing = nil
    guard let end = reading.take() else { return }
    let text = try end.readAll(limit: 1 << 16, "criu")
    guard !text.isEmpty else { return }
    _ = try process.wait()
    throw Failure(String(decoding: text, as: UTF8.self))
  }
}

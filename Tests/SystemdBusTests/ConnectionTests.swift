import Foundation
import Glibc
import Linux
import Testing

@testable import SystemdBus

/// A bus that says what it is told to.
private final class FakeBus: @unchecked Sendable {
  let address: BusAddress
  private let listener: Int32
  private let thread: Thread

  /// `serve` gets each connected socket in turn, in a thread of its own.
  init(abstract: Bool = false, _ serve: @escaping @Sendable (Int32) -> Void) throws {
    let name = "/tmp/swiftlet-bus-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    address = abstract ? BusAddress(abstract: name) : BusAddress(path: name)
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var sun = sockaddr_un()
    sun.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &sun.sun_path) { path in
      path.baseAddress?.advanced(by: abstract ? 1 : 0).copyMemory(from: Array(name.utf8), byteCount: name.utf8.count)
    }
    let size = abstract ? 3 + name.utf8.count : MemoryLayout<sockaddr_un>.size
    let bound = withUnsafePointer(to: &sun) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, socklen_t(size)) }
    }
    try #require(bound == 0 && listen(listener, 4) == 0)
    self.listener = listener
    thread = Thread {
      while true {
        let connected = accept(listener, nil, nil)
        guard connected >= 0 else { break }
        serve(connected)
        close(connected)
      }
      // Here, since elsewhere its number could be another's before this thread looks at it again.
      close(listener)
    }
    thread.start()
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    if !address.isAbstract { unlink(address.name) }
  }

  static func readLine(_ socket: Int32) -> String {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while read(socket, &byte, 1) == 1, byte != 10 { if byte != 13 { line.append(byte) } }
    return String(decoding: line, as: UTF8.self)
  }

  static func send(_ text: String, _ socket: Int32) {
    _ = Array(text.utf8).withUnsafeBytes { write(socket, $0.baseAddress, $0.count) }
  }

  static func send(_ message: BusMessage, _ socket: Int32) {
    let bytes = (try? message.encode()) ?? []
    _ = bytes.withUnsafeBytes { write(socket, $0.baseAddress, $0.count) }
  }

  static func receive(_ socket: Int32) -> BusMessage? {
    var bytes = [UInt8](repeating: 0, count: 16)
    guard read(socket, &bytes, 16) == 16, let size = try? BusMessage.size(bytes) else { return nil }
    var rest = [UInt8](repeating: 0, count: size - 16)
    guard rest.isEmpty || read(socket, &rest, rest.count) == rest.count else { return nil }
    return try? BusMessage.decode(bytes + rest)
  }

  static func reply(to call: BusMessage, _ body: [BusValue]) -> BusMessage {
    var reply = BusMessage(.methodReturn)
    reply.serial = 1000 + call.serial
    reply.replySerial = call.serial
    reply.body = body
    return reply
  }

  /// Authentication and Hello as a bus does them.
  static func welcome(_ socket: Int32) {
    _ = readLine(socket)
    send("OK 1234\r\n", socket)
    _ = readLine(socket)
    if let hello = receive(socket) { send(reply(to: hello, [.string(":1.5")]), socket) }
  }
}

@Suite(.timeLimit(.minutes(1)))
struct ConnectionTests {
  private static let ping = BusMessage.call("Ping", of: "/", "a.b", at: "c.d")

  @Test(arguments: [false, true])
  func aCallGetsItsReply(abstract: Bool) throws {
    let bus = try FakeBus(abstract: abstract) { socket in
      FakeBus.welcome(socket)
      guard let call = FakeBus.receive(socket) else { return }
      // What is not the reply comes first: a signal, and a late reply to something else.
      FakeBus.send(MessageTests.signal, socket)
      var other = FakeBus.reply(to: call, [.string("wrong")])
      other.replySerial = 99
      FakeBus.send(other, socket)
      FakeBus.send(FakeBus.reply(to: call, [.string(call.member ?? "")]), socket)
    }
    var connection = try BusConnection.open([bus.address])
    #expect(try connection.call(Self.ping) == .returned([.string("Ping")]))
    // The signal was kept.
    #expect(try connection.waitForSignal(milliseconds: 1000) { $0.member == "JobRemoved" } == MessageTests.signal)
  }

  @Test func errorRepliesAreTold() throws {
    let bus = try FakeBus { socket in
      FakeBus.welcome(socket)
      guard let call = FakeBus.receive(socket) else { return }
      var error = FakeBus.reply(to: call, [.string("it is not there")])
      error.kind = .error
      error.errorName = "x.NoSuchUnit"
      FakeBus.send(error, socket)
    }
    var connection = try BusConnection.open([bus.address])
    #expect(try connection.call(Self.ping) == .failed(name: "x.NoSuchUnit", text: "it is not there"))
  }

  /// A bus outside of the caller's user namespace does not know the number that the caller has inside.
  @Test func withoutANumberAfterARefusal() throws {
    let bus = try FakeBus { socket in
      let first = FakeBus.readLine(socket)
      if first == "\0AUTH EXTERNAL \(String(geteuid()).utf8.map { "3" + String($0 - 48) }.joined())" {
        FakeBus.send("REJECTED EXTERNAL\r\n", socket)
        return
      }
      #expect(first == "\0AUTH EXTERNAL")
      #expect(FakeBus.readLine(socket) == "DATA")
      FakeBus.send("DATA\r\nOK 1234\r\n", socket)
      #expect(FakeBus.readLine(socket) == "BEGIN")
      if let hello = FakeBus.receive(socket) { FakeBus.send(FakeBus.reply(to: hello, [.string(":1.5")]), socket) }
    }
    _ = try BusConnection.open([bus.address])
  }

  @Test(arguments: [
    "REJECTED\r\n", "", "ERROR\r\n", "OK 12\n", String(repeating: "x", count: 40_000),
    // After authentication, what is no message.
    "OK 12\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "OK 12\r\nl\u{2}\u{0}\u{1}",
  ])
  func refusingAndMalformedBuses(_ answer: String) throws {
    let bus = try FakeBus { socket in
      _ = FakeBus.readLine(socket)
      FakeBus.send(answer, socket)
    }
    let failure = failure { () throws(Failure) in _ = try BusConnection.open([bus.address]) }
    #expect(failure?.description.contains(bus.address.text) == true, "\(String(describing: failure))")
  }

  @Test func aSilentBusTakesNoLongerThanAllowed() throws {
    let bus = try FakeBus { socket in
      FakeBus.welcome(socket)
      _ = FakeBus.receive(socket)
      _ = FakeBus.readLine(socket)  // until the other end is closed
    }
    var connection = try BusConnection.open([bus.address])
    let begin = Clock.monotonicMilliseconds
    var caught: Failure?
    do throws(Failure) { _ = try connection.call(Self.ping, milliseconds: 200) } catch { caught = error }
    #expect(caught?.errno == .timedOut)
    #expect(Clock.monotonicMilliseconds - begin < 5000)
  }

  /// Messages that never stop are no reason to wait for ever.
  @Test func aFloodTakesNoLongerThanAllowed() throws {
    let bus = try FakeBus { socket in
      FakeBus.welcome(socket)
      signal(SIGPIPE, SIG_IGN)
      guard let bytes = try? MessageTests.signal.encode() else { return }
      while bytes.withUnsafeBytes({ write(socket, $0.baseAddress, $0.count) }) > 0 {}
    }
    var connection = try BusConnection.open([bus.address])
    var caught: Failure?
    do throws(Failure) { _ = try connection.call(Self.ping, milliseconds: 200) } catch { caught = error }
    #expect(caught?.errno == .timedOut)
  }

  @Test func theNextAddressIsTried() throws {
    let bus = try FakeBus { FakeBus.welcome($0) }
    _ = try BusConnection.open([BusAddress(path: "/nonexistent/bus"), bus.address])
  }

  @Test func noBusAtAll() {
    let failure = failure { () throws(Failure) in
      _ = try SystemdManager([BusAddress(path: "/nonexistent/bus"), BusAddress(path: "/nonexistent/other")])
    }
    #expect(failure?.description == "connect to systemd: connect to /nonexistent/bus: no such file or directory")
  }

  private func failure(_ body: () throws(Failure) -> Void) -> Failure? {
    do throws(Failure) {
      try body()
      return nil
    } catch {
      return error
    }
  }
}

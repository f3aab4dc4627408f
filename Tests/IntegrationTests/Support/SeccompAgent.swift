import Foundation
import Glibc

/// A program that answers the system calls that containers' filters pass on to it, seccomp_unotify(2): a listening
/// socket, and a thread that takes every listener that is sent there.
final class SeccompAgent: @unchecked Sendable {
  /// What a call gets.
  enum Answer {
    /// The kernel does it.
    case goOn
    /// It seems to return this.
    case result(Int64)
    case error(Int32)
  }

  /// What one connection brought.
  struct Delivery {
    var document: JSON
    var descriptors: Int
    /// Whether the connection ended directly behind the message.
    var wasClosed: Bool
  }

  let path: String
  private let listener: Int32
  private let answer: @Sendable (_ number: Int32, _ text: String) -> Answer
  private let lock = NSLock()
  private var received: [Delivery] = []
  private var calls: [Int32] = []
  private var isStopped = false

  /// `answer` gets a call's number and the text that its first or second argument points to, as mkdir(2) or mkdirat(2)
  /// have it.
  init(path: String, answer: @escaping @Sendable (_ number: Int32, _ text: String) -> Answer) throws {
    self.path = path
    self.answer = answer
    listener = try SocketAddress.socket(SOCK_STREAM)
    let bound = try SocketAddress.with(path) { bind(listener, $0, $1) }
    guard bound == 0, listen(listener, 4) == 0 else { throw TestFailure("listen on \(path)") }
    let thread = Thread { [self] in serve() }
    thread.start()
  }

  var deliveries: [Delivery] { lock.withLock { received } }
  /// The numbers of all calls that were answered.
  var answered: [Int32] { lock.withLock { calls } }

  func stop() { lock.withLock { isStopped = true } }

  private func serve() {
    var listeners: [Int32] = []
    while !lock.withLock({ isStopped }) {
      var polls = ([listener] + listeners).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      guard poll(&polls, nfds_t(polls.count), 50) > 0 else { continue }
      if polls[0].revents != 0 { listeners += accept() }
      for entry in polls.dropFirst() where entry.revents != 0 {
        if entry.revents & Int16(POLLIN) != 0 {
          respond(entry.fd)
        } else {
          close(entry.fd)
          listeners.removeAll { $0 == entry.fd }
        }
      }
    }
    for descriptor in listeners + [listener] { close(descriptor) }
  }

  /// Takes one delivery, and returns its descriptors.
  private func accept() -> [Int32] {
    let connection = Glibc.accept(listener, nil, nil)
    defer { close(connection) }
    guard let (descriptors, text) = try? DescriptorReceiver.read(connection) else { return [] }
    var byte: UInt8 = 0
    let delivery = Delivery(
      document: (try? JSON(parsing: text)) ?? .null, descriptors: descriptors.count,
      wasClosed: read(connection, &byte, 1) == 0)
    lock.withLock { received.append(delivery) }
    return descriptors
  }

  /// struct seccomp_notif: id 8, pid 4, flags 4, then struct seccomp_data; struct seccomp_notif_resp: id 8, val 8, error 4,
  /// flags 4.
  private func respond(_ descriptor: Int32) {
    var request = [UInt64](repeating: 0, count: 10)
    guard ioctl(descriptor, 0xc050_2100, &request) == 0 else { return }
    let number = Int32(truncatingIfNeeded: request[2])
    let pid = pid_t(truncatingIfNeeded: request[1])
    let texts = [request[4], request[5]].map { Self.text(of: pid, at: $0) }
    var response = [request[0], 0, 0]
    switch answer(number, texts.first { $0.hasPrefix("/") } ?? "") {
    case .goOn: response[2] = 1 << 32  // SECCOMP_USER_NOTIF_FLAG_CONTINUE
    case .result(let value): response[1] = UInt64(bitPattern: value)
    case .error(let error): response[2] = UInt64(UInt32(bitPattern: -error))
    }
    if ioctl(descriptor, 0xc018_2101, &response) == 0 { lock.withLock { calls.append(number) } }
  }

  private static func text(of pid: pid_t, at address: UInt64) -> String {
    let memory = open("/proc/\(pid)/mem", O_RDONLY | O_CLOEXEC)
    defer { close(memory) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = pread(memory, &bytes, bytes.count, Int(truncatingIfNeeded: address))
    return String(decoding: bytes.prefix(max(count, 0)).prefix { $0 != 0 }, as: UTF8.self)
  }
}

internal import CShim
internal import Glibc

/// An open file descriptor, owned: closed when its owner goes out of scope. Every function here that makes one makes
/// it close-on-exec.
package struct FileDescriptor: ~Copyable, Sendable {
  /// The number, for calls that take one. Negative for `workingDirectory`.
  package let raw: Int32

  /// Takes ownership of an open descriptor.
  package init(owning raw: Int32) {
    self.raw = raw
  }

  /// AT_FDCWD: paths relative to it are relative to the working directory.
  package static var workingDirectory: FileDescriptor { FileDescriptor(owning: AT_FDCWD) }

  deinit {
    if raw >= 0 { _ = sw_close(raw) }
  }

  /// Gives the number away: the caller closes it.
  package consuming func release() -> Int32 {
    let number = raw
    discard self
    return number
  }

  /// A second descriptor for the same open file, fcntl(2) F_DUPFD_CLOEXEC, numbered `lowest` or above.
  package borrowing func duplicate(lowest: Int32 = 3) throws(Failure) -> FileDescriptor {
    FileDescriptor(owning: try check(sw_dupfd_cloexec(raw, lowest), "duplicate descriptor"))
  }

  /// Sets or clears close-on-exec.
  package borrowing func setCloseOnExec(_ on: Bool) throws(Failure) {
    try Descriptors.setCloseOnExec(raw, on)
  }

  package borrowing func setNonBlocking(_ on: Bool) throws(Failure) {
    let flags = try check(sw_get_status_flags(raw), "read descriptor flags")
    try check(sw_set_status_flags(raw, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK), "set descriptor flags")
  }

  /// Whether it was opened for writing.
  package borrowing func isWritable() throws(Failure) -> Bool {
    try check(sw_get_status_flags(raw), "read descriptor flags") & O_ACCMODE != O_RDONLY
  }

  /// At most `limit` bytes, up to the end of the file.
  ///
  /// Throws EMSGSIZE when there is more.
  package borrowing func readAll(limit: Int, _ name: @autoclosure () -> String) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    var room = 4096
    while true {
      let got = try readSome(room, name())
      if got.isEmpty { return bytes }
      bytes += got
      guard bytes.count <= limit else { throw Failure("read \(name())", .messageTooLong) }
      room = min(room * 4, 1 << 20)
    }
  }

  /// One read(2) of at most `count` bytes, retried when a signal interrupts it; empty at the end.
  package borrowing func readSome(_ count: Int, _ name: @autoclosure () -> String) throws(Failure) -> [UInt8] {
    var result = 0
    let descriptor = raw
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      repeat {
        result = unsafe sw_read(descriptor, buffer.baseAddress, count)
      } while result == -Int(EINTR)
      filled = max(result, 0)
    }
    try check(result, "read \(name())")
    return bytes
  }

  /// Writes all of `bytes`.
  package borrowing func write(_ bytes: [UInt8], _ name: @autoclosure () -> String) throws(Failure) {
    var done = 0
    while done < bytes.count {
      let result = unsafe bytes.withUnsafeBytes { buffer in
        unsafe sw_write(raw, buffer.baseAddress?.advanced(by: done), bytes.count - done)
      }
      if result == -Int(EINTR) { continue }
      done += try check(result, "write \(name())")
    }
  }

  /// One write(2) of what follows the first `start` bytes; returns how many are written in all. For descriptors that do
  /// not block.
  package borrowing func writeSome(_ bytes: [UInt8], from start: Int) throws(Failure) -> Int {
    let number = raw
    let result = unsafe bytes.withUnsafeBytes { buffer in
      unsafe sw_write(number, buffer.baseAddress?.advanced(by: start), bytes.count - start)
    }
    if result == -Int(EAGAIN) || result == -Int(EINTR) { return start }
    return start + (try check(result, "write"))
  }

  /// Writes `text` in one write(2), as kernel files want it.
  package borrowing func write(_ text: String, _ name: @autoclosure () -> String) throws(Failure) {
    var text = text
    var result = 0
    repeat {
      result = text.withUTF8 { buffer in unsafe sw_write(raw, buffer.baseAddress, buffer.count) }
    } while result == -Int(EINTR)
    try check(result, "write \(name())")
  }
}

/// Operations on descriptors by number: those that were inherited, and whole ranges.
package enum Descriptors {
  /// The number of a descriptor that may not be there; -1 then.
  package static func number(_ descriptor: borrowing FileDescriptor?) -> Int32 {
    switch descriptor {
    case .some(let descriptor): descriptor.raw
    case .none: -1
    }
  }

  /// Sets or clears close-on-exec of a descriptor that somebody else owns.
  package static func setCloseOnExec(_ number: Int32, _ on: Bool) throws(Failure) {
    try check(sw_set_descriptor_flags(number, on ? FD_CLOEXEC : 0), "set close-on-exec on descriptor \(number)")
  }

  package static func isOpen(_ number: Int32) -> Bool {
    sw_get_descriptor_flags(number) >= 0
  }

  /// Whether a descriptor is open and came from the program that executed this one: all that this program opens itself
  /// is close-on-exec, and nothing that is survives an exec.
  package static func isInherited(_ number: Int32) -> Bool {
    let flags = sw_get_descriptor_flags(number)
    return flags >= 0 && flags & FD_CLOEXEC == 0
  }

  /// Whether the open file was opened for writing, fcntl(2) F_GETFL.
  package static func isWritable(_ number: Int32) -> Bool {
    let flags = sw_get_status_flags(number)
    return flags >= 0 && flags & O_ACCMODE != O_RDONLY
  }

  /// Opens /dev/null for those of 0, 1 and 2 that the caller left closed. Otherwise the next file that is opened takes
  /// the number of a standard stream, is kept open as one, and reaches the payload (CVE-2024-21626).
  package static func openMissingStandardStreams() throws(Failure) {
    var numbers: [Int32] = [0, 1, 2]
    var events: [Int16] = [0, 0, 0]
    let result = unsafe sw_poll(&numbers, &events, numbers.count, 0)
    if result >= 0, events.allSatisfy({ $0 & Int16(POLLNVAL) == 0 }) { return }
    for number in Int32(0)...2 where !isOpen(number) {
      let null = try Files.open("/dev/null", [.readWrite, .noControllingTerminal])
      try replace(number, with: null)
      // The lowest free number is the one that was missing.
      if null.raw == number { _ = null.release() }
    }
  }

  /// One read of at most `count` bytes from a descriptor that somebody else owns.
  package static func readSome(_ number: Int32, _ count: Int) throws(Failure) -> [UInt8] {
    let borrowed = FileDescriptor(owning: number)
    let result: Result<[UInt8], Failure>
    do {
      result = .success(try borrowed.readSome(count, "descriptor \(number)"))
    } catch {
      result = .failure(error)
    }
    _ = borrowed.release()
    return try result.get()
  }

  /// What a descriptor that somebody else owns still gives, up to its end and at most `limit` bytes.
  ///
  /// Throws EMSGSIZE when there is more.
  package static func readAll(_ number: Int32, limit: Int) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
      let got = try readSome(number, 65536)
      if got.isEmpty { return bytes }
      bytes += got
      guard bytes.count <= limit else { throw Failure("read descriptor \(number)", .messageTooLong) }
    }
  }

  /// Writes all of `bytes` to a descriptor that somebody else owns.
  package static func write(_ bytes: [UInt8], to number: Int32) throws(Failure) {
    let borrowed = FileDescriptor(owning: number)
    let result: Result<Void, Failure>
    do {
      result = .success(try borrowed.write(bytes, "descriptor \(number)"))
    } catch {
      result = .failure(error)
    }
    _ = borrowed.release()
    try result.get()
  }

  /// Closes every descriptor from `first` on, close_range(2).
  package static func close(from first: Int32) throws(Failure) {
    try closeRange(UInt32(first), UInt32.max)
  }

  /// close_range(2). A payload's filter that is older than the call refuses it: then the lowest 256 are closed one by
  /// one, which are more than the runtime opens, and all of those are close-on-exec besides.
  private static func closeRange(_ first: UInt32, _ last: UInt32) throws(Failure) {
    let result = sw_close_range(first, last, 0)
    guard result == -EPERM || result == -ENOSYS else { return _ = try check(result, "close inherited descriptors") }
    for number in first...min(last, first + 255) { _ = sw_close(Int32(number)) }
  }

  /// As `close(from:)`, but leaves those of `kept` open.
  package static func close(from first: Int32, except kept: [Int32]) throws(Failure) {
    var next = first
    for number in kept.sorted() where number >= next {
      if number > next {
        try closeRange(UInt32(next), UInt32(number - 1))
      }
      next = number + 1
    }
    try close(from: next)
  }

  /// Closes descriptors that the caller owns: consecutive ones by one close_range(2).
  fileprivate static func closeAll(_ numbers: [Int32]) {
    var index = 0
    while index < numbers.count {
      let first = numbers[index]
      var last = first
      index += 1
      while index < numbers.count, numbers[index] == last + 1 {
        last += 1
        index += 1
      }
      if first >= 0 { _ = first == last ? sw_close(first) : sw_close_range(UInt32(first), UInt32(last), 0) }
    }
  }

  /// Marks every descriptor from `first` on close-on-exec, close_range(2) CLOSE_RANGE_CLOEXEC.
  ///
  /// Linux 5.10 has close_range without that flag: then each open one is marked by number.
  package static func closeOnExec(from first: Int32) throws(Failure) {
    let result = sw_close_range(UInt32(first), UInt32.max, CLOSE_RANGE_CLOEXEC)
    guard result == -EINVAL else {
      try check(result, "mark inherited descriptors close-on-exec")
      return
    }
    for entry in try Files.list(Files.open("/proc/self/fd", .directory), "/proc/self/fd") {
      guard let number = Int32(entry), number >= first else { continue }
      _ = sw_set_descriptor_flags(number, FD_CLOEXEC)
    }
  }

  /// As `FileDescriptor.duplicate`, for a descriptor that somebody else owns.
  package static func duplicate(_ number: Int32, lowest: Int32) throws(Failure) -> FileDescriptor {
    FileDescriptor(owning: try check(sw_dupfd_cloexec(number, lowest), "duplicate descriptor \(number)"))
  }

  /// Makes `number` refer to the open file of another number, dup2(2); the copy is not close-on-exec.
  package static func replace(_ number: Int32, with other: Int32) throws(Failure) {
    try check(sw_dup3(other, number, 0), "duplicate descriptor to \(number)")
  }

  /// Makes `number` refer to the open file of `descriptor`, dup2(2); the copy is not close-on-exec.
  package static func replace(_ number: Int32, with descriptor: borrowing FileDescriptor) throws(Failure) {
    if descriptor.raw == number {
      try setCloseOnExec(number, false)
    } else {
      try check(sw_dup3(descriptor.raw, number, 0), "duplicate descriptor to \(number)")
    }
  }
}

/// Descriptors kept open together, since an array cannot hold what cannot be copied; and closed together, which costs one
/// system call where their numbers follow each other.
package struct DescriptorList: ~Copyable, Sendable {
  package private(set) var numbers: [Int32] = []

  package init() {}

  package mutating func append(_ descriptor: consuming FileDescriptor) {
    numbers.append(descriptor.release())
  }

  package var count: Int { numbers.count }

  /// Closes what is in the list when it is much, so that it never meets the limit of open files.
  package mutating func closeIfMany() {
    if numbers.count >= 64 { self = DescriptorList() }
  }

  /// Takes the descriptor at `index` out of the list; nil when it was taken before.
  package mutating func take(_ index: Int) -> FileDescriptor? {
    guard numbers[index] >= 0 else { return nil }
    defer { numbers[index] = -1 }
    return FileDescriptor(owning: numbers[index])
  }

  /// Puts a descriptor back that was taken from `index`.
  package mutating func putBack(_ descriptor: consuming FileDescriptor, at index: Int) {
    numbers[index] = descriptor.release()
  }

  deinit {
    Descriptors.closeAll(numbers)
  }
}

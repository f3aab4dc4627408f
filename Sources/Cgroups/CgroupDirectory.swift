import Linux

/// An open directory of a cgroup, known to lie on a cgroup file system: whatever is read or written through it is a
/// file of the kernel's.
struct CgroupDirectory: ~Copyable {
  let descriptor: FileDescriptor
  let path: String

  /// No part of a cgroup's path is ever a symbolic link: cgroupfs has none, and mount points are named as the kernel
  /// knows them.
  static let resolve: ResolveFlags = [.noSymbolicLinks, .noMagicLinks]

  /// Throws ENOENT when there is no such cgroup.
  ///
  /// With `isKnown` the mount table has just named the hierarchy, and its type needs no second look.
  init(_ path: String, isKnown: Bool = false) throws(Failure) {
    let opened = try Self.openDirectory(path)
    if !isKnown { try Self.checkType(opened, path) }
    self.init(opened, path)
  }

  private init(_ descriptor: consuming FileDescriptor, _ path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  private static func openDirectory(_ path: String) throws(Failure) -> FileDescriptor {
    do throws(Failure) {
      return try Files.open(path, at: .workingDirectory, [.directory, .noFollow], resolve: Self.resolve)
    } catch {
      throw Failure("open cgroup \(path)", error.errno)
    }
  }

  /// As `init`, but nil when there is no such cgroup.
  static func ifPresent(_ path: String) throws(Failure) -> CgroupDirectory? {
    do throws(Failure) {
      return try CgroupDirectory(path)
    } catch {
      if error.errno == .notFound { return nil }
      throw error
    }
  }

  /// Throws when `file` is not on a cgroup file system.
  private static func checkType(_ file: borrowing FileDescriptor, _ path: String) throws(Failure) {
    let type = try FileSystemType.of(file)
    guard type == .cgroup2 || type == .cgroup1 else { throw Failure("\(path) is not on a cgroup file system") }
  }

  borrowing func write(_ text: String, to file: String) throws(Failure) {
    let open: FileDescriptor
    do throws(Failure) {
      open = try Files.open(file, at: descriptor, [.write, .noFollow])
    } catch {
      throw Failure(Self.attempt(text, path, file), error.errno)
    }
    try Self.write(text, to: open, path, file)
  }

  borrowing func read(_ file: String) throws(Failure) -> String {
    let name = "\(path)/\(file)"
    let open: FileDescriptor
    do throws(Failure) {
      open = try Files.open(file, at: descriptor, [.read, .noFollow])
    } catch {
      throw Failure("read \(name)", error.errno)
    }
    return Self.text(try open.readAll(limit: 1 << 24, name))
  }

  /// Whether the cgroup has a file of this name.
  borrowing func has(_ file: String) throws(Failure) -> Bool {
    try Files.openIfPresent(file, at: descriptor, [.path, .noFollow]) != nil
  }

  borrowing func openForWriting(_ file: String) throws(Failure) -> FileDescriptor {
    do throws(Failure) {
      return try Files.open(file, at: descriptor, [.write, .noFollow])
    } catch {
      throw Failure("open \(path)/\(file)", error.errno)
    }
  }

  static func write(
    _ text: String, to open: borrowing FileDescriptor, _ path: String, _ file: String
  ) throws(Failure) {
    do throws(Failure) {
      try open.write(text, file)
    } catch {
      throw Failure(attempt(text, path, file), error.errno)
    }
  }

  private static func attempt(_ text: String, _ path: String, _ file: String) -> String {
    "write \"\(text)\" to \(path)/\(file)"
  }

  static func text(_ bytes: [UInt8]) -> String {
    var end = bytes.count
    while end > 0, bytes[end - 1] == 10 || bytes[end - 1] == 32 { end -= 1 }
    return String(decoding: bytes[..<end], as: UTF8.self)
  }

  // MARK: One file without the directory

  /// Opens one file of a cgroup, with the same checks: half the system calls where only one is needed. `isKnown` as in
  /// `init`.
  static func open(
    _ file: String, of path: String, _ flags: OpenFlags, isKnown: Bool = false
  ) throws(Failure) -> FileDescriptor {
    let name = "\(path)/\(file)"
    let open = try Files.open(name, at: .workingDirectory, [flags, .noFollow], resolve: resolve)
    if !isKnown { try checkType(open, name) }
    return open
  }

  /// Writes one file of the cgroup at `path`.
  static func write(_ text: String, to file: String, of path: String, isKnown: Bool = false) throws(Failure) {
    let opened: FileDescriptor
    do throws(Failure) {
      opened = try open(file, of: path, .write, isKnown: isKnown)
    } catch {
      throw Failure(attempt(text, path, file), error.errno)
    }
    try write(text, to: opened, path, file)
  }

  /// One read of at most 4095 bytes of a file with a single value; nil when there is no such file or cgroup.
  static func value(_ file: String, of path: String, isKnown: Bool = false) throws(Failure) -> String? {
    do throws(Failure) {
      let open = try open(file, of: path, .read, isKnown: isKnown)
      return text(try open.readSome(4095, "\(path)/\(file)"))
    } catch {
      if error.errno == .notFound || error.errno == .noDevice { return nil }
      throw error
    }
  }
}

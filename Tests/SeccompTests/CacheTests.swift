import Foundation
import Glibc
import Linux
import RuntimeSpec
import Testing

@testable import Seccomp

/// The files of compiled filters: what comes back, and what never does.
@Suite struct CacheTests {
  /// A runtime's root of the test's own.
  private final class Root {
    let path: String
    let cache: FilterCache

    init() {
      path = "/tmp/swiftlet-cache-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
      mkdir(path, 0o700)
      cache = FilterCache(root: path)
    }

    var directory: String { path + "/" + FilterCache.name }
    var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] }
    var file: String { directory + "/" + (files.first ?? "") }

    func bytes() -> [UInt8] { Array(FileManager.default.contents(atPath: file) ?? Data()) }
    func write(_ bytes: [UInt8]) { _ = FileManager.default.createFile(atPath: file, contents: Data(bytes)) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  private func key(_ text: String, version: String = "1") -> FilterCache.Key {
    FilterCache.Key(profile: Array(text.utf8)[...], version: version)
  }

  private func program(_ flags: [LinuxSeccompFlag]? = nil) throws -> SeccompProgram {
    let rule = LinuxSyscall(names: ["getpid"], action: .errno, errnoRet: 7)
    return try SeccompProgram.compile(LinuxSeccomp(defaultAction: .allow, flags: flags, syscalls: [rule]))
  }

  /// A root whose cache has one program, and that program.
  private func filled() throws -> (Root, SeccompProgram) {
    let (root, program) = (Root(), try program())
    root.cache.store(program, for: key("{}"))
    #expect(root.cache.find(key("{}")) == program)
    return (root, program)
  }

  @Test(arguments: [nil, [], [.log], [.specAllow, .log]] as [[LinuxSeccompFlag]?])
  func whatWasStoredIsFound(_ flags: [LinuxSeccompFlag]?) throws {
    let (root, program) = (Root(), try program(flags))
    #expect(root.cache.find(key("{}")) == nil)
    root.cache.store(program, for: key("{}"))
    #expect(root.cache.find(key("{}")) == program)
    #expect(root.files.count == 1)
    var status = stat()
    #expect(stat(root.directory, &status) == 0 && status.st_mode & 0o7777 == 0o700)
    #expect(stat(root.file, &status) == 0 && status.st_mode & 0o7777 == 0o600)
  }

  @Test func everythingThatTheProgramDependsOnIsCompared() throws {
    let (root, _) = try filled()
    for other in [key("{} "), key(""), key("{}", version: "2"), key("[]")] { #expect(root.cache.find(other) == nil) }
    let text = String(decoding: key("{}").bytes, as: UTF8.self)
    for part in ["swiftlet 1 ", "libseccomp \(SeccompSupport.libraryVersion)\n", "kernel \(Kernel.release)\n"] {
      #expect(text.contains(part))
    }
    #expect(text.contains("architecture \(ArchitectureToken.native)\n") && text.hasSuffix("\n{}"))
  }

  /// Two texts with one file name: the second is a miss and takes the place.
  @Test func equalHashes() throws {
    let (root, program) = try filled()
    let other = key("{ }")
    rename(root.file, root.directory + "/" + other.fileName)
    #expect(root.cache.find(other) == nil)
    root.cache.store(program, for: other)
    #expect(root.cache.find(other) == program && root.files.count == 1)
  }

  @Test func everyDamagedByteIsNoticed() throws {
    let (root, program) = try filled()
    let bytes = root.bytes()
    for index in bytes.indices {
      var damaged = bytes
      damaged[index] ^= UInt8(1 << (index % 8))
      root.write(damaged)
      #expect(root.cache.find(key("{}")) == nil, "byte \(index)")
    }
    for length in stride(from: 0, to: bytes.count, by: 7) {
      root.write(Array(bytes.prefix(length)))
      #expect(root.cache.find(key("{}")) == nil, "\(length) bytes")
    }
    root.write(bytes + [0])
    #expect(root.cache.find(key("{}")) == nil)
    root.cache.store(program, for: key("{}"))
    #expect(root.cache.find(key("{}")) == program)
  }

  /// Code, two jumps and operand of single instructions, before a return.
  @Test(
    arguments: [
      [], [(0x20, 0, 0, 0)], [(0x15, 0, 1, 0), (0x06, 0, 0, 0)], [(0x15, 1, 0, 0), (0x06, 0, 0, 0)],
      [(0x05, 0, 0, 1), (0x06, 0, 0, 0)], [(0x05, 0, 0, 0xffff_ffff), (0x06, 0, 0, 0)],
      [(0x20, 0, 0, 64), (0x06, 0, 0, 0)], [(0x20, 0, 0, 2), (0x06, 0, 0, 0)], [(0x87, 0, 0, 0), (0x06, 0, 0, 0)],
      [(0x06, 0, 0, 0), (0x15, 0, 0, 0)],
    ] as [[(UInt16, UInt8, UInt8, UInt32)]])
  func programsThatTheKernelWouldNotTake(_ instructions: [(UInt16, UInt8, UInt8, UInt32)]) {
    var bytes: [UInt8] = []
    for (code, then, otherwise, value) in instructions {
      bytes += [UInt8(code), 0, then, otherwise]
      bytes += (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let root = Root()
    root.cache.store(SeccompProgram(instructions: bytes, flags: 0), for: key("{}"))
    #expect(root.files.count == 1)
    #expect(root.cache.find(key("{}")) == nil)
  }

  @Test func programsWithAListenerAreNotKept() throws {
    let root = Root()
    let rule = LinuxSyscall(names: ["getpid"], action: .notify)
    let program = try SeccompProgram.compile(LinuxSeccomp(defaultAction: .allow, listenerPath: "/l", syscalls: [rule]))
    root.cache.store(program, for: key("{}"))
    #expect(root.files.isEmpty)
  }

  @Test(.enabled(if: geteuid() == 0)) func filesOfOthersAreNotTrusted() throws {
    let (root, program) = try filled()
    func isTrusted() -> Bool { root.cache.find(key("{}")) == program }
    chmod(root.file, 0o620)
    #expect(!isTrusted())
    chmod(root.file, 0o602)
    #expect(!isTrusted())
    chmod(root.file, 0o600)
    chown(root.file, 65534, 0)
    #expect(!isTrusted())
    chown(root.file, 0, 0)
    #expect(isTrusted())
    for mode in [0o770, 0o707] as [mode_t] {
      chmod(root.directory, mode)
      #expect(!isTrusted())
    }
    chmod(root.directory, 0o700)
    chown(root.directory, 65534, 0)
    #expect(!isTrusted())
    chown(root.directory, 0, 0)
    #expect(isTrusted())
  }

  @Test func onlyRegularFilesAreRead() throws {
    let (root, program) = try filled()
    let file = root.file
    rename(file, root.path + "/elsewhere")
    symlink("../elsewhere", file)
    #expect(root.cache.find(key("{}")) == nil)
    unlink(file)
    // Opening a fifo must not wait for a writer.
    mkfifo(file, 0o600)
    #expect(root.cache.find(key("{}")) == nil)
    unlink(file)
    mkdir(file, 0o700)
    #expect(root.cache.find(key("{}")) == nil)
    // And what can't be replaced is left.
    root.cache.store(program, for: key("{}"))
    #expect(root.files == [key("{}").fileName])
    rmdir(file)
    rename(root.directory, root.path + "/other")
    symlink("other", root.directory)
    rename(root.path + "/elsewhere", root.path + "/other/" + key("{}").fileName)
    #expect(root.cache.find(key("{}")) == nil)
  }

  @Test func whatCannotBeWrittenIsNotKept() throws {
    let (root, program) = (Root(), try program())
    _ = FileManager.default.createFile(atPath: root.directory, contents: Data())
    root.cache.store(program, for: key("{}"))
    #expect(root.cache.find(key("{}")) == nil)
    let nowhere = FilterCache(root: root.path + "/missing")
    nowhere.store(program, for: key("{}"))
    #expect(nowhere.find(key("{}")) == nil)
    root.cache.store(program, for: key(String(repeating: " ", count: FilterCache.longest)))
    #expect(root.files.isEmpty)
  }

  /// A file system with room for some of the files only.
  @Test(.enabled(if: geteuid() == 0)) func aFullFileSystem() throws {
    let (root, program) = (Root(), try program())
    mkdir(root.directory, 0o700)
    guard mount("tmpfs", root.directory, "tmpfs", 0, "size=64k,mode=700") == 0 else { return }
    defer { umount2(root.directory, Int32(MNT_DETACH)) }
    let texts = (0..<10).map { "\($0)" + String(repeating: " ", count: 12000) }
    for text in texts { root.cache.store(program, for: key(text)) }
    let found = texts.filter { root.cache.find(key($0)) == program }
    #expect((1..<10).contains(found.count))
    #expect(root.files.count == found.count, "nothing half-written is left")
  }

  @Test func theNumberOfFilesIsBounded() throws {
    let (root, program) = (Root(), try program())
    for index in 0..<(FilterCache.limit + 40) {
      root.cache.store(program, for: key("\(index)"))
      #expect(root.cache.find(key("\(index)")) == program)
    }
    #expect(root.files.count == FilterCache.limit)
  }
}

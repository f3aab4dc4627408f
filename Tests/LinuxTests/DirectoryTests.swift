import Foundation
import Linux
import Testing

struct DirectoryTests {
  /// More names than one call of getdents64(2) gives.
  @Test func namesOfALargeDirectory() throws {
    let path = NSTemporaryDirectory() + "directory-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: path) }
    var files: Set<String> = []
    for number in 0..<600 { files.insert("file\(number)" + String(repeating: "x", count: number % 100)) }
    try FileManager.default.createDirectory(atPath: path + "/directory", withIntermediateDirectories: true)
    for file in files { try Data().write(to: URL(fileURLWithPath: path + "/" + file)) }
    try FileManager.default.createSymbolicLink(atPath: path + "/link", withDestinationPath: "directory")

    let names = try Files.list(try Files.open(path, [.directory]), path)
    #expect(names.count == files.count + 2 && Set(names) == files.union(["directory", "link"]))
    #expect(try Files.listDirectories(try Files.open(path, [.directory]), path).map(\.description) == ["directory"])
  }

  @Test func aRemovedDirectoryIsAnError() throws {
    let path = NSTemporaryDirectory() + "directory-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let directory = try Files.open(path, [.directory])
    try FileManager.default.removeItem(atPath: path)
    let failure = #expect(throws: Failure.self) { try Files.list(directory, path) }
    #expect(failure?.description == "list \(path): no such file or directory")
  }
}

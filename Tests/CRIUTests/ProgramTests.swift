import Foundation
import Linux
import Testing

@testable import CRIU

/// Where criu is looked for, and what is refused.
struct ProgramTests {
  private func withDirectories(_ body: (String, String) throws -> Void) throws {
    let top = FileManager.default.temporaryDirectory.appendingPathComponent("criu-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: top) }
    for name in ["a", "b"] {
      try FileManager.default.createDirectory(atPath: "\(top)/\(name)", withIntermediateDirectories: true)
    }
    try body("\(top)/a", "\(top)/b")
  }

  private func makeProgram(_ path: String, mode: Int) throws {
    try Data("#!/bin/sh\n".utf8).write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  @Test("the first executable one, by its absolute path")
  func first() throws {
    try withDirectories { first, second in
      try makeProgram("\(first)/criu", mode: 0o644)
      try makeProgram("\(second)/criu", mode: 0o755)
      #expect(try CriuProgram.find(["PATH=/nonexistent", "PATH=\(first):\(second)"]) == "\(second)/criu")
    }
  }

  @Test("relative and empty entries are skipped", arguments: ["", ":", ".", "bin:./sbin"])
  func relative(path: String) throws {
    try withDirectories { first, _ in
      try makeProgram("\(first)/criu", mode: 0o755)
      let working = FileManager.default.currentDirectoryPath
      #expect(FileManager.default.changeCurrentDirectoryPath(first))
      defer { _ = FileManager.default.changeCurrentDirectoryPath(working) }
      #expect((try? CriuProgram.find(["PATH=\(path)"])).map { $0.hasPrefix("/") && !$0.hasPrefix(first) } ?? true)
    }
  }

  @Test("one that others could change is refused", arguments: [0o775, 0o757])
  func writable(mode: Int) throws {
    try withDirectories { first, _ in
      try makeProgram("\(first)/criu", mode: mode)
      let failure = #expect(throws: Failure.self) { try CriuProgram.find(["PATH=\(first)"]) }
      #expect(failure?.description == "\(first)/criu could be changed by other users")
    }
  }

  @Test("none is told in the words that engines know")
  func none() {
    let failure = #expect(throws: Failure.self) { try CriuProgram.find(["PATH=/nonexistent"]) }
    #expect(failure?.description == "exec: \"criu\": executable file not found in $PATH")
  }
}

import Foundation
import FuzzTargets
import Testing

/// The inputs that `make fuzz` starts from, and those that it once found something with.
struct CorpusTests {
  private static let corpora = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("FuzzTargets/Corpora")

  private static func files(_ target: FuzzTarget) -> [String] {
    let directory = corpora.appendingPathComponent(target.rawValue).path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.sorted().map { directory + "/" + $0 }
  }

  @Test(arguments: FuzzTarget.allCases) func everyInputIsTakenWell(_ target: FuzzTarget) throws {
    let files = Self.files(target)
    #expect(!files.isEmpty)
    for file in files {
      let fault = target.check(Array(try Data(contentsOf: URL(fileURLWithPath: file))))
      #expect(fault == nil, "\(file)")
    }
  }

  /// Cut off at every length, and with a byte changed here and there.
  @Test(arguments: FuzzTarget.allCases) func inputsThatWereDamaged(_ target: FuzzTarget) throws {
    for file in Self.files(target) {
      let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: file)).prefix(2000))
      let step = target == .seccomp ? 97 : 7
      for length in stride(from: 0, to: bytes.count, by: step) {
        #expect(target.check(Array(bytes[..<length])) == nil, "\(file) cut at \(length)")
        var changed = bytes
        changed[length] ^= 0x21
        #expect(target.check(changed) == nil, "\(file) changed at \(length)")
      }
    }
  }
}

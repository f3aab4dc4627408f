import Foundation
import JSON
import RuntimeSpec
import Testing

/// Real configurations beside this file, as containerd, podman, dockerd and containerd's CRI plugin wrote them.
enum Fixtures {
  private static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

  static let all = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
  static let configurations = all.filter { !$0.hasPrefix("exec-process") }.sorted()
  static let processes = all.filter { $0.hasPrefix("exec-process") }.sorted()

  static func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: directory.appending(path: name))) }
}

@Test func allFixturesAreThere() {
  #expect(Fixtures.configurations.count == 25)
  #expect(Fixtures.processes.count == 3)
}

@Test(arguments: Fixtures.configurations)
func aRealConfigurationDecodesAndEncodes(name: String) throws {
  let spec = try Spec.decode(bytes: try Fixtures.bytes(name), fileName: name)
  #expect(try Spec.decode(bytes: spec.encoded(), fileName: "again") == spec)
  #expect(try Spec.decode(bytes: spec.encoded(.pretty(indentation: "\t")), fileName: "again") == spec)
  #expect(spec.validate().isEmpty)
}

@Test(arguments: Fixtures.processes)
func aRealProcessDecodesAndEncodes(name: String) throws {
  let process = try RuntimeSpec.Process.decode(bytes: try Fixtures.bytes(name), fileName: name)
  #expect(try RuntimeSpec.Process.decode(bytes: process.encoded(), fileName: "again") == process)
  #expect(process.validate().isEmpty)
}

/// Nothing that an engine wrote is lost: the encoded document holds the fixture's values, but for those that mean
/// absence (empty lists and texts, false, null).
@Test(arguments: Fixtures.configurations)
func encodingLosesNothing(name: String) throws {
  let bytes = try Fixtures.bytes(name)
  let before = try #require(meaningful(try JSONSerialization.jsonObject(with: Data(bytes))))
  let encoded = try Spec.decode(bytes: bytes, fileName: name).encoded()
  let after = try #require(meaningful(try JSONSerialization.jsonObject(with: Data(encoded))))
  #expect(before as NSObject == after as NSObject)
}

/// A value without the members that mean absence.
private func meaningful(_ value: Any) -> NSObject? {
  switch value {
  case let object as [String: Any]:
    let members = object.compactMapValues(meaningful)
    return members.isEmpty ? nil : NSDictionary(dictionary: members)
  case let array as [Any]: return array.isEmpty ? nil : NSArray(array: array.map { meaningful($0) ?? NSNull() })
  case let text as String: return text.isEmpty ? nil : NSString(string: text)
  case let number as NSNumber: return number == NSNumber(value: 0) ? nil : number
  default: return nil
  }
}

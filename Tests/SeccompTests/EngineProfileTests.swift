import Foundation
import RuntimeSpec
import Testing

@testable import Seccomp

/// The profiles that engines write into config.json, collected from real ones.
enum EngineProfiles {
  /// One file for each different profile, by the name of the configuration.
  static let all: [String: LinuxSeccomp] = {
    let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../RuntimeSpecTests/Fixtures").standardizedFileURL.path
    var found: [String: LinuxSeccomp] = [:]
    for name in (try? FileManager.default.contentsOfDirectory(atPath: directory))?.sorted() ?? [] {
      guard name.hasSuffix(".json"), let data = FileManager.default.contents(atPath: "\(directory)/\(name)"),
        let spec = try? Spec.decode(bytes: Array(data), fileName: name), let profile = spec.linux.seccomp,
        !found.values.contains(profile)
      else { continue }
      found[name] = profile
    }
    return found
  }()
}

/// Every system call of every rule, on every architecture, with arguments on both sides of every condition: the verdict
/// of the compiled program is what the profile says.
@Suite struct EngineProfileTests {
  @Test func profilesOfThreeEnginesAreThere() {
    let names = EngineProfiles.all.keys
    for engine in ["docker-", "podman-", "c"] { #expect(names.contains { $0.hasPrefix(engine) }) }
  }

  @Test(arguments: EngineProfiles.all.keys.sorted())
  func everyRule(_ name: String) throws {
    let profile = try #require(EngineProfiles.all[name])
    let program = try SeccompProgram.compile(profile)
    let reference = Reference(profile)
    var calls = 0
    for arch in [Arch.x86_64, .x86, .x32] {
      for number in reference.numbers(of: arch) {
        for first in reference.values(of: arch, number, argument: 0) {
          for third in reference.values(of: arch, number, argument: 2) {
            let second = reference.values(of: arch, number, argument: 1)
            let call = Call(arch, number, [first, second[calls % second.count], third])
            expect(program, call, reference)
            calls += 1
          }
        }
      }
      // And every number that no rule names.
      for number in UInt32(0)..<1000 {
        let call = Call(arch, arch == .x32 ? number | 0x4000_0000 : number)
        expect(program, call, reference)
      }
    }
    #expect(calls >= profile.syscalls.count)
  }

  /// #expect itself is slow, and there are hundreds of thousands of calls.
  private func expect(_ program: SeccompProgram, _ call: Call, _ reference: Reference) {
    let found = run(program.instructions, call)?.action
    let wanted = reference.action(call)
    if found != wanted { #expect(found == wanted, "\(call)") }
  }

  /// What most calls of most programs cost: libseccomp's program without its tree takes 300 to 400 instructions.
  @Test func fewInstructionsDecide() throws {
    let program = try SeccompProgram.compile(dockerProfile)
    for number in UInt32(0)..<450 {
      let steps = try #require(run(program.instructions, Call(.x86_64, number))?.steps)
      #expect(steps <= 24, "\(number)")
    }
    #expect(program.instructions.count / 8 < 350)
  }
}

import Linux
import Testing

@testable import Cgroups

struct ConversionTests {
  /// The values of runc and crun.
  @Test(
    arguments: [
      (0, 1), (1, 1), (2, 1), (3, 2), (10, 4), (100, 17), (512, 59), (1024, 100), (2048, 174), (10_000, 627),
      (131_072, 5478), (262_144, 10_000), (1_000_000, 10_000),
    ] as [(UInt64, UInt64)])
  func cpuWeight(shares: UInt64, weight: UInt64) {
    #expect(Conversion.cpuWeight(shares: shares) == weight)
  }

  @Test func cpuWeightNeverFalls() {
    var last: UInt64 = 1
    for shares in UInt64(2)...262_144 {
      let weight = Conversion.cpuWeight(shares: shares)
      guard (last...10_000).contains(weight) else {
        Issue.record("cpu.weight \(weight) for \(shares) shares after \(last)")
        return
      }
      last = weight
    }
  }

  @Test(
    arguments: [
      (50_000, 0, "50000 100000"), (50_000, 20_000, "50000 20000"), (-1, 20_000, "max 20000"), (0, 50, "max 50"),
    ] as [(Int64, UInt64, String)])
  func cpuMax(quota: Int64, period: UInt64, text: String) {
    #expect(Conversion.cpuMax(quota: quota, period: period) == text)
  }

  @Test(
    arguments: [
      (0, 0, nil), (0, 100, nil), (0, -1, "max"), (-1, 0, "max"), (-1, 100, "max"), (300, 100, "200"), (100, 100, "0"),
      (300, -1, "300"),
    ] as [(Int64, Int64, String?)])
  func swap(both: Int64, memory: Int64, text: String?) throws {
    #expect(try Conversion.swap(memoryAndSwap: both, memory: memory) == text)
  }

  @Test(arguments: [(100, 0), (100, 200), (100, -5)] as [(Int64, Int64)])
  func impossibleSwap(both: Int64, memory: Int64) {
    #expect(throws: Failure.self) { try Conversion.swap(memoryAndSwap: both, memory: memory) }
  }

  @Test func others() {
    #expect(Conversion.pids(-1) == "max")
    #expect(Conversion.pids(-7) == "max")
    #expect(Conversion.pids(0) == "1")
    #expect(Conversion.pids(42) == "42")
    #expect(Conversion.limit(-1) == "max")
    #expect(Conversion.limit(4096) == "4096")
    #expect(Conversion.ioWeight(10) == 1)
    #expect(Conversion.ioWeight(500) == 4950)
    #expect(Conversion.ioWeight(1000) == 10_000)
    #expect(Conversion.ioWeight(1) == 1)
  }
}

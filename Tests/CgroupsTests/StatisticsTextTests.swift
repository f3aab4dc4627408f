import Testing

@testable import Cgroups

/// The readers of the kernel's files, on texts as kernels print them.
struct StatisticsTextTests {
  private typealias Entry = CgroupStatistics.BlockIOEntry

  @Test(
    arguments: [
      ("0", 0), ("18446744073709551615", .max), ("max", .max), ("-1", 0),
      ("9223372036854771712", 9_223_372_036_854_771_712),
      ("", nil), ("1 2", nil), ("x", nil), ("18446744073709551616", nil),
    ] as [(String, UInt64?)])
  func number(_ text: String, _ expected: UInt64?) {
    #expect(StatisticsText.number(text) == expected)
  }

  @Test func keyed() {
    #expect(
      StatisticsText.keyed("nr_periods 10\nnr_throttled 0\nthrottled_time 123456789012") == [
        .init(key: "nr_periods", value: 10), .init(key: "nr_throttled", value: 0),
        .init(key: "throttled_time", value: 123_456_789_012),
      ])
    #expect(StatisticsText.keyed("") == [])
    for wrong in ["cache", "cache 1 2", "cache -1", "cache x"] { #expect(StatisticsText.keyed(wrong) == nil) }
  }

  @Test(
    arguments: [
      ("", []), ("0", [0]), ("0-3", [0, 1, 2, 3]), ("0-1,3,5-6", [0, 1, 3, 5, 6]), ("3-1", nil), ("a", nil),
      ("1-", nil),
      ("0-65536", nil), ("-1", nil),
    ] as [(String, [UInt64]?)])
  func list(_ text: String, _ expected: [UInt64]?) {
    #expect(StatisticsText.list(text) == expected)
  }

  @Test func usageOfAllProcessors() throws {
    let usage = try #require(StatisticsText.usageOfAll("cpu user system\n0 111 222\n1 333 444"))
    #expect(usage.user == [111, 333] && usage.kernel == [222, 444])
    #expect(StatisticsText.usageOfAll("0 111 222") == nil)
    #expect(StatisticsText.usageOfAll("cpu user system\n0 x 222") == nil)
    #expect(StatisticsText.row("12 34 ") == [12, 34])
    #expect(StatisticsText.row("12 x") == nil)
  }

  @Test func blockIOOfV1() {
    let text = "8:0 Read 4096\n8:0 Write 0\n8:0 Total 4096\nTotal 4096"
    #expect(
      StatisticsText.blockIO(text) == [
        Entry(major: 8, minor: 0, operation: "Read", value: 4096),
        Entry(major: 8, minor: 0, operation: "Write", value: 0),
        Entry(major: 8, minor: 0, operation: "Total", value: 4096),
      ])
    #expect(StatisticsText.blockIO("8:16 77") == [Entry(major: 8, minor: 16, operation: "", value: 77)])
    #expect(StatisticsText.blockIO("Total 0") == [])
    #expect(StatisticsText.blockIO("8:0") == nil)
    #expect(StatisticsText.blockIO("8:x Read 1") == nil)
  }

  @Test func ioStatOfV2() throws {
    let text = """
      254:0 rbytes=1724416 wbytes=8192 rios=7 wios=2 dbytes=0 dios=0 cost.usage=12
      (unknown) rbytes=1
      8:16\u{20}
      """
    let stat = try #require(StatisticsText.ioStat(text))
    #expect(
      stat.bytes == [
        Entry(major: 254, minor: 0, operation: "Read", value: 1_724_416),
        Entry(major: 254, minor: 0, operation: "Write", value: 8192),
      ])
    #expect(
      stat.count == [
        Entry(major: 254, minor: 0, operation: "Read", value: 7),
        Entry(major: 254, minor: 0, operation: "Write", value: 2),
      ])
    #expect(StatisticsText.ioStat("8:0 rbytes=x") == nil)
  }

  @Test func pressure() throws {
    let text = """
      some avg10=1.25 avg60=0.07 avg300=100.00 total=44556677
      full avg10=0.00 avg60=12.50 avg300=0.00 total=1
      """
    let pressure = try #require(StatisticsText.pressure(text))
    #expect(pressure.some == .init(average10: 125, average60: 7, average300: 10000, total: 44_556_677))
    #expect(pressure.full == .init(average10: 0, average60: 1250, average300: 0, total: 1))
    // Before Linux 5.13 there is no such line for processors.
    #expect(StatisticsText.pressure("some avg10=0.00 avg60=0.00 avg300=0.00 total=9")?.full.total == 0)
    for wrong in ["some avg10", "some avg10=1", "some avg10=1.2", "some total=-1"] {
      #expect(StatisticsText.pressure(wrong) == nil)
    }
  }

  @Test(arguments: [
    ("hugepages-2048kB", "2MB"), ("hugepages-1048576kB", "1GB"), ("hugepages-64kB", "64KB"),
    ("hugepages-16777216kB", "16GB"), ("hugepages-xkB", nil), ("other", nil),
  ])
  func pageSize(_ name: String, _ expected: String?) {
    #expect(StatisticsText.pageSize(name) == expected)
  }
}

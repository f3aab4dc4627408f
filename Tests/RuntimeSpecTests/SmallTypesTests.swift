import RuntimeSpec
import Testing

@Test func aMapKeepsItsOrderAndTheLastOfEqualNames() {
  var map: OrderedMap<String> = ["b": "1", "a": "2", "b": "3"]
  #expect(map.entries.map(\.key) == ["b", "a"])
  #expect(map["b"] == "3")
  map["c"] = "4"
  map["a"] = nil
  map["b"] = "5"
  map["none"] = nil
  #expect(map == ["b": "5", "c": "4"])
  #expect(map != ["c": "4", "b": "5"])
  #expect(map.count == 2)
  let many = (0..<1000).map { OrderedMap<Int>.Entry(key: "\($0 % 500)", value: $0) }
  let big = OrderedMap(many)
  #expect(big.count == 500)
  #expect(big["499"] == 999)
  #expect(big.entries.first?.value == 500)
}

@Test(
  arguments: [
    ("0", [0...0]), ("0-3,7", [0...3, 7...7]), ("7,0-3,2", [7...7, 0...3, 2...2]), ("5-5", [5...5]),
    ("65535", [65535...65535]),
  ] as [(String, [ClosedRange<Int>])])
func numberListsAreParsed(text: String, ranges: [ClosedRange<Int>]) {
  #expect(NumberList(text)?.ranges == ranges)
}

@Test(arguments: [
  "", ",", "1,", ",1", "1,,2", "-", "1-", "-1", "1-2-3", "3-1", "a", "1 ", " 1", "1;2", "65536", "99999999999999999999",
  "1\n",
])
func otherTextsAreNoNumberLists(text: String) {
  #expect(NumberList(text) == nil)
}

@Test(arguments: [
  ("net.ipv4.ip_forward", "net/ipv4/ip_forward"), ("net/ipv4/ip_forward", "net/ipv4/ip_forward"),
  ("net/ipv4/conf/eno2.100/rp_filter", "net/ipv4/conf/eno2.100/rp_filter"),
  ("net.ipv4.conf.eno2/100.rp_filter", "net/ipv4/conf/eno2.100/rp_filter"), ("kernel.sem", "kernel/sem"),
])
func kernelParametersHaveFiles(name: String, file: String) {
  #expect(Sysctl.file(of: name) == file)
}

@Test(arguments: [
  "", "net", ".", "/", "..", "net.", ".net", "/net/x", "net//x", "net..x", "net/../kernel/core_pattern", "net.//.x",
  "net/./x", "net/x\0", "net.x\ny", "net.x y", "net/..", "../x",
])
func otherTextsAreNoKernelParameters(name: String) {
  #expect(Sysctl.file(of: name) == nil)
}

@Test(arguments: Arch.allCases)
func architecturesHaveTheirNames(arch: Arch) {
  #expect(Arch(rawValue: arch.rawValue) == arch)
  #expect(arch.rawValue.hasPrefix("SCMP_ARCH_"))
  #expect(arch.rawValue == "SCMP_ARCH_\(arch)".uppercased())
}

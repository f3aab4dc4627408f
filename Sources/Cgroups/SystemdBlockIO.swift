import Linux
import RuntimeSpec
import SystemdBus

/// Limits of block devices as properties of a unit, systemd.resource-control(5).
extension SystemdProperties {
  private static var limitType: BusType { .structure([.string, .uint64]) }

  /// systemd takes the name of a device also where no such file is.
  private static func limit(_ device: String, _ number: UInt64) -> BusValue {
    .structure([.string("/dev/block/" + device), .uint64(number)])
  }

  private mutating func add(_ name: String, _ limits: [BusValue]) {
    if !limits.isEmpty { add(name, .array(of: Self.limitType, limits)) }
  }

  /// `linux.resources.blockIO`. For v1 systemd has no limits of operations per second.
  mutating func add(_ io: LinuxBlockIO) {
    func converted(_ weight: UInt16) -> UInt64 { isUnified ? Conversion.ioWeight(weight) : UInt64(weight) }
    if let weight = io.weight, weight != 0 { add(isUnified ? "IOWeight" : "BlockIOWeight", converted(weight)) }
    add(
      isUnified ? "IODeviceWeight" : "BlockIODeviceWeight",
      io.weightDevice.compactMap { device in
        guard let weight = device.weight, weight != 0 else { return nil }
        return Self.limit("\(device.major):\(device.minor)", converted(weight))
      })
    add(isUnified ? "IOReadBandwidthMax" : "BlockIOReadBandwidth", Self.limits(io.throttleReadBpsDevice))
    add(isUnified ? "IOWriteBandwidthMax" : "BlockIOWriteBandwidth", Self.limits(io.throttleWriteBpsDevice))
    guard isUnified else { return }
    add("IOReadIOPSMax", Self.limits(io.throttleReadIOPSDevice))
    add("IOWriteIOPSMax", Self.limits(io.throttleWriteIOPSDevice))
  }

  /// A rate of 0 removes the limit.
  private static func limits(_ devices: [LinuxThrottleDevice]) -> [BusValue] {
    devices.map { limit("\($0.major):\($0.minor)", $0.rate == 0 ? infinity : $0.rate) }
  }

  /// The lines of io.max, io.weight or io.latency in `linux.resources.unified`; what systemd has no property for is
  /// left out.
  mutating func add(io key: String, _ value: String) throws(Failure) {
    var found: [(name: String, limits: [BusValue])] = []
    func keep(_ name: String, _ device: String, _ number: UInt64) {
      let limit = Self.limit(device, number)
      if let index = found.firstIndex(where: { $0.name == name }) {
        found[index].limits.append(limit)
      } else {
        found.append((name, [limit]))
      }
    }
    for line in value.split(separator: "\n") {
      let words = line.split { " \t".contains($0) }.map(String.init)
      guard let device = words.first else { continue }
      if key == "io.weight" {
        if device == "default" || words.count == 1 {
          add("IOWeight", try Self.number(words[words.count - 1], key))
        } else if words[1] != "default" {
          keep("IODeviceWeight", device, try Self.number(words[1], key))
        }
        continue
      }
      for word in words.dropFirst() {
        let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, let name = Self.names[parts[0]] else { continue }
        keep(name, device, try Self.number(parts[1], key))
      }
    }
    for entry in found { add(entry.name, entry.limits) }
  }

  /// The properties for the keys of io.max and io.latency.
  private static var names: [String: String] {
    [
      "rbps": "IOReadBandwidthMax", "wbps": "IOWriteBandwidthMax", "riops": "IOReadIOPSMax",
      "wiops": "IOWriteIOPSMax", "target": "IODeviceLatencyTargetUSec",
    ]
  }
}

import Linux
import RuntimeSpec

/// The blkio controller of v1 (the kernel's cgroup-v1/blkio-controller.rst).
enum LegacyBlockIO {
  static func apply(_ io: LinuxBlockIO, to directory: borrowing CgroupDirectory) throws(Failure) {
    try setWeights(io, in: directory)
    try setRates(io.throttleReadBpsDevice, "blkio.throttle.read_bps_device", in: directory)
    try setRates(io.throttleWriteBpsDevice, "blkio.throttle.write_bps_device", in: directory)
    try setRates(io.throttleReadIOPSDevice, "blkio.throttle.read_iops_device", in: directory)
    try setRates(io.throttleWriteIOPSDevice, "blkio.throttle.write_iops_device", in: directory)
  }

  private static func setWeights(_ io: LinuxBlockIO, in directory: borrowing CgroupDirectory) throws(Failure) {
    let weight = io.weight ?? 0
    if weight != 0 || io.weightDevice.contains(where: { ($0.weight ?? 0) != 0 }) {
      // Since Linux 5.0 only the BFQ scheduler knows weights.
      let prefix = try directory.has("blkio.weight") ? "blkio." : "blkio.bfq."
      if weight != 0 { try directory.write(String(weight), to: prefix + "weight") }
      for device in io.weightDevice {
        guard let weight = device.weight, weight != 0 else { continue }
        try directory.write("\(device.major):\(device.minor) \(weight)", to: prefix + "weight_device")
      }
    }
    if let leaf = io.leafWeight, leaf != 0 { try directory.write(String(leaf), to: "blkio.leaf_weight") }
    for device in io.weightDevice {
      guard let leaf = device.leafWeight, leaf != 0 else { continue }
      try directory.write("\(device.major):\(device.minor) \(leaf)", to: "blkio.leaf_weight_device")
    }
  }

  private static func setRates(
    _ devices: [LinuxThrottleDevice], _ file: String, in directory: borrowing CgroupDirectory
  ) throws(Failure) {
    for device in devices { try directory.write("\(device.major):\(device.minor) \(device.rate)", to: file) }
  }
}

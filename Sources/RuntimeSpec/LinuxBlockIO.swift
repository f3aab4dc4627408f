/// The block I/O controller (config-linux.md, «Block IO»).
package struct LinuxBlockIO: Equatable, Sendable {
  /// The weight, 10 to 1000. 0 means unset.
  package var weight: UInt16?
  /// The weight against child cgroups, 10 to 1000 (v1). 0 means unset.
  package var leafWeight: UInt16?
  /// Weights by device.
  package var weightDevice: [LinuxWeightDevice]
  /// Read limits in bytes per second.
  package var throttleReadBpsDevice: [LinuxThrottleDevice]
  /// Write limits in bytes per second.
  package var throttleWriteBpsDevice: [LinuxThrottleDevice]
  /// Read limits in operations per second.
  package var throttleReadIOPSDevice: [LinuxThrottleDevice]
  /// Write limits in operations per second.
  package var throttleWriteIOPSDevice: [LinuxThrottleDevice]

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(
    weight: UInt16? = nil,
    leafWeight: UInt16? = nil,
    weightDevice: [LinuxWeightDevice] = [],
    throttleReadBpsDevice: [LinuxThrottleDevice] = [],
    throttleWriteBpsDevice: [LinuxThrottleDevice] = [],
    throttleReadIOPSDevice: [LinuxThrottleDevice] = [],
    throttleWriteIOPSDevice: [LinuxThrottleDevice] = []
  ) {
    self.weight = weight
    self.leafWeight = leafWeight
    self.weightDevice = weightDevice
    self.throttleReadBpsDevice = throttleReadBpsDevice
    self.throttleWriteBpsDevice = throttleWriteBpsDevice
    self.throttleReadIOPSDevice = throttleReadIOPSDevice
    self.throttleWriteIOPSDevice = throttleWriteIOPSDevice
  }
}

/// The weight of one device (config-linux.md, `blockIO.weightDevice`).
package struct LinuxWeightDevice: Equatable, Sendable {
  /// The major number.
  package var major: Int64
  /// The minor number.
  package var minor: Int64
  /// The weight, 10 to 1000.
  package var weight: UInt16?
  /// The weight against child cgroups, 10 to 1000 (v1).
  package var leafWeight: UInt16?

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(major: Int64, minor: Int64, weight: UInt16? = nil, leafWeight: UInt16? = nil) {
    self.major = major
    self.minor = minor
    self.weight = weight
    self.leafWeight = leafWeight
  }
}

/// The rate of one device (config-linux.md, `blockIO.throttle*Device`).
package struct LinuxThrottleDevice: Equatable, Sendable {
  /// The major number.
  package var major: Int64
  /// The minor number.
  package var minor: Int64
  /// Bytes or operations per second.
  package var rate: UInt64

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(major: Int64, minor: Int64, rate: UInt64) {
    self.major = major
    self.minor = minor
    self.rate = rate
  }
}

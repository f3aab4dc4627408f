package import Linux
package import RuntimeSpec
package import SystemdBus

/// Properties of the container's unit that annotations `org.systemd.property.NAME` ask for.
package enum SystemdAnnotations {
  package static let prefix = "org.systemd.property."

  /// Engines hand on annotations of pods, so only properties that limit the container, or say how it is stopped and
  /// cleaned up, may be set: none that runs programs, starts other units, or widens what the container may do
  /// (CVE-2024-3154).
  static let allowed: Set<String> = [
    "After", "Before", "PartOf", "CollectMode", "Description", "Documentation",
    "TimeoutStopUSec", "RuntimeMaxUSec", "RuntimeRandomizedExtraUSec", "OOMPolicy",
    "KillMode", "KillSignal", "RestartKillSignal", "FinalKillSignal", "SendSIGKILL", "SendSIGHUP", "WatchdogSignal",
    "CPUAccounting", "CPUWeight", "StartupCPUWeight", "CPUShares", "StartupCPUShares", "CPUQuotaPerSecUSec",
    "CPUQuotaPeriodUSec", "AllowedCPUs", "StartupAllowedCPUs", "AllowedMemoryNodes", "StartupAllowedMemoryNodes",
    "MemoryAccounting", "MemoryMin", "MemoryLow", "MemoryHigh", "MemoryMax", "MemorySwapMax", "MemoryZSwapMax",
    "MemoryLimit", "DefaultMemoryMin", "DefaultMemoryLow",
    "StartupMemoryLow", "StartupMemoryHigh", "StartupMemoryMax", "StartupMemorySwapMax", "StartupMemoryZSwapMax",
    "TasksAccounting", "TasksMax",
    "IOAccounting", "IOWeight", "StartupIOWeight", "IODeviceWeight", "IOReadBandwidthMax", "IOWriteBandwidthMax",
    "IOReadIOPSMax", "IOWriteIOPSMax", "IODeviceLatencyTargetUSec",
    "BlockIOAccounting", "BlockIOWeight", "StartupBlockIOWeight", "BlockIODeviceWeight", "BlockIOReadBandwidth",
    "BlockIOWriteBandwidth",
    "IPAccounting", "IPAddressDeny", "RestrictNetworkInterfaces",
    "ManagedOOMSwap", "ManagedOOMMemoryPressure", "ManagedOOMMemoryPressureLimit", "ManagedOOMPreference",
    "MemoryPressureWatch", "MemoryPressureThresholdUSec",
  ]

  /// The properties in the order of the annotations.
  ///
  /// Throws for a property that is not allowed and for a value that is not in GVariant's text format.
  package static func properties(_ annotations: OrderedMap<String>) throws(Failure) -> [UnitProperty] {
    var properties: [UnitProperty] = []
    for entry in annotations.entries where entry.key.hasPrefix(prefix) {
      do throws(Failure) {
        properties.append(try property(String(entry.key.dropFirst(prefix.count)), entry.value))
      } catch {
        throw error.within("annotation \(entry.key)=\(entry.value)")
      }
    }
    return properties
  }

  private static func property(_ name: String, _ text: String) throws(Failure) -> UnitProperty {
    var property = UnitProperty(name, try VariantText.parse(text))
    // systemd's manual pages and unit files have `TimeoutStopSec` where its bus has `TimeoutStopUSec`.
    if name.hasSuffix("Sec"), let before = name.dropLast(3).utf8.last, (97...122).contains(before) {
      property.name = name.dropLast(3) + "USec"
      property.value = .uint64(try microseconds(property.value))
    }
    guard allowed.contains(property.name) else {
      throw Failure("the systemd property \(property.name) may not be set by an annotation")
    }
    return property
  }

  private static func microseconds(_ seconds: BusValue) throws(Failure) -> UInt64 {
    let whole: UInt64? =
      switch seconds {
      case .byte(let value): UInt64(value)
      case .int16(let value): UInt64(exactly: value)
      case .uint16(let value): UInt64(value)
      case .int32(let value): UInt64(exactly: value)
      case .uint32(let value): UInt64(value)
      case .int64(let value): UInt64(exactly: value)
      case .uint64(let value): value
      case .double(let value):
        // Only a fraction keeps a double from being handled as the others.
        value >= 0 && value < 1e12 ? UInt64(value * 1_000_000) : nil
      default: nil
      }
    guard let whole else { throw Failure("not a number of seconds") }
    if case .double = seconds { return whole }
    let product = whole.multipliedReportingOverflow(by: 1_000_000)
    return product.overflow ? .max : product.partialValue
  }
}

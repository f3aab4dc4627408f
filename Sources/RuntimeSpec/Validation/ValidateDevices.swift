import JSON

extension Validator {
  /// Checks devices and network devices (config-linux.md, «Devices», «Network Devices»).
  mutating func checkDevices(_ linux: LinuxSection) {
    for (index, device) in linux.devices.enumerated() {
      let path = JSONPath()["linux"]["devices"][index]
      requireAbsolute(device.path, path["path"])
      if let mode = device.fileMode {
        require(mode <= 0o177777, path["fileMode"], "must be a file mode (got \(mode))")
      }
      guard device.type != .pipe else { continue }
      require((0...4095).contains(device.major), path["major"], "must be from 0 to 4095 (got \(device.major))")
      require((0...1_048_575).contains(device.minor), path["minor"], "must be from 0 to 1048575 (got \(device.minor))")
    }
    guard !linux.netDevices.isEmpty else { return }
    let path = JSONPath()["linux"]["netDevices"]
    requireNamespace(.network, linux, path)
    for entry in linux.netDevices.entries {
      require(Self.isInterfaceName(entry.key), path[entry.key], "is not the name of a network device")
      if let name = entry.value.name {
        require(
          Self.isInterfaceName(name), path[entry.key]["name"],
          "must be the name of a network device (got \(Quoted.text(name)))")
      }
    }
  }

  /// The kernel's rule for interface names (`dev_valid_name`): at most 15 bytes without `/`, `:` and white space.
  static func isInterfaceName(_ name: String) -> Bool {
    guard (1...15).contains(name.utf8.count), name != ".", name != ".." else { return false }
    return name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") }
  }
}

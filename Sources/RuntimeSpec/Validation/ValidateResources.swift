import JSON

extension Validator {
  /// Checks the limits of a cgroup (config-linux.md, «Control groups»). A weight or share of 0 means that it is unset:
  /// engines write it.
  mutating func check(_ resources: LinuxResources, _ path: JSONPath) {
    checkRules(resources.devices, path["devices"])
    if let memory = resources.memory { check(memory, path["memory"]) }
    if let cpu = resources.cpu { check(cpu, path["cpu"]) }
    if let blockIO = resources.blockIO { check(blockIO, path["blockIO"]) }
    for (index, limit) in resources.hugepageLimits.enumerated() {
      require(
        Self.isPageSize(limit.pageSize), path["hugepageLimits"][index]["pageSize"],
        "must be a size like \"2MB\" (got \(Quoted.text(limit.pageSize)))")
    }
    for (index, priority) in (resources.network?.priorities ?? []).enumerated() {
      require(
        Self.isInterfaceName(priority.name), path["network"]["priorities"][index]["name"],
        "must be the name of a network device (got \(Quoted.text(priority.name)))")
    }
    for entry in resources.rdma.entries {
      let device = path["rdma"][entry.key]
      require(
        !entry.key.isEmpty && entry.key.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }, device,
        "is not the name of an RDMA device")
      require(
        entry.value.hcaHandles != nil || entry.value.hcaObjects != nil, device, "must have hcaHandles or hcaObjects")
    }
    for entry in resources.unified.entries {
      require(Self.isFileName(entry.key), path["unified"][entry.key], "is not the name of a cgroup file")
    }
  }

  private mutating func checkRules(_ rules: [LinuxDeviceCgroup], _ path: @autoclosure () -> JSONPath) {
    for (index, rule) in rules.enumerated() {
      if let access = rule.access {
        require(
          access.utf8.allSatisfy { $0 == UInt8(ascii: "r") || $0 == UInt8(ascii: "w") || $0 == UInt8(ascii: "m") },
          path()[index]["access"], "must be composed of \"r\", \"w\" and \"m\" (got \(Quoted.text(access)))")
      }
      checkNumber(rule.major, path()[index]["major"])
      checkNumber(rule.minor, path()[index]["minor"])
    }
  }

  private mutating func checkNumber(_ number: Int64?, _ path: @autoclosure () -> JSONPath) {
    guard let number else { return }
    require((-1...Int64(UInt32.max)).contains(number), path(), "must be from -1 to 4294967295 (got \(number))")
  }

  private mutating func check(_ memory: LinuxMemory, _ path: JSONPath) {
    checkSize(memory.limit, path["limit"])
    checkSize(memory.reservation, path["reservation"])
    checkSize(memory.swap, path["swap"])
    checkSize(memory.kernel, path["kernel"])
    checkSize(memory.kernelTCP, path["kernelTCP"])
    if let swappiness = memory.swappiness {
      require(swappiness <= 100, path["swappiness"], "must be from 0 to 100 (got \(swappiness))")
    }
  }

  private mutating func checkSize(_ size: Int64?, _ path: @autoclosure () -> JSONPath) {
    guard let size else { return }
    require(size >= -1, path(), "must be a number of bytes, or -1 for no limit (got \(size))")
  }

  private mutating func check(_ cpu: LinuxCPU, _ path: JSONPath) {
    if let burst = cpu.burst, let quota = cpu.quota, quota > 0 {
      require(burst <= UInt64(quota), path["burst"], "must not exceed the quota \(quota) (got \(burst))")
    }
    if let idle = cpu.idle { require(idle == 0 || idle == 1, path["idle"], "must be 0 or 1 (got \(idle))") }
    // The kernel takes more than the lists of the specification, such as "0-31:2/16": only what can't be one is refused.
    if let list = cpu.cpus { requireOneLine(list, path["cpus"]) }
    if let list = cpu.mems { requireOneLine(list, path["mems"]) }
  }

  private mutating func check(_ blockIO: LinuxBlockIO, _ path: JSONPath) {
    checkWeight(blockIO.weight, path["weight"])
    checkWeight(blockIO.leafWeight, path["leafWeight"])
    for (index, device) in blockIO.weightDevice.enumerated() {
      let path = path["weightDevice"][index]
      checkNumbers(device.major, device.minor, path)
      require(device.weight != nil || device.leafWeight != nil, path, "must have weight or leafWeight")
      checkWeight(device.weight, path["weight"])
      checkWeight(device.leafWeight, path["leafWeight"])
    }
    checkThrottles(blockIO.throttleReadBpsDevice, path["throttleReadBpsDevice"])
    checkThrottles(blockIO.throttleWriteBpsDevice, path["throttleWriteBpsDevice"])
    checkThrottles(blockIO.throttleReadIOPSDevice, path["throttleReadIOPSDevice"])
    checkThrottles(blockIO.throttleWriteIOPSDevice, path["throttleWriteIOPSDevice"])
  }

  private mutating func checkThrottles(_ devices: [LinuxThrottleDevice], _ path: @autoclosure () -> JSONPath) {
    for (index, device) in devices.enumerated() { checkNumbers(device.major, device.minor, path()[index]) }
  }

  private mutating func checkWeight(_ weight: UInt16?, _ path: @autoclosure () -> JSONPath) {
    guard let weight else { return }
    require(weight == 0 || (10...1000).contains(weight), path(), "must be from 10 to 1000 (got \(weight))")
  }

  private mutating func checkNumbers(_ major: Int64, _ minor: Int64, _ path: @autoclosure () -> JSONPath) {
    require((0...4095).contains(major), path()["major"], "must be from 0 to 4095 (got \(major))")
    require((0...1_048_575).contains(minor), path()["minor"], "must be from 0 to 1048575 (got \(minor))")
  }

  /// Whether a text is a size in the form of the hugetlb controller's file names.
  private static func isPageSize(_ text: String) -> Bool {
    let digits = text.utf8.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    guard !digits.isEmpty, digits.first != UInt8(ascii: "0") else { return false }
    let unit = text.utf8.dropFirst(digits.count)
    return ["KB", "MB", "GB"].contains { unit.elementsEqual($0.utf8) }
  }

  /// Whether a text names a file in the cgroup itself, so that it can't lead elsewhere.
  private static func isFileName(_ text: String) -> Bool {
    !text.isEmpty && text != "." && text != ".." && !text.utf8.contains(UInt8(ascii: "/"))
  }
}

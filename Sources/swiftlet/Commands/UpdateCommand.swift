internal import Linux
internal import Runtime
internal import RuntimeSpec

/// `update`: changes the limits of a container, by flags or by a JSON document.
enum UpdateCommand {
  static func run(_ context: CommandContext) throws(Failure) -> Int32 {
    let id = try context.id()
    // Others need not wait for whoever writes to the standard input: the lock comes after it.
    _ = try Container(id, root: context.root, locked: false)
    var resources = try resources(context.parsed)
    if UpdateContainer.limitsKernelMemory(resources) {
      context.log.warn("Kernel memory settings are ignored and will be removed")
    }
    // The weight of an idle cgroup is fixed.
    if resources.cpu?.idle == 1, resources.cpu?.shares == nil { resources.cpu?.shares = 0 }
    try UpdateContainer.run(
      try Container(id, root: context.root, locked: true), resources,
      schemas: .init(cache: context.parsed.value(.l3CacheSchema), bandwidth: context.parsed.value(.memBwSchema)))
    return 0
  }

  /// What `--resources` holds, which makes the other flags of no account; else what they say.
  private static func resources(_ parsed: ParsedCommand) throws(Failure) -> LinuxResources {
    guard let file = parsed.value(.resources), !file.isEmpty else { return try flags(parsed) }
    let limit = 16 << 20
    let name = file == "-" ? "standard input" : file
    let bytes: [UInt8]
    if file == "-" {
      bytes = try Descriptors.readAll(0, limit: limit)
    } else {
      bytes = try Files.read(file, limit: limit)
    }
    do {
      return try LinuxResources.decode(bytes: bytes, fileName: name)
    } catch {
      throw Failure(error.lines.joined(separator: "\n"))
    }
  }

  private static func flags(_ parsed: ParsedCommand) throws(Failure) -> LinuxResources {
    var memory = LinuxMemory()
    memory.limit = try size(parsed, .memory)
    memory.swap = try size(parsed, .memorySwap)
    memory.reservation = try size(parsed, .memoryReservation)
    memory.kernel = try size(parsed, .kernelMemory)
    memory.kernelTCP = try size(parsed, .kernelMemoryTcp)
    var cpu = LinuxCPU()
    cpu.shares = try natural(parsed, .cpuShare)
    cpu.quota = try integer(parsed, .cpuQuota)
    cpu.burst = try natural(parsed, .cpuBurst)
    cpu.period = try natural(parsed, .cpuPeriod)
    cpu.realtimeRuntime = try integer(parsed, .cpuRtRuntime)
    cpu.realtimePeriod = try natural(parsed, .cpuRtPeriod)
    cpu.idle = try integer(parsed, .cpuIdle)
    cpu.cpus = parsed.value(.cpusetCpus)
    cpu.mems = parsed.value(.cpusetMems)
    var io = LinuxBlockIO()
    if let weight = parsed.integer(.blkioWeight) {
      guard let small = UInt16(exactly: weight) else {
        throw invalid(.blkioWeight, "must be from 10 to 1000", "\(weight)")
      }
      io.weight = small
    }
    let pids = LinuxPids(limit: parsed.integer(.pidsLimit).map { Int64($0) })
    let resources = LinuxResources(memory: memory, cpu: cpu, pids: pids, blockIO: io)
    let violations = resources.validate()
    guard violations.isEmpty else {
      throw Failure(violations.map { "\($0.path): \($0.message)" }.joined(separator: "; "))
    }
    return resources
  }

  /// A number of bytes with a unit, or -1; nil when the flag is absent or empty.
  private static func size(_ parsed: ParsedCommand, _ flag: OptionName) throws(Failure) -> Int64? {
    guard let text = parsed.value(flag), !text.isEmpty else { return nil }
    if text == "-1" { return -1 }
    guard let size = SizeArgument.parse(text) else {
      throw Failure("invalid value for \(flag.rawValue): invalid size: '\(text)'")
    }
    return size
  }

  private static func integer(_ parsed: ParsedCommand, _ flag: OptionName) throws(Failure) -> Int64? {
    guard let text = parsed.value(flag), !text.isEmpty else { return nil }
    guard let number = parseSignedInteger(text) else { throw invalid(flag, "must be a whole number", text) }
    return Int64(number)
  }

  private static func natural(_ parsed: ParsedCommand, _ flag: OptionName) throws(Failure) -> UInt64? {
    guard let text = parsed.value(flag), !text.isEmpty else { return nil }
    guard let number = parseInteger(text, maximum: .max) else {
      throw invalid(flag, "must be a whole number, 0 or more", text)
    }
    return number
  }

  private static func invalid(_ flag: OptionName, _ reason: String, _ text: String) -> Failure {
    Failure("invalid value for \(flag.rawValue): \(reason) (got \"\(text)\")")
  }
}

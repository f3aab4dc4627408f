// The flags of update. The limits are texts, as with runc: the command reads them, with the units that it allows.
extension CommandTable {
  static let update = [
    OptionSpec(
      .resources, short: "r", .file,
      "path to the file containing the resources to update or '-' to read from the standard input"),
    OptionSpec(
      .blkioWeight, .natural, "Specifies per cgroup weight, range is from 10 to 1000", fallback: "0"),
    OptionSpec(
      .cpuPeriod, .text, "CPU CFS period to be used for hardcapping (in usecs). 0 to use system default"),
    OptionSpec(.cpuQuota, .text, "CPU CFS hardcap limit (in usecs). Allowed cpu time in a given period"),
    OptionSpec(
      .cpuBurst, .text,
      "CPU CFS hardcap burst limit (in usecs). Allowed accumulated cpu time additionally for burst a given period"),
    OptionSpec(.cpuShare, .text, "CPU shares (relative weight vs. other containers)"),
    OptionSpec(
      .cpuRtPeriod, .text,
      "CPU realtime period to be used for hardcapping (in usecs). 0 to use system default"),
    OptionSpec(
      .cpuRtRuntime, .text, "CPU realtime hardcap limit (in usecs). Allowed cpu time in a given period"),
    OptionSpec(.cpusetCpus, .text, "CPU(s) to use"),
    OptionSpec(.cpusetMems, .text, "Memory node(s) to use"),
    OptionSpec(.kernelMemory, .text, "ignored, accepted for compatibility", hidden: true),
    OptionSpec(.kernelMemoryTcp, .text, "ignored, accepted for compatibility", hidden: true),
    OptionSpec(.memory, .text, "Memory limit (in bytes)"),
    OptionSpec(
      .cpuIdle, .text, "set cgroup SCHED_IDLE or not, 0: default behavior, 1: SCHED_IDLE"),
    OptionSpec(.memoryReservation, .text, "Memory reservation or soft_limit (in bytes)"),
    OptionSpec(
      .memorySwap, .text, "Total memory usage (memory + swap); set '-1' to enable unlimited swap"),
    OptionSpec(
      .pidsLimit, .integer, "Maximum number of pids allowed in the container", fallback: "0"),
    OptionSpec(.l3CacheSchema, .text, "The string of Intel RDT/CAT L3 cache schema"),
    OptionSpec(.memBwSchema, .text, "The string of Intel RDT/MBA memory bandwidth schema"),
  ]
}

/// What the kernel has counted for a container, under the names of runc's `events` (its types/events.go). A controller
/// that the cgroup does not have leaves its part at zero.
package struct CgroupStatistics: Equatable, Sendable {
  package var cpu = CPU()
  package var cpuset = Cpuset()
  package var memory = Memory()
  package var pids = Pids()
  package var blockIO = BlockIO()
  /// By page size, as in `2MB`; sorted.
  package var hugetlb: [(size: String, usage: Hugetlb)] = []

  package init() {}

  package static func == (left: CgroupStatistics, right: CgroupStatistics) -> Bool {
    left.cpu == right.cpu && left.cpuset == right.cpuset && left.memory == right.memory && left.pids == right.pids
      && left.blockIO == right.blockIO && left.hugetlb.elementsEqual(right.hugetlb) { $0 == $1 }
  }

  /// Processor time, in nanoseconds.
  package struct CPU: Equatable, Sendable {
    package var total: UInt64 = 0
    /// By processor; v1 only, as the next two.
    package var perCPU: [UInt64] = []
    package var perCPUKernel: [UInt64] = []
    package var perCPUUser: [UInt64] = []
    package var kernel: UInt64 = 0
    package var user: UInt64 = 0
    /// How many periods of the quota have passed.
    package var periods: UInt64 = 0
    /// In how many of them the quota was used up.
    package var throttledPeriods: UInt64 = 0
    package var throttledTime: UInt64 = 0
    package var pressure: Pressure?
  }

  /// The processors and memory nodes, with the flags that v1 has.
  package struct Cpuset: Equatable, Sendable {
    package var cpus: [UInt64] = []
    package var mems: [UInt64] = []
    package var cpuExclusive: UInt64 = 0
    package var memHardwall: UInt64 = 0
    package var memExclusive: UInt64 = 0
    package var memoryMigrate: UInt64 = 0
    package var memorySpreadPage: UInt64 = 0
    package var memorySpreadSlab: UInt64 = 0
    package var memoryPressure: UInt64 = 0
    package var schedLoadBalance: UInt64 = 0
    package var schedRelaxDomainLevel: Int64 = 0
  }

  /// One kind of memory, in bytes; no limit is the largest number.
  package struct MemoryEntry: Equatable, Sendable {
    package var limit: UInt64 = 0
    package var usage: UInt64 = 0
    package var max: UInt64 = 0
    package var failures: UInt64 = 0
  }

  /// Memory, in bytes.
  package struct Memory: Equatable, Sendable {
    package var cache: UInt64 = 0
    package var usage = MemoryEntry()
    /// Memory and swap together.
    package var swap = MemoryEntry()
    /// v1 only, as the next.
    package var kernel = MemoryEntry()
    package var kernelTCP = MemoryEntry()
    /// The lines of memory.stat.
    package var raw: [KeyedNumber] = []
    package var pressure: Pressure?
  }

  package struct Pids: Equatable, Sendable {
    package var current: UInt64 = 0
    /// 0 when there is none.
    package var limit: UInt64 = 0
  }

  /// A count of a device and, mostly, of one kind of operation.
  package struct BlockIOEntry: Equatable, Sendable {
    package var major: UInt64
    package var minor: UInt64
    /// `Read`, `Write` and so on; may be empty.
    package var operation: String
    package var value: UInt64
  }

  /// Block I/O with that of the cgroups below.
  package struct BlockIO: Equatable, Sendable {
    package var serviceBytes: [BlockIOEntry] = []
    package var serviced: [BlockIOEntry] = []
    package var queued: [BlockIOEntry] = []
    package var serviceTime: [BlockIOEntry] = []
    package var waitTime: [BlockIOEntry] = []
    package var merged: [BlockIOEntry] = []
    package var time: [BlockIOEntry] = []
    package var sectors: [BlockIOEntry] = []
    package var pressure: Pressure?
  }

  /// Huge pages of one size, in bytes.
  package struct Hugetlb: Equatable, Sendable {
    package var usage: UInt64 = 0
    package var max: UInt64 = 0
    package var failures: UInt64 = 0
  }

  /// How long tasks waited for a resource (the kernel's psi.rst).
  package struct Pressure: Equatable, Sendable {
    package var some = Line()
    package var full = Line()

    package struct Line: Equatable, Sendable {
      /// Hundredths of a percent of the last 10, 60 and 300 seconds.
      package var average10: UInt64 = 0
      package var average60: UInt64 = 0
      package var average300: UInt64 = 0
      /// Microseconds since the cgroup was made.
      package var total: UInt64 = 0
    }
  }

  /// A line `KEY NUMBER` of a file.
  package struct KeyedNumber: Equatable, Sendable {
    package var key: String
    package var value: UInt64
  }
}

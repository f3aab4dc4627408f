package import Linux

extension Cgroup {
  /// What the kernel has counted for the container up to now: from v1 where a controller is there, else from v2.
  ///
  /// Throws when a file cannot be read or understood; what the cgroup does not have stays zero.
  package func statistics() throws(Failure) -> CgroupStatistics {
    var result = CgroupStatistics()
    let sizes = Self.pageSizes()
    if let unified, isPureUnified {
      if let open = try CgroupDirectory.ifPresent(unified.path) {
        try UnifiedStatistics.read(open, into: &result)
        try UnifiedStatistics.readHugetlb(open, sizes, into: &result)
      }
      return result
    }
    for directory in directories where !directory.isUnified {
      guard let open = try CgroupDirectory.ifPresent(directory.path) else { continue }
      for controller in directory.controllers { try LegacyStatistics.read(controller, open, sizes, into: &result) }
    }
    // A hybrid machine may have the controller in v2.
    if legacy("hugetlb") == nil, let unified, let open = try CgroupDirectory.ifPresent(unified.path) {
      try UnifiedStatistics.readHugetlb(open, sizes, into: &result)
    }
    return result
  }

  /// The sizes of huge pages that the machine has, as in `2MB`; sorted.
  private static func pageSizes() -> [String] {
    let path = "/sys/kernel/mm/hugepages"
    guard let directory = try? Files.openIfPresent(path, .directory) else { return [] }
    let names = (try? Files.listDirectories(directory, path)) ?? []
    return names.compactMap { StatisticsText.pageSize($0.description) }.sorted()
  }
}

import Linux

/// The forms in which cgroup files show numbers. Each reader returns nil for a text that is not in its form.
enum StatisticsText {
  /// One number; `max` is the largest, a negative one 0 (as runc has it).
  static func number(_ text: some StringProtocol) -> UInt64? {
    if text == "max" { return .max }
    if let number = UInt64(text) { return number }
    return Int64(text) == nil ? nil : 0
  }

  /// Lines of a word and a number.
  static func keyed(_ text: String) -> [CgroupStatistics.KeyedNumber]? {
    var result: [CgroupStatistics.KeyedNumber] = []
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 2, let value = UInt64(words[1]) else { return nil }
      result.append(.init(key: String(words[0]), value: value))
    }
    return result
  }

  /// A row of numbers.
  static func row(_ text: String) -> [UInt64]? {
    var result: [UInt64] = []
    for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
      guard let number = UInt64(word) else { return nil }
      result.append(number)
    }
    return result
  }

  /// The numbers of a list such as `0-3,7`; empty for an empty one.
  static func list(_ text: String) -> [UInt64]? {
    var result: [UInt64] = []
    for part in text.split(separator: ",") {
      let ends = part.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
      guard let first = UInt64(ends[0]), let last = ends.count == 1 ? first : UInt64(ends[1]), first <= last,
        last <= UInt64(UInt16.max)
      else { return nil }
      result += first...last
    }
    return result
  }

  /// cpuacct.usage_all: below a heading a line `CPU USER KERNEL` for each processor.
  static func usageOfAll(_ text: String) -> (kernel: [UInt64], user: [UInt64])? {
    let lines = text.split(separator: "\n")
    guard let heading = lines.first, heading.hasPrefix("cpu user system") else { return nil }
    var kernel: [UInt64] = []
    var user: [UInt64] = []
    for line in lines.dropFirst() {
      let words = line.split(separator: " ")
      guard words.count >= 3, let own = UInt64(words[1]), let kernels = UInt64(words[2]) else { return nil }
      user.append(own)
      kernel.append(kernels)
    }
    return (kernel, user)
  }

  /// The blkio files of v1: lines `MAJOR:MINOR [OPERATION] NUMBER`, and a total.
  static func blockIO(_ text: String) -> [CgroupStatistics.BlockIOEntry]? {
    var result: [CgroupStatistics.BlockIOEntry] = []
    for line in text.split(separator: "\n") {
      let words = line.split { $0 == " " || $0 == ":" }
      if words.count == 2, words[0] == "Total" { continue }
      guard words.count == 3 || words.count == 4, let major = UInt64(words[0]), let minor = UInt64(words[1]),
        let value = UInt64(words[words.count - 1])
      else { return nil }
      result.append(
        .init(major: major, minor: minor, operation: words.count == 4 ? String(words[2]) : "", value: value))
    }
    return result
  }

  /// io.stat of v2: lines `MAJOR:MINOR KEY=NUMBER...`, of which bytes and operations have a place in v1's tables.
  static func ioStat(_ text: String) -> (
    bytes: [CgroupStatistics.BlockIOEntry], count: [CgroupStatistics.BlockIOEntry]
  )? {
    var bytes: [CgroupStatistics.BlockIOEntry] = []
    var count: [CgroupStatistics.BlockIOEntry] = []
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard let first = words.first else { return nil }
      let device = first.split(separator: ":")
      // A device that has no numbers any more is shown as "(unknown)".
      guard device.count == 2, let major = UInt64(device[0]), let minor = UInt64(device[1]) else { continue }
      for word in words.dropFirst() {
        let pair = word.split(separator: "=", maxSplits: 1)
        guard pair.count == 2 else { continue }
        func entry(_ operation: String) -> CgroupStatistics.BlockIOEntry? {
          UInt64(pair[1]).map { .init(major: major, minor: minor, operation: operation, value: $0) }
        }
        switch pair[0] {
        case "rbytes", "wbytes":
          guard let entry = entry(pair[0] == "rbytes" ? "Read" : "Write") else { return nil }
          bytes.append(entry)
        case "rios", "wios":
          guard let entry = entry(pair[0] == "rios" ? "Read" : "Write") else { return nil }
          count.append(entry)
        default: break
        }
      }
    }
    return (bytes, count)
  }

  /// The pressure files: `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`, and the same for `full`.
  static func pressure(_ text: String) -> CgroupStatistics.Pressure? {
    var result = CgroupStatistics.Pressure()
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      var values = CgroupStatistics.Pressure.Line()
      for word in words.dropFirst() {
        let pair = word.split(separator: "=", maxSplits: 1)
        guard pair.count == 2 else { return nil }
        switch pair[0] {
        case "avg10":
          guard let value = hundredths(pair[1]) else { return nil }
          values.average10 = value
        case "avg60":
          guard let value = hundredths(pair[1]) else { return nil }
          values.average60 = value
        case "avg300":
          guard let value = hundredths(pair[1]) else { return nil }
          values.average300 = value
        case "total":
          guard let value = UInt64(pair[1]) else { return nil }
          values.total = value
        default: break
        }
      }
      switch words.first {
      case "some": result.some = values
      case "full": result.full = values
      default: break
      }
    }
    return result
  }

  /// A number with two decimal places, as the kernel shows averages.
  private static func hundredths(_ text: Substring) -> UInt64? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].utf8.count == 2, let whole = UInt64(parts[0]), let rest = UInt64(parts[1]),
      whole < 1_000_000
    else { return nil }
    return whole * 100 + rest
  }

  /// The page size in a name of /sys/kernel/mm/hugepages, `hugepages-2048kB`, as cgroup files have it: `2MB`.
  static func pageSize(_ name: String) -> String? {
    guard name.hasPrefix("hugepages-"), name.hasSuffix("kB"), var size = UInt64(name.dropFirst(10).dropLast(2)) else {
      return nil
    }
    for unit in ["KB", "MB"] {
      if size < 1024 || size % 1024 != 0 { return "\(size)\(unit)" }
      size /= 1024
    }
    return "\(size)GB"
  }
}

extension CgroupDirectory {
  /// The value of a file, read by `parse`; nil when the cgroup has no such file. One that cannot be understood is an
  /// error, since a number that is wrong would go unnoticed.
  borrowing func value<Value>(_ file: String, _ parse: (String) -> Value?) throws(Failure) -> Value? {
    let text: String
    do throws(Failure) {
      text = try read(file)
    } catch {
      // Pressure files say EOPNOTSUPP where it is turned off.
      if error.errno == .notFound || error.errno == .notSupported { return nil }
      throw error
    }
    guard let value = parse(text) else { throw Failure("\(path)/\(file) has an unexpected form") }
    return value
  }

  borrowing func number(_ file: String) throws(Failure) -> UInt64? {
    try value(file) { StatisticsText.number($0) }
  }
}

internal import Linux
internal import Runtime
internal import RuntimeSpec

/// `list`: prints the containers below the root, sorted by id.
enum ListCommand {
  static func run(_ context: CommandContext) throws(Failure) -> Int32 {
    let ids = try StateDirectory.list(root: context.root)
    if context.parsed.flag(.quiet) {
      var text = ""
      for id in ids where (try? container(id, context)) != nil { text += id.text + "\n" }
      StandardStreams.write(text, to: 1)
      return 0
    }
    var reports: [ContainerReport] = []
    for id in ids {
      // One that is being created or deleted at this moment is no container yet, or no more.
      guard let container = try? container(id, context),
        var report = try? container.report(), let owner = try? container.ownerName()
      else { continue }
      report.owner = owner
      reports.append(report)
    }
    switch context.parsed.value(.format) ?? "table" {
    case "json": StandardStreams.write(ContainerReport.encodedList(reports) + [10], to: 1)
    case "table": StandardStreams.write(table(reports), to: 1)
    default: throw Failure("invalid format option")
    }
    return 0
  }

  private static func container(_ id: ContainerID, _ context: CommandContext) throws(Failure) -> Container {
    try Container(id, root: context.root, locked: false, isOnlyRead: true)
  }

  private static func table(_ reports: [ContainerReport]) -> String {
    TextTable.layOut(
      [["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]]
        + reports.map { report in
          let state = report.state
          return [
            state.id, String(state.pid), state.status.rawValue, state.bundle, report.created, report.owner,
          ]
        })
  }
}

/// Columns of text.
enum TextTable {
  /// Rows with each column as wide as its widest cell, at least 12, and three spaces: as runc lays its tables out.
  static func layOut(_ rows: [[String]]) -> String {
    var widths = [Int](repeating: 12, count: rows.first?.count ?? 0)
    for row in rows {
      for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.utf8.count + 3) }
    }
    var text = ""
    for row in rows {
      for (index, cell) in row.enumerated() {
        text += cell
        if index < row.count - 1 { text += String(repeating: " ", count: widths[index] - cell.utf8.count) }
      }
      text += "\n"
    }
    return text
  }
}

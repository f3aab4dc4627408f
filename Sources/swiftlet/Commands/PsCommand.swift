internal import Linux
internal import Runtime

/// `ps`: the processes of a container, as pids or as the host's ps(1) shows them.
enum PsCommand {
  static func run(_ context: CommandContext) throws(Failure) -> Int32 {
    let container = try Container(try context.id(), root: context.root, locked: false)
    let pids = try container.processes()
    switch context.parsed.value(.format) ?? "table" {
    case "json":
      let text = pids.isEmpty ? "null" : "[" + pids.map { String($0) }.joined(separator: ",") + "]"
      StandardStreams.write(text + "\n", to: 1)
    case "table":
      let options = Array(context.parsed.arguments.dropFirst())
      try showTable(pids, options.isEmpty ? ["-ef"] : options, context)
    default: throw Failure("invalid format option")
    }
    return 0
  }

  /// The lines of ps(1) whose PID column has one of `pids`, below its headings.
  private static func showTable(_ pids: [Int32], _ options: [String], _ context: CommandContext) throws(Failure) {
    let output = try HostProgram.output(["ps"] + options, environment: context.environment)
    let lines = output.split(separator: "\n", omittingEmptySubsequences: true)
    guard let headings = lines.first,
      let column = headings.split(separator: " ").firstIndex(of: "PID")
    else { throw Failure("couldn't find PID field in ps output") }
    var text = headings + "\n"
    for line in lines.dropFirst() {
      let fields = line.split(separator: " ")
      guard fields.count > column, let pid = Int32(fields[column]), pids.contains(pid) else { continue }
      text += line + "\n"
    }
    StandardStreams.write(String(text), to: 1)
  }
}

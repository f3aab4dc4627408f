internal import JSON
internal import Linux
internal import Runtime
internal import RuntimeSpec

/// `features`: prints what the runtime can do (features.md). What engines decide by: `rro` among the mount options, and
/// id-mapped mounts.
enum FeaturesCommand {
  static func run(_ context: CommandContext) throws(Failure) -> Int32 {
    StandardStreams.write(RuntimeFeatures.document().encoded(.pretty(indentation: "  ")) + [10], to: 1)
    return 0
  }
}

/// `completion`: prints a shell's completion script.
enum CompletionCommand {
  static func run(_ context: CommandContext) throws(Failure) -> Int32 {
    do {
      StandardStreams.write(try Completion.script(for: context.parsed.arguments[0]), to: 1)
    } catch {
      throw Failure(error.message)
    }
    return 0
  }
}

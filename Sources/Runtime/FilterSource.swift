internal import Linux
internal import RuntimeSpec
internal import Seccomp

/// Where a container's system call filter comes from: a program that was compiled from the same text before, or the
/// profile in the configuration.
struct FilterSource: Sendable {
  private let cache: FilterCache
  private let key: FilterCache.Key?
  private let found: SeccompProgram?

  /// Looks for a program of the configuration's profile in the cache below the runtime's root.
  init(_ text: ConfigurationText, root: String) {
    cache = FilterCache(root: root)
    key = text.seccomp.map { FilterCache.Key(profile: $0, version: RuntimeFeatures.version) }
    found = key.flatMap(cache.find)
  }

  /// Whether the profile itself is not needed: its text was decoded, checked and compiled before.
  var isReady: Bool { found != nil }

  /// The program; nil when the configuration has no filter. `profile` is that of the configuration.
  func program(_ profile: LinuxSeccomp?) throws(Failure) -> SeccompProgram? {
    if let found { return found }
    guard let profile else { return nil }
    return try SeccompProgram.compile(profile)
  }

  /// Keeps a program that was compiled now, as far as that can be done.
  func keep(_ program: SeccompProgram) {
    if let key, found == nil { cache.store(program, for: key) }
  }
}

/// A command of swiftlet: the first argument that is not a flag. The raw value is its spelling.
enum Verb: String, CaseIterable, Sendable {
  case checkpoint, completion, create, delete, events, exec, features, help, kill, list, pause, ps, restore, resume, run
  case spec, start, state, update

  /// Finds a verb by its spelling; `h` is short for `help`, as with runc.
  init?(spelling: String) {
    if spelling == "h" {
      self = .help
      return
    }
    // The generated init(rawValue:) builds a hash table of the spellings first, in every process anew.
    for verb in Self.allCases where verb.rawValue == spelling {
      self = verb
      return
    }
    return nil
  }

  /// How many positional arguments a verb takes.
  enum Arity: Sendable {
    /// Exactly this many.
    case exactly(Int)
    /// This many or more.
    case atLeast(Int)
    /// Not fewer than the first, not more than the second.
    case between(Int, Int)
    /// Any number.
    case any
  }

  /// How many positional arguments the verb takes.
  var arity: Arity {
    switch self {
    case .features, .list, .spec: .exactly(0)
    case .exec, .ps: .atLeast(1)
    case .kill: .between(1, 2)
    case .help: .any
    default: .exactly(1)
    }
  }

  /// Whether flags end at the first positional argument. `exec` and `ps` hand what follows the container's id to another
  /// program; everywhere else flags may also follow the id.
  var flagsEndAtFirstArgument: Bool {
    self == .exec || self == .ps
  }

  /// Whether the verb makes a process inside a container, so that the executable must be sealed before.
  var entersContainer: Bool {
    self == .create || self == .run || self == .exec
  }

  /// Whether the first positional argument is the id of a container that exists (`create` and `run` name a new one).
  var takesExistingContainer: Bool {
    switch self {
    case .completion, .create, .features, .help, .list, .restore, .run, .spec: false
    default: true
    }
  }
}

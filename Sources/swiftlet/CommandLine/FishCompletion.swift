extension Completion {
  /// The script for fish.
  static var fish: String {
    """
    # fish completion for swiftlet, made by "swiftlet completion fish"

    function __swiftlet_takes_value
      switch $argv[1]
        case \(valueFlagPatterns.map { $0.shellQuoted }.joined(separator: " "))
          return 0
      end
      return 1
    end

    # Prints the verb and the number of arguments after it that are there before the cursor, or nothing.
    function __swiftlet_verb
      set -l words (commandline -opc)
      set -e words[1]
      set -l skip 0
      set -l verb
      set -l count 0
      for word in $words
        if test $skip -eq 1
          set skip 0
        else if __swiftlet_takes_value "$verb:$word"
          set skip 1
        else if string match -q -- '-*' $word
          continue
        else if test -z "$verb"
          set verb $word
        else
          set count (math $count + 1)
        end
      end
      test -n "$verb"; and echo $verb $count
    end

    function __swiftlet_needs_verb
      test -z "$(__swiftlet_verb)"
    end

    # Whether the verb is one of the arguments.
    function __swiftlet_uses
      set -l state (__swiftlet_verb | string split ' ')
      test -n "$state[1]"; and contains -- $state[1] $argv
    end

    # Whether this many arguments (the first argument) follow the verb, which is one of the others.
    function __swiftlet_after
      set -l state (__swiftlet_verb | string split ' ')
      test "$state[2]" = "$argv[1]"; and contains -- $state[1] $argv[2..-1]
    end

    function __swiftlet_containers
      set -l words (commandline -opc)
      set -l root
      if set -l i (contains -i -- --root $words)
        set root --root $words[(math $i + 1)]
      end
      swiftlet $root list -q 2>/dev/null
    end

    complete -c swiftlet -f
    \(globalOptions.map { fishOption($0, condition: "__swiftlet_needs_verb") }.joined(separator: "\n"))
    \(verbs.map { "complete -c swiftlet -n __swiftlet_needs_verb -a \($0.rawValue) -d \(fishQuoted($0.summary))" }
        .joined(separator: "\n"))
    \(verbs.flatMap { fishOptions(of: $0) }.joined(separator: "\n"))
    complete -c swiftlet -n '__swiftlet_after 0 \(verbs.filter(\.takesExistingContainer).map(\.rawValue)
        .joined(separator: " "))' -a '(__swiftlet_containers)'
    complete -c swiftlet -n '__swiftlet_after 1 kill' -a '\(Signal.names.joined(separator: " "))'
    complete -c swiftlet -n '__swiftlet_after 0 completion' -a '\(shellNames)'
    complete -c swiftlet -n '__swiftlet_after 0 help' -a '\(verbs.map(\.rawValue).joined(separator: " "))'

    """
  }

  private static func fishOptions(of verb: Verb) -> [String] {
    (options(of: verb) + [helpOption]).map { fishOption($0, condition: "'__swiftlet_uses \(verb.rawValue)'") }
  }

  private static func fishOption(_ option: OptionSpec, condition: String) -> String {
    var line = "complete -c swiftlet -n \(condition) -l \(option.name.rawValue)"
    if !option.short.isEmpty {
      line += " -s \(option.short)"
    }
    switch option.kind {
    case .boolean: break
    case .file: line += " -r -F"
    case .directory: line += " -x -a '(__fish_complete_directories)'"
    case .oneOf(let set): line += " -x -a '\(set.words.joined(separator: " "))'"
    default: line += " -x"
    }
    return line + " -d \(fishQuoted(option.help))"
  }

  /// The text in single quotes, as fish reads them.
  private static func fishQuoted(_ text: String) -> String {
    var quoted = "'"
    for character in text {
      if character == "'" || character == "\\" {
        quoted += "\\"
      }
      quoted.append(character)
    }
    return quoted + "'"
  }
}

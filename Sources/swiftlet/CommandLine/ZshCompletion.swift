extension Completion {
  /// The script for zsh: a `_swiftlet` that can be put on `$fpath` or sourced.
  static var zsh: String {
    """
    #compdef swiftlet
    # zsh completion for swiftlet, made by "swiftlet completion zsh"

    _swiftlet_containers() {
      local -a ids
      ids=(${(f)"$(swiftlet $swiftlet_root list -q 2>/dev/null)"})
      compadd -a ids
    }

    _swiftlet_verbs() {
      local -a verbs
      verbs=(
    \(verbs.map { "    " + "\($0.rawValue):\($0.summary)".shellQuoted }.joined(separator: "\n"))
      )
      _describe -t commands 'swiftlet command' verbs
    }

    _swiftlet_command() {
      # The call of _arguments for the verb forgets the global flags.
      local -a swiftlet_root
      if (( ${+opt_args[--root]} )); then swiftlet_root=(--root ${opt_args[--root]}); fi
      case $words[1] in
    \(verbs.map { zshVerb($0) }.joined(separator: "\n"))
      esac
    }

    _swiftlet() {
      typeset -A opt_args
      _arguments -S \\
    \(globalOptions.map { "    \(zshOption($0)) \\" }.joined(separator: "\n"))
        '1:command:_swiftlet_verbs' \\
        '*::argument:_swiftlet_command'
    }

    if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
      _swiftlet "$@"
    else
      compdef _swiftlet swiftlet
    fi

    """
  }

  private static func zshVerb(_ verb: Verb) -> String {
    var lines = (options(of: verb) + [helpOption]).map { zshOption($0) }
    if verb.takesExistingContainer {
      lines.append("'1:container:_swiftlet_containers'")
    }
    switch verb {
    case .kill: lines.append("'2:signal:(\(Signal.names.joined(separator: " ")))'")
    case .completion: lines.append("'1:shell:(\(shellNames))'")
    case .help: lines.append("'1:command:_swiftlet_verbs'")
    case .create, .run: lines.append("'1:new container id:'")
    case .exec, .ps: lines.append("'*::argument: '")
    default: break
    }
    return "    \(verb.rawValue))\n      _arguments -S \\\n"
      + lines.map { "        \($0)" }.joined(separator: " \\\n") + "\n      ;;"
  }

  private static func zshOption(_ option: OptionSpec) -> String {
    let names = spellings(of: option)
    let repeats = option.isRepeatable ? "*" : names.count > 1 ? "(\(names.joined(separator: " ")))" : ""
    let value: String
    switch option.kind {
    case .boolean: value = ""
    case .file: value = ":file:_files"
    case .directory: value = ":directory:_files -/"
    case .oneOf(let set): value = ":value:(\(set.words.joined(separator: " ")))"
    default: value = ":value: "
    }
    // A long flag takes its value as the next word or after an equals sign.
    let spelled = names.map { option.takesValue && $0.utf8.count > 2 ? "\($0)=" : $0 }
    let text = ("[" + zshEscaped(option.help) + "]" + value).shellQuoted
    let names1 = spelled.count > 1 ? "{\(spelled.joined(separator: ","))}" : spelled[0]
    return (repeats.isEmpty ? "" : repeats.shellQuoted) + names1 + text
  }

  /// The text with what ends a description in `_arguments` escaped.
  private static func zshEscaped(_ text: String) -> String {
    var escaped = ""
    for character in text {
      if character == "[" || character == "]" || character == ":" || character == "\\" {
        escaped += "\\"
      }
      escaped.append(character)
    }
    return escaped
  }
}

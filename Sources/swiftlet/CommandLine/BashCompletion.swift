extension Completion {
  /// The script for bash. It uses nothing of the bash-completion package.
  ///
  /// Bash breaks `--format=json` into three words at the equals sign; the first lines of the function undo that.
  static var bash: String {
    let verbNames = verbs.map(\.rawValue).joined(separator: " ")
    return """
      # bash completion for swiftlet, made by "swiftlet completion bash"

      _swiftlet() {
        local word=${COMP_WORDS[COMP_CWORD]} flag=${COMP_WORDS[COMP_CWORD-1]}
        if [[ $word == = ]]; then
          word=
        elif [[ $flag == = ]]; then
          flag=${COMP_WORDS[COMP_CWORD-2]}
        fi
        COMPREPLY=()

        # The verb, how many arguments follow it, and the root that was given.
        local i verb= count=0 ended= root=() current
        for ((i = 1; i < COMP_CWORD; i++)); do
          current=${COMP_WORDS[i]}
          if [[ -n $ended ]]; then
            ((count++))
            continue
          fi
          case $current in
            --) ended=1 ;;
            --root | -root)
              if [[ ${COMP_WORDS[i+1]} == = ]]; then ((i++)); fi
              ((i++))
              if ((i < COMP_CWORD)); then root=(--root "${COMP_WORDS[i]}"); fi
              ;;
            --root=*) root=("$current") ;;
            -*)
              if _swiftlet_takes_value "$verb" "$current"; then
                if [[ ${COMP_WORDS[i+1]} == = ]]; then ((i++)); fi
                ((i++))
              fi
              ;;
            *)
              if [[ -z $verb ]]; then
                verb=$current
              else
                ((count++))
                case $verb in \(verbs.filter(\.flagsEndAtFirstArgument).map(\.rawValue).joined(separator: " | "))) ended=1 ;; esac
              fi
              ;;
          esac
        done

        # The value of a flag.
        if [[ -z $ended && $flag == -* ]] && _swiftlet_takes_value "$verb" "$flag"; then
          case $verb:$flag in
      \(bashValues)
          esac
          return
        fi

        if [[ -z $verb && $word != -* ]]; then
          COMPREPLY=($(compgen -W '\(verbNames)' -- "$word"))
          return
        fi
        if [[ -z $ended && $word == -* ]]; then
          COMPREPLY=($(compgen -W "$(_swiftlet_flags "$verb")" -- "$word"))
          return
        fi
        case $verb:$count in
          \(verbs.filter(\.takesExistingContainer).map { "\($0.rawValue):0" }.joined(separator: " | ")))
            COMPREPLY=($(compgen -W "$(swiftlet "${root[@]}" list -q 2>/dev/null)" -- "$word")) ;;
          kill:1) COMPREPLY=($(compgen -W '\(Signal.names.joined(separator: " "))' -- "$word")) ;;
          completion:0) COMPREPLY=($(compgen -W '\(shellNames)' -- "$word")) ;;
          help:0) COMPREPLY=($(compgen -W '\(verbNames)' -- "$word")) ;;
        esac
      }

      # A file's name may hold spaces: compgen prints one a line.
      _swiftlet_paths() {
        local IFS=$'\\n'
        COMPREPLY=($(compgen "$1" -- "$2"))
        compopt -o filenames 2>/dev/null
        return 0
      }

      _swiftlet_takes_value() {
        case $1:$2 in
          \(valueFlagPatterns.joined(separator: " | \\\n    "))) return 0 ;;
        esac
        return 1
      }

      _swiftlet_flags() {
        case $1 in
          '') echo '\(flagWords(globalOptions))' ;;
      \(verbs.map { "    \($0.rawValue)) echo '\(flagWords(options(of: $0) + [helpOption]))' ;;" }
        .joined(separator: "\n"))
        esac
      }

      complete -F _swiftlet swiftlet

      """
  }

  private static func flagWords(_ options: [OptionSpec]) -> String {
    options.flatMap { spellings(of: $0) }.joined(separator: " ")
  }

  private static var bashValues: String {
    var lines: [String] = []
    for verb in verbs {
      for option in options(of: verb) {
        bashValue(of: option, verb: verb.rawValue, into: &lines)
      }
    }
    for option in globalOptions {
      bashValue(of: option, verb: option.name == .rootless ? "" : "*", into: &lines)
    }
    return lines.joined(separator: "\n")
  }

  private static func bashValue(of option: OptionSpec, verb: String, into lines: inout [String]) {
    let action: String
    switch option.kind {
    case .file: action = "_swiftlet_paths -f \"$word\""
    case .directory: action = "_swiftlet_paths -d \"$word\""
    case .oneOf(let set): action = "COMPREPLY=($(compgen -W '\(set.words.joined(separator: " "))' -- \"$word\"))"
    default: return
    }
    let patterns = spellings(of: option).map { "\(verb):\($0)" }.joined(separator: " | ")
    lines.append("      \(patterns)) \(action) ;;")
  }
}

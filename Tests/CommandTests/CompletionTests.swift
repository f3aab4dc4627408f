import Foundation
import Testing

@testable import swiftlet

@Suite("Completion scripts")
struct CompletionTests {
  /// A stand-in for swiftlet that lists two containers and the root that it was given.
  private static let listing = """
    #!/bin/sh
    case "$*" in
      "--root "*" list -q") printf 'web1\\nweb2\\nroot%s\\n' "$2" ;;
      "list -q") printf 'web1\\nweb2\\n' ;;
      *) exit 1 ;;
    esac

    """

  /// Writes the script of a shell and the stand-in, and hands their directory to the body.
  private func withScript<Result>(_ shell: String, _ body: (URL) throws -> Result) throws -> Result {
    try withTemporaryDirectory { directory in
      let script = try Completion.script(for: shell)
      try script.write(to: directory.appendingPathComponent("script"), atomically: true, encoding: .utf8)
      let program = directory.appendingPathComponent("swiftlet")
      try Self.listing.write(to: program, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
      return try body(directory)
    }
  }

  @Test(
    "bash",
    arguments: [
      ("swiftlet|st", "start state"), ("swiftlet|--root|/x|st", "start state"),
      ("swiftlet|--root|=|/x|st", "start state"),
      ("swiftlet|create|--b", "--bundle"), ("swiftlet|--log-", "--log-format"),
      ("swiftlet|delete|-", "-f --force -h --help"),
      ("swiftlet|--log-format|", "text json"), ("swiftlet|--log-format|=", "text json"),
      ("swiftlet|--log-format|=|j", "json"), ("swiftlet|list|-f|t", "table"), ("swiftlet|ps|--format|", "table json"),
      ("swiftlet|--rootless|", "true false auto"), ("swiftlet|spec|--rootless|--b", "--bundle"),
      ("swiftlet|kill|", "web1 web2"), ("swiftlet|--root|/x|kill|", "web1 web2 root/x"),
      ("swiftlet|--root|=|/x|kill|", "web1 web2 root/x"), ("swiftlet|kill|--all|web2", "web2"),
      ("swiftlet|kill|web1|US", "USR1 USR2"), ("swiftlet|exec|-u|1|w", "web1 web2"), ("swiftlet|exec|web1|-", ""),
      ("swiftlet|create|w", ""), ("swiftlet|completion|", "bash zsh fish"), ("swiftlet|help|ex", "exec"),
      ("swiftlet|create|--bundle|", "bundle dir"), ("swiftlet|create|--bundle|b", "bundle dir"),
      ("swiftlet|exec|--process|s", "script swiftlet"), ("swiftlet|create|--preserve-fds|", ""),
    ])
  func bash(line: String, expected: String) throws {
    let words = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    let result = try withScript("bash") { directory in
      try FileManager.default.createDirectory(
        at: directory.appendingPathComponent("bundle dir"), withIntermediateDirectories: true)
      return try runProgram(
        "bash",
        [
          "--norc", "-c",
          """
          cd "$1"; source ./script; shift
          COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
          _swiftlet; printf '%s\\n' "${COMPREPLY[@]}" | sort
          """, "bash", directory.path,
        ] + words, path: directory.path)
    }
    // What is offered is a set; files and directories may have spaces in their names.
    let offered = result.output.split(separator: "\n").map(String.init)
    let wanted = expected == "bundle dir" ? [expected] : expected.split(separator: " ").map(String.init)
    #expect(offered.sorted() == wanted.sorted())
  }

  @Test(
    "fish", .enabled(if: hasProgram("fish"), "fish is not installed"),
    arguments: [
      ("swiftlet st", "start state"), ("swiftlet --root /x st", "start state"), ("swiftlet create --b", "--bundle"),
      ("swiftlet --log-format ", "json text"), ("swiftlet list --format ", "json table"),
      ("swiftlet kill ", "web1 web2"),
      ("swiftlet --root /x kill ", "root/x web1 web2"), ("swiftlet kill web1 US", "USR1 USR2"),
      ("swiftlet exec -u 1 w", "web1 web2"), ("swiftlet completion ", "bash fish zsh"), ("swiftlet create ", ""),
    ])
  func fish(line: String, expected: String) throws {
    let result = try withScript("fish") { directory in
      try runProgram(
        "fish", ["--no-config", "-c", "source \(directory.path)/script; complete -C '\(line)'"], path: directory.path)
    }
    let offered = result.output.split(separator: "\n").map { $0.split(separator: "\t").first.map(String.init) ?? "" }
    #expect(offered.sorted() == expected.split(separator: " ").map(String.init).sorted())
  }

  @Test("zsh and fish read their scripts", arguments: ["zsh", "fish", "bash"].filter { hasProgram($0) })
  func syntax(shell: String) throws {
    let result = try withScript(shell) { try runProgram(shell, ["-n", "\($0.path)/script"]) }
    #expect(result.output == "")
    #expect(result.status == 0)
  }

  @Test("zsh defines the function and binds it", .enabled(if: hasProgram("zsh"), "zsh is not installed"))
  func zsh() throws {
    let result = try withScript("zsh") { directory in
      try runProgram(
        "zsh",
        ["-f", "-c", "autoload -U compinit; compinit -D -u; source \(directory.path)/script; print $_comps[swiftlet]"])
    }
    #expect(result.output == "_swiftlet\n")
  }

  @Test("every verb and flag is offered by zsh and fish", arguments: ["zsh", "fish"])
  func complete(shell: String) throws {
    let script = try Completion.script(for: shell)
    for verb in Verb.allCases {
      for option in CommandTable.options(of: verb) where !option.hidden {
        #expect(
          script.contains(
            shell == "zsh"
              ? "--\(option.name.rawValue)" : "'__swiftlet_uses \(verb.rawValue)' -l \(option.name.rawValue)"))
      }
    }
  }

  @Test("another shell is an error")
  func unknown() {
    #expect(throws: UsageError("completion: unknown shell \"tcsh\": must be bash, zsh or fish")) {
      try Completion.script(for: "tcsh")
    }
  }
}

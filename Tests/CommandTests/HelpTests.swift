import Testing

@testable import swiftlet

@Suite("Help")
struct HelpTests {
  @Test("the help of a verb", arguments: Verb.allCases)
  func verb(_ verb: Verb) {
    let lines = HelpText.text(for: verb).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(lines[0] == "NAME:")
    #expect(lines[1] == "   swiftlet \(verb.rawValue) - \(verb.summary)")
    #expect(lines[3] == "USAGE:")
    #expect(lines[4].hasPrefix("   swiftlet \(verb.rawValue)"))
    let offered = CommandTable.options(of: verb).filter { !$0.hidden }
    #expect(lines.contains("OPTIONS:") == !offered.isEmpty)
    for option in offered {
      let rows = lines.filter { isRow($0, of: option) }
      #expect(rows.count == 1)
      #expect(rows.first?.contains(option.help) == true)
      #expect(rows.first?.contains(" value") == true || !option.takesValue)
      #expect(option.short.isEmpty || rows.first?.contains(", -\(option.short)") == true)
    }
    for option in CommandTable.options(of: verb) where option.hidden {
      #expect(!lines.contains { isRow($0, of: option) })
    }
  }

  private func isRow(_ line: String, of option: OptionSpec) -> Bool {
    line.hasPrefix("   --\(option.name.rawValue) ") || line.hasPrefix("   --\(option.name.rawValue), ")
  }

  @Test("the help of the program names every verb and global flag")
  func program() {
    let text = HelpText.text(for: nil)
    for verb in Verb.allCases where verb != .help {
      let row = text.split(separator: "\n").first { $0.hasPrefix("   \(verb.rawValue) ") }
      #expect(row?.contains(verb.summary) == true)
    }
    #expect(text.contains("\n   help, h"))
    for option in CommandTable.globalOptions where !option.hidden {
      #expect(text.contains("\n   --\(option.name.rawValue)"))
    }
    #expect(text.hasSuffix("\n"))
  }

  @Test("create's flags look as runc's do")
  func layout() {
    let text = HelpText.text(for: .create)
    #expect(text.contains("USAGE:\n   swiftlet create [command options] <container-id>\n\nWhere \"<container-id>\" is"))
    #expect(text.contains("DESCRIPTION:\n   The create command creates an instance"))
    #expect(
      text.contains("OPTIONS:\n   --bundle value, -b value  path to the root of the bundle directory, defaults to"))
    #expect(text.contains("\n   --preserve-fds value      Pass N additional"))
  }
}

@Suite("The command table")
struct CommandTableTests {
  @Test("no flag is spelled twice", arguments: Verb.allCases)
  func unique(verb: Verb) {
    let rows = CommandTable.options(of: verb)
    let spellings = rows.map(\.name.rawValue) + rows.map(\.short).filter { !$0.isEmpty } + ["help", "h"]
    #expect(Set(spellings).count == spellings.count)
  }

  @Test("every flag belongs to a verb")
  func used() {
    let used = Verb.allCases.flatMap { CommandTable.options(of: $0) } + CommandTable.globalOptions
    #expect(Set(used.map(\.name)) == Set(OptionName.allCases))
  }
}

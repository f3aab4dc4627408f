import Foundation
import Testing

@testable import swiftlet

@Suite("Manual pages")
struct ManualPageTests {
  static let directory = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("man")
  static let pages = ["swiftlet"] + Verb.allCases.map { "swiftlet-\($0.rawValue)" }

  @Test("the page of a verb has the flags of the table", arguments: Verb.allCases)
  func flags(of verb: Verb) throws {
    #expect(try documentedFlags("swiftlet-\(verb.rawValue)") == spellings(CommandTable.options(of: verb)))
  }

  @Test("the page of the program has the global flags")
  func globalFlags() throws {
    #expect(try documentedFlags("swiftlet") == spellings(CommandTable.globalOptions))
  }

  @Test("the synopsis shows every flag of the verb", arguments: Verb.allCases)
  func synopsis(of verb: Verb) throws {
    let text = try page("swiftlet-\(verb.rawValue)")
    let synopsis = try #require(
      text.components(separatedBy: ".Sh SYNOPSIS\n").last?.components(separatedBy: ".Sh ").first)
    for option in CommandTable.options(of: verb) {
      #expect(synopsis.contains(".Op Fl -\(option.name.rawValue)"))
    }
  }

  @Test("sections", arguments: pages)
  func sections(name: String) throws {
    let text = try page(name)
    for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES", "SEE ALSO", "STANDARDS"] {
      #expect(text.contains("\n.Sh \(section)\n"), "\(section)")
    }
    #expect(text.contains("\n.Nm \(name)\n"))
    #expect(text.contains(".Dt \(name.uppercased()) 8\n"))
  }

  @Test("the page of the program names every verb's page, and there is no other")
  func index() throws {
    let text = try page("swiftlet")
    for verb in Verb.allCases {
      #expect(text.contains("\n.It Cm \(verb.rawValue)\n"))
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.directory.path).filter { $0.hasSuffix(".8") }
    #expect(Set(files) == Set(Self.pages.map { "\($0).8" }))
  }

  @Test("the version in the page is the program's")
  func version() throws {
    let first = try #require(Version.text(libseccomp: nil).split(separator: "\n").first)
    #expect(try page("swiftlet").contains(".Dq \(first) .\n"))
  }

  @Test(
    "mandoc has nothing to complain about", .enabled(if: hasProgram("mandoc"), "mandoc is not installed"),
    arguments: pages)
  func lint(name: String) throws {
    let result = try runProgram(
      "mandoc", ["-Tlint", "-W", "warning", Self.directory.appendingPathComponent("\(name).8").path])
    #expect(result.output == "")
    #expect(result.status == 0)
  }

  private func page(_ name: String) throws -> String {
    try String(contentsOf: Self.directory.appendingPathComponent("\(name).8"), encoding: .utf8)
  }

  /// The flags of the lines `.It Fl b , Fl -bundle Ar dir`, without dashes.
  private func documentedFlags(_ name: String) throws -> [String] {
    var flags: [String] = []
    for line in try page(name).split(separator: "\n") where line.hasPrefix(".It Fl ") {
      let words = line.split(separator: " ")
      for (word, next) in zip(words, words.dropFirst()) where word == "Fl" {
        flags.append(next.hasPrefix("-") ? String(next.dropFirst()) : String(next))
      }
    }
    return flags.sorted()
  }

  private func spellings(_ options: [OptionSpec]) -> [String] {
    options.flatMap { $0.short.isEmpty ? [$0.name.rawValue] : [$0.name.rawValue, $0.short] }.sorted()
  }
}

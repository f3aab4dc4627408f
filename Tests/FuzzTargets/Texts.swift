@testable import Linux
import Runtime
import RuntimeSpec

/// Texts of single lines or fields.
enum Texts {
  /// What goes to the file system itself is what nobody here knows; parsing that again finds it all once more.
  static func checkMountOptions(_ bytes: [UInt8]) -> String? {
    let options = String(decoding: bytes, as: UTF8.self).split(separator: ",", omittingEmptySubsequences: false)
      .map { String($0) }
    let parsed = MountOptions.parse(options)
    for option in parsed.data where !options.contains(option) { return "an option of its own making: \(option)" }
    var expected = MountOptions()
    expected.data = parsed.data
    return MountOptions.parse(parsed.data) == expected ? nil : "a known option went to the file system"
  }

  /// A map is the same in its own text, and as arguments: numbers alone, which no program takes for options.
  static func checkIDMaps(_ bytes: [UInt8]) -> String? {
    let map = UserMapping.parse(bytes)
    if UserMapping.parse(Array(UserMapping.text(map).utf8)) != map { return "its own text is another map" }
    let arguments = MappingProgram.arguments("newuidmap", map, of: 1)
    if arguments.prefix(2) != ["newuidmap", "1"] || arguments.count != 2 + 3 * map.count { return "\(arguments)" }
    for (index, argument) in arguments.dropFirst(2).enumerated() {
      let mapping = map[index / 3]
      let number = [mapping.containerID, mapping.hostID, mapping.size][index % 3]
      if UInt32(argument) != number || !argument.utf8.allSatisfy({ (48...57).contains($0) }) {
        return "argument \(index) is \(argument.debugDescription)"
      }
    }
    return nil
  }

  /// What goes into the environment is one line without a NUL.
  static func checkPasswd(_ bytes: [UInt8]) -> String? {
    for uid in [0, 1000, UInt32.max] {
      for index in 0..<6 {
        guard let text = Accounts.field(index, of: uid, in: bytes) else { continue }
        if text.isEmpty || text.utf8.contains(0) || text.utf8.contains(10) { return "field \(index) of \(uid)" }
        // Byte for byte what is there.
        let isThere = bytes.split(separator: 10).contains { line in
          line.split(separator: 58, omittingEmptySubsequences: false).dropFirst(index).first?.elementsEqual(text.utf8)
            == true
        }
        if !isThere { return "field \(index) of \(uid) is another text" }
      }
    }
    return nil
  }

  /// Whatever name a process takes, its status is what the kernel says.
  static func checkProcessStatus(_ bytes: [UInt8]) -> String? {
    _ = Processes.startTime(in: bytes)
    // A name has at most 15 bytes; kernel threads have longer ones.
    let numbers = (4...21).map { String($0) }.joined(separator: " ")
    let line = Array("17 (".utf8) + bytes.prefix(64) + Array(") S \(numbers) 4711 23 24\n".utf8)
    return Processes.startTime(in: line) == 4711 ? nil : "a name changes the start time"
  }
}

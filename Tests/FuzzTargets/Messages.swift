@testable import CRIU
@testable import Linux
@testable import Seccomp
import RuntimeSpec

/// What criu answers.
enum CriuMessages {
  static func check(_ bytes: [UInt8]) -> String? {
    let response: CriuResponse
    do throws(Failure) {
      response = try CriuResponse(bytes)
    } catch {
      return error.description == "malformed message" ? nil : "\(error)"
    }
    _ = response.version?.number
    // A field that nobody knows changes nothing, wherever it stands.
    let unknown: [UInt8] = [0x98, 0x06, 0x01]
    guard (try? CriuResponse(unknown + bytes)) == response, (try? CriuResponse(bytes + unknown)) == response else {
      return "a field that is not known is not skipped"
    }
    return nil
  }
}

/// What the kernel answers about network devices.
enum NetlinkAnswers {
  static func check(_ bytes: [UInt8]) -> String? {
    var messages: [NetlinkMessage] = []
    _ = try? NetlinkMessage.read(bytes, into: &messages)
    if messages.reduce(0, { $0 + 16 + $1.body.count }) > bytes.count { return "more than there was" }
    for device in NetworkDevices.devices(messages) { _ = NetworkDevices.addresses(of: device, messages) }
    for message in messages {
      var written = NetlinkMessage(type: message.type, body: [])
      let attributes = message.attributes(from: 0)
      for attribute in attributes { written.append(attribute.type, Array(attribute.value)) }
      let again = written.attributes(from: 0)
      guard again.elementsEqual(attributes, by: { $0.type == $1.type && $0.value == $1.value }) else {
        return "attributes are written as others"
      }
    }
    return nil
  }
}

/// Compiled filters that were kept.
enum Filters {
  private static let key = FilterCache.Key(profile: [], version: "fuzz")

  static func check(_ bytes: [UInt8]) -> String? {
    if FilterCheck.isWellFormed(bytes), let fault = runsOut(bytes) { return fault }
    // The checksum would keep everything out: it is put right here.
    var file = CachedFilter.encode(SeccompProgram(instructions: bytes, flags: UInt32(bytes.first ?? 0)), key)
    if let program = CachedFilter.decode(file, key) {
      if program.instructions != bytes || !FilterCheck.isWellFormed(bytes) { return "another program" }
    } else if FilterCheck.isWellFormed(bytes), (bytes.first ?? 0) & ~6 == 0 {
      return "a good program is refused"
    }
    if bytes.count > 2 {
      file[Int(bytes[0]) % file.count] ^= max(bytes[1], 1)
      if CachedFilter.decode(file, key) != nil { return "a damaged file is taken" }
    }
    return CachedFilter.decode(bytes, key) == nil ? nil : "any bytes are taken"
  }

  /// Follows every way through a program: each ends with a return, in the program.
  private static func runsOut(_ program: [UInt8]) -> String? {
    let count = program.count / 8
    for index in 0..<count {
      let start = index * 8
      let code = UInt16(program[start]) | UInt16(program[start + 1]) << 8
      if code == 0x06 { continue }
      let value = (0..<4).reduce(0) { $0 | Int(program[start + 4 + $1]) << (8 * $1) }
      let steps = code == 0x05 ? [value] : code & 7 == 5 ? [Int(program[start + 2]), Int(program[start + 3])] : [0]
      for step in steps where index + 1 + step >= count { return "instruction \(index) leads out of the program" }
    }
    return nil
  }
}

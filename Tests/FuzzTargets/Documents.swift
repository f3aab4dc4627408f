import Rootfs
import Runtime
import RuntimeSpec
import Seccomp

/// JSON documents.
enum Documents {
  /// An accepted configuration comes out of its own encoding as it was.
  static func checkConfiguration(_ bytes: [UInt8]) -> String? {
    let spec: Spec
    do {
      spec = try Spec.decode(bytes: bytes, fileName: "config.json")
    } catch {
      return error.lines.isEmpty ? "an error without a line" : nil
    }
    _ = try? RootfsPlan(spec, bundle: "/bundle")
    for mount in spec.mounts { _ = MountOptions.parse(mount.options) }
    let encoded = spec.encoded()
    guard let again = try? Spec.decode(bytes: encoded, fileName: "again") else {
      return "its own encoding is refused: \(String(decoding: encoded, as: UTF8.self))"
    }
    return again == spec ? nil : "its own encoding is another: \(String(decoding: encoded, as: UTF8.self))"
  }

  /// A compiled profile has instructions, and no more than the kernel takes (BPF_MAXINSNS).
  static func checkSeccomp(_ bytes: [UInt8]) -> String? {
    let text =
      Array(#"{"ociVersion":"1.0.0","root":{"path":"r"},"linux":{"seccomp":"#.utf8) + bytes + Array("}}".utf8)
    guard let spec = try? Spec.decode(bytes: text, fileName: "config.json"), let profile = spec.linux.seccomp,
      let program = try? SeccompProgram.compile(profile)
    else { return nil }
    let count = program.instructions.count
    return count % 8 == 0 && count > 0 ? nil : "a program of \(count) bytes"
  }

  /// An accepted record comes out of its own encoding as it was.
  static func checkState(_ bytes: [UInt8]) -> String? {
    guard let record = try? ContainerRecord(decoding: bytes, file: "state.json") else { return nil }
    let again = try? ContainerRecord(decoding: record.encode(), file: "again")
    return again == record ? nil : "its own encoding is another or refused"
  }
}

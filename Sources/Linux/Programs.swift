internal import CShim
internal import Glibc

/// seccomp(2) filters.
package enum SeccompFilter {
  /// Installs a program of struct sock_filter entries, 8 bytes each; returns the listener's descriptor when
  /// SECCOMP_FILTER_FLAG_NEW_LISTENER is among `flags`.
  package static func install(_ program: [UInt8], flags: UInt32) throws(Failure) -> FileDescriptor? {
    guard let count = UInt16(exactly: program.count / 8) else { throw Failure("seccomp program too long") }
    let result = try check(unsafe sw_seccomp_set_filter(flags, program, count), "load seccomp filter")
    return flags & 8 != 0 ? FileDescriptor(owning: result) : nil
  }

  /// Whether the kernel knows an action, SECCOMP_GET_ACTION_AVAIL.
  package static func isAvailable(action: UInt32) -> Bool {
    sw_seccomp_action_available(action) == 0
  }
}

/// eBPF programs that decide on device access in a cgroup v2, bpf(2) BPF_PROG_TYPE_CGROUP_DEVICE.
package enum DevicePrograms {
  private static let programType: UInt32 = 15  // BPF_PROG_TYPE_CGROUP_DEVICE
  private static let attachType: UInt32 = 6  // BPF_CGROUP_DEVICE
  private static let allowMultiple: UInt32 = 2  // BPF_F_ALLOW_MULTI

  /// Loads a program of 64-bit instructions.
  package static func load(_ instructions: [UInt64]) throws(Failure) -> FileDescriptor {
    let result = unsafe sw_bpf_load(programType, instructions, UInt32(instructions.count), "Apache", nil, 0)
    return FileDescriptor(owning: try check(result, "load device program"))
  }

  /// Attaches `program` to a cgroup; with `replacing`, in the place of that one, atomically.
  package static func attach(
    _ program: borrowing FileDescriptor, to cgroup: borrowing FileDescriptor,
    replacing old: borrowing FileDescriptor = FileDescriptor(owning: -1)
  ) throws(Failure) {
    try check(
      sw_bpf_attach(attachType, cgroup.raw, program.raw, allowMultiple, old.raw), "attach device program")
  }

  package static func detach(
    _ program: borrowing FileDescriptor, from cgroup: borrowing FileDescriptor
  ) throws(Failure) {
    try check(sw_bpf_detach(attachType, cgroup.raw, program.raw), "detach device program")
  }

  /// Ids of the programs attached to a cgroup itself.
  package static func attached(to cgroup: borrowing FileDescriptor) throws(Failure) -> [UInt32] {
    var ids = [UInt32](repeating: 0, count: 64)
    var count: UInt32 = 64
    try check(unsafe sw_bpf_query(attachType, cgroup.raw, &ids, &count), "query device programs")
    return Array(ids.prefix(Int(count)))
  }

  package static func open(id: UInt32) throws(Failure) -> FileDescriptor {
    FileDescriptor(owning: try check(sw_bpf_program_by_id(id), "open device program"))
  }
}

/// The running kernel.
package enum Kernel {
  /// As `uname -r`.
  package static var release: String {
    var buffer = [CChar](repeating: 0, count: 128)
    guard unsafe sw_uname_release(&buffer, buffer.count) == 0 else { return "" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

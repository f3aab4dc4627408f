/// Names of kernel parameters (sysctl(8), sysctl.d(5)).
package enum Sysctl {
  /// The file of a parameter below `/proc/sys`, such as `net/ipv4/conf/eno2.100/rp_filter`, or nil where the name is
  /// malformed. The first separator decides: after a dot, dots separate and slashes stand for dots, and the other way
  /// round. The file has no empty, `.` or `..` component, so that it can't lead elsewhere.
  package static func file(of name: String) -> String? {
    let dot = UInt8(ascii: ".")
    let slash = UInt8(ascii: "/")
    var file = Array(name.utf8)
    guard let first = file.first(where: { $0 == dot || $0 == slash }) else { return nil }
    if first == dot {
      for index in file.indices {
        if file[index] == dot { file[index] = slash } else if file[index] == slash { file[index] = dot }
      }
    }
    guard file.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
    let components = file.split(separator: slash, omittingEmptySubsequences: false)
    guard components.allSatisfy({ !$0.isEmpty && !$0.elementsEqual([dot]) && !$0.elementsEqual([dot, dot]) }) else {
      return nil
    }
    return String(decoding: file, as: UTF8.self)
  }

  /// The kind of namespace that a parameter belongs to, given its file, or nil where it belongs to the whole system.
  package static func namespace(of file: String) -> LinuxNamespaceType? {
    switch file {
    case "kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/sem", "kernel/shmall", "kernel/shmmax",
      "kernel/shmmni", "kernel/shm_rmid_forced":
      .ipc
    case "kernel/domainname", "kernel/hostname": .uts
    case _ where file.hasPrefix("fs/mqueue/"): .ipc
    case _ where file.hasPrefix("net/"): .network
    case _ where file.hasPrefix("user/"): .user
    default: nil
    }
  }
}

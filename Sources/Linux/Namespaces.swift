internal import CShim
internal import Glibc

/// Namespaces, namespaces(7).
package enum Namespaces {
  /// Kinds of namespaces as CLONE_NEW* bits.
  package struct Kinds: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
      self.rawValue = rawValue
    }

    /// The standard library's is generic: a thousand instructions for each literal in another module.
    @inlinable package init(arrayLiteral elements: Kinds...) {
      self.init(rawValue: elements.reduce(0) { $0 | $1.rawValue })
    }

    package static let time = Kinds(rawValue: 0x80)
    package static let mount = Kinds(rawValue: 0x2_0000)
    package static let cgroup = Kinds(rawValue: 0x200_0000)
    package static let uts = Kinds(rawValue: 0x400_0000)
    package static let ipc = Kinds(rawValue: 0x800_0000)
    package static let user = Kinds(rawValue: 0x1000_0000)
    package static let pid = Kinds(rawValue: 0x2000_0000)
    package static let network = Kinds(rawValue: 0x4000_0000)
  }

  /// The namespaces of the calling process become new ones, unshare(2).
  package static func unshare(_ kinds: Kinds) throws(Failure) {
    try check(sw_unshare(Int32(bitPattern: kinds.rawValue)), "unshare namespaces")
  }

  /// Joins a namespace, setns(2); the kernel refuses it when its type is not among `kinds`.
  package static func join(_ namespace: borrowing FileDescriptor, _ kinds: Kinds) throws(Failure) {
    try check(sw_setns(namespace.raw, Int32(bitPattern: kinds.rawValue)), "join namespace")
  }

  /// Joins several namespaces of a process by its pidfd at once, setns(2).
  package static func join(_ process: borrowing ProcessDescriptor, _ kinds: Kinds) throws(Failure) {
    try check(
      sw_setns(process.descriptor.raw, Int32(bitPattern: kinds.rawValue)), "join namespaces of process \(process.pid)")
  }

  /// Opens a namespace file and checks that it is one, and of the kind wanted, ioctl_ns(2) NS_GET_NSTYPE.
  package static func open(_ path: String, kind: Kinds) throws(Failure) -> FileDescriptor {
    let file = try Files.open(path, [.read, .nonBlocking, .noControllingTerminal])
    let type = sw_namespace_type(file.raw)
    guard type >= 0 else { throw Failure("\(path) is not a namespace", Errno(rawValue: -type)) }
    guard UInt32(bitPattern: type) == kind.rawValue else {
      throw Failure("\(path) is a namespace of another type")
    }
    return file
  }

  /// Whether a namespace belongs to another user namespace than `userNamespace`, ioctl_ns(2) NS_GET_USERNS.
  package static func owner(of namespace: borrowing FileDescriptor) throws(Failure) -> FileDescriptor {
    FileDescriptor(owning: try check(sw_namespace_owner_userns(namespace.raw), "owner of namespace"))
  }

  /// Whether this process is in the initial user namespace, whose inode the kernel fixes (PROC_USER_INIT_INO).
  package static var isInitialUser: Bool {
    (try? FileStatus.of("/proc/self/ns/user", followLink: true))?.inode == 0xEFFF_FFFD
  }

  package static func setHostName(_ name: String) throws(Failure) {
    try check(unsafe sw_sethostname(name, name.utf8.count), "set hostname")
  }

  package static func setDomainName(_ name: String) throws(Failure) {
    try check(unsafe sw_setdomainname(name, name.utf8.count), "set domainname")
  }

  /// Brings an interface up that has no other flags which can be set, as the loopback of a new network namespace,
  /// netdevice(7) SIOCSIFFLAGS.
  package static func bringUp(interface name: String) throws(Failure) {
    let socket = FileDescriptor(owning: try check(sw_socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0), "socket"))
    try check(unsafe sw_interface_up(socket.raw, name), "bring up interface \(name)")
  }
}

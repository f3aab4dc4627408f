/// A network device of one network namespace.
package struct NetworkDevice: Equatable, Sendable {
  package var index: UInt32
  package var name: String
}

/// An address of a network device, as rtnetlink(7) RTM_GETADDR tells of it.
package struct NetworkAddress: Equatable, Sendable {
  /// AF_INET or AF_INET6.
  fileprivate var family: UInt8
  fileprivate var prefixLength: UInt8
  fileprivate var flags: UInt32
  fileprivate var scope: UInt8
  /// IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST, IFA_RT_PRIORITY and IFA_PROTO, as they are.
  fileprivate var attributes: [(type: UInt16, value: [UInt8])]
  /// IFA_LABEL, which begins with the device's name.
  fileprivate var label: String?

  /// Whether it was given by somebody and for everybody: IFA_F_PERMANENT and RT_SCOPE_UNIVERSE.
  package var isPermanentAndGlobal: Bool { flags & 0x80 != 0 && scope == 0 }

  package static func == (a: NetworkAddress, b: NetworkAddress) -> Bool {
    a.family == b.family && a.prefixLength == b.prefixLength && a.flags == b.flags && a.scope == b.scope
      && a.label == b.label && a.attributes.elementsEqual(b.attributes) { $0.type == $1.type && $0.value == $1.value }
  }
}

/// The network devices of the network namespace that this value was made in.
package struct NetworkDevices: ~Copyable {
  private let socket: NetlinkSocket

  package init() throws(Failure) {
    socket = try NetlinkSocket()
  }

  /// Makes the value in another network namespace than the caller's.
  package init(in namespace: borrowing FileDescriptor) throws(Failure) {
    let own = try Files.open("/proc/self/ns/net", .read)
    try Namespaces.join(namespace, .network)
    let made: Result<Int, Failure>
    var found: NetlinkSocket?
    do {
      found = try NetlinkSocket()
      made = .success(0)
    } catch {
      made = .failure(error)
    }
    try Namespaces.join(own, .network)
    _ = try made.get()
    guard let found = found.take() else { throw Failure("netlink socket") }
    socket = found
  }

  /// All devices, RTM_GETLINK.
  package borrowing func all() throws(Failure) -> [NetworkDevice] {
    let request = NetlinkMessage(type: 18, body: [UInt8](repeating: 0, count: 16))
    return Self.devices(try socket.list(request, "list network devices"))
  }

  /// The devices that an answer tells of.
  static func devices(_ answer: [NetlinkMessage]) -> [NetworkDevice] {
    var devices: [NetworkDevice] = []
    for message in answer where message.type == 16 && message.body.count >= 16 {
      let index = NetlinkBytes.number32(message.body, 4)
      // IFLA_IFNAME
      guard let name = message.attributes(from: 16).first(where: { $0.type == 3 }) else { continue }
      devices.append(NetworkDevice(index: index, name: NetlinkBytes.text(name.value)))
    }
    return devices
  }

  /// The addresses of a device, RTM_GETADDR.
  package borrowing func addresses(of device: NetworkDevice) throws(Failure) -> [NetworkAddress] {
    let request = NetlinkMessage(type: 22, body: [UInt8](repeating: 0, count: 8))
    return Self.addresses(of: device, try socket.list(request, "list addresses"))
  }

  /// The addresses of a device that an answer tells of.
  static func addresses(of device: NetworkDevice, _ answer: [NetlinkMessage]) -> [NetworkAddress] {
    var addresses: [NetworkAddress] = []
    for message in answer where message.type == 20 && message.body.count >= 8 {
      guard NetlinkBytes.number32(message.body, 4) == device.index else { continue }
      var address = NetworkAddress(
        family: message.body[0], prefixLength: message.body[1], flags: UInt32(message.body[2]),
        scope: message.body[3], attributes: [])
      for attribute in message.attributes(from: 8) {
        switch attribute.type {
        case 1, 2, 4, 9, 11: address.attributes.append((attribute.type, Array(attribute.value)))
        case 3: address.label = NetlinkBytes.text(attribute.value)
        case 8: address.flags = NetlinkBytes.number32(attribute.value) ?? address.flags
        default: break
        }
      }
      addresses.append(address)
    }
    return addresses
  }

  /// Moves a device to another namespace, where it gets `name`, possibly with `%d` for a number that is free there. It is
  /// down then and has no addresses.
  ///
  /// Throws EEXIST when there is one of that name, EINVAL for a device that cannot be moved, EPERM.
  package borrowing func move(
    _ device: NetworkDevice, to namespace: borrowing FileDescriptor, as name: String
  ) throws(Failure) {
    var request = Self.linkRequest(device, up: false)
    request.append(28 /* IFLA_NET_NS_FD */, NetlinkBytes.bytes(UInt32(bitPattern: namespace.raw)))
    request.append(3 /* IFLA_IFNAME */, Array(name.utf8) + [0])
    try socket.request(request, "move to the container's network namespace")
  }

  /// Gives a device an address, which had it under the name `formerName`.
  package borrowing func add(
    _ address: NetworkAddress, to device: NetworkDevice, formerName: String
  ) throws(Failure) {
    var request = NetlinkMessage(
      type: 20,
      body: [address.family, address.prefixLength, UInt8(truncatingIfNeeded: address.flags), address.scope]
        + NetlinkBytes.bytes(device.index))
    for attribute in address.attributes { request.append(attribute.type, attribute.value) }
    if let label = address.label, label.hasPrefix(formerName) {
      request.append(3, Array((device.name + label.dropFirst(formerName.count)).utf8) + [0])
    }
    request.append(8 /* IFA_FLAGS */, NetlinkBytes.bytes(address.flags))
    // NLM_F_CREATE | NLM_F_EXCL
    try socket.request(request, flags: 0x600, "restore an address")
  }

  /// Brings a device up.
  package borrowing func bringUp(_ device: NetworkDevice) throws(Failure) {
    try socket.request(Self.linkRequest(device, up: true), "bring up")
  }

  /// RTM_SETLINK with struct ifinfomsg: IFF_UP set or cleared.
  private static func linkRequest(_ device: NetworkDevice, up: Bool) -> NetlinkMessage {
    NetlinkMessage(
      type: 19,
      body: [0, 0, 0, 0] + NetlinkBytes.bytes(device.index) + NetlinkBytes.bytes(UInt32(up ? 1 : 0))
        + NetlinkBytes.bytes(UInt32(1)))
  }
}

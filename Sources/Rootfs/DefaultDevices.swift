package import Linux
internal import RuntimeSpec

/// A node to make in the container.
package struct DeviceNode: Equatable, Sendable {
  package enum Kind: UInt32, Equatable, Sendable {
    case fifo = 0o010000
    case character = 0o020000
    case block = 0o060000

    var status: FileStatus.Kind {
      switch self {
      case .fifo: .fifo
      case .character: .characterDevice
      case .block: .blockDevice
      }
    }
  }

  package var path: ContainerPath
  package var kind: Kind
  package var number: DeviceNumber
  /// Permission bits.
  package var mode: UInt32
  package var uid: UInt32
  package var gid: UInt32

  package init(
    path: ContainerPath, kind: Kind, number: DeviceNumber, mode: UInt32 = 0o666, uid: UInt32 = 0, gid: UInt32 = 0
  ) {
    self.path = path
    self.kind = kind
    self.number = number
    self.mode = mode
    self.uid = uid
    self.gid = gid
  }
}

/// The devices of every container (config-linux.md, «Default Devices») and those of the configuration («Devices»).
enum DefaultDevices {
  private static let defaults: [(path: String, major: UInt32, minor: UInt32)] = [
    ("/dev/null", 1, 3), ("/dev/zero", 1, 5), ("/dev/full", 1, 7), ("/dev/random", 1, 8), ("/dev/urandom", 1, 9),
    ("/dev/tty", 5, 0),
  ]

  /// All nodes to make: a configured device takes the place of a default one at its path. /dev/ptmx is a link.
  static func nodes(_ configured: [LinuxDevice], problems: inout [String]) -> [DeviceNode] {
    var nodes: [DeviceNode] = []
    for device in configured {
      guard let node = node(device) else {
        problems.append("device \"\(device.path)\" has no valid path or number")
        continue
      }
      if node.path.text != "/dev/ptmx" { nodes.append(node) }
    }
    let own = defaults.map { device in
      DeviceNode(
        path: ContainerPath(device.path), kind: .character,
        number: DeviceNumber(major: device.major, minor: device.minor))
    }
    return own.filter { device in !nodes.contains { $0.path == device.path } } + nodes
  }

  private static func node(_ device: LinuxDevice) -> DeviceNode? {
    let path = ContainerPath(device.path)
    guard !path.isRoot, !device.path.utf8.contains(0) else { return nil }
    let kind: DeviceNode.Kind =
      switch device.type {
      case .character, .unbuffered: .character
      case .block: .block
      case .pipe: .fifo
      }
    var number = DeviceNumber(major: 0, minor: 0)
    if kind != .fifo {
      guard let major = UInt32(exactly: device.major), let minor = UInt32(exactly: device.minor) else { return nil }
      number = DeviceNumber(major: major, minor: minor)
    }
    return DeviceNode(
      path: path, kind: kind, number: number, mode: (device.fileMode ?? 0o666) & 0o7777, uid: device.uid ?? 0,
      gid: device.gid ?? 0)
  }
}

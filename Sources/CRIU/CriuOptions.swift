/// How criu treats the cgroups of the processes, rpc.proto `criu_cg_mode`.
package enum CriuCgroupMode: Int32, Equatable, Sendable {
  case ignore = 0
  case soft = 3
  case full = 4
  case strict = 5
  /// What criu does by itself, which is `soft`.
  case `default` = 6
}

/// What a dump or a restore is to do, rpc.proto `criu_opts`: the fields that the runtime uses. A field that is nil is not
/// sent, so that criu's default or its configuration file decides.
package struct CriuOptions: Equatable, Sendable {
  /// Two strings that belong together: a name and what it stands for.
  package struct Mapping: Equatable, Sendable {
    package var key: String
    package var value: String

    package init(_ key: String, _ value: String) {
      self.key = key
      self.value = value
    }
  }

  /// A descriptor of criu's that takes the place of a resource of the images.
  package struct InheritedDescriptor: Equatable, Sendable {
    package var key: String
    package var number: Int32

    package init(_ key: String, _ number: Int32) {
      self.key = key
      self.number = number
    }
  }

  /// Where pages are sent to.
  package struct PageServer: Equatable, Sendable {
    package var address: String
    package var port: Int32

    package init(address: String, port: Int32) {
      self.address = address
      self.port = port
    }
  }

  /// The directory of the images: a descriptor of the process that made the socket.
  package var imagesDirectory: Int32
  /// The process whose tree is dumped.
  package var pid: Int32?
  package var leaveRunning: Bool?
  package var externalUnixSockets: Bool?
  package var tcpEstablished: Bool?
  package var evasiveDevices: Bool?
  package var shellJob: Bool?
  package var fileLocks: Bool?
  package var logLevel: Int32?
  /// A name in the work directory.
  package var logFile: String?
  package var pageServer: PageServer?
  /// Whether criu says when it has come to a certain point, and waits there for an answer.
  package var notifies: Bool?
  package var root: String?
  /// Images of an earlier dump, relative to the directory of the images.
  package var parentImages: String?
  package var tracksMemory: Bool?
  package var removesDuplicates: Bool?
  /// As `imagesDirectory`.
  package var workDirectory: Int32?
  package var linkRemap: Bool?
  /// Dump: mount points and the names that they get in the images. Restore: those names and paths on the host.
  package var externalMounts: [Mapping] = []
  package var managesCgroups: Bool?
  /// The cgroup, by controller, below which the processes are restored.
  package var cgroupRoots: [Mapping] = []
  /// Whether the restored process becomes a child of criu's parent.
  package var restoresSibling: Bool?
  package var inheritedDescriptors: [InheritedDescriptor] = []
  package var cgroupMode: CriuCgroupMode?
  /// Resources that are not dumped: `net[INODE]:NAME`.
  package var externals: [String] = []
  /// Namespaces whose content is not dumped or restored, as CLONE_NEW* bits.
  package var emptyNamespaces: UInt32?
  /// Namespaces to restore into: kind and path.
  package var joinedNamespaces: [Mapping] = []
  package var freezerCgroup: String?
  package var skipsInFlightTCP: Bool?
  package var lazyPages: Bool?
  package var statusDescriptor: Int32?
  /// Whether the master of a terminal that nobody has is sent along with a notification.
  package var sendsTerminalMaster: Bool?
  package var configurationFile: String?
  package var lsmProfile: String?
  package var lsmMountContext: String?

  package init(imagesDirectory: Int32) {
    self.imagesDirectory = imagesDirectory
  }

  /// Writes the fields in the order of their numbers.
  func write(_ writer: inout ProtobufWriter) {
    writer.integer(1, imagesDirectory)
    writer.integer(2, pid)
    writer.boolean(3, leaveRunning)
    writer.boolean(4, externalUnixSockets)
    writer.boolean(5, tcpEstablished)
    writer.boolean(6, evasiveDevices)
    writer.boolean(7, shellJob)
    writer.boolean(8, fileLocks)
    writer.integer(9, logLevel)
    writer.text(10, logFile)
    if let pageServer {
      writer.message(11) { inner in
        inner.text(1, pageServer.address)
        inner.integer(2, pageServer.port)
      }
    }
    writer.boolean(12, notifies)
    writer.text(13, root)
    writer.text(14, parentImages)
    writer.boolean(15, tracksMemory)
    writer.boolean(16, removesDuplicates)
    writer.integer(17, workDirectory)
    writer.boolean(18, linkRemap)
    Self.write(externalMounts, 23, &writer)
    writer.boolean(24, managesCgroups)
    Self.write(cgroupRoots, 25, &writer)
    writer.boolean(26, restoresSibling)
    for inherited in inheritedDescriptors {
      writer.message(27) { inner in
        inner.text(1, inherited.key)
        inner.integer(2, inherited.number)
      }
    }
    writer.integer(34, cgroupMode?.rawValue)
    writer.texts(37, externals)
    writer.integer(38, emptyNamespaces.map { Int64($0) })
    Self.write(joinedNamespaces, 39, &writer)
    writer.text(44, freezerCgroup)
    writer.boolean(46, skipsInFlightTCP)
    writer.boolean(48, lazyPages)
    writer.integer(49, statusDescriptor)
    writer.boolean(50, sendsTerminalMaster)
    writer.text(51, configurationFile)
    writer.text(53, lsmProfile)
    writer.text(63, lsmMountContext)
  }

  private static func write(_ mappings: [Mapping], _ field: UInt64, _ writer: inout ProtobufWriter) {
    for mapping in mappings {
      writer.message(field) { inner in
        inner.text(1, mapping.key)
        inner.text(2, mapping.value)
      }
    }
  }
}

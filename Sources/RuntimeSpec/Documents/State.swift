package import JSON

/// The status of a container (runtime.md, «State»), with runc's `paused`.
package enum ContainerStatus: String, Equatable, Sendable {
  /// The container is being created.
  case creating
  /// The container exists and its process waits for `start`.
  case created
  /// The container's process runs.
  case running
  /// The container's processes are frozen.
  case paused
  /// The container's process has ended.
  case stopped
}

/// The state of a container as the specification has it (runtime.md, «State»): what hooks read from their standard
/// input, and what a seccomp listener gets.
package struct State: Equatable, Sendable, SpecEncodable {
  /// The version of the specification that the state complies with.
  package var ociVersion: String
  /// The container's id.
  package var id: String
  /// The container's status.
  package var status: ContainerStatus
  /// The process id as the host sees it, or 0 without a process.
  package var pid: Int32
  /// The bundle's absolute path.
  package var bundle: String
  /// The configuration's annotations.
  package var annotations: OrderedMap<String>

  /// Makes a state from its properties.
  package init(
    ociVersion: String = SpecVersion.current,
    id: String,
    status: ContainerStatus,
    pid: Int32 = 0,
    bundle: String,
    annotations: OrderedMap<String> = [:]
  ) {
    self.ociVersion = ociVersion
    self.id = id
    self.status = status
    self.pid = pid
    self.bundle = bundle
    self.annotations = annotations
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("ociVersion", ociVersion)
    writer.member("id", id)
    writer.member("status", status.rawValue)
    writer.memberIfNotZero("pid", pid)
    writer.member("bundle", bundle)
    writer.memberIfNotEmpty("annotations", annotations)
    writer.endObject()
  }

  /// The document as a JSON text.
  package func encoded(_ style: JSONWriter.Style = .compact) -> [UInt8] { DocumentReader.write(self, style) }
}

/// What a seccomp listener gets together with descriptors (config-linux.md, «The Container Process State»).
package struct ContainerProcessState: Equatable, Sendable, SpecEncodable {
  /// The name of the descriptor that seccomp(2) returned.
  package static let seccompFdName = "seccompFd"

  /// The version of the specification that the document complies with.
  package var ociVersion: String
  /// The names of the descriptors, in their order.
  package var fds: [String]
  /// The process id as the runtime sees it.
  package var pid: Int32
  /// The configuration's `listenerMetadata`.
  package var metadata: String?
  /// The container's state.
  package var state: State

  /// Makes a document from its properties.
  package init(
    ociVersion: String = SpecVersion.current,
    fds: [String] = [seccompFdName],
    pid: Int32,
    metadata: String? = nil,
    state: State
  ) {
    self.ociVersion = ociVersion
    self.fds = fds
    self.pid = pid
    self.metadata = metadata
    self.state = state
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("ociVersion", ociVersion)
    writer.member("fds", fds)
    writer.member("pid", pid)
    writer.memberIfPresent("metadata", metadata)
    writer.member("state", state)
    writer.endObject()
  }

  /// The document as a JSON text.
  package func encoded(_ style: JSONWriter.Style = .compact) -> [UInt8] { DocumentReader.write(self, style) }
}

/// The state of a container as `state` and `list --format json` show it: the specification's with what runc adds, in
/// runc's order.
package struct ContainerReport: Equatable, Sendable, SpecEncodable {
  /// The state of the specification. Its process id is shown even if it is 0.
  package var state: State
  /// The root filesystem's absolute path.
  package var rootfs: String
  /// When the container was created, in the form of RFC 3339 and in UTC.
  package var created: String
  /// The name of the user who owns the container, or empty where it doesn't matter.
  package var owner: String

  /// Makes a report from its properties.
  package init(state: State, rootfs: String, created: String, owner: String = "") {
    self.state = state
    self.rootfs = rootfs
    self.created = created
    self.owner = owner
  }

  func encode(_ writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("ociVersion", state.ociVersion)
    writer.member("id", state.id)
    writer.member("pid", state.pid)
    writer.member("status", state.status.rawValue)
    writer.member("bundle", state.bundle)
    writer.member("rootfs", rootfs)
    writer.member("created", created)
    writer.memberIfNotEmpty("annotations", state.annotations)
    writer.member("owner", owner)
    writer.endObject()
  }

  /// The document of `state` as a JSON text: without a line break at the end, as runc's.
  package func encoded(_ style: JSONWriter.Style = .pretty(indentation: "  ")) -> [UInt8] {
    DocumentReader.write(self, style)
  }

  /// The document of `list --format json`: `null` without containers, as runc's.
  package static func encodedList(_ reports: [ContainerReport]) -> [UInt8] {
    var writer = JSONWriter()
    if reports.isEmpty {
      writer.null()
    } else {
      writer.beginArray()
      for report in reports { report.encode(&writer) }
      writer.endArray()
    }
    return writer.bytes
  }
}

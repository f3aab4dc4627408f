package import Linux

/// A container's cgroup, made by writing to cgroupfs: one directory in each hierarchy.
package struct Cgroup: CgroupDriver, Equatable {
  /// The container's directory in one hierarchy.
  package struct Directory: Equatable, Sendable {
    /// As in `CgroupHierarchy`: empty for v2.
    package var controllers: [String]
    /// The directory.
    package var path: String
    /// Where the hierarchy is mounted; nil when the value was rebuilt from stored paths.
    package var mountPoint: String?

    var isUnified: Bool { controllers.isEmpty }

    /// Whether the mount table has just named the hierarchy.
    var isDetected: Bool { mountPoint != nil }
  }

  /// One for each hierarchy; v2 comes last in those that `init(_:in:)` makes.
  package internal(set) var directories: [Directory]
  /// The hierarchies that `create` left out, and why.
  var refusals: [Refusal] = []

  /// A hierarchy in which the caller may not make a cgroup.
  struct Refusal: Equatable, Sendable {
    /// As in `Directory`.
    var controllers: [String]
    /// The error.
    var reason: String
  }

  /// The place for a container's cgroup at `path`; makes nothing.
  package init(_ path: CgroupsPath, in hierarchies: CgroupHierarchies) throws(Failure) {
    directories = []
    directories.reserveCapacity(hierarchies.legacy.count + 1)
    for hierarchy in hierarchies.legacy {
      directories.append(
        Directory(
          controllers: hierarchy.controllers, path: try path.directory(in: hierarchy, isPureUnified: false),
          mountPoint: hierarchy.mountPoint))
    }
    if let unified = hierarchies.unified {
      let directory = try path.directory(in: unified, isPureUnified: hierarchies.legacy.isEmpty)
      directories.append(Directory(controllers: [], path: directory, mountPoint: unified.mountPoint))
    }
  }

  /// Rebuilds the value from stored `paths`.
  package init(paths: [(controller: String, path: String)]) {
    directories = []
    for entry in paths {
      if entry.controller.isEmpty {
        directories.append(Directory(controllers: [], path: entry.path))
      } else if let index = directories.firstIndex(where: { !$0.isUnified && $0.path == entry.path }) {
        directories[index].controllers.append(entry.controller)
      } else {
        directories.append(Directory(controllers: [entry.controller], path: entry.path))
      }
    }
  }

  package var paths: [(controller: String, path: String)] {
    var result: [(controller: String, path: String)] = []
    for directory in directories {
      if directory.isUnified { result.append(("", directory.path)) }
      for controller in directory.controllers { result.append((controller, directory.path)) }
    }
    return result
  }

  /// For `exec --cgroup`: the same cgroup, but below it where `places` says so, in all hierarchies (no controller) or in
  /// a controller's.
  ///
  /// Throws for a path that leads out of the container's cgroup, for a controller that has no hierarchy, and for two
  /// paths in one hierarchy. Whether the cgroups exist shows when a process is added.
  package func placed(in places: [(controller: String?, path: String)]) throws(Failure) -> Cgroup {
    var result = self
    for place in places {
      // A "/" alone means the container's own cgroup, as with runc.
      let isOwn = !place.path.isEmpty && place.path.utf8.allSatisfy { $0 == UInt8(ascii: "/") }
      var below = ""
      if !isOwn {
        guard let path = try? CgroupsPath("/" + place.path, containerID: "") else {
          throw Failure("bad sub cgroup path: \(place.path.debugDescription)")
        }
        for name in path.components { below += "/" + name }
      }
      var isFound = false
      for index in directories.indices {
        if let controller = place.controller, !directories[index].controllers.contains(controller) { continue }
        isFound = true
        let path = directories[index].path + below
        guard result.directories[index].path == directories[index].path || result.directories[index].path == path else {
          throw Failure("the controllers \(directories[index].controllers.joined(separator: ",")) share one cgroup")
        }
        result.directories[index].path = path
      }
      if !isFound {
        throw Failure("the container has no cgroup of the controller \"\(place.controller ?? "")\"")
      }
    }
    return result
  }

  var unified: Directory? { directories.last { $0.isUnified } }

  func legacy(_ controller: String) -> Directory? {
    directories.first { $0.controllers.contains(controller) }
  }

  /// Whether v2 is the only hierarchy, so that limits are its business.
  var isPureUnified: Bool { directories.count == 1 && directories[0].isUnified }

  /// The directory whose processes stand for the container's: devices first, since runc joins it whatever happens.
  var primary: Directory? {
    legacy("devices") ?? legacy("pids") ?? legacy("freezer") ?? directories.first
  }

  package func exists() throws(Failure) -> Bool {
    guard let primary else { return false }
    return try CgroupDirectory.ifPresent(primary.path) != nil
  }
}

import Foundation
import Glibc
import Testing

/// A user without any privilege, as whom tests run the runtime. It has no entry in /etc/passwd of the machine.
enum OrdinaryUser {
  static let uid: uid_t = 51500
  static let gid: gid_t = 51501

  /// The ids that newuidmap and newgidmap give it, where `withSubordinateIDs` is asked for.
  static let subordinate = (first: 5_000_000, count: 65536)

  static let hasMappingPrograms = Host.exists("/usr/bin/newuidmap") && Host.exists("/usr/bin/newgidmap")
}

extension TestContainer {
  /// From now on the runtime's commands are an ordinary user's, whose are the bundle and a state directory; the
  /// configuration is what `spec --rootless` makes of it, without limits and a named cgroup.
  ///
  /// With `withSubordinateIDs` the commands see accounts of the test's own in /etc, by a mount namespace.
  func becomeOrdinary(withSubordinateIDs: Bool = false) throws {
    let program = path("swiftlet")
    try FileManager.default.copyItem(atPath: RuntimeUnderTest.path, toPath: program)
    chmod(program, 0o755)
    let identity = [
      "/usr/bin/setpriv", "--reuid", "\(OrdinaryUser.uid)", "--regid", "\(OrdinaryUser.gid)", "--clear-groups", program,
    ]
    wrapper = withSubordinateIDs ? try withAccounts(identity) : identity
    try Host.makeDirectory(root)
    for name in [directory, root, bundle, configFile] { lchown(name, OrdinaryUser.uid, OrdinaryUser.gid) }
    try giveRootfs(uid: OrdinaryUser.uid, gid: OrdinaryUser.gid)
    config["linux"]["cgroupsPath"] = .null
    config["linux"]["resources"] = .null
    removeNamespace("network")
    setNamespace("user")
    config["linux"]["uidMappings"] = [["containerID": 0, "hostID": .int(Int(OrdinaryUser.uid)), "size": 1]]
    config["linux"]["gidMappings"] = [["containerID": 0, "hostID": .int(Int(OrdinaryUser.gid)), "size": 1]]
    dropMount("/sys")
    changeMount("/dev/pts") { $0.filter { !$0.hasPrefix("gid=") } }
    addMount("/sys", type: "none", source: "/sys", ["rbind", "nosuid", "noexec", "nodev", "ro"])
  }

  /// Maps a range of subordinate ids after the user's own.
  func mapSubordinateIDs() {
    let subordinate = OrdinaryUser.subordinate
    for (name, own) in [("uidMappings", OrdinaryUser.uid), ("gidMappings", OrdinaryUser.gid)] {
      config["linux"][name] = [
        ["containerID": 0, "hostID": .int(Int(own)), "size": 1],
        [
          "containerID": 1, "hostID": .int(subordinate.first), "size": .int(subordinate.count),
        ],
      ]
    }
  }

  private func withAccounts(_ command: [String]) throws -> [String] {
    let name = "ordinary"
    let range = "\(name):\(OrdinaryUser.subordinate.first):\(OrdinaryUser.subordinate.count)\n"
    let accounts = "root:x:0:0:root:/root:/bin/sh\n\(name):x:\(OrdinaryUser.uid):\(OrdinaryUser.gid)::/:/bin/sh\n"
    for (file, text) in [("passwd", accounts), ("subuid", range), ("subgid", range)] {
      try Host.write(text, to: path(file))
      if !Host.exists("/etc/" + file) { try Host.write("", to: "/etc/" + file) }
    }
    let script =
      ["passwd", "subuid", "subgid"].map { "mount --bind \(path($0)) /etc/\($0)" }.joined(separator: " && ")
      + " && exec \"$@\""
    return ["/usr/bin/unshare", "-m", "sh", "-c", script, "sh"] + command
  }

  /// Changes the options of the mount at a destination.
  func changeMount(_ destination: String, _ change: ([String]) -> [String]) {
    config["mounts"] = .array(
      config["mounts"].array.map { mount in
        guard mount["destination"].string == destination else { return mount }
        var mount = mount
        mount["options"] = JSON(change(mount["options"].array.compactMap(\.string)))
        return mount
      })
  }
}

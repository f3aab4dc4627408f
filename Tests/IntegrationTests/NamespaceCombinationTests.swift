import Glibc
import Testing

/// Each namespace new, joined, or the host's, together with no user namespace, a new one, and a joined one: what is joined
/// belongs to the host's user namespace, or to the container's (config-linux.md, «Namespaces»).
@Suite(.root, .tags(.integration))
struct NamespaceCombinationTests {
  enum UserState: CaseIterable { case none, new, joined }

  enum State: CaseIterable { case new, host, joinedOfHost, joinedOfUser }

  struct Combination: CustomTestStringConvertible {
    var user: UserState
    var states: [String: State]

    var testDescription: String {
      "user \(user); " + states.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
  }

  /// The type in config.json and the name in /proc/PID/ns.
  static let kinds = [
    ("pid", "pid"), ("network", "net"), ("ipc", "ipc"), ("uts", "uts"), ("cgroup", "cgroup"), ("time", "time"),
  ]

  /// Every kind in every state while the others are new; all in one state; and pid in each while the others are joined.
  static let combinations: [Combination] = {
    var all: [Combination] = []
    let new = Dictionary(uniqueKeysWithValues: kinds.map { ($0.0, State.new) })
    for user in UserState.allCases {
      for state in State.allCases {
        // What belongs to a user namespace that is new, or to none, cannot be joined by the container's.
        if state == .joinedOfUser, user != .joined { continue }
        all.append(Combination(user: user, states: new.mapValues { _ in state }))
        guard state != .new else { continue }
        for (kind, _) in kinds {
          var states = new
          states[kind] = state
          all.append(Combination(user: user, states: states))
        }
        for pid in State.allCases where pid != state && (pid != .joinedOfUser || user == .joined) {
          var states = new.mapValues { _ in state }
          states["pid"] = pid
          all.append(Combination(user: user, states: states))
        }
      }
    }
    return all
  }()

  @Test(.ownTexts, arguments: combinations)
  func combination(_ combination: Combination) throws {
    try withContainer(["sleep", "60"]) { ofHost in
      try withContainer(["sleep", "60"], sharingRootOf: ofHost) { ofUser in
        try withContainer(["sleep", "60"], sharingRootOf: ofHost) { container in
          for other in [ofHost, ofUser, container] {
            other.setNamespace("cgroup")
            other.setNamespace("time")
          }
          try UserNamespaceMountTests.giveUserNamespace(ofUser)
          try ofHost.createAndStart()
          try ofUser.createAndStart()
          let holders = [State.joinedOfHost: try ofHost.pid(), .joinedOfUser: try ofUser.pid()]
          if combination.user != .none { try UserNamespaceMountTests.giveUserNamespace(container) }
          if combination.user == .joined {
            container.setNamespace("user", path: "/proc/\(try ofUser.pid())/ns/user")
          }
          for (kind, name) in Self.kinds {
            switch combination.states[kind] {
            case .host: container.removeNamespace(kind)
            case .joinedOfHost, .joinedOfUser:
              let holder = holders[combination.states[kind] ?? .new] ?? 0
              container.setNamespace(kind, path: "/proc/\(holder)/ns/\(name)")
            default: break
            }
          }
          if combination.states["uts"] != .new { container.config["hostname"] = .null }
          if combination.states["network"] == .host { container.dropMount("/sys") }
          if combination.states["ipc"] == .host { container.dropMount("/dev/mqueue") }
          try container.createAndStart()
          try Self.expect(combination, container, holders, user: try ofUser.pid())
        }
      }
    }
  }

  private static func expect(
    _ combination: Combination, _ container: TestContainer, _ holders: [State: Int], user: Int
  ) throws {
    let pid = try container.pid()
    for (kind, name) in kinds {
      let found = Host.namespace(name, of: pid)
      switch combination.states[kind] {
      case .host: #expect(found == Host.namespace(name), "\(kind)")
      case .joinedOfHost: #expect(found == Host.namespace(name, of: holders[.joinedOfHost] ?? 0), "\(kind)")
      case .joinedOfUser: #expect(found == Host.namespace(name, of: holders[.joinedOfUser] ?? 0), "\(kind)")
      default:
        let others = holders.values.map { Host.namespace(name, of: $0) } + [Host.namespace(name)]
        #expect(!others.contains(found), "\(kind)")
      }
    }
    let userNamespace = Host.namespace("user", of: pid)
    switch combination.user {
    case .none: #expect(userNamespace == Host.namespace("user"))
    case .new: #expect(userNamespace != Host.namespace("user") && userNamespace != Host.namespace("user", of: user))
    case .joined: #expect(userNamespace == Host.namespace("user", of: user))
    }
    // The container's /proc is that of its pid namespace, and exec gets in.
    let seen = try container.exec([], ["sh", "-c", "id -u; readlink /proc/self/ns/user; readlink /proc/self/ns/pid"])
    let lines = seen.expectSuccess().text.split(separator: "\n").map(String.init)
    #expect(lines == ["0", userNamespace ?? "", Host.namespace("pid", of: pid) ?? ""])
  }

  /// A mount namespace that the host owns, joined together with a user namespace.
  @Test(.ownTexts, arguments: UserState.allCases)
  func mountNamespaceOfTheHost(_ user: UserState) throws {
    try withContainer(["sleep", "60"]) { first in
      try withContainer(["sh", "-c", "id -u; sleep 60"], sharingRootOf: first) { container in
        try UserNamespaceMountTests.giveUserNamespace(first)
        try first.createAndStart()
        let pid = try NamespaceTests.holder(of: "mnt", "--mount", container)
        if user != .none { try UserNamespaceMountTests.giveUserNamespace(container) }
        if user == .joined { container.setNamespace("user", path: "/proc/\(try first.pid())/ns/user") }
        container.setNamespace("mount", path: "/proc/\(pid)/ns/mnt")
        container.config["mounts"] = []
        container.config["linux"]["maskedPaths"] = .null
        container.config["linux"]["readonlyPaths"] = .null
        // Devices are not to be made for the others in the namespace.
        let command = try container.launchCreate()
        command.wait()
        if user == .none {
          command.outcome.expectSuccess()
          try container.start().expectSilentSuccess()
          #expect(Host.namespace("mnt", of: try container.pid()) == Host.namespace("mnt", of: pid))
        } else if command.outcome.exitCode == 0 {
          #expect(Host.namespace("mnt", of: try container.pid()) == Host.namespace("mnt", of: pid))
        } else {
          #expect(command.outcome.stderr.contains("not permitted") || command.outcome.stderr.contains("denied"))
        }
      }
    }
  }
}

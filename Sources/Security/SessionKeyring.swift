package import Linux

/// The session keyring of a container, so that its processes don't share the caller's, keyrings(7).
package enum SessionKeyring {
  /// The name that runc and crun use too.
  package static func name(of container: String) -> String { "_ses." + container }

  /// Joins the container's session keyring, making it where there is none, and lets the container search it.
  ///
  /// With `userNamespace` the searcher is a stranger to the keyring's owner, and the permission goes to «other»;
  /// otherwise to the owner. `label` is the process's SELinux label, empty for none. A kernel without keyrings
  /// (ENOSYS) is accepted: returns false. EPERM and EDQUOT are errors, keyctl_join_session_keyring(3).
  package static func create(
    for container: String, userNamespace: Bool, label: String?
  ) throws(Failure) -> Bool {
    guard let key = try join(container, label) else { return false }
    // KEY_OTH_SEARCH or KEY_USR_SEARCH of keyctl_setperm(3).
    try within("unable to mod keyring permissions") { () throws(Failure) in
      try Keyring.addPermissions(key, userNamespace ? 0x8 : 0x8_0000)
    }
    return true
  }

  /// As `create`, for a process that enters the container later: the permissions stay as they are.
  package static func enter(
    _ container: String, label: String?
  ) throws(Failure) -> Bool {
    try join(container, label) != nil
  }

  private static func join(
    _ container: String, _ label: String?
  ) throws(Failure) -> Int32? {
    let label = label ?? ""
    if !label.isEmpty { try SELinux.setForKeys(label, Procfs(.processes)) }
    var key: Int32?
    do throws(Failure) {
      key = try Keyring.joinSession(named: name(of: container))
    } catch {
      guard error.errno == .notImplemented else {
        throw Failure("unable to join session keyring \(name(of: container))", error.errno)
      }
    }
    if !label.isEmpty { try SELinux.setForKeys("", Procfs(.processes)) }
    return key
  }
}

internal import CSELinux
package import Linux

/// SELinux labels (config.md, `process.selinuxLabel`; config-linux.md, `mountLabel`).
package enum SELinux {
  private static let mountPoint = "/sys/fs/selinux"

  /// Whether the running kernel enforces or logs a policy, by the rule of is_selinux_enabled(3). libselinux would find out
  /// at the start of every process; that is left out of the executable (Sources/startup.ld).
  package static func isEnabled() -> Bool {
    guard (try? FileSystemType.of(mountPoint)) == .selinux, Files.isAccessible("/etc/selinux/config", mode: 0) else {
      return false
    }
    unsafe set_selinuxmnt(mountPoint)
    return true
  }

  /// Throws when `label` is not empty and this kernel cannot give it: SELinux is off, or its policy has no such
  /// context. Call it on the host, before anything is made. `what` is what the label is for.
  package static func validate(_ label: String?, _ what: String = "selinux label") throws(Failure) {
    guard let label, !label.isEmpty else { return }
    guard isEnabled() else {
      throw Failure("\(what) is specified in config, but selinux is disabled or not supported")
    }
    guard unsafe security_check_context_raw(label) == 0 else { throw Failure("\(what) \(label)", .last) }
  }

  /// The calling process gets the label at its next execve, setexeccon(3). Empty: as the policy says.
  package static func setOnExec(_ label: String?, _ procfs: borrowing Procfs) throws(Failure) {
    guard let label, !label.isEmpty else { return }
    try write(label, "exec", procfs)
  }

  /// Keyrings that the calling process makes get the label, setkeycreatecon(3); an empty one ends that.
  package static func setForKeys(_ label: String, _ procfs: borrowing Procfs) throws(Failure) {
    try write(label, "keycreate", procfs)
  }

  /// What is written is read back: a label that is not in force is an error, never a warning.
  private static func write(_ label: String, _ attribute: String, _ procfs: borrowing Procfs) throws(Failure) {
    do throws(Failure) {
      let path = "self/attr/\(attribute)"
      try procfs.write(label.isEmpty ? "\0" : label, to: path)
      let bytes = try procfs.read(path, limit: 4096).prefix { $0 != 0 && $0 != 10 }
      guard bytes.elementsEqual(label.utf8) else {
        throw Failure("/proc/\(path) says \(String(decoding: bytes, as: UTF8.self)) instead")
      }
    } catch {
      throw error.within("unable to set selinux \(attribute) label \(label)")
    }
  }

  /// The options of a mount with `label` as the context of all its files, mount(8) `context=`; `options` itself
  /// without a label. The quotes keep commas of the label from ending it.
  package static func mountOptions(_ options: String, label: String?) throws(Failure) -> String {
    guard let option = try mountContextOption(label) else { return options }
    return options.isEmpty ? option : options + "," + option
  }

  /// `context="LABEL"`, for the data of mount(2); nil without a label. fsconfig(2) takes the bare label as the value
  /// of `context`.
  package static func mountContextOption(_ label: String?) throws(Failure) -> String? {
    guard let label, !label.isEmpty else { return nil }
    guard !label.utf8.contains(where: { $0 == UInt8(ascii: "\"") || $0 == 0 }) else {
      throw Failure("mount label \(label) has a quotation mark or NUL in it")
    }
    return "context=\"\(label)\""
  }
}

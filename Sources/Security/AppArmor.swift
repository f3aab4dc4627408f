package import Linux

/// AppArmor profiles (config.md, `process.apparmorProfile`).
package enum AppArmor {
  /// Whether the running kernel enforces them. Ask before pivot_root: it reads the host's sysfs.
  package static func isEnabled() -> Bool {
    (try? Files.read("/sys/module/apparmor/parameters/enabled", limit: 16).first) == UInt8(ascii: "Y")
  }

  /// Whether a configuration's profile changes nothing where there is no AppArmor.
  package static func needsNothing(_ profile: String?) -> Bool {
    profile == nil || profile == "" || profile == "unconfined"
  }

  /// Throws when a profile is asked for that this kernel cannot give. Call it before anything is made.
  package static func validate(_ profile: String?) throws(Failure) {
    guard !needsNothing(profile), !isEnabled() else { return }
    throw Failure("apparmor profile \(profile ?? "") is specified in config, but apparmor is disabled or not supported")
  }

  /// The calling process gets the profile at its next execve, as aa_change_onexec(3); what was written is read back.
  ///
  /// `enabled` is what `isEnabled` said. Without AppArmor only a profile that needs nothing is accepted.
  package static func setOnExec(
    _ profile: String?, enabled: Bool, _ procfs: borrowing Procfs
  ) throws(Failure) {
    guard let profile, !profile.isEmpty else { return }
    guard enabled else {
      if needsNothing(profile) { return }
      throw Failure("apparmor profile \(profile) cannot be applied: apparmor is disabled or not supported")
    }
    do throws(Failure) {
      // The older file belongs to whichever security module comes first.
      var path = "self/attr/apparmor/exec"
      do throws(Failure) {
        try procfs.write("exec " + profile, to: path)
      } catch {
        guard error.errno == .notFound else { throw error }
        path = "self/attr/exec"
        try procfs.write("exec " + profile, to: path)
      }
      let label = String(decoding: try procfs.read(path, limit: 4096), as: UTF8.self)
      guard isLabel(label, of: profile) else { throw Failure("/proc/\(path) says \(label) instead") }
    } catch {
      throw error.within("unable to apply apparmor profile \(profile)")
    }
  }

  /// Whether the text of an attr file, `NAME (MODE)`, names the profile. A stack (`a//&b`) or a profile of a policy
  /// namespace (`:ns:name`) is spelled by the kernel in its own way.
  static func isLabel(_ text: String, of profile: String) -> Bool {
    var name = text[...]
    while let last = name.last, last.isWhitespace || last == "\0" { name.removeLast() }
    if name.hasSuffix(")"), let open = name.lastIndex(of: "("), open > name.startIndex {
      let space = name.index(before: open)
      if name[space] == " " { name = name[..<space] }
    }
    if profile.hasPrefix(":") || profile.hasPrefix("&") || isStack(profile) { return !name.isEmpty }
    return name == profile[...]
  }

  private static func isStack(_ profile: String) -> Bool {
    let bytes = Array(profile.utf8)
    return bytes.indices.contains { bytes[$0...].starts(with: "//&".utf8) }
  }
}

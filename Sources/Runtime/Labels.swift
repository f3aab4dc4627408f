internal import Linux
internal import RuntimeSpec
internal import Security

/// AppArmor profiles and SELinux labels: what is asked for and cannot be had is an error (config.md, `apparmorProfile`,
/// `selinuxLabel`; config-linux.md, `mountLabel`).
enum Labels {
  /// Throws what this kernel cannot honour, before anything is made.
  static func validate(_ process: RuntimeSpec.Process, mountLabel: String? = nil) throws(Failure) {
    try AppArmor.validate(process.apparmorProfile)
    try SELinux.validate(process.selinuxLabel)
    try SELinux.validate(mountLabel, "mount label")
  }

  /// The labels come into force at the payload's exec.
  static func setOnExec(_ process: RuntimeSpec.Process) throws(Failure) {
    let needsProfile = !AppArmor.needsNothing(process.apparmorProfile)
    guard needsProfile || !(process.selinuxLabel ?? "").isEmpty else { return }
    let procfs = try Procfs(.processes)
    // `validate` has made sure that the kernel has what is asked for.
    if needsProfile { try AppArmor.setOnExec(process.apparmorProfile, enabled: true, procfs) }
    try SELinux.setOnExec(process.selinuxLabel, procfs)
  }
}

internal import CSeccomp
internal import Linux

/// libseccomp's filter under construction, seccomp_init(3).
@safe struct FilterContext: ~Copyable {
  private let context: UnsafeMutableRawPointer

  /// A filter with the native architecture alone and no rules.
  init(defaultAction: UInt32) throws(Failure) {
    guard let context = unsafe seccomp_init(defaultAction) else {
      throw Failure("libseccomp refuses the default action")
    }
    unsafe self.context = context
  }

  deinit {
    unsafe seccomp_release(context)
  }

  /// Adds an architecture; the native one is there already.
  func add(_ token: UInt32, named name: String) throws(Failure) {
    let result = unsafe seccomp_arch_add(context, token)
    if result == -Errno.exists.rawValue { return }
    try check(result, "add architecture \(name)")
  }

  /// Lets the exported program find a system call by binary instead of linear search.
  func optimizeForSearch() throws(Failure) {
    try check(unsafe seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimize the filter")
  }

  /// Adds a rule for all architectures of the filter that have the system call; `number` is the native one, or
  /// libseccomp's placeholder for a call that only others have.
  func add(
    _ action: UInt32, number: Int32, _ conditions: [scmp_arg_cmp], _ name: @autoclosure () -> String
  ) throws(Failure) {
    let result = unsafe seccomp_rule_add_array(context, action, number, UInt32(conditions.count), conditions)
    try check(result, "add rule for system call \(name())")
  }

  /// The program as the kernel takes it: struct sock_filter entries.
  func export() throws(Failure) -> [UInt8] {
    let file = try Files.memory(named: "seccomp")
    try check(unsafe seccomp_export_bpf(context, file.raw), "export the filter")
    try file.rewind()
    return try file.readAll(limit: 1 << 22, "the exported filter")
  }
}

import JSON

extension Validator {
  /// Checks all hooks (config.md, «POSIX-platform Hooks»).
  mutating func check(_ hooks: Hooks) {
    check(hooks.prestart, "prestart")
    check(hooks.createRuntime, "createRuntime")
    check(hooks.createContainer, "createContainer")
    check(hooks.startContainer, "startContainer")
    check(hooks.poststart, "poststart")
    check(hooks.poststop, "poststop")
  }

  private mutating func check(_ hooks: [Hook], _ point: String) {
    for (index, hook) in hooks.enumerated() {
      let path = JSONPath()["hooks"][point][index]
      requireAbsolute(hook.path, path["path"])
      if let timeout = hook.timeout {
        require(timeout > 0, path["timeout"], "must be greater than zero (got \(timeout))")
      }
      requireEnvironment(hook.env, path["env"])
    }
  }
}

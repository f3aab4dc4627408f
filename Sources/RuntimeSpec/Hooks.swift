/// A program that the runtime runs at one point of a container's life (config.md, «POSIX-platform Hooks»).
package struct Hook: Equatable, Sendable {
  /// The program, an absolute path.
  package var path: String
  /// The argument vector, with the program's name first. Empty stands for the path alone.
  package var args: [String]
  /// The whole environment, entries of the form KEY=VALUE.
  package var env: [String]
  /// Seconds, more than zero, after which the hook is killed.
  package var timeout: Int?

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(path: String, args: [String] = [], env: [String] = [], timeout: Int? = nil) {
    self.path = path
    self.args = args
    self.env = env
    self.timeout = timeout
  }
}

/// The hooks of a container, each list in the order of execution (config.md, «POSIX-platform Hooks»).
package struct Hooks: Equatable, Sendable {
  /// Run in the runtime's namespaces after the container's were made. Deprecated.
  package var prestart: [Hook]
  /// Run in the runtime's namespaces after the container's were made.
  package var createRuntime: [Hook]
  /// Run in the container's namespaces before the root is changed.
  package var createContainer: [Hook]
  /// Run in the container before its process is executed.
  package var startContainer: [Hook]
  /// Run in the runtime's namespaces after the container's process was executed.
  package var poststart: [Hook]
  /// Run in the runtime's namespaces after the container was deleted.
  package var poststop: [Hook]

  /// Makes a value from its properties; those that may be absent have defaults.
  package init(
    prestart: [Hook] = [],
    createRuntime: [Hook] = [],
    createContainer: [Hook] = [],
    startContainer: [Hook] = [],
    poststart: [Hook] = [],
    poststop: [Hook] = []
  ) {
    self.prestart = prestart
    self.createRuntime = createRuntime
    self.createContainer = createContainer
    self.startContainer = startContainer
    self.poststart = poststart
    self.poststop = poststop
  }
}

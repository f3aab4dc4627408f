// What the help says about each verb. The texts follow runc's, so that a reader of runc's documentation finds the same.
extension Verb {
  /// What the verb does, in one line.
  var summary: String {
    switch self {
    case .checkpoint: "checkpoint a running container"
    case .completion: "output a completion script for a shell"
    case .create: "create a container"
    case .delete: "delete any resources held by the container often used with detached container"
    case .events: "display container events such as OOM notifications, cpu, memory, and IO usage statistics"
    case .exec: "execute new process inside the container"
    case .features: "show the enabled features"
    case .help: "show a list of commands or help for one command"
    case .kill: "kill sends the specified signal (default: SIGTERM) to the container's init process"
    case .list: "lists containers started by swiftlet with the given root"
    case .pause: "pause suspends all processes inside the container"
    case .ps: "ps displays the processes running inside a container"
    case .restore: "restore a container from a previous checkpoint"
    case .resume: "resumes all processes that have been previously paused"
    case .run: "create and run a container"
    case .spec: "create a new specification file"
    case .start: "executes the user defined process in a created container"
    case .state: "output the state of a container"
    case .update: "update container resource constraints"
    }
  }

  /// The positional arguments, as the usage line shows them.
  var argumentsUsage: String {
    switch self {
    case .completion: "bash|zsh|fish"
    case .exec: "<container-id> <command> [command options]  || -p process.json <container-id>"
    case .features, .list, .spec: ""
    case .help: "[command]"
    case .kill: "<container-id> [signal]"
    case .ps: "<container-id> [ps options]"
    default: "<container-id>"
    }
  }

  /// What the positional arguments mean, shown below the usage line; empty when there is nothing to say.
  var argumentsExplained: String {
    switch self {
    case .create, .run:
      """
      Where "<container-id>" is your name for the instance of the container that you
      are starting. The name you provide for the container instance must be unique on
      your host.
      """
    case .exec:
      """
      Where "<container-id>" is the name for the instance of the container and
      "<command>" is the command to be executed in the container.
      "<command>" can't be empty unless a "-p" flag provided.

      EXAMPLE:
      For example, if the container is configured to run the linux ps command the
      following will output a list of processes running in the container:

             # swiftlet exec <container-id> ps
      """
    case .kill:
      """
      Where "<container-id>" is the name for the instance of the container and
      "[signal]" is the signal to be sent to the init process.

      EXAMPLE:
      For example, if the container id is "ubuntu01" the following will send a "KILL"
      signal to the init process of the "ubuntu01" container:

             # swiftlet kill ubuntu01 KILL
      """
    case .delete:
      """
      Where "<container-id>" is the name for the instance of the container.

      EXAMPLE:
      For example, if the container id is "ubuntu01" and swiftlet list currently shows
      the status of "ubuntu01" as "stopped" the following will delete resources held for
      "ubuntu01" removing "ubuntu01" from the swiftlet list of containers:

             # swiftlet delete ubuntu01
      """
    case .list:
      """
      Where the given root is specified via the global option "--root"
      (default: "/run/swiftlet").

      EXAMPLE 1:
      To list containers created via the default "--root":
             # swiftlet list

      EXAMPLE 2:
      To list containers created using a non-default value for "--root":
             # swiftlet --root value list
      """
    case .completion, .features, .help, .ps, .spec, .update: ""
    case .start, .state, .events, .pause, .resume, .checkpoint, .restore:
      "Where \"<container-id>\" is the name for the instance of the container."
    }
  }

  /// What the verb does, at length; empty when the summary says it all.
  var details: String {
    switch self {
    case .create: Self.bundleDetails(opening: "The create command creates")
    case .run: Self.bundleDetails(opening: "The run command creates, starts and at the end deletes")
    case .start: "The start command executes the user defined process in a created container."
    case .state: "The state command outputs current state information for the\ninstance of a container."
    case .events:
      """
      The events command displays information about the container. By default the
      information is displayed once every 5 seconds.
      """
    case .pause:
      """
      The pause command suspends all processes in the instance of the container.

      Use swiftlet list to identify instances of containers and their current status.
      """
    case .resume:
      """
      The resume command resumes all processes in the instance of the container.

      Use swiftlet list to identify instances of containers and their current status.
      """
    case .checkpoint: "The checkpoint command saves the state of the container instance."
    case .restore:
      "Restores the saved state of the container instance that was previously saved\nusing the checkpoint command."
    case .features:
      """
      Show the enabled features.
         The result is a JSON document, see
         https://github.com/opencontainers/runtime-spec/blob/main/features.md
      """
    case .completion:
      """
      The completion command writes a script that completes swiftlet's commands, flags and
      container ids to the standard output. To use it in the running shell:

          bash:  source <(swiftlet completion bash)
          zsh:   source <(swiftlet completion zsh)
          fish:  swiftlet completion fish | source
      """
    case .spec: Self.specDetails
    case .update: Self.updateDetails
    case .delete, .exec, .help, .kill, .list, .ps: ""
    }
  }

  private static func bundleDetails(opening: String) -> String {
    """
    \(opening) an instance of a container for a bundle. The bundle
    is a directory with a specification file named "config.json" and a root
    filesystem.

    The specification file includes an args parameter. The args parameter is used
    to specify command(s) that get run when the container is started. To change the
    command(s) that get executed on start, edit the args parameter of the spec. See
    "swiftlet spec --help" for more explanation.
    """
  }

  private static let specDetails = """
    The spec command creates the new specification file named "config.json" for
    the bundle.

    The spec generated is just a starter file. Editing of the spec is required to
    achieve desired results. For example, the newly generated spec includes an args
    parameter that is initially set to call the "sh" command when the container is
    started. Calling "sh" may work for an ubuntu container or busybox, but will not
    work for containers that do not include the "sh" program.

    Without root privileges a rootless container can be started. Its specification
    differs: pass --rootless to generate it. This is not needed for the root of a user
    namespace that an unprivileged user made.
    """

  private static let updateDetails = """
    The update command changes the resource limits of a container that exists. They
    come from flags, or from a JSON document (--resources), in which all may be
    omitted that shall not change:

    {
      "memory": {
        "limit": 0,
        "reservation": 0,
        "swap": 0,
        "checkBeforeUpdate": true
      },
      "cpu": {
        "shares": 0,
        "quota": 0,
        "burst": 0,
        "period": 0,
        "realtimeRuntime": 0,
        "realtimePeriod": 0,
        "cpus": "",
        "mems": "",
        "idle": 0
      },
      "blockIO": {
        "weight": 0
      }
    }

    Note: if data is to be read from a file or the standard input, all
    other options are ignored.
    """
}

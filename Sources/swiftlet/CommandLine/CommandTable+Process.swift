// The flags of the verbs that start a process: create, run and exec.
extension CommandTable {
  static let consoleSocket = OptionSpec(
    .consoleSocket, .file,
    "path to an AF_UNIX socket which will receive a file descriptor referencing the master end of the console's"
      + " pseudoterminal")
  static let pidFile = OptionSpec(.pidFile, .file, "specify the file to write the process id to")
  static let detach = OptionSpec(.detach, short: "d", .boolean, "detach from the container's process")
  static let noSubreaper = OptionSpec(
    .noSubreaper, .boolean, "disable the use of the subreaper used to reap reparented processes")
  static let noPivot = OptionSpec(
    .noPivot, .boolean,
    "do not use pivot root to jail process inside rootfs. This should be used whenever the rootfs is on top of a"
      + " ramdisk")
  private static let bundle = OptionSpec(
    .bundle, short: "b", .directory, "path to the root of the bundle directory, defaults to the current directory")
  private static let pidfdSocket = OptionSpec(
    .pidfdSocket, .file,
    "path to an AF_UNIX socket which will receive a file descriptor referencing the init process")
  private static let noNewKeyring = OptionSpec(
    .noNewKeyring, .boolean,
    "do not create a new session keyring for the container. This will cause the container to inherit the calling"
      + " processes session key")
  private static let preserveFds = OptionSpec(
    .preserveFds, .natural,
    "Pass N additional file descriptors to the container (stdio + $LISTEN_FDS + N in total)", fallback: "0")

  static let create = [
    bundle, consoleSocket, pidfdSocket, pidFile, noPivot, noNewKeyring, preserveFds,
  ]

  static let run = [
    bundle, consoleSocket, pidfdSocket, detach,
    OptionSpec(.keep, .boolean, "do not delete the container after it exits"),
    pidFile, noSubreaper, noPivot, noNewKeyring, preserveFds,
  ]

  static let exec = [
    consoleSocket,
    OptionSpec(
      .pidfdSocket, .file,
      "path to an AF_UNIX socket which will receive a file descriptor referencing the exec process"),
    OptionSpec(.cwd, .text, "current working directory in the container"),
    OptionSpec(.env, short: "e", .texts, "set environment variables"),
    OptionSpec(.tty, short: "t", .boolean, "allocate a pseudo-TTY"),
    OptionSpec(.user, short: "u", .text, "UID (format: <uid>[:<gid>])"),
    OptionSpec(.additionalGids, short: "g", .groups, "additional gids"),
    OptionSpec(.process, short: "p", .file, "path to the process.json"),
    detach,
    pidFile,
    OptionSpec(
      .processLabel, .text, "set the asm process label for the process commonly used with selinux"),
    OptionSpec(.apparmor, .text, "set the apparmor profile for the process"),
    OptionSpec(.noNewPrivs, .boolean, "set the no new privileges value for the process"),
    OptionSpec(.cap, short: "c", .texts, "add a capability to the bounding set for the process"),
    preserveFds,
    OptionSpec(
      .cgroup, .texts, "run the process in an (existing) sub-cgroup(s). Format is [<controller>:]<cgroup>."),
    OptionSpec(.ignorePaused, .boolean, "allow exec in a paused container"),
  ]
}

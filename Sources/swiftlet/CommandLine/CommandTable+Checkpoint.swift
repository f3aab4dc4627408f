// The flags of checkpoint and restore.
extension CommandTable {
  private static let workPath = OptionSpec(.workPath, .directory, "path for saving work files and logs")
  private static let tcpEstablished = OptionSpec(.tcpEstablished, .boolean, "allow open tcp connections")
  private static let extUnixSk = OptionSpec(.extUnixSk, .boolean, "allow external unix sockets")
  private static let shellJob = OptionSpec(.shellJob, .boolean, "allow shell jobs")
  private static let lazyPages = OptionSpec(
    .lazyPages, .boolean, "use userfaultfd to lazily restore memory pages")
  private static let fileLocks = OptionSpec(.fileLocks, .boolean, "handle file locks, for safety")
  private static let manageCgroupsMode = OptionSpec(
    .manageCgroupsMode, .oneOf(.cgroupsMode), "cgroups mode: soft|full|strict|ignore (default: soft)")
  private static let emptyNs = OptionSpec(
    .emptyNs, .texts, "create a namespace, but don't restore its properties")
  private static let autoDedup = OptionSpec(
    .autoDedup, .boolean, "enable auto deduplication of memory images")

  static let checkpoint = [
    OptionSpec(.imagePath, .directory, "path for saving criu image files"),
    workPath,
    OptionSpec(.parentPath, .directory, "path for previous criu image files in pre-dump"),
    OptionSpec(.leaveRunning, .boolean, "leave the process running after checkpointing"),
    tcpEstablished,
    OptionSpec(.tcpSkipInFlight, .boolean, "skip in-flight tcp connections"),
    OptionSpec(.linkRemap, .boolean, "allow one to link unlinked files back when possible"),
    extUnixSk, shellJob, lazyPages,
    OptionSpec(
      .statusFd, .integer, "criu writes \\0 to this FD once lazy-pages is ready", fallback: "-1"),
    OptionSpec(.pageServer, .text, "ADDRESS:PORT of the page server"),
    fileLocks,
    OptionSpec(
      .preDump, .boolean, "dump container's memory information only, leave the container running after this"),
    manageCgroupsMode, emptyNs, autoDedup,
  ]

  static let restore = [
    consoleSocket,
    OptionSpec(.imagePath, .directory, "path to criu image files for restoring"),
    workPath,
    // go-runc knows it for restore too; the images themselves say where their parents are.
    OptionSpec(.parentPath, .directory, "ignored, accepted for compatibility", hidden: true),
    tcpEstablished, extUnixSk, shellJob, fileLocks, manageCgroupsMode,
    OptionSpec(.bundle, short: "b", .directory, "path to the root of the bundle directory"),
    detach, pidFile, noSubreaper, noPivot, emptyNs, autoDedup, lazyPages,
    OptionSpec(
      .lsmProfile, .text, "Specify an LSM profile to be used during restore in the form of TYPE:NAME."),
    OptionSpec(.lsmMountContext, .text, "Specify an LSM mount context to be used during restore."),
  ]
}

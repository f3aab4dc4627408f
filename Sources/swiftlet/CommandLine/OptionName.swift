/// The flags of all verbs and the global ones. The raw value is the long spelling, without dashes.
enum OptionName: String, CaseIterable, Sendable {
  case additionalGids = "additional-gids"
  case all
  case apparmor
  case autoDedup = "auto-dedup"
  case blkioWeight = "blkio-weight"
  case bundle
  case cap
  case cgroup
  case consoleSocket = "console-socket"
  case cpuBurst = "cpu-burst"
  case cpuIdle = "cpu-idle"
  case cpuPeriod = "cpu-period"
  case cpuQuota = "cpu-quota"
  case cpuRtPeriod = "cpu-rt-period"
  case cpuRtRuntime = "cpu-rt-runtime"
  case cpuShare = "cpu-share"
  case cpusetCpus = "cpuset-cpus"
  case cpusetMems = "cpuset-mems"
  case criu
  case cwd
  case debug
  case detach
  case emptyNs = "empty-ns"
  case env
  case extUnixSk = "ext-unix-sk"
  case fileLocks = "file-locks"
  case force
  case format
  case help
  case ignorePaused = "ignore-paused"
  case imagePath = "image-path"
  case interval
  case keep
  case kernelMemory = "kernel-memory"
  case kernelMemoryTcp = "kernel-memory-tcp"
  case l3CacheSchema = "l3-cache-schema"
  case lazyPages = "lazy-pages"
  case leaveRunning = "leave-running"
  case linkRemap = "link-remap"
  case log
  case logFormat = "log-format"
  case lsmMountContext = "lsm-mount-context"
  case lsmProfile = "lsm-profile"
  case manageCgroupsMode = "manage-cgroups-mode"
  case memBwSchema = "mem-bw-schema"
  case memory
  case memoryReservation = "memory-reservation"
  case memorySwap = "memory-swap"
  case noNewKeyring = "no-new-keyring"
  case noNewPrivs = "no-new-privs"
  case noPivot = "no-pivot"
  case noSubreaper = "no-subreaper"
  case pageServer = "page-server"
  case parentPath = "parent-path"
  case pidFile = "pid-file"
  case pidfdSocket = "pidfd-socket"
  case pidsLimit = "pids-limit"
  case preDump = "pre-dump"
  case preserveFds = "preserve-fds"
  case process
  case processLabel = "process-label"
  case quiet
  case resources
  case root
  case rootless
  case shellJob = "shell-job"
  case stats
  case statusFd = "status-fd"
  case systemdCgroup = "systemd-cgroup"
  case tcpEstablished = "tcp-established"
  case tcpSkipInFlight = "tcp-skip-in-flight"
  case tty
  case user
  case version
  case workPath = "work-path"
}

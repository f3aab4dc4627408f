/// What `runc spec` of runc 1.1.5 writes, with swiftlet's version and host name and without ambient capabilities.
let runcExample = """
  {
  \t"ociVersion": "1.3.0",
  \t"process": {
  \t\t"terminal": true,
  \t\t"user": {
  \t\t\t"uid": 0,
  \t\t\t"gid": 0
  \t\t},
  \t\t"args": [
  \t\t\t"sh"
  \t\t],
  \t\t"env": [
  \t\t\t"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  \t\t\t"TERM=xterm"
  \t\t],
  \t\t"cwd": "/",
  \t\t"capabilities": {
  \t\t\t"bounding": [
  \t\t\t\t"CAP_AUDIT_WRITE",
  \t\t\t\t"CAP_KILL",
  \t\t\t\t"CAP_NET_BIND_SERVICE"
  \t\t\t],
  \t\t\t"effective": [
  \t\t\t\t"CAP_AUDIT_WRITE",
  \t\t\t\t"CAP_KILL",
  \t\t\t\t"CAP_NET_BIND_SERVICE"
  \t\t\t],
  \t\t\t"permitted": [
  \t\t\t\t"CAP_AUDIT_WRITE",
  \t\t\t\t"CAP_KILL",
  \t\t\t\t"CAP_NET_BIND_SERVICE"
  \t\t\t]
  \t\t},
  \t\t"rlimits": [
  \t\t\t{
  \t\t\t\t"type": "RLIMIT_NOFILE",
  \t\t\t\t"hard": 1024,
  \t\t\t\t"soft": 1024
  \t\t\t}
  \t\t],
  \t\t"noNewPrivileges": true
  \t},
  \t"root": {
  \t\t"path": "rootfs",
  \t\t"readonly": true
  \t},
  \t"hostname": "swiftlet",
  \t"mounts": [
  \t\t{
  \t\t\t"destination": "/proc",
  \t\t\t"type": "proc",
  \t\t\t"source": "proc"
  \t\t},
  \t\t{
  \t\t\t"destination": "/dev",
  \t\t\t"type": "tmpfs",
  \t\t\t"source": "tmpfs",
  \t\t\t"options": [
  \t\t\t\t"nosuid",
  \t\t\t\t"strictatime",
  \t\t\t\t"mode=755",
  \t\t\t\t"size=65536k"
  \t\t\t]
  \t\t},
  \t\t{
  \t\t\t"destination": "/dev/pts",
  \t\t\t"type": "devpts",
  \t\t\t"source": "devpts",
  \t\t\t"options": [
  \t\t\t\t"nosuid",
  \t\t\t\t"noexec",
  \t\t\t\t"newinstance",
  \t\t\t\t"ptmxmode=0666",
  \t\t\t\t"mode=0620",
  \t\t\t\t"gid=5"
  \t\t\t]
  \t\t},
  \t\t{
  \t\t\t"destination": "/dev/shm",
  \t\t\t"type": "tmpfs",
  \t\t\t"source": "shm",
  \t\t\t"options": [
  \t\t\t\t"nosuid",
  \t\t\t\t"noexec",
  \t\t\t\t"nodev",
  \t\t\t\t"mode=1777",
  \t\t\t\t"size=65536k"
  \t\t\t]
  \t\t},
  \t\t{
  \t\t\t"destination": "/dev/mqueue",
  \t\t\t"type": "mqueue",
  \t\t\t"source": "mqueue",
  \t\t\t"options": [
  \t\t\t\t"nosuid",
  \t\t\t\t"noexec",
  \t\t\t\t"nodev"
  \t\t\t]
  \t\t},
  \t\t{
  \t\t\t"destination": "/sys",
  \t\t\t"type": "sysfs",
  \t\t\t"source": "sysfs",
  \t\t\t"options": [
  \t\t\t\t"nosuid",
  \t\t\t\t"noexec",
  \t\t\t\t"nodev",
  \t\t\t\t"ro"
  \t\t\t]
  \t\t},
  \t\t{
  \t\t\t"destination": "/sys/fs/cgroup",
  \t\t\t"type": "cgroup",
  \t\t\t"source": "cgroup",
  \t\t\t"options": [
  \t\t\t\t"nosuid",
  \t\t\t\t"noexec",
  \t\t\t\t"nodev",
  \t\t\t\t"relatime",
  \t\t\t\t"ro"
  \t\t\t]
  \t\t}
  \t],
  \t"linux": {
  \t\t"resources": {
  \t\t\t"devices": [
  \t\t\t\t{
  \t\t\t\t\t"allow": false,
  \t\t\t\t\t"access": "rwm"
  \t\t\t\t}
  \t\t\t]
  \t\t},
  \t\t"namespaces": [
  \t\t\t{
  \t\t\t\t"type": "pid"
  \t\t\t},
  \t\t\t{
  \t\t\t\t"type": "network"
  \t\t\t},
  \t\t\t{
  \t\t\t\t"type": "ipc"
  \t\t\t},
  \t\t\t{
  \t\t\t\t"type": "uts"
  \t\t\t},
  \t\t\t{
  \t\t\t\t"type": "mount"
  \t\t\t}
  \t\t],
  \t\t"maskedPaths": [
  \t\t\t"/proc/acpi",
  \t\t\t"/proc/asound",
  \t\t\t"/proc/kcore",
  \t\t\t"/proc/keys",
  \t\t\t"/proc/latency_stats",
  \t\t\t"/proc/timer_list",
  \t\t\t"/proc/timer_stats",
  \t\t\t"/proc/sched_debug",
  \t\t\t"/sys/firmware",
  \t\t\t"/proc/scsi"
  \t\t],
  \t\t"readonlyPaths": [
  \t\t\t"/proc/bus",
  \t\t\t"/proc/fs",
  \t\t\t"/proc/irq",
  \t\t\t"/proc/sys",
  \t\t\t"/proc/sysrq-trigger"
  \t\t]
  \t}
  }
  """

/// What `runc spec --rootless` writes for user 1000 and group 100, likewise.
let runcRootlessExample = """
  {
  \t"ociVersion": "1.3.0",
  \t"process": {
  \t\t"terminal": true,
  \t\t"user": {
  \t\t\t"uid": 0,
  \t\t\t"gid": 0
  \t\t},
  \t\t"args": [
  \t\t\t"sh"
  \t\t],
  \t\t"env": [
  \t\t\t"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  \t\t\t"TERM=xterm"
  \t\t],
  \t\t"cwd": "/",
  \t\t"capabilities": {
  \t\t\t"bounding": [
  \t\t\t\t"CAP_AUDIT_WRITE",
  \t\t\t\t"CAP_KILL",
  \t\t\t\t"CAP_NET_BIND_SERVICE"
  \t\t\t],
  \t\t\t"effective": [
  \t\t\t\t"CAP_AUDIT_WRITE",
  \t\t\t\t"CAP_KILL",
  \t\t\t\t"CAP_NET_BIND_SERVICE"
  \t\t\t],
  \t\t\t"permitted": [
  \t\t\t\t"CAP_AUDIT_WRITE",
  \t\t\t\t"CAP_KILL",
  \t\t\t\t"CAP_NET_BIND_SERVICE"
  \t\t\t]
  \t\t},
  \t\t"rlimits": [
  \t\t\t{
  \t\t\t\t"type": "RLIMIT_NOFILE",
  \t\t\t\t"hard": 1024,
  \t\t\t\t"soft": 1024
  \t\t\t}
  \t\t],
  \t\t"noNewPrivileges": true
  \t},
  \t"root": {
  \t\t"path": "rootfs",
  \t\t"readonly": true
  \t},
  \t"hostname": "swiftlet",
  \t"mounts": [
  \t\t{
  \t\t\t"destination": "/proc",
  \t\t\t"type": "proc",
  \t\t\t"source": "proc"
  \t\t},
  \t\t{
  \t\t\t"destination": "/dev",
  \t\t\t"type": "tmpfs",
  \t\t\t"source": "tmpfs",
  \t\t\t"options": [
  \t\t\t\t"nosuid",
  \t\t\t\t"strictatime",
  \t\t\t\t"mode=755",
  \t\t\t\t"size=65536k"
  \t\t\t]
  \t\t},
  \t\t{
  \t\t\t"destination": "/dev/pts",
  \t\t\t"type": "devpts",
  \t\t\t"source": "devpts",
  \t\t\t"options": [
  \t\t\t\t"nosuid",
  \t\t\t\t"noexec",
  \t\t\t\t"newinstance",
  \t\t\t\t"ptmxmode=0666",
  \t\t\t\t"mode=0620"
  \t\t\t]
  \t\t},
  \t\t{
  \t\t\t"destination": "/dev/shm",
  \t\t\t"type": "tmpfs",
  \t\t\t"source": "shm",
  \t\t\t"options": [
  \t\t\t\t"nosuid",
  \t\t\t\t"noexec",
  \t\t\t\t"nodev",
  \t\t\t\t"mode=1777",
  \t\t\t\t"size=65536k"
  \t\t\t]
  \t\t},
  \t\t{
  \t\t\t"destination": "/dev/mqueue",
  \t\t\t"type": "mqueue",
  \t\t\t"source": "mqueue",
  \t\t\t"options": [
  \t\t\t\t"nosuid",
  \t\t\t\t"noexec",
  \t\t\t\t"nodev"
  \t\t\t]
  \t\t},
  \t\t{
  \t\t\t"destination": "/sys",
  \t\t\t"type": "none",
  \t\t\t"source": "/sys",
  \t\t\t"options": [
  \t\t\t\t"rbind",
  \t\t\t\t"nosuid",
  \t\t\t\t"noexec",
  \t\t\t\t"nodev",
  \t\t\t\t"ro"
  \t\t\t]
  \t\t},
  \t\t{
  \t\t\t"destination": "/sys/fs/cgroup",
  \t\t\t"type": "cgroup",
  \t\t\t"source": "cgroup",
  \t\t\t"options": [
  \t\t\t\t"nosuid",
  \t\t\t\t"noexec",
  \t\t\t\t"nodev",
  \t\t\t\t"relatime",
  \t\t\t\t"ro"
  \t\t\t]
  \t\t}
  \t],
  \t"linux": {
  \t\t"uidMappings": [
  \t\t\t{
  \t\t\t\t"containerID": 0,
  \t\t\t\t"hostID": 1000,
  \t\t\t\t"size": 1
  \t\t\t}
  \t\t],
  \t\t"gidMappings": [
  \t\t\t{
  \t\t\t\t"containerID": 0,
  \t\t\t\t"hostID": 100,
  \t\t\t\t"size": 1
  \t\t\t}
  \t\t],
  \t\t"namespaces": [
  \t\t\t{
  \t\t\t\t"type": "pid"
  \t\t\t},
  \t\t\t{
  \t\t\t\t"type": "ipc"
  \t\t\t},
  \t\t\t{
  \t\t\t\t"type": "uts"
  \t\t\t},
  \t\t\t{
  \t\t\t\t"type": "mount"
  \t\t\t},
  \t\t\t{
  \t\t\t\t"type": "user"
  \t\t\t}
  \t\t],
  \t\t"maskedPaths": [
  \t\t\t"/proc/acpi",
  \t\t\t"/proc/asound",
  \t\t\t"/proc/kcore",
  \t\t\t"/proc/keys",
  \t\t\t"/proc/latency_stats",
  \t\t\t"/proc/timer_list",
  \t\t\t"/proc/timer_stats",
  \t\t\t"/proc/sched_debug",
  \t\t\t"/sys/firmware",
  \t\t\t"/proc/scsi"
  \t\t],
  \t\t"readonlyPaths": [
  \t\t\t"/proc/bus",
  \t\t\t"/proc/fs",
  \t\t\t"/proc/irq",
  \t\t\t"/proc/sys",
  \t\t\t"/proc/sysrq-trigger"
  \t\t]
  \t}
  }
  """

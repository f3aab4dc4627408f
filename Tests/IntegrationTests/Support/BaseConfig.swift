/// The config.json that tests start from.
enum BaseConfig {
  static let capabilities: JSON = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]

  /// What `runc spec` writes, without a terminal, with a writable root, and with a cgroup of its own.
  static func make(id: String, arguments: [String]) -> JSON {
    [
      "ociVersion": "1.0.2",
      "process": [
        "user": ["uid": 0, "gid": 0],
        "args": JSON(arguments),
        "env": [
          "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm",
          "\(Leftovers.marker)=\(id)",
        ],
        "cwd": "/",
        "capabilities": [
          "bounding": capabilities, "effective": capabilities, "permitted": capabilities,
        ],
        "rlimits": [["type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024]],
        "noNewPrivileges": true,
      ],
      "root": ["path": "rootfs", "readonly": false],
      "hostname": "swiftlet",
      "mounts": mounts,
      "linux": [
        "cgroupsPath": "/\(id)",
        "resources": ["devices": [["allow": false, "access": "rwm"]]],
        "namespaces": [
          ["type": "pid"], ["type": "network"], ["type": "ipc"], ["type": "uts"], ["type": "mount"],
        ],
        "maskedPaths": [
          "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
          "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi",
        ],
        "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
      ],
    ]
  }

  private static let mounts: JSON = [
    ["destination": "/proc", "type": "proc", "source": "proc"],
    [
      "destination": "/dev", "type": "tmpfs", "source": "tmpfs",
      "options": ["nosuid", "strictatime", "mode=755", "size=65536k"],
    ],
    [
      "destination": "/dev/pts", "type": "devpts", "source": "devpts",
      "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
    ],
    [
      "destination": "/dev/shm", "type": "tmpfs", "source": "shm",
      "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"],
    ],
    [
      "destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue",
      "options": ["nosuid", "noexec", "nodev"],
    ],
    [
      "destination": "/sys", "type": "sysfs", "source": "sysfs",
      "options": ["nosuid", "noexec", "nodev", "ro"],
    ],
    [
      "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
      "options": ["nosuid", "noexec", "nodev", "relatime", "ro"],
    ],
  ]
}

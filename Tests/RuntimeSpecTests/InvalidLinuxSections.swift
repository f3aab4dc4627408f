import RuntimeSpec
import Testing

// swift-format-ignore
private let cases: [InvalidConfiguration] = [
  // Namespaces.
  InvalidConfiguration(
    #""linux": {"namespaces": [{"type": "pid"}, {"type": "pid", "path": "/proc/1/ns/pid"}]}"#,
    #"2:52: linux.namespaces[1].type: must not occur twice (got "pid")"#),
  InvalidConfiguration(
    #""linux": {"namespaces": [{"type": "net"}]}"#,
    #"2:35: linux.namespaces[0].type: must be one of "pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time" (got "net")"#),
  InvalidConfiguration(
    #""linux": {"namespaces": [{}, {"type": "pid"}]}"#,
    #"2:26: linux.namespaces[0].type: is required"#),
  InvalidConfiguration(
    #""linux": {"namespaces": [{"type": "network", "path": "ns"}]}"#,
    #"2:54: linux.namespaces[0].path: must be an absolute path (got "ns")"#),
  InvalidConfiguration(
    #""linux": {"namespaces": [{"type": "user"}]}"#,
    #"2:10: linux.uidMappings: is required for a new user namespace"#,
    #"2:10: linux.gidMappings: is required for a new user namespace"#),
  InvalidConfiguration(
    #""linux": {"uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 1, "size": 1}]}"#,
    #"2:26: linux.uidMappings: needs a user namespace"#,
    #"2:87: linux.gidMappings: needs a user namespace"#),
  InvalidConfiguration(
    #""linux": {"namespaces": [{"type": "user"}], "uidMappings": [{"containerID": 0, "hostID": 1, "size": 10}, {"containerID": 9, "hostID": 20, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 5, "size": 10}, {"containerID": 10, "hostID": 1, "size": 5}]}"#,
    #"2:122: linux.uidMappings[1].containerID: overlaps with entry 0 (got 9)"#,
    #"2:243: linux.gidMappings[1].hostID: overlaps with entry 0 (got 1)"#),
  InvalidConfiguration(
    #""linux": {"namespaces": [{"type": "user", "path": "/n"}], "uidMappings": [{"containerID": 0, "hostID": 4294967295, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 1}]}"#,
    #"2:124: linux.uidMappings[0].size: must not reach beyond id 4294967294 (got 1)"#,
    #"2:145: linux.gidMappings[0].size: is required"#),
  InvalidConfiguration(
    #""linux": {"timeOffsets": {"monotonic": {"secs": 1}}}"#,
    #"2:26: linux.timeOffsets: needs a time namespace"#),
  InvalidConfiguration(
    #""linux": {"namespaces": [{"type": "time", "path": "/n"}], "timeOffsets": {"boottime": {"secs": 1}}}"#,
    #"2:74: linux.timeOffsets: is only for a new time namespace, not for a joined one"#),
  InvalidConfiguration(
    #""linux": {"namespaces": [{"type": "time"}], "timeOffsets": {"realtime": {}, "boottime": {"nanosecs": 1000000000}}}"#,
    #"2:73: linux.timeOffsets.realtime: must be the offset of "monotonic" or "boottime""#,
    #"2:102: linux.timeOffsets.boottime.nanosecs: must be less than 1000000000 (got 1000000000)"#),
  // Sysctl.
  InvalidConfiguration(
    #""linux": {"sysctl": {"kernel.core_pattern": "x"}}"#,
    #"2:45: linux.sysctl["kernel.core_pattern"]: belongs to no namespace, so that it would change the host"#),
  InvalidConfiguration(
    #""linux": {"sysctl": {"kernel.sem": "1", "fs.mqueue.msg_max": "1", "net.ipv4.ip_forward": "1", "kernel.domainname": "x", "user.max_user_namespaces": "1"}}"#,
    #"2:36: linux.sysctl["kernel.sem"]: needs an ipc namespace"#,
    #"2:62: linux.sysctl["fs.mqueue.msg_max"]: needs an ipc namespace"#,
    #"2:90: linux.sysctl["net.ipv4.ip_forward"]: needs a network namespace"#,
    #"2:116: linux.sysctl["kernel.domainname"]: needs a uts namespace"#,
    #"2:149: linux.sysctl["user.max_user_namespaces"]: needs a user namespace"#),
  InvalidConfiguration(
    #""linux": {"namespaces": [{"type": "uts"}], "sysctl": {"kernel.hostname": "x"}}"#,
    #"2:74: linux.sysctl["kernel.hostname"]: is set by the property hostname"#),
  InvalidConfiguration(
    #""linux": {"namespaces": [{"type": "network"}], "sysctl": {"net/../kernel/core_pattern": "x", "net.ipv4.": "1", "net": "1", "net.x y": "1"}}"#,
    #"2:89: linux.sysctl["net/../kernel/core_pattern"]: is not the name of a kernel parameter"#,
    #"2:107: linux.sysctl["net.ipv4."]: is not the name of a kernel parameter"#,
    #"2:119: linux.sysctl.net: is not the name of a kernel parameter"#,
    #"2:135: linux.sysctl["net.x y"]: is not the name of a kernel parameter"#),
  InvalidConfiguration(
    #""linux": {"namespaces": [{"type": "network"}], "sysctl": {"net.ipv4.x": "1\n2", "net.ipv4.y": 5}}"#,
    #"2:73: linux.sysctl["net.ipv4.x"]: must not contain a line break (got "1\n2")"#,
    #"2:95: linux.sysctl["net.ipv4.y"]: must be a string (got 5)"#),
  // Devices.
  InvalidConfiguration(
    #""linux": {"devices": [{"type": "c", "path": "dev/x", "major": 1, "minor": 2}]}"#,
    #"2:45: linux.devices[0].path: must be an absolute path (got "dev/x")"#),
  InvalidConfiguration(
    #""linux": {"devices": [{"type": "x", "path": "/dev/x", "major": 1, "minor": 2}]}"#,
    #"2:32: linux.devices[0].type: must be one of "c", "b", "u", "p" (got "x")"#),
  InvalidConfiguration(
    #""linux": {"devices": [{"type": "b", "path": "/dev/x"}, {"type": "p", "path": "/dev/p"}]}"#,
    #"2:23: linux.devices[0].major: is required"#,
    #"2:23: linux.devices[0].minor: is required"#),
  InvalidConfiguration(
    #""linux": {"devices": [{"type": "u", "path": "/dev/x", "major": 4096, "minor": -1, "fileMode": 65536}]}"#,
    #"2:64: linux.devices[0].major: must be from 0 to 4095 (got 4096)"#,
    #"2:79: linux.devices[0].minor: must be from 0 to 1048575 (got -1)"#,
    #"2:95: linux.devices[0].fileMode: must be a file mode (got 65536)"#),
  InvalidConfiguration(
    #""linux": {"netDevices": {"eth0": {}}}"#,
    #"2:25: linux.netDevices: needs a network namespace"#),
  InvalidConfiguration(
    #""linux": {"namespaces": [{"type": "network"}], "netDevices": {"a/b": {}, "eth0": {"name": "0123456789abcdef"}, "eth1": 5}}"#,
    #"2:70: linux.netDevices["a/b"]: is not the name of a network device"#,
    #"2:91: linux.netDevices.eth0.name: must be the name of a network device (got "0123456789abcdef")"#,
    #"2:120: linux.netDevices.eth1: must be an object (got 5)"#),
  // Resources.
  InvalidConfiguration(
    #""linux": {"resources": {"devices": [{"access": "rwm"}]}}"#,
    #"2:37: linux.resources.devices[0].allow: is required"#),
  InvalidConfiguration(
    #""linux": {"resources": {"devices": [{"allow": true, "type": "p", "access": "rx", "major": -2}]}}"#,
    #"2:61: linux.resources.devices[0].type: must be one of "a", "c", "b" (got "p")"#,
    #"2:76: linux.resources.devices[0].access: must be composed of "r", "w" and "m" (got "rx")"#,
    #"2:91: linux.resources.devices[0].major: must be from -1 to 4294967295 (got -2)"#),
  InvalidConfiguration(
    #""linux": {"resources": {"memory": {"limit": -2, "reservation": -3, "swap": -4, "kernel": -5, "kernelTCP": -6, "swappiness": 101}}}"#,
    #"2:45: linux.resources.memory.limit: must be a number of bytes, or -1 for no limit (got -2)"#,
    #"2:64: linux.resources.memory.reservation: must be a number of bytes, or -1 for no limit (got -3)"#,
    #"2:76: linux.resources.memory.swap: must be a number of bytes, or -1 for no limit (got -4)"#,
    #"2:90: linux.resources.memory.kernel: must be a number of bytes, or -1 for no limit (got -5)"#,
    #"2:107: linux.resources.memory.kernelTCP: must be a number of bytes, or -1 for no limit (got -6)"#,
    #"2:125: linux.resources.memory.swappiness: must be from 0 to 100 (got 101)"#),
  InvalidConfiguration(
    #""linux": {"resources": {"memory": {"limit": 9223372036854775808, "disableOOMKiller": 0}}}"#,
    #"2:45: linux.resources.memory.limit: must be an integer from -9223372036854775808 to 9223372036854775807 (got 9223372036854775808)"#,
    #"2:86: linux.resources.memory.disableOOMKiller: must be true or false (got 0)"#),
  InvalidConfiguration(
    #""linux": {"resources": {"cpu": {"quota": 10, "burst": 11, "idle": 2, "cpus": "0\n", "mems": "1\n"}}}"#,
    #"2:55: linux.resources.cpu.burst: must not exceed the quota 10 (got 11)"#,
    #"2:67: linux.resources.cpu.idle: must be 0 or 1 (got 2)"#,
    #"2:78: linux.resources.cpu.cpus: must not contain a line break (got "0\n")"#,
    #"2:93: linux.resources.cpu.mems: must not contain a line break (got "1\n")"#),
  InvalidConfiguration(
    #""linux": {"resources": {"cpu": {"shares": 1e3}, "pids": {"limit": "max"}}}"#,
    #"2:43: linux.resources.cpu.shares: must be an integer from 0 to 18446744073709551615 (got 1e3)"#,
    #"2:67: linux.resources.pids.limit: must be an integer from -9223372036854775808 to 9223372036854775807 (got "max")"#),
  InvalidConfiguration(
    #""linux": {"resources": {"blockIO": {"weight": 9, "leafWeight": 1001, "weightDevice": [{"major": 8, "minor": 0}, {"major": 4096, "minor": 1048576, "weight": 5, "leafWeight": 2000}]}}}"#,
    #"2:47: linux.resources.blockIO.weight: must be from 10 to 1000 (got 9)"#,
    #"2:64: linux.resources.blockIO.leafWeight: must be from 10 to 1000 (got 1001)"#,
    #"2:87: linux.resources.blockIO.weightDevice[0]: must have weight or leafWeight"#,
    #"2:123: linux.resources.blockIO.weightDevice[1].major: must be from 0 to 4095 (got 4096)"#,
    #"2:138: linux.resources.blockIO.weightDevice[1].minor: must be from 0 to 1048575 (got 1048576)"#,
    #"2:157: linux.resources.blockIO.weightDevice[1].weight: must be from 10 to 1000 (got 5)"#,
    #"2:174: linux.resources.blockIO.weightDevice[1].leafWeight: must be from 10 to 1000 (got 2000)"#),
  InvalidConfiguration(
    #""linux": {"resources": {"blockIO": {"weight": 65536, "throttleReadBpsDevice": [{"major": -1, "minor": 0, "rate": 1}], "throttleWriteIOPSDevice": [{"major": 8, "minor": 0}]}}}"#,
    #"2:47: linux.resources.blockIO.weight: must be an integer from 0 to 65535 (got 65536)"#,
    #"2:90: linux.resources.blockIO.throttleReadBpsDevice[0].major: must be from 0 to 4095 (got -1)"#,
    #"2:147: linux.resources.blockIO.throttleWriteIOPSDevice[0].rate: is required"#),
  InvalidConfiguration(
    #""linux": {"resources": {"hugepageLimits": [{"pageSize": "../2MB", "limit": 1}, {"pageSize": "2M", "limit": 1}, {"pageSize": "02MB", "limit": 1}]}}"#,
    #"2:57: linux.resources.hugepageLimits[0].pageSize: must be a size like "2MB" (got "../2MB")"#,
    #"2:93: linux.resources.hugepageLimits[1].pageSize: must be a size like "2MB" (got "2M")"#,
    #"2:125: linux.resources.hugepageLimits[2].pageSize: must be a size like "2MB" (got "02MB")"#),
  InvalidConfiguration(
    #""linux": {"resources": {"network": {"priorities": [{"name": "a b", "priority": 1}]}}}"#,
    #"2:61: linux.resources.network.priorities[0].name: must be the name of a network device (got "a b")"#),
  InvalidConfiguration(
    #""linux": {"resources": {"rdma": {"mlx": {}, "a b": {"hcaHandles": 1}}}}"#,
    #"2:41: linux.resources.rdma.mlx: must have hcaHandles or hcaObjects"#,
    #"2:52: linux.resources.rdma["a b"]: is not the name of an RDMA device"#),
  InvalidConfiguration(
    #""linux": {"resources": {"unified": {"../x": "1", "": "1", "..": "1"}}}"#,
    #"2:45: linux.resources.unified["../x"]: is not the name of a cgroup file"#,
    #"2:54: linux.resources.unified[""]: is not the name of a cgroup file"#,
    #"2:65: linux.resources.unified[".."]: is not the name of a cgroup file"#),
  // Seccomp.
  InvalidConfiguration(
    #""linux": {"seccomp": {}}"#,
    #"2:22: linux.seccomp.defaultAction: is required"#),
  InvalidConfiguration(
    #""linux": {"seccomp": {"defaultAction": "SCMP_ACT_NOTIFY"}}"#,
    #"2:40: linux.seccomp.defaultAction: must not be SCMP_ACT_NOTIFY"#),
  InvalidConfiguration(
    #""linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 1, "listenerMetadata": "x"}}"#,
    #"2:77: linux.seccomp.defaultErrnoRet: is only for SCMP_ACT_ERRNO and SCMP_ACT_TRACE, not for SCMP_ACT_ALLOW (got 1)"#,
    #"2:100: linux.seccomp.listenerMetadata: needs listenerPath"#),
  InvalidConfiguration(
    #""linux": {"seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 65536, "architectures": ["x86"], "flags": ["SECCOMP_FILTER_FLAG_X"]}}"#,
    #"2:77: linux.seccomp.defaultErrnoRet: must not exceed 65535 (got 65536)"#,
    #"2:102: linux.seccomp.architectures[0]: must be a known name (got "x86")"#,
    #"2:120: linux.seccomp.flags[0]: must be one of "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" (got "SECCOMP_FILTER_FLAG_X")"#),
  InvalidConfiguration(
    #""linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": [], "action": "SCMP_ACT_ALLOW", "errnoRet": 1}, {"action": "KILL"}]}}"#,
    #"2:81: linux.seccomp.syscalls[0].names: must have at least one entry"#,
    #"2:125: linux.seccomp.syscalls[0].errnoRet: is only for SCMP_ACT_ERRNO and SCMP_ACT_TRACE, not for SCMP_ACT_ALLOW (got 1)"#,
    #"2:129: linux.seccomp.syscalls[1].names: must have at least one entry"#,
    #"2:140: linux.seccomp.syscalls[1].action: must be one of "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP", "SCMP_ACT_ERRNO", "SCMP_ACT_TRACE", "SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY" (got "KILL")"#),
  InvalidConfiguration(
    #""linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["x"], "action": "SCMP_ACT_LOG", "args": [{"index": 6, "value": 1, "op": "SCMP_CMP_EQ"}, {"index": 0, "op": "="}]}]}}"#,
    #"2:133: linux.seccomp.syscalls[0].args[0].index: must be from 0 to 5 (got 6)"#,
    #"2:170: linux.seccomp.syscalls[0].args[1].value: is required"#,
    #"2:189: linux.seccomp.syscalls[0].args[1].op: must be one of "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ" (got "=")"#),
  InvalidConfiguration(
    #""linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read", "write"], "action": "SCMP_ACT_NOTIFY"}]}}"#,
    #"2:22: linux.seccomp.listenerPath: is required with SCMP_ACT_NOTIFY"#,
    #"2:90: linux.seccomp.syscalls[0].names[1]: must not be "write" with SCMP_ACT_NOTIFY"#),
  InvalidConfiguration(
    #""linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "sock", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_NOTIFY"}]}}"#,
    #"2:74: linux.seccomp.listenerPath: must be an absolute path (got "sock")"#),
  // Others.
  InvalidConfiguration(
    #""linux": {"maskedPaths": ["/proc/kcore"], "readonlyPaths": ["/proc/sys"]}"#,
    #"2:26: linux.maskedPaths: needs a mount namespace"#,
    #"2:60: linux.readonlyPaths: needs a mount namespace"#),
  InvalidConfiguration(
    #""linux": {"namespaces": [{"type": "mount"}], "maskedPaths": ["proc/kcore"], "readonlyPaths": [""]}"#,
    #"2:62: linux.maskedPaths[0]: must be an absolute path (got "proc/kcore")"#,
    #"2:95: linux.readonlyPaths[0]: must be an absolute path (got "")"#),
  InvalidConfiguration(
    #""linux": {"rootfsPropagation": "unshared", "personality": {"domain": "BSD"}}"#,
    #"2:32: linux.rootfsPropagation: must be one of "shared", "slave", "private", "unbindable", "rshared", "rslave", "rprivate", "runbindable" (got "unshared")"#,
    #"2:70: linux.personality.domain: must be one of "LINUX", "LINUX32" (got "BSD")"#),
  InvalidConfiguration(
    #""linux": {"intelRdt": {"closID": "a/b", "schemata": ["L3:0=f\nMB:0=1"], "l3CacheSchema": "L3:\n", "memBwSchema": "L3:0=1"}}"#,
    #"2:34: linux.intelRdt.closID: must be a name without "/", or "/" itself (got "a/b")"#,
    #"2:54: linux.intelRdt.schemata[0]: must not contain a line break (got "L3:0=f\nMB:0=1")"#,
    #"2:90: linux.intelRdt.l3CacheSchema: must not contain a line break (got "L3:\n")"#,
    #"2:114: linux.intelRdt.memBwSchema: must start with "MB:" (got "L3:0=1")"#),
  InvalidConfiguration(
    #""linux": {"memoryPolicy": {"mode": "MPOL_DEFAULT", "nodes": "0"}}"#,
    #"2:61: linux.memoryPolicy.nodes: must be absent for MPOL_DEFAULT"#),
  InvalidConfiguration(
    #""linux": {"memoryPolicy": {"mode": "MPOL_BIND", "flags": ["MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"]}}"#,
    #"2:27: linux.memoryPolicy.nodes: is required for MPOL_BIND"#,
    #"2:58: linux.memoryPolicy.flags: must not have both MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES"#),
  InvalidConfiguration(
    #""linux": {"memoryPolicy": {"mode": "MPOL_PREFERRED", "nodes": "x"}}"#,
    #"2:63: linux.memoryPolicy.nodes: must be a list of numbers and ranges like "0-3,7" (got "x")"#),
  InvalidConfiguration(
    #""linux": []"#,
    #"2:10: linux: must be an object (got an array)"#),
  // Rules never rest on stand-ins.
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "rlimits": [{"type": "RLIMIT_CPU", "soft": 5, "hard": "x"}]}"#,
    #"2:95: process.rlimits[0].hard: must be an integer from 0 to 18446744073709551615 (got "x")"#),
  InvalidConfiguration(
    #""mounts": [{"destination": "/a", "uidMappings": 5, "options": ["idmap"]}]"#,
    #"2:49: mounts[0].uidMappings: must be an array (got 5)"#),
  InvalidConfiguration(
    #""mounts": [{"destination": "/a", "options": [1]}, {"destination": "/a", "options": [1]}]"#,
    #"2:46: mounts[0].options[0]: must be a string (got 1)"#,
    #"2:85: mounts[1].options[0]: must be a string (got 1)"#),
  InvalidConfiguration(
    #""linux": {"namespaces": "all", "sysctl": {"net.x": "1"}, "uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}], "maskedPaths": ["x"]}"#,
    #"2:25: linux.namespaces: must be an array (got "all")"#,
    #"2:135: linux.maskedPaths[0]: must be an absolute path (got "x")"#),
  InvalidConfiguration(
    #""linux": {"namespaces": [{"type": "user"}], "uidMappings": [{"containerID": "0", "hostID": 0, "size": 9}, {"containerID": 1, "hostID": 50, "size": 9}], "gidMappings": 5}"#,
    #"2:77: linux.uidMappings[0].containerID: must be an integer from 0 to 4294967295 (got "0")"#,
    #"2:168: linux.gidMappings: must be an array (got 5)"#),
  InvalidConfiguration(
    #""linux": {"memoryPolicy": {"mode": "x", "nodes": "0"}, "seccomp": {"defaultAction": "x", "defaultErrnoRet": 1, "listenerPath": 1, "listenerMetadata": "x"}}"#,
    #"2:36: linux.memoryPolicy.mode: must be one of "MPOL_DEFAULT", "MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_WEIGHTED_INTERLEAVE", "MPOL_PREFERRED", "MPOL_PREFERRED_MANY", "MPOL_LOCAL" (got "x")"#,
    #"2:85: linux.seccomp.defaultAction: must be one of "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP", "SCMP_ACT_ERRNO", "SCMP_ACT_TRACE", "SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY" (got "x")"#,
    #"2:128: linux.seccomp.listenerPath: must be a string (got 1)"#),
]

@Test(arguments: cases)
func reportsEverythingWrongInTheLinuxSection(_ configuration: InvalidConfiguration) {
  #expect(configuration.reported == configuration.expected)
}

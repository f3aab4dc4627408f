import RuntimeSpec
import Testing

// swift-format-ignore
private let cases: [InvalidConfiguration] = [
  // Document.
  InvalidConfiguration(
    #""ociVersion": "2.0.0""#,
    #"2:15: ociVersion: must be a version 1.x of the specification (got "2.0.0")"#),
  InvalidConfiguration(
    #""ociVersion": "0.9.0""#,
    #"2:15: ociVersion: must be a version 1.x of the specification (got "0.9.0")"#),
  InvalidConfiguration(
    #""ociVersion": "1.0""#,
    #"2:15: ociVersion: must be a version like "1.3.0" (got "1.0")"#),
  InvalidConfiguration(
    #""ociVersion": "1.01.0""#,
    #"2:15: ociVersion: must be a version like "1.3.0" (got "1.01.0")"#),
  InvalidConfiguration(
    #""ociVersion": "1.0.0-""#,
    #"2:15: ociVersion: must be a version like "1.3.0" (got "1.0.0-")"#),
  InvalidConfiguration(
    #""ociVersion": "v1.0.0""#,
    #"2:15: ociVersion: must be a version like "1.3.0" (got "v1.0.0")"#),
  InvalidConfiguration(
    #""ociVersion": "1.0.0+a b""#,
    #"2:15: ociVersion: must be a version like "1.3.0" (got "1.0.0+a b")"#),
  InvalidConfiguration(
    #""ociVersion": """#,
    #"2:15: ociVersion: must be a version like "1.3.0" (got "")"#),
  InvalidConfiguration(
    #""ociVersion": 1"#,
    #"2:15: ociVersion: must be a string (got 1)"#),
  InvalidConfiguration(
    #""ociVersion": null"#,
    #"1:1: ociVersion: is required"#),
  InvalidConfiguration(
    #""root": null"#,
    #"1:1: root: is required"#),
  InvalidConfiguration(
    #""root": {}"#,
    #"2:9: root.path: is required"#),
  InvalidConfiguration(
    #""root": {"path": ""}"#,
    #"2:18: root.path: must not be empty"#),
  InvalidConfiguration(
    #""root": {"path": 7}"#,
    #"2:18: root.path: must be a string (got 7)"#),
  InvalidConfiguration(
    #""root": ["rootfs"]"#,
    #"2:9: root: must be an object (got an array)"#),
  InvalidConfiguration(
    #""root": {"path": "a\u0000b"}"#,
    #"2:18: root.path: must not contain a NUL byte"#),
  InvalidConfiguration(
    #""root": {"path": "r", "readonly": "yes"}"#,
    #"2:35: root.readonly: must be true or false (got "yes")"#),
  InvalidConfiguration(
    #""hostname": 5"#,
    #"2:13: hostname: must be a string (got 5)"#),
  InvalidConfiguration(
    #""hostname": "a""#,
    #"2:13: hostname: needs a uts namespace"#),
  InvalidConfiguration(
    #""domainname": "a""#,
    #"2:15: domainname: needs a uts namespace"#),
  InvalidConfiguration(
    #""hostname": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "linux": {"namespaces": [{"type": "uts"}]}"#,
    #"2:13: hostname: must not be longer than 64 bytes (got "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")"#),
  InvalidConfiguration(
    #""annotations": {"": "x"}"#,
    #"2:21: annotations[""]: an annotation must have a name"#),
  InvalidConfiguration(
    #""annotations": {"a": 1, "b\u0000": "x"}"#,
    #"2:22: annotations.a: must be a string (got 1)"#,
    #"2:25: annotations["b\u0000"]: must not contain a NUL byte"#),
  InvalidConfiguration(
    #""annotations": []"#,
    #"2:16: annotations: must be an object (got an array)"#),
  // Process.
  InvalidConfiguration(
    #""process": {"user": {"uid": 0, "gid": 0}}"#,
    #"2:12: process.cwd: is required"#,
    #"2:12: process.args: must have at least one entry"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": []}"#,
    #"2:33: process.args: must have at least one entry"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "env": ["A", "=b", "C="]}"#,
    #"2:49: process.env[0]: must have the form KEY=VALUE (got "A")"#,
    #"2:54: process.env[1]: must have the form KEY=VALUE (got "=b")"#),
  InvalidConfiguration(
    #""process": {"cwd": "tmp", "args": ["sh"]}"#,
    #"2:20: process.cwd: must be an absolute path (got "tmp")"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": "sh"}"#,
    #"2:33: process.args: must be an array (got "sh")"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh", null, 7]}"#,
    #"2:40: process.args[1]: must be a string (got null)"#,
    #"2:46: process.args[2]: must be a string (got 7)"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "env": ["A=1", "B=\u00002"]}"#,
    #"2:56: process.env[1]: must not contain a NUL byte"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "user": {"gid": -1}}"#,
    #"2:49: process.user.uid: is required"#,
    #"2:57: process.user.gid: must be an integer from 0 to 4294967295 (got -1)"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "user": {"uid": 4294967296, "gid": 1.0}}"#,
    #"2:57: process.user.uid: must be an integer from 0 to 4294967295 (got 4294967296)"#,
    #"2:76: process.user.gid: must be an integer from 0 to 4294967295 (got 1.0)"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "user": {"uid": 4294967295, "gid": 0}}"#,
    #"2:57: process.user.uid: must be less than 4294967295, which is no user and no group"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "user": {"uid": 0, "gid": 4294967295}}"#,
    #"2:67: process.user.gid: must be less than 4294967295, which is no user and no group"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "user": {"uid": 0, "gid": 0, "additionalGids": [1, 4294967295]}}"#,
    #"2:92: process.user.additionalGids[1]: must be less than 4294967295, which is no user and no group"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "user": {"uid": 0, "gid": 0, "umask": 512, "additionalGids": [1, "2"]}}"#,
    #"2:79: process.user.umask: must not exceed 511, octal 777 (got 512)"#,
    #"2:106: process.user.additionalGids[1]: must be an integer from 0 to 4294967295 (got "2")"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "terminal": true, "consoleSize": {"height": 65536, "width": 70000}}"#,
    #"2:85: process.consoleSize.height: must not exceed 65535 (got 65536)"#,
    #"2:101: process.consoleSize.width: must not exceed 65535 (got 70000)"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "consoleSize": {"height": 1}}"#,
    #"2:56: process.consoleSize.width: is required"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "oomScoreAdj": 1001}"#,
    #"2:56: process.oomScoreAdj: must be from -1000 to 1000 (got 1001)"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "oomScoreAdj": -1001}"#,
    #"2:56: process.oomScoreAdj: must be from -1000 to 1000 (got -1001)"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 2, "hard": 1}]}"#,
    #"2:87: process.rlimits[0].soft: must not exceed the hard limit 1 (got 2)"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "rlimits": [{"type": "RLIMIT_AS", "soft": 1, "hard": 1}, {"type": "RLIMIT_AS", "soft": 2, "hard": 2}]}"#,
    #"2:107: process.rlimits[1].type: must not occur twice (got "RLIMIT_AS")"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "rlimits": [{"type": "RLIMIT_X", "soft": 1, "hard": 1}, {"type": "RLIMIT_AS", "hard": 2}]}"#,
    #"2:62: process.rlimits[0].type: must be one of "RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_LOCKS", "RLIMIT_MEMLOCK", "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_RSS", "RLIMIT_RTPRIO", "RLIMIT_RTTIME", "RLIMIT_SIGPENDING", "RLIMIT_STACK" (got "RLIMIT_X")"#,
    #"2:97: process.rlimits[1].soft: is required"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "rlimits": [{"type": "RLIMIT_AS", "soft": -1, "hard": 18446744073709551616}]}"#,
    #"2:83: process.rlimits[0].soft: must be an integer from 0 to 18446744073709551615 (got -1)"#,
    #"2:95: process.rlimits[0].hard: must be an integer from 0 to 18446744073709551615 (got 18446744073709551616)"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "scheduler": {"nice": 1}}"#,
    #"2:54: process.scheduler.policy: is required"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "scheduler": {"policy": "SCHED_NONE", "priority": 5}}"#,
    #"2:65: process.scheduler.policy: must be one of "SCHED_OTHER", "SCHED_FIFO", "SCHED_RR", "SCHED_BATCH", "SCHED_ISO", "SCHED_IDLE", "SCHED_DEADLINE" (got "SCHED_NONE")"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "scheduler": {"policy": "SCHED_OTHER", "nice": 20}}"#,
    #"2:88: process.scheduler.nice: must be from -20 to 19 (got 20)"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "scheduler": {"policy": "SCHED_BATCH", "priority": 1}}"#,
    #"2:92: process.scheduler.priority: is only for SCHED_FIFO and SCHED_RR, not for SCHED_BATCH (got 1)"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "scheduler": {"policy": "SCHED_FIFO", "priority": 0}}"#,
    #"2:91: process.scheduler.priority: must be from 1 to 99 for SCHED_FIFO (got 0)"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "scheduler": {"policy": "SCHED_RR", "priority": 100, "flags": ["SCHED_FLAG_X"]}}"#,
    #"2:89: process.scheduler.priority: must be from 1 to 99 for SCHED_RR (got 100)"#,
    #"2:104: process.scheduler.flags[0]: must be one of "SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_KEEP_POLICY", "SCHED_FLAG_KEEP_PARAMS", "SCHED_FLAG_UTIL_CLAMP_MIN", "SCHED_FLAG_UTIL_CLAMP_MAX" (got "SCHED_FLAG_X")"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "scheduler": {"policy": "SCHED_IDLE", "runtime": 1, "deadline": 2, "period": 3}}"#,
    #"2:90: process.scheduler.runtime: is only for SCHED_DEADLINE, not for SCHED_IDLE (got 1)"#,
    #"2:105: process.scheduler.deadline: is only for SCHED_DEADLINE, not for SCHED_IDLE (got 2)"#,
    #"2:118: process.scheduler.period: is only for SCHED_DEADLINE, not for SCHED_IDLE (got 3)"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "scheduler": {"policy": "SCHED_DEADLINE", "deadline": 10, "period": 20}}"#,
    #"2:54: process.scheduler.runtime: must be greater than zero for SCHED_DEADLINE"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "scheduler": {"policy": "SCHED_DEADLINE", "runtime": 11, "deadline": 10, "period": 9}}"#,
    #"2:110: process.scheduler.deadline: must not be less than the runtime 11 (got 10)"#,
    #"2:124: process.scheduler.period: must not be less than the deadline 10 (got 9)"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "ioPriority": {"class": "IOPRIO_CLASS_BE", "priority": 8}}"#,
    #"2:96: process.ioPriority.priority: must be from 0 to 7 (got 8)"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "ioPriority": {"class": "IOPRIO_CLASS_NONE"}}"#,
    #"2:55: process.ioPriority.priority: is required"#,
    #"2:65: process.ioPriority.class: must be one of "IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE" (got "IOPRIO_CLASS_NONE")"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "execCPUAffinity": {"initial": "0-", "final": "3-1"}}"#,
    #"2:72: process.execCPUAffinity.initial: must be a list of numbers and ranges like "0-3,7" (got "0-")"#,
    #"2:87: process.execCPUAffinity.final: must be a list of numbers and ranges like "0-3,7" (got "3-1")"#),
  InvalidConfiguration(
    #""process": {"cwd": "/", "args": ["sh"], "capabilities": {"bounding": "CAP_KILL"}}"#,
    #"2:70: process.capabilities.bounding: must be an array (got "CAP_KILL")"#),
  // Mounts.
  InvalidConfiguration(
    #""mounts": [{"source": "/x"}, {"destination": ""}]"#,
    #"2:12: mounts[0].destination: is required"#,
    #"2:46: mounts[1].destination: must not be empty"#),
  InvalidConfiguration(
    #""mounts": [{"destination": "/a", "type": "tmpfs", "options": ["ro"]}, {"destination": "/a", "type": "tmpfs", "options": ["rw"]}, {"destination": "/a", "type": "tmpfs", "options": ["ro"]}]"#,
    #"2:130: mounts[2]: is the same mount as mounts[0]"#),
  InvalidConfiguration(
    #""mounts": {"destination": "/a"}"#,
    #"2:11: mounts: must be an array (got an object)"#),
  InvalidConfiguration(
    #""mounts": ["/a"]"#,
    #"2:12: mounts[0]: must be an object (got "/a")"#),
  InvalidConfiguration(
    #""mounts": [{"destination": "/a", "options": "ro"}]"#,
    #"2:45: mounts[0].options: must be an array (got "ro")"#),
  InvalidConfiguration(
    #""mounts": [{"destination": "/a", "source": "x\u0000"}]"#,
    #"2:44: mounts[0].source: must not contain a NUL byte"#),
  InvalidConfiguration(
    #""mounts": [{"destination": "/a", "options": ["ridmap"]}]"#,
    #"2:46: mounts[0].options[0]: needs uidMappings and gidMappings of the mount, or a user namespace (got "ridmap")"#),
  InvalidConfiguration(
    #""mounts": [{"destination": "/a", "uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}]}]"#,
    #"2:12: mounts[0].gidMappings: is required with uidMappings"#),
  InvalidConfiguration(
    #""mounts": [{"destination": "/a", "gidMappings": [{"containerID": 0, "hostID": 1, "size": 0}]}]"#,
    #"2:12: mounts[0].uidMappings: is required with gidMappings"#,
    #"2:90: mounts[0].gidMappings[0].size: must be greater than zero (got 0)"#),
  // Hooks.
  InvalidConfiguration(
    #""hooks": {"prestart": [{"path": "bin/x"}]}"#,
    #"2:33: hooks.prestart[0].path: must be an absolute path (got "bin/x")"#),
  InvalidConfiguration(
    #""hooks": {"createRuntime": [{"args": ["x"]}]}"#,
    #"2:29: hooks.createRuntime[0].path: is required"#),
  InvalidConfiguration(
    #""hooks": {"createContainer": [{"path": "/x", "timeout": 0}]}"#,
    #"2:57: hooks.createContainer[0].timeout: must be greater than zero (got 0)"#),
  InvalidConfiguration(
    #""hooks": {"startContainer": [{"path": "/x", "timeout": -1, "env": ["A", "=b", "C="]}]}"#,
    #"2:56: hooks.startContainer[0].timeout: must be greater than zero (got -1)"#,
    #"2:68: hooks.startContainer[0].env[0]: must have the form KEY=VALUE (got "A")"#,
    #"2:73: hooks.startContainer[0].env[1]: must have the form KEY=VALUE (got "=b")"#),
  InvalidConfiguration(
    #""hooks": {"poststart": [{"path": "x"}], "poststop": [{"path": "y"}]}"#,
    #"2:34: hooks.poststart[0].path: must be an absolute path (got "x")"#,
    #"2:63: hooks.poststop[0].path: must be an absolute path (got "y")"#),
]

@Test(arguments: cases)
func reportsEverythingWrongOutsideTheLinuxSection(_ configuration: InvalidConfiguration) {
  #expect(configuration.reported == configuration.expected)
}

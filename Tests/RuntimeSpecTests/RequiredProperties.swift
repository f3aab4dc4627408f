import RuntimeSpec
import Testing

/// An object that lacks one property that the specification requires, and where that is reported.
struct Missing: Sendable, CustomTestStringConvertible {
  let members: String
  let path: String

  init(_ members: String, _ path: String) { (self.members, self.path) = (members, path) }

  var testDescription: String { path }
}

// swift-format-ignore
private let cases: [Missing] = [
  Missing(#""ociVersion": null"#, "ociVersion"),
  Missing(#""root": null"#, "root"),
  Missing(#""root": {"readonly": true}"#, "root.path"),
  Missing(#""mounts": [{"type": "tmpfs", "source": "tmpfs"}]"#, "mounts[0].destination"),
  Missing(#""process": {"args": ["sh"]}"#, "process.cwd"),
  Missing(#""process": {"cwd": "/", "args": ["sh"], "user": {"gid": 0}}"#, "process.user.uid"),
  Missing(#""process": {"cwd": "/", "args": ["sh"], "user": {"uid": 0}}"#, "process.user.gid"),
  Missing(#""process": {"cwd": "/", "args": ["sh"], "terminal": true, "consoleSize": {"width": 80}}"#, "process.consoleSize.height"),
  Missing(#""process": {"cwd": "/", "args": ["sh"], "terminal": true, "consoleSize": {"height": 25}}"#, "process.consoleSize.width"),
  Missing(#""process": {"cwd": "/", "args": ["sh"], "rlimits": [{"soft": 1, "hard": 1}]}"#, "process.rlimits[0].type"),
  Missing(#""process": {"cwd": "/", "args": ["sh"], "rlimits": [{"type": "RLIMIT_AS", "hard": 1}]}"#, "process.rlimits[0].soft"),
  Missing(#""process": {"cwd": "/", "args": ["sh"], "rlimits": [{"type": "RLIMIT_AS", "soft": 1}]}"#, "process.rlimits[0].hard"),
  Missing(#""process": {"cwd": "/", "args": ["sh"], "scheduler": {"nice": 1}}"#, "process.scheduler.policy"),
  Missing(#""process": {"cwd": "/", "args": ["sh"], "ioPriority": {"priority": 1}}"#, "process.ioPriority.class"),
  Missing(#""process": {"cwd": "/", "args": ["sh"], "ioPriority": {"class": "IOPRIO_CLASS_BE"}}"#, "process.ioPriority.priority"),
  Missing(#""hooks": {"prestart": [{"args": ["x"]}]}"#, "hooks.prestart[0].path"),
  Missing(#""hooks": {"createRuntime": [{"args": ["x"]}]}"#, "hooks.createRuntime[0].path"),
  Missing(#""hooks": {"createContainer": [{"args": ["x"]}]}"#, "hooks.createContainer[0].path"),
  Missing(#""hooks": {"startContainer": [{"args": ["x"]}]}"#, "hooks.startContainer[0].path"),
  Missing(#""hooks": {"poststart": [{"args": ["x"]}]}"#, "hooks.poststart[0].path"),
  Missing(#""hooks": {"poststop": [{"args": ["x"]}]}"#, "hooks.poststop[0].path"),
  Missing(#""linux": {"namespaces": [{"path": "/n"}]}"#, "linux.namespaces[0].type"),
  Missing(#""linux": {"namespaces": [{"type": "user"}], "uidMappings": [{"hostID": 1, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 1, "size": 1}]}"#, "linux.uidMappings[0].containerID"),
  Missing(#""linux": {"namespaces": [{"type": "user"}], "uidMappings": [{"containerID": 0, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 1, "size": 1}]}"#, "linux.uidMappings[0].hostID"),
  Missing(#""linux": {"namespaces": [{"type": "user"}], "uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 1}]}"#, "linux.gidMappings[0].size"),
  Missing(#""linux": {"devices": [{"path": "/dev/x", "major": 1, "minor": 3}]}"#, "linux.devices[0].type"),
  Missing(#""linux": {"devices": [{"type": "c", "major": 1, "minor": 3}]}"#, "linux.devices[0].path"),
  Missing(#""linux": {"devices": [{"type": "c", "path": "/dev/x", "minor": 3}]}"#, "linux.devices[0].major"),
  Missing(#""linux": {"devices": [{"type": "b", "path": "/dev/x", "major": 1}]}"#, "linux.devices[0].minor"),
  Missing(#""linux": {"resources": {"devices": [{"access": "rwm"}]}}"#, "linux.resources.devices[0].allow"),
  Missing(#""linux": {"resources": {"blockIO": {"weightDevice": [{"minor": 0, "weight": 10}]}}}"#, "linux.resources.blockIO.weightDevice[0].major"),
  Missing(#""linux": {"resources": {"blockIO": {"weightDevice": [{"major": 8, "weight": 10}]}}}"#, "linux.resources.blockIO.weightDevice[0].minor"),
  Missing(#""linux": {"resources": {"blockIO": {"throttleReadBpsDevice": [{"minor": 0, "rate": 1}]}}}"#, "linux.resources.blockIO.throttleReadBpsDevice[0].major"),
  Missing(#""linux": {"resources": {"blockIO": {"throttleWriteBpsDevice": [{"major": 8, "minor": 0}]}}}"#, "linux.resources.blockIO.throttleWriteBpsDevice[0].rate"),
  Missing(#""linux": {"resources": {"blockIO": {"throttleReadIOPSDevice": [{"major": 8, "rate": 1}]}}}"#, "linux.resources.blockIO.throttleReadIOPSDevice[0].minor"),
  Missing(#""linux": {"resources": {"blockIO": {"throttleWriteIOPSDevice": [{"major": 8, "minor": 0}]}}}"#, "linux.resources.blockIO.throttleWriteIOPSDevice[0].rate"),
  Missing(#""linux": {"resources": {"hugepageLimits": [{"limit": 1}]}}"#, "linux.resources.hugepageLimits[0].pageSize"),
  Missing(#""linux": {"resources": {"hugepageLimits": [{"pageSize": "2MB"}]}}"#, "linux.resources.hugepageLimits[0].limit"),
  Missing(#""linux": {"resources": {"network": {"priorities": [{"priority": 1}]}}}"#, "linux.resources.network.priorities[0].name"),
  Missing(#""linux": {"resources": {"network": {"priorities": [{"name": "eth0"}]}}}"#, "linux.resources.network.priorities[0].priority"),
  Missing(#""linux": {"memoryPolicy": {"nodes": "0"}}"#, "linux.memoryPolicy.mode"),
  Missing(#""linux": {"seccomp": {}}"#, "linux.seccomp.defaultAction"),
  Missing(#""linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["x"]}]}}"#, "linux.seccomp.syscalls[0].action"),
  Missing(#""linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["x"], "action": "SCMP_ACT_LOG", "args": [{"value": 1, "op": "SCMP_CMP_EQ"}]}]}}"#, "linux.seccomp.syscalls[0].args[0].index"),
  Missing(#""linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["x"], "action": "SCMP_ACT_LOG", "args": [{"index": 1, "op": "SCMP_CMP_EQ"}]}]}}"#, "linux.seccomp.syscalls[0].args[0].value"),
  Missing(#""linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["x"], "action": "SCMP_ACT_LOG", "args": [{"index": 1, "value": 1}]}]}}"#, "linux.seccomp.syscalls[0].args[0].op"),
  Missing(#""linux": {"personality": {"flags": []}}"#, "linux.personality.domain"),
]

/// What the specification marks as REQUIRED. That the object is refused for this alone shows that the rest of it is valid.
@Test(arguments: cases)
func whatIsRequiredIsMissed(_ missing: Missing) {
  let reported = lines("{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"rootfs\"},\n\(missing.members)\n}")
  #expect(reported.count == 1 && reported[0].hasSuffix(": \(missing.path): is required"), "\(reported)")
}

/// Lists that need an entry (config.md, `process.args`; config-linux.md, `syscalls[].names`).
@Test(arguments: [
  (#""process": {"cwd": "/", "args": []}"#, "process.args"), (#""process": {"cwd": "/"}"#, "process.args"),
  (
    #""linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"action": "SCMP_ACT_LOG"}]}}"#,
    "linux.seccomp.syscalls[0].names"
  ),
])
func aListThatNeedsAnEntry(_ members: String, _ path: String) {
  let reported = lines("{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"rootfs\"},\n\(members)\n}")
  #expect(reported.count == 1 && reported[0].hasSuffix(": \(path): must have at least one entry"), "\(reported)")
}

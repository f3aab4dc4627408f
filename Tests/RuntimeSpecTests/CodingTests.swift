import Foundation
import JSON
import RuntimeSpec
import Testing

/// A configuration with every property of the specification, none of them with a value that means absence.
private let everything = #"""
  {
    "ociVersion": "1.3.0",
    "process": {
      "terminal": true, "consoleSize": {"height": 25, "width": 80},
      "user": {"uid": 1, "gid": 2, "umask": 63, "additionalGids": [5, 4294967294]},
      "args": ["sh", "-c", "é😹\n\"\\"], "env": ["A=1", "B="], "cwd": "/root",
      "capabilities": {
        "bounding": ["CAP_A"], "effective": ["CAP_B"], "inheritable": ["CAP_C"], "permitted": ["CAP_D"],
        "ambient": ["CAP_E"]},
      "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 18446744073709551615, "soft": 1024}],
      "noNewPrivileges": true, "apparmorProfile": "p", "oomScoreAdj": -5,
      "scheduler": {
        "policy": "SCHED_DEADLINE", "nice": -3, "flags": ["SCHED_FLAG_RECLAIM"], "runtime": 1, "deadline": 2, "period": 3},
      "selinuxLabel": "s", "ioPriority": {"class": "IOPRIO_CLASS_RT", "priority": 7},
      "execCPUAffinity": {"initial": "7", "final": "0-3,7"}},
    "root": {"path": "rootfs", "readonly": true}, "hostname": "h", "domainname": "d",
    "mounts": [{
      "destination": "/m", "type": "none", "source": "/s", "options": ["rbind", "idmap"],
      "uidMappings": [{"containerID": 1, "hostID": 2, "size": 3}],
      "gidMappings": [{"containerID": 4, "hostID": 5, "size": 6}]}],
    "hooks": {
      "prestart": [{"path": "/1", "args": ["a"], "env": ["K=V"], "timeout": 9}], "createRuntime": [{"path": "/2"}],
      "createContainer": [{"path": "/3"}], "startContainer": [{"path": "/4"}], "poststart": [{"path": "/5"}],
      "poststop": [{"path": "/6"}]},
    "annotations": {"z": "1", "a": "", "a.b/c": "x"},
    "linux": {
      "namespaces": [
        {"type": "pid", "path": "/ns/pid"}, {"type": "network"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"},
        {"type": "user"}, {"type": "cgroup"}, {"type": "time"}],
      "uidMappings": [{"containerID": 1, "hostID": 1000, "size": 10}],
      "gidMappings": [{"containerID": 2, "hostID": 2000, "size": 20}],
      "timeOffsets": {"monotonic": {"secs": -1, "nanosecs": 5}, "boottime": {"secs": 172800}},
      "devices": [
        {"path": "/dev/f", "type": "c", "major": 10, "minor": 229, "fileMode": 438, "uid": 3, "gid": 4},
        {"path": "/dev/b", "type": "b", "major": 8, "minor": 1}, {"path": "/dev/u", "type": "u", "major": 1, "minor": 1},
        {"path": "/dev/p", "type": "p"}],
      "netDevices": {"eth0": {"name": "in%d"}, "eth1": {}},
      "cgroupsPath": "/a/b",
      "resources": {
        "devices": [{"allow": true, "type": "c", "major": 10, "minor": -1, "access": "rw"}],
        "memory": {
          "limit": 9223372036854775807, "reservation": 2, "swap": -1, "kernel": 4, "kernelTCP": 5, "swappiness": 6,
          "disableOOMKiller": true, "useHierarchy": true, "checkBeforeUpdate": true},
        "cpu": {
          "shares": 18446744073709551615, "quota": 1000000, "burst": 1000, "period": 500000, "realtimeRuntime": 950000,
          "realtimePeriod": 1000000, "cpus": "2-3", "mems": "0-7", "idle": 1},
        "pids": {"limit": 32771},
        "blockIO": {
          "weight": 10, "leafWeight": 20,
          "weightDevice": [{"major": 8, "minor": 1, "weight": 500, "leafWeight": 300}],
          "throttleReadBpsDevice": [{"major": 8, "minor": 2, "rate": 600}],
          "throttleWriteBpsDevice": [{"major": 8, "minor": 3, "rate": 601}],
          "throttleReadIOPSDevice": [{"major": 8, "minor": 4, "rate": 602}],
          "throttleWriteIOPSDevice": [{"major": 8, "minor": 5, "rate": 603}]},
        "hugepageLimits": [{"pageSize": "64KB", "limit": 1000000}],
        "network": {"classID": 1048577, "priorities": [{"name": "eth0", "priority": 500}]},
        "rdma": {"mlx5_1": {"hcaHandles": 3, "hcaObjects": 10000}},
        "unified": {"io.max": "a\nb", "hugetlb.1GB.max": "1"}},
      "intelRdt": {
        "closID": "g", "schemata": ["L3:0=7f0"], "l3CacheSchema": "L3:0=1", "memBwSchema": "MB:0=20",
        "enableMonitoring": true},
      "memoryPolicy": {"mode": "MPOL_INTERLEAVE", "nodes": "2-3", "flags": ["MPOL_F_STATIC_NODES"]},
      "sysctl": {"net.ipv4.ip_forward": "1", "kernel.sem": "2"},
      "seccomp": {
        "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_SHEB"],
        "flags": ["SECCOMP_FILTER_FLAG_LOG"], "listenerPath": "/l", "listenerMetadata": "m",
        "syscalls": [{
          "names": ["a", "b"], "action": "SCMP_ACT_TRACE", "errnoRet": 1,
          "args": [{"index": 5, "value": 18446744073709551615, "valueTwo": 2, "op": "SCMP_CMP_MASKED_EQ"}]}]},
      "rootfsPropagation": "rslave", "maskedPaths": ["/proc/kcore"], "readonlyPaths": ["/proc/sys"], "mountLabel": "l",
      "personality": {"domain": "LINUX32", "flags": ["X"]}}
  }
  """#

@Test func everyPropertyOfTheSpecificationIsReadAndWritten() throws {
  let spec = try Spec.decode(bytes: Array(everything.utf8), fileName: "config.json")
  var expected = try #require(try JSONSerialization.jsonObject(with: Data(everything.utf8)) as? [String: Any])
  var linux = try #require(expected["linux"] as? [String: Any])
  let devices = try #require(linux["devices"] as? [Any])
  // Pipes are written with device numbers, as Go's package does.
  linux["devices"] =
    Array(devices.dropLast()) + [["path": "/dev/p", "type": "p", "major": 0, "minor": 0] as [String: Any]]
  expected["linux"] = linux
  let written = try JSONSerialization.jsonObject(with: Data(spec.encoded())) as? NSDictionary
  #expect(written == NSDictionary(dictionary: expected))
}

@Test func valuesLandInTheirProperties() throws {
  let spec = try Spec.decode(bytes: Array(everything.utf8), fileName: "config.json")
  #expect(spec.process?.rlimits == [POSIXRlimit(type: .nofile, soft: 1024, hard: .max)])
  #expect(spec.process?.args.last == "é😹\n\"\\")
  #expect(spec.annotations.entries.map(\.key) == ["z", "a", "a.b/c"])
  #expect(spec.linux.sysctl.entries.map(\.key) == ["net.ipv4.ip_forward", "kernel.sem"])
  #expect(spec.linux.timeOffsets["monotonic"] == LinuxTimeOffset(secs: -1, nanosecs: 5))
  #expect(spec.linux.seccomp?.architectures == [.x86_64, .sheb])
  #expect(
    spec.linux.seccomp?.syscalls.first?.args
      == [LinuxSeccompArg(index: 5, value: .max, valueTwo: 2, op: .maskedEqual)])
  #expect(spec.linux.resources?.memory?.limit == .max)
  #expect(spec.linux.rootfsPropagation == .rslave)
}

@Test func absenceIsKeptWhereItDiffers() throws {
  let text = #"{"ociVersion": "1.0.0", "root": {"path": "r"}, "process": {"cwd": "/", "args": ["x"]}, "linux": {}}"#
  let spec = try Spec.decode(bytes: Array(text.utf8), fileName: "config.json")
  #expect(spec.process?.capabilities == nil)
  #expect(spec.process?.user == User(uid: 0, gid: 0, umask: nil))
  #expect(spec.process?.oomScoreAdj == nil)
  #expect(spec.linux.resources == nil)
  #expect(spec.linux.seccomp == nil)
  let seccomp =
    #"{"ociVersion": "1.0.0", "root": {"path": "r"}, "linux": {"seccomp": {"defaultAction": "SCMP_ACT_LOG"FLAGS}}}"#
  for (flags, expected) in [("", nil), (", \"flags\": []", [])] as [(String, [LinuxSeccompFlag]?)] {
    let bytes = Array(seccomp.replacingOccurrences(of: "FLAGS", with: flags).utf8)
    let spec = try Spec.decode(bytes: bytes, fileName: "config.json")
    #expect(spec.linux.seccomp?.flags == expected)
    #expect(try Spec.decode(bytes: spec.encoded(), fileName: "again") == spec)
  }
}

@Test func aProcessAloneIsReportedFromItsOwnRoot() {
  #expect(throws: SpecError.self) { try RuntimeSpec.Process.decode(bytes: Array("{}".utf8), fileName: "p") }
  do throws(SpecError) {
    let text =
      #"{"args": [], "cwd": "x", "user": {"uid": 1}, "rlimits": [{"type": "RLIMIT_CPU", "soft": 2, "hard": 1}]}"#
    _ = try RuntimeSpec.Process.decode(bytes: Array(text.utf8), fileName: "p.json")
  } catch {
    #expect(
      error.lines == [
        "p.json:1:10: args: must have at least one entry",
        "p.json:1:21: cwd: must be an absolute path (got \"x\")",
        "p.json:1:34: user.gid: is required",
        "p.json:1:89: rlimits[0].soft: must not exceed the hard limit 1 (got 2)",
      ])
  }
}

@Test func resourcesAloneAreReportedFromTheirOwnRoot() throws {
  let text = #"{"memory": {"limit": 1048576}, "cpu": {"cpus": ""}, "unified": {"memory.high": "max"}, "x": 1}"#
  let resources = try LinuxResources.decode(bytes: Array(text.utf8), fileName: "-")
  #expect(
    resources
      == LinuxResources(memory: LinuxMemory(limit: 1_048_576), cpu: LinuxCPU(), unified: ["memory.high": "max"]))
  #expect(String(decoding: resources.encoded(), as: UTF8.self).contains(#""memory":{"limit":1048576}"#))
  do throws(SpecError) {
    _ = try LinuxResources.decode(
      bytes: Array(#"{"memory": {"swappiness": 200}, "pids": 5, "devices": [{}]}"#.utf8), fileName: "-")
    Issue.record("accepted")
  } catch {
    #expect(
      error.lines == [
        "-:1:27: memory.swappiness: must be from 0 to 100 (got 200)",
        "-:1:41: pids: must be an object (got 5)",
        "-:1:56: devices[0].allow: is required",
      ])
  }
}

@Test func aHandMadeConfigurationIsValidatedWithoutPositions() {
  var spec = Spec(process: RuntimeSpec.Process(args: ["sh"], cwd: "tmp"))
  spec.linux.namespaces = [LinuxNamespace(type: .pid), LinuxNamespace(type: .pid)]
  #expect(
    spec.validate().map { $0.line(in: "config.json") } == [
      "config.json: process.cwd: must be an absolute path (got \"tmp\")",
      "config.json: linux.namespaces[1].type: must not occur twice (got \"pid\")",
    ])
}

@Test func hostileCountsStayFast() throws {
  let mounts = (0..<20_000).map { #"{"destination": "/\#($0 % 7)", "source": "\#($0)"}"# }.joined(separator: ",")
  let annotations = (0..<50_000).map { "\"k\($0)\": \"v\"" }.joined(separator: ",")
  let limits = Array(repeating: #"{"type": "RLIMIT_CPU", "soft": 1, "hard": 1}"#, count: 20_000).joined(separator: ",")
  let head = #"{"ociVersion": "1.0.0", "root": {"path": "r"}, "#
  let start = ContinuousClock.now
  let good = head + "\"mounts\": [\(mounts)], \"annotations\": {\(annotations)}}"
  let spec = try Spec.decode(bytes: Array(good.utf8), fileName: "x")
  #expect(spec.annotations.count == 50_000)
  let bad = head + "\"process\": {\"cwd\": \"/\", \"args\": [\"x\"], \"rlimits\": [\(limits)]}}"
  #expect(lines(bad).count == 100)
  #expect(ContinuousClock.now - start < .seconds(20))
}

@Test func aConfigurationInsideAnotherDocumentIsRead() throws {
  let spec = try Spec.decode(bytes: Array(everything.utf8), fileName: "config.json")
  var writer = JSONWriter()
  writer.beginObject()
  writer.name("config")
  spec.write(to: &writer)
  writer.name("bad")
  writer.beginObject()
  writer.endObject()
  writer.endObject()
  let document = try JSONDocument(writer.bytes)
  let config = try #require(document.member(document.root, "config"))
  #expect(try Spec.decode(from: document, at: config, fileName: "state.json") == spec)
  let bad = try #require(document.member(document.root, "bad"))
  do throws(SpecError) {
    _ = try Spec.decode(from: document, at: bad, fileName: "state.json")
    Issue.record("accepted")
  } catch {
    #expect(error.violations.map(\.path.description) == ["bad.ociVersion", "bad.root"])
  }
}

import Foundation
import JSON
import RuntimeSpec
import Testing

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

private let state = State(
  id: "web1", status: .created, pid: 4711, bundle: "/run/web1", annotations: ["b": "2", "a": "1"])

@Test func theStateIsTheSpecifications() {
  #expect(
    text(state.encoded())
      == #"{"ociVersion":"1.3.0","id":"web1","status":"created","pid":4711,"bundle":"/run/web1","annotations":{"b":"2","a":"1"}}"#
  )
  #expect(
    text(State(id: "x", status: .stopped, bundle: "/b").encoded())
      == #"{"ociVersion":"1.3.0","id":"x","status":"stopped","bundle":"/b"}"#)
}

@Test func theProcessStateNamesItsDescriptors() {
  let document = ContainerProcessState(
    pid: 4711, metadata: "m", state: State(id: "x", status: .creating, pid: 4711, bundle: "/b"))
  #expect(
    text(document.encoded())
      == #"{"ociVersion":"1.3.0","fds":["seccompFd"],"pid":4711,"metadata":"m","state":{"ociVersion":"1.3.0","id":"x","status":"creating","pid":4711,"bundle":"/b"}}"#
  )
}

@Test func theReportHasRuncsOrderAndLayout() {
  let report = ContainerReport(state: state, rootfs: "/run/web1/rootfs", created: "2026-01-02T03:04:05.678Z")
  #expect(
    text(report.encoded())
      == """
      {
        "ociVersion": "1.3.0",
        "id": "web1",
        "pid": 4711,
        "status": "created",
        "bundle": "/run/web1",
        "rootfs": "/run/web1/rootfs",
        "created": "2026-01-02T03:04:05.678Z",
        "annotations": {
          "b": "2",
          "a": "1"
        },
        "owner": ""
      }
      """)
  var stopped = report
  stopped.state.pid = 0
  stopped.state.annotations = [:]
  stopped.owner = "root"
  let entry =
    #"{"ociVersion":"1.3.0","id":"web1","pid":0,"status":"created","bundle":"/run/web1","rootfs":"/run/web1/rootfs","created":"2026-01-02T03:04:05.678Z","owner":"root"}"#
  #expect(text(ContainerReport.encodedList([stopped, stopped])) == "[\(entry),\(entry)]")
  #expect(text(ContainerReport.encodedList([])) == "null")
}

@Test func absentFeaturesAreLeftOutAndEmptyOnesAreNot() {
  #expect(text(Features().encoded()) == #"{"ociVersionMin":"1.0.0","ociVersionMax":"1.3.0"}"#)
  var features = Features(hooks: [], linux: LinuxFeatures(cgroup: CgroupFeatures(v1: false)))
  features.annotations = [:]
  #expect(
    text(features.encoded())
      == #"{"ociVersionMin":"1.0.0","ociVersionMax":"1.3.0","hooks":[],"linux":{"cgroup":{"v1":false}},"annotations":{}}"#
  )
}

@Test func everyFeatureHasItsPlace() {
  let on = FeatureSwitch(enabled: true)
  let features = Features(
    hooks: ["prestart"], mountOptions: ["ro"],
    linux: LinuxFeatures(
      namespaces: ["pid"], capabilities: ["CAP_KILL"],
      cgroup: CgroupFeatures(v1: true, v2: true, systemd: true, systemdUser: true, rdma: true),
      seccomp: SeccompFeatures(
        enabled: true, actions: ["A"], operators: ["O"], archs: ["R"], knownFlags: ["K"], supportedFlags: ["S"]),
      apparmor: on, selinux: on, intelRdt: IntelRdtFeatures(enabled: true, schemata: true, monitoring: true),
      memoryPolicy: MemoryPolicyFeatures(modes: ["M"], flags: ["F"]),
      mountExtensions: MountExtensionFeatures(idmap: on), netDevices: on),
    annotations: ["v": "1"], potentiallyUnsafeConfigAnnotations: ["u."])
  #expect(
    text(features.encoded())
      == #"{"ociVersionMin":"1.0.0","ociVersionMax":"1.3.0","hooks":["prestart"],"mountOptions":["ro"],"linux":{"namespaces":["pid"],"#
      + #""capabilities":["CAP_KILL"],"cgroup":{"v1":true,"v2":true,"systemd":true,"systemdUser":true,"rdma":true},"#
      + #""seccomp":{"enabled":true,"actions":["A"],"operators":["O"],"archs":["R"],"knownFlags":["K"],"supportedFlags":["S"]},"#
      + #""apparmor":{"enabled":true},"selinux":{"enabled":true},"intelRdt":{"enabled":true,"schemata":true,"monitoring":true},"#
      + #""memoryPolicy":{"modes":["M"],"flags":["F"]},"mountExtensions":{"idmap":{"enabled":true}},"netDevices":{"enabled":true}},"#
      + #""annotations":{"v":"1"},"potentiallyUnsafeConfigAnnotations":["u."]}"#)
}

/// The example is what runc 1.1 writes, but for the version, the host name, and the ambient capabilities: those can't be
/// raised without inheritable ones, and later runcs don't ask for them.
@Test(arguments: [false, true])
func theExampleIsRuncs(isRootless: Bool) throws {
  let runc = isRootless ? runcRootlessExample : runcExample
  var ours = Spec.example()
  if isRootless { ours = ours.rootless(uid: 1000, gid: 100) }
  #expect(text(ours.encoded(.pretty(indentation: "\t"))) == runc)
  #expect(ours.validate().isEmpty)
}

@Test func theExampleGetsACgroupNamespaceOnCgroup2() {
  #expect(Spec.example(hasCgroupNamespace: true).linux.namespaces.last == LinuxNamespace(type: .cgroup))
  #expect(Spec.example().linux.namespaces.map(\.type) == [.pid, .network, .ipc, .uts, .mount])
}

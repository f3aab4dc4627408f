import JSON
import RuntimeSpec
import Testing

/// A configuration that is valid but for what stands in its second line, and all that must be reported about it.
struct InvalidConfiguration: Sendable, CustomTestStringConvertible {
  let members: String
  let expected: [String]

  /// Makes a case; the messages are given without the file's name.
  init(_ members: String, _ expected: String...) {
    self.members = members
    self.expected = expected.map { "config.json:\($0)" }
  }

  var testDescription: String { members }

  var reported: [String] {
    lines("{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"rootfs\"},\n\(members)\n}")
  }
}

/// What is reported about a configuration.
func lines(_ text: String) -> [String] {
  do throws(SpecError) {
    _ = try Spec.decode(bytes: Array(text.utf8), fileName: "config.json")
    return []
  } catch {
    return error.lines
  }
}

@Test func reportsAllErrorsAtOnceInTheOrderOfTheText() {
  let text = """
    {
      "ociVersion": "2.0.0",
      "process": {"args": [], "cwd": "tmp", "oomScoreAdj": "high"},
      "mounts": [
        {"destination": "/a"},
        {"destination": "", "options": 1}
      ],
      "linux": {
        "maskedPaths": ["x"],
        "namespaces": [{"type": "mount"}, {"type": "bogus"}],
        "seccomp": {"defaultAction": "SCMP_ACT_NOTIFY"}
      }
    }
    """
  #expect(
    lines(text) == [
      "config.json:1:1: root: is required",
      "config.json:2:17: ociVersion: must be a version 1.x of the specification (got \"2.0.0\")",
      "config.json:3:23: process.args: must have at least one entry",
      "config.json:3:34: process.cwd: must be an absolute path (got \"tmp\")",
      "config.json:3:56: process.oomScoreAdj: must be an integer from -9223372036854775808 to 9223372036854775807"
        + " (got \"high\")",
      "config.json:6:21: mounts[1].destination: must not be empty",
      "config.json:6:36: mounts[1].options: must be an array (got 1)",
      "config.json:9:21: linux.maskedPaths[0]: must be an absolute path (got \"x\")",
      "config.json:10:48: linux.namespaces[1].type: must be one of \"pid\", \"network\", \"mount\", \"ipc\", \"uts\","
        + " \"user\", \"cgroup\", \"time\" (got \"bogus\")",
      "config.json:11:34: linux.seccomp.defaultAction: must not be SCMP_ACT_NOTIFY",
    ])
}

@Test func joinsAllErrorsInOneLine() throws {
  let error = try #require(throws: SpecError.self) {
    try Spec.decode(bytes: Array("{\"ociVersion\": 1}".utf8), fileName: "x.json")
  }
  #expect(error.description == "x.json:1:1: root: is required; x.json:1:16: ociVersion: must be a string (got 1)")
}

@Test(arguments: [
  ("", "config.json:1:1: expected a value, found the end of the text"),
  ("{\n  \"a\": 1,\n}", "config.json:3:1: expected a member's name, found '}'"),
  ("[]", "config.json:1:1: must be an object (got an array)"),
  ("null", "config.json:1:1: must be an object (got null)"),
])
func reportsTextsThatAreNoObject(text: String, expected: String) {
  #expect(lines(text) == [expected])
}

@Test func boundsTheNumberAndLengthOfMessages() {
  let long = String(repeating: "x", count: 1000)
  let args = Array(repeating: "0", count: 1000).joined(separator: ",")
  let reported = lines(
    "{\"ociVersion\": \"\(long)\", \"root\": {\"path\": \"r\"}, \"process\": {\"cwd\": \"/\", \"args\": [\(args)]}}")
  #expect(reported.count == 101)
  #expect(
    reported.first == "config.json:1:16: ociVersion: must be a version like \"1.3.0\" (got \"\(long.prefix(80))...\")")
}

/// What no rule forbids: sections of other platforms whatever they contain, unknown properties, null for absence, empty
/// texts for absence, capabilities that don't exist, joined namespaces with mappings, several mounts on one place.
@Test(arguments: [
  #""windows": 5, "vm": [], "solaris": {"a": null}, "zos": "", "freebsd": {"devices": 7}"#,
  #""unknown": {"deep": [1, {"x": "\u0000"}]}, "process": {"cwd": "/", "args": ["sh"], "commandLine": 5}"#,
  #""process": null, "hooks": null, "mounts": null, "linux": null, "annotations": null, "hostname": null"#,
  #""hostname": "", "process": {"cwd": "/", "args": ["sh"], "apparmorProfile": "", "rlimits": null}"#,
  #""process": {"cwd": "/", "args": [""], "env": ["A=", "B==", "C=\u00e9"], "capabilities": {"bounding": ["CAP_NO", ""]}}"#,
  #""process": {"cwd": "/", "args": ["sh"], "consoleSize": {"height": 70000, "width": 4294967295}}"#,
  #""process": {"cwd": "/", "args": ["sh"], "rlimits": [{"type": "RLIMIT_AS", "soft": 0, "hard": 18446744073709551615}]}"#,
  #""process": {"cwd": "/", "args": ["sh"], "scheduler": {"policy": "SCHED_DEADLINE", "runtime": 1, "deadline": 2}}"#,
  #""ociVersion": "1.99.0-rc.1+build.7""#,
  #""mounts": [{"destination": "/a", "type": "tmpfs"}, {"destination": "/a", "type": "proc"}]"#,
  #""mounts": [{"destination": "a/b", "type": "tmpfs"}]"#,
  #""mounts": [{"destination": "/a", "options": ["idmap"]}], "linux": {"namespaces": [{"type": "user", "path": "/n"}]}"#,
  #""linux": {"namespaces": [{"type": "user", "path": "/n"}], "uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}]}"#,
  #""linux": {"namespaces": [{"type": "network", "path": ""}], "sysctl": {"net/ipv4/conf/e.1/x": "1", "net.a": "0 1"}}"#,
  #""linux": {"namespaces": [{"type": "ipc"}], "sysctl": {"kernel/sem": "1", "kernel.shm_rmid_forced": ""}}"#,
  #""linux": {"resources": {"blockIO": {"weight": 0}, "cpu": {"shares": 0, "cpus": "0-3:2/4"}, "memory": {"limit": -1}}}"#,
  #""linux": {"resources": {"devices": [{"allow": false}, {"allow": true, "type": "", "access": "", "major": -1}]}}"#,
  #""linux": {"devices": [{"type": "p", "path": "/p"}, {"type": "c", "path": "/dev/null", "major": 1, "minor": 3}]}"#,
  #""linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "relative", "flags": []}}"#,
  #""linux": {"personality": {"domain": "LINUX", "flags": ["X"]}, "rootfsPropagation": "", "cgroupsPath": "../x"}"#,
  #""linux": {"intelRdt": {"closID": "/", "memBwSchema": "MB:0=1"}}"#,
  #""annotations": {"a": "", "a": "b"}"#,
])
func acceptsWhatNoRuleForbids(members: String) {
  #expect(InvalidConfiguration(members).reported.isEmpty)
}

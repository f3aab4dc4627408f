import Glibc
import Linux
import TestSupport
import Testing

@testable import Security

@Suite struct LabelTests {
  private func message(_ body: () throws(Failure) -> Void) -> String? {
    do {
      try body()
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test(.enabled(if: !AppArmor.isEnabled()))
  func appArmorProfilesNeedAppArmor() throws {
    #expect(message { () throws(Failure) in try AppArmor.validate(nil) } == nil)
    #expect(message { () throws(Failure) in try AppArmor.validate("") } == nil)
    #expect(message { () throws(Failure) in try AppArmor.validate("unconfined") } == nil)
    #expect(
      message { () throws(Failure) in try AppArmor.validate("docker-default") }
        == "apparmor profile docker-default is specified in config, but apparmor is disabled or not supported")
    let procfs = try Procfs(.processes)
    #expect(message { () throws(Failure) in try AppArmor.setOnExec("unconfined", enabled: false, procfs) } == nil)
    #expect(
      message { () throws(Failure) in try AppArmor.setOnExec("x", enabled: false, procfs) }
        == "apparmor profile x cannot be applied: apparmor is disabled or not supported")
    // What is said to be enabled, but is not, is an error too.
    #expect(
      message { () throws(Failure) in try AppArmor.setOnExec("x", enabled: true, procfs) }?
        .hasPrefix("unable to apply apparmor profile x: ") == true)
  }

  @Test(arguments: [
    ("docker-default (enforce)\n", "docker-default", true), ("docker-default\n", "docker-default", true),
    ("unconfined\n", "unconfined", true), ("a (b) (complain)\n", "a (b)", true),
    ("docker (enforce)\n", "docker-default", false),
    ("", "x", false), ("\n", "x", false), ("(enforce)\n", "x", false), ("ns//x (enforce)\n", ":ns:x", true),
    ("\n", ":ns:x", false), ("a//&b (enforce)", "a//&b", true), ("x (enforce)\0", "x", true),
  ])
  func appArmorReadsBack(_ text: String, _ profile: String, _ isIt: Bool) {
    #expect(AppArmor.isLabel(text, of: profile) == isIt)
  }

  @Test(.enabled(if: !SELinux.isEnabled()))
  func selinuxLabelsNeedSELinux() throws {
    #expect(message { () throws(Failure) in try SELinux.validate(nil) } == nil)
    #expect(message { () throws(Failure) in try SELinux.validate("") } == nil)
    #expect(
      message { () throws(Failure) in try SELinux.validate("system_u:system_r:container_t:s0:c1,c2") }
        == "selinux label is specified in config, but selinux is disabled or not supported")
    let procfs = try Procfs(.processes)
    #expect(message { () throws(Failure) in try SELinux.setOnExec("", procfs) } == nil)
    #expect(
      message { () throws(Failure) in try SELinux.setOnExec("a:b:c:s0", procfs) }?
        .hasPrefix("unable to set selinux exec label a:b:c:s0: ") == true)
  }

  @Test func mountContexts() throws {
    let label = "system_u:object_r:container_file_t:s0:c1,c2"
    #expect(try SELinux.mountContextOption(label) == "context=\"\(label)\"")
    #expect(try SELinux.mountContextOption("") == nil)
    #expect(try SELinux.mountContextOption(nil) == nil)
    #expect(try SELinux.mountOptions("mode=755", label: label) == "mode=755,context=\"\(label)\"")
    #expect(try SELinux.mountOptions("", label: label) == "context=\"\(label)\"")
    #expect(try SELinux.mountOptions("mode=755", label: nil) == "mode=755")
    #expect(throws: Failure.self) { try SELinux.mountContextOption("a\",uid=0,x=\"") }
  }
}

/// Session keyrings of real processes. They need root.
@Suite(.serialized, .enabled(if: geteuid() == 0)) struct SessionKeyringTests {
  /// What /proc/keys shows of the session keyring's line: its permissions and name.
  private func keyring(_ body: () throws -> Void) throws -> String {
    let name = "swiftlet-test-\(getpid())"
    return try inChild {
      let procfs = try Procfs(.whole)
      try body()
      let keys = String(decoding: try procfs.read("keys"), as: UTF8.self)
      let line = keys.split(separator: "\n").first { $0.contains("_ses.\(name)") }
      let fields = line?.split(separator: " ") ?? []
      return fields.count > 8 ? "\(fields[4]) \(fields[8])" : keys
    }.report.replacing(name, with: "ID")
  }

  @Test(arguments: [false, true])
  func theContainerMaySearchIts(_ userNamespace: Bool) throws {
    let text = try keyring {
      _ = try SessionKeyring.create(
        for: "swiftlet-test-\(getppid())", userNamespace: userNamespace, label: nil)
    }
    let permissions = try #require(UInt32(text.split(separator: " ")[0], radix: 16))
    #expect(text.hasSuffix(" _ses.ID:"))
    #expect(permissions & (userNamespace ? 0x8 : 0x8_0000) != 0)
  }

  @Test func enteringLeavesPermissionsAlone() throws {
    let text = try keyring {
      _ = try SessionKeyring.enter("swiftlet-test-\(getppid())", label: "")
    }
    #expect(text.hasSuffix(" _ses.ID:"))
  }
}

import Linux
import RuntimeSpec
import Testing

@testable import Seccomp

/// Profiles that cannot be honoured, and the lists for the features document.
@Suite struct RefusalTests {
  private func rule(_ action: LinuxSeccompAction, errno: UInt32? = nil, index: UInt32 = 0) -> LinuxSyscall {
    LinuxSyscall(
      names: ["read"], action: action, errnoRet: errno, args: [LinuxSeccompArg(index: index, value: 0, op: .equalTo)])
  }

  private func message(_ profile: LinuxSeccomp) -> String? {
    do {
      _ = try SeccompProgram.compile(profile)
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test func contradictions() {
    #expect(
      message(LinuxSeccomp(defaultAction: .notify, listenerPath: "/l"))
        == "seccomp: SCMP_ACT_NOTIFY cannot be used as default action")
    #expect(
      message(LinuxSeccomp(defaultAction: .allow, syscalls: [rule(.notify)]))
        == "seccomp: SCMP_ACT_NOTIFY is used, but listenerPath is not set")
    #expect(
      message(
        LinuxSeccomp(
          defaultAction: .allow, listenerPath: "/l", syscalls: [LinuxSyscall(names: ["write"], action: .notify)]))
        == "seccomp: SCMP_ACT_NOTIFY cannot be used for the write syscall")
    #expect(
      message(LinuxSeccomp(defaultAction: .allow, listenerMetadata: "x"))
        == "seccomp: listenerMetadata is set, but listenerPath is not")
    #expect(
      message(LinuxSeccomp(defaultAction: .allow, defaultErrnoRet: 1))
        == "seccomp: defaultErrnoRet: errnoRet is given, but SCMP_ACT_ALLOW has no errno")
    #expect(
      message(LinuxSeccomp(defaultAction: .errno, syscalls: [rule(.errno, errno: 5), rule(.allow, errno: 5)]))
        == "seccomp: syscalls[1]: errnoRet is given, but SCMP_ACT_ALLOW has no errno")
    #expect(
      message(LinuxSeccomp(defaultAction: .allow, syscalls: [rule(.errno, errno: 5000)]))
        == "seccomp: syscalls[0]: errnoRet 5000 is out of range (0 to 4094)")
    #expect(
      message(LinuxSeccomp(defaultAction: .allow, syscalls: [rule(.errno, index: 6)]))
        == "seccomp: syscalls[0]: args: index 6 is out of range (0 to 5)")
  }

  @Test(arguments: Arch.allCases)
  func architectures(_ arch: Arch) {
    let unknown: [Arch] = [.loongarch64, .m68k, .sh, .sheb]
    let bigEndian: [Arch] = [.mips, .mips64, .mips64n32, .ppc, .ppc64, .s390, .s390x, .parisc, .parisc64]
    let text = message(LinuxSeccomp(defaultAction: .errno, architectures: [arch], syscalls: [rule(.allow)]))
    if unknown.contains(arch), SeccompSupport.libraryVersion.hasPrefix("2.5.") {
      #expect(
        text == "seccomp: libseccomp \(SeccompSupport.libraryVersion) does not know architecture \(arch.rawValue)")
      #expect(!SeccompSupport.architectures.contains(arch.rawValue))
    } else if bigEndian.contains(arch) {
      #expect(text == "seccomp: architecture \(arch.rawValue) has another byte order than this machine")
    } else {
      #expect(text == nil)
      #expect(SeccompSupport.architectures.contains(arch.rawValue))
    }
  }

  @Test func featureLists() {
    #expect(SeccompSupport.actions.count == 9 && SeccompSupport.actions.contains("SCMP_ACT_KILL_PROCESS"))
    #expect(SeccompSupport.operators.count == 7 && SeccompSupport.operators.contains("SCMP_CMP_MASKED_EQ"))
    #expect(SeccompSupport.knownFlags.count == 4)
    #expect(SeccompSupport.libraryVersion.split(separator: ".").count == 3)
  }

  @Test func absentFlagsAreSpecAllow() throws {
    #expect(try SeccompProgram.compile(LinuxSeccomp(defaultAction: .allow)).flags == 4)
    #expect(try SeccompProgram.compile(LinuxSeccomp(defaultAction: .allow, flags: [])).flags == 0)
    #expect(try SeccompProgram.compile(LinuxSeccomp(defaultAction: .allow, flags: [.tsync, .log])).flags == 2)
  }
}

import Glibc
import Linux
import RuntimeSpec
import TestSupport
import Testing

@testable import Seccomp

/// Programs loaded into real processes. They need root.
@Suite(.serialized, .enabled(if: geteuid() == 0)) struct KernelTests {
  private func profile(_ action: LinuxSeccompAction, _ errno: UInt32? = nil) -> LinuxSeccomp {
    LinuxSeccomp(
      defaultAction: .allow, listenerPath: "/l",
      syscalls: [LinuxSyscall(names: ["sched_yield"], action: action, errnoRet: errno)])
  }

  /// Loads the program in a child that then calls sched_yield, and reports the listener, the result and errno.
  private func yield(under program: SeccompProgram) throws -> ChildResult {
    try inChild {
      let listener = try program.install()
      let hasListener = listener != nil
      if hasListener { return "listener" }
      errno = 0
      let result = sched_yield()
      return "\(result) \(errno)"
    }
  }

  @Test(
    arguments: [
      (.allow, nil, .exited(0), "0 0"), (.log, nil, .exited(0), "0 0"), (.errno, nil, .exited(0), "-1 1"),
      (.errno, 77, .exited(0), "-1 77"), (.errno, 0, .exited(0), "0 0"), (.trace, 7, .exited(0), "-1 38"),
      (.kill, nil, .signalled(SIGSYS), ""), (.killThread, nil, .signalled(SIGSYS), ""),
      (.killProcess, nil, .signalled(SIGSYS), ""), (.trap, nil, .signalled(SIGSYS), ""),
      (.notify, nil, .exited(0), "listener"),
    ] as [(LinuxSeccompAction, UInt32?, Linux.ExitStatus, String)])
  func action(_ action: LinuxSeccompAction, _ errno: UInt32?, _ status: Linux.ExitStatus, _ report: String) throws {
    let result = try yield(under: SeccompProgram.compile(profile(action, errno)))
    #expect(result.status == status)
    #expect(result.report == report)
  }

  @Test(
    arguments: [
      [], [.tsync], [.log], [.specAllow], [.waitKillableRecv], [.tsync, .log, .specAllow, .waitKillableRecv],
    ] as [[LinuxSeccompFlag]])
  func flagsAreTaken(_ flags: [LinuxSeccompFlag]) throws {
    var plain = profile(.errno, 77)
    plain.flags = flags
    let result = try yield(under: SeccompProgram.compile(plain))
    #expect(result.report == "-1 77")
    var notifying = profile(.notify)
    notifying.flags = flags
    let program = try SeccompProgram.compile(notifying)
    #expect(try yield(under: program).report == "listener")
    #expect(flags.contains(.waitKillableRecv) == (program.flags & 32 != 0))
  }

  private func outcome(_ body: () throws(Failure) -> Void) -> String {
    do {
      try body()
      return "done"
    } catch {
      return error.errno?.text ?? "\(error)"
    }
  }

  @Test func dockerProfileLetsAProcessWork() throws {
    let program = try SeccompProgram.compile(dockerProfile)
    let result = try inChild {
      _ = try program.install()
      return [
        outcome { () throws(Failure) in try Processes.startSession() },
        outcome { () throws(Failure) in _ = try Files.open("/", .directory) },
        outcome { () throws(Failure) in try Namespaces.setHostName("x") },
        outcome { () throws(Failure) in _ = try Mounts.copy("/proc", recursive: false) },
      ].joined(separator: ", ")
    }
    #expect(result.status == .exited(0))
    #expect(result.report == "done, done, operation not permitted, operation not permitted")
  }

  @Test func callsNewerThanTheProfileAreUnknown() throws {
    let names = ["write", "exit_group", "close", "close_range", "futex", "munmap", "rt_sigprocmask", "mmap"]
    let program = try SeccompProgram.compile(
      LinuxSeccomp(defaultAction: .errno, syscalls: [LinuxSyscall(names: names, action: .allow)]))
    let result = try inChild {
      _ = try program.install()
      var texts: [String] = []
      // openat2 is 437, close_range 436, statx 332. Where it is to confine, nothing takes the place of openat2.
      texts.append(
        outcome { () throws(Failure) in
          _ = try Files.open("/", at: FileDescriptor(owning: -1), .directory, resolve: .noSymbolicLinks)
        })
      texts.append(outcome { () throws(Failure) in _ = try FileStatus.of("/") })
      return texts.joined(separator: ", ")
    }
    #expect(result.report == "function not implemented, operation not permitted")
  }

  @Test func loadingNeedsPrivilegeOrNoNewPrivileges() throws {
    let program = try SeccompProgram.compile(profile(.errno, 77))
    let result = try inChild {
      try Processes.setUser(65534)
      var texts: [String] = []
      do { _ = try program.install() } catch { texts.append("\(error)") }
      try Processes.setNoNewPrivileges()
      _ = try program.install()
      errno = 0
      texts.append("\(sched_yield()) \(errno)")
      return texts.joined(separator: ", ")
    }
    #expect(result.report == "load seccomp filter: permission denied, -1 77")
  }

  @Test func supportedFlagsAreThoseTheKernelTakes() throws {
    #expect(SeccompSupport.supportedFlags.contains("SECCOMP_FILTER_FLAG_SPEC_ALLOW"))
    #expect(!SeccompFilter.isAvailable(flags: 1 << 30))
    // The probe must not load anything.
    #expect(try inChild { "\(SeccompSupport.supportedFlags.count) \(sched_yield())" }.report.hasSuffix(" 0"))
  }
}

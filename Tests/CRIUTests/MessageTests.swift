import Foundation
import Linux
import Testing

@testable import CRIU

/// The bytes are what `protoc --encode` makes of the same messages and criu's rpc.proto.
struct MessageTests {
  struct Sample: Sendable, CustomTestStringConvertible {
    var request: CriuRequest
    var base64: String
    var testDescription: String { "\(request.kind) \(base64.prefix(12))" }
  }

  private static var dump: CriuOptions {
    var options = CriuOptions(imagesDirectory: 5)
    options.pid = 70000
    options.leaveRunning = true
    options.externalUnixSockets = false
    options.tcpEstablished = true
    options.shellJob = false
    options.fileLocks = true
    options.logLevel = 4
    options.logFile = "dump.log"
    options.pageServer = .init(address: "10.0.0.1", port: 9876)
    options.notifies = true
    options.root = "/b/rootfs"
    options.parentImages = "../p"
    options.tracksMemory = true
    options.removesDuplicates = true
    options.workDirectory = 6
    options.linkRemap = true
    options.externalMounts = [.init("/data", "/data"), .init("/proc/kcore", "/dev/null")]
    options.managesCgroups = true
    options.cgroupMode = .soft
    options.externals = ["net[4026532281]:extRootNetNS"]
    options.emptyNamespaces = 0x4000_0000
    options.freezerCgroup = "/sys/fs/cgroup/freezer/c"
    options.skipsInFlightTCP = true
    options.lazyPages = true
    options.statusDescriptor = 7
    options.sendsTerminalMaster = true
    options.configurationFile = "/etc/criu/runc.conf"
    return options
  }

  private static var restore: CriuOptions {
    var options = CriuOptions(imagesDirectory: 3)
    options.evasiveDevices = true
    options.logLevel = 4
    options.logFile = "restore.log"
    options.notifies = true
    options.root = "/r"
    options.managesCgroups = true
    options.cgroupRoots = [.init("memory", "/c"), .init("", "/")]
    options.restoresSibling = true
    options.inheritedDescriptors = [.init("pipe:[123]", 0), .init("extRootNetNS", 4)]
    options.cgroupMode = .ignore
    options.joinedNamespaces = [.init("ipc", "/proc/1/ns/ipc")]
    options.lsmProfile = "apparmor:x"
    options.lsmMountContext = "system_u:object_r:t:s0"
    return options
  }

  static let requests: [Sample] = [
    Sample(
      request: .dump(dump),
      base64: "CAES3gEIBRDwogQYASAAKAE4AEABSARSCGR1bXAubG9nWg0KCDEwLjAuMC4xEJRNYAFqCS9iL3Jvb3Rmc3IELi4vcHgBgAEBiAEG"
        + "kAEBugEOCgUvZGF0YRIFL2RhdGG6ARgKCy9wcm9jL2tjb3JlEgkvZGV2L251bGzAAQGQAgOqAhxuZXRbNDAyNjUzMjI4MV06ZXh0Um9vdE5ldE5TsAKA"
        + "gICABOICGC9zeXMvZnMvY2dyb3VwL2ZyZWV6ZXIvY/ACAYADAYgDB5ADAZoDEy9ldGMvY3JpdS9ydW5jLmNvbmY="),
    Sample(
      request: .restore(restore),
      base64:
        "CAISmwEIAzABSARSC3Jlc3RvcmUubG9nYAFqAi9ywAEBygEMCgZtZW1vcnkSAi9jygEFCgASAS/QAQHaAQ4KCnBpcGU6WzEyM10QANoBEAoM"
        + "ZXh0Um9vdE5ldE5TEASQAgC6AhUKA2lwYxIOL3Byb2MvMS9ucy9pcGOqAwphcHBhcm1vcjp4+gMWc3lzdGVtX3U6b2JqZWN0X3I6dDpzMA=="
    ),
    // A negative number takes ten bytes.
    Sample(request: .preDump(CriuOptions(imagesDirectory: -1)), base64: "CAQSCwj///////////8B"),
    Sample(request: .features(.init(tracksMemory: true, lazyPages: true)), base64: "CAkqBAgBEAE="),
    Sample(request: .version, base64: "CAo="),
    Sample(request: .notified(success: true), base64: "CAYYAQ=="),
    Sample(request: .notified(success: false), base64: "CAYYAA=="),
  ]

  @Test("requests", arguments: requests)
  func request(_ sample: Sample) {
    #expect(Data(sample.request.encoded()).base64EncodedString() == sample.base64)
  }

  private func response(_ base64: String) throws -> CriuResponse {
    try CriuResponse([UInt8](#require(Data(base64Encoded: base64))))
  }

  @Test("the version, and what it is as one number")
  func version() throws {
    let release = try #require(try response("CAoQAVITCAMQESABMgtGbHlpbmcgRG92ZQ==").version)
    #expect(release == CriuVersion(major: 3, minor: 17, sublevel: 1))
    #expect(release.number == 31701)
    // A build from a repository has what the next release will have.
    let development = try #require(try response("CAoQAVIVCAMQEBoNdjMuMTYtMTItZ2FiYyAB").version)
    #expect(development.number == 31700)
  }

  @Test("answers")
  func answers() throws {
    let failed = try response("CAEQADgDSg9ubyBzdWNoIHByb2Nlc3M=")
    #expect(failed.kind == CriuRequest.Kind.dump.rawValue)
    #expect(!failed.isSuccess)
    #expect(failed.errno == 3)
    #expect(failed.message == "no such process")
    #expect(try response("CAEQADj7//////////8B").errno == -5)
    let notification = try response("CAYQASoRCgxwb3N0LXJlc3RvcmUQkiE=").notification
    #expect(notification?.script == "post-restore")
    #expect(notification?.pid == 4242)
    #expect(try response("CAIQASICCE0=").restoredPID == 77)
  }

  @Test("what is missing of wanted features")
  func features() throws {
    let answer = try #require(try response("CAkQAUIGCAEQABgB").features)
    #expect(answer.missing(of: CriuFeatures(tracksMemory: true)) == [])
    #expect(answer.missing(of: CriuFeatures(tracksMemory: true, lazyPages: true)) == ["LazyPages"])
    #expect(CriuFeatures().missing(of: CriuFeatures(tracksMemory: true)) == ["MemTrack"])
  }

  @Test(
    "malformed answers are refused",
    arguments: [
      [], [0x08], [0x08, 0x01], [0x10, 0x01], [0x08, 0x80], [0x00, 0x01], [0x0b], [0x08, 0x01, 0x10, 0x01, 0x2a, 0x05],
      [0x08, 0x01, 0x10, 0x01, 0x2a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
      [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x10, 0x01],
      [0x08, 0x01, 0x10, 0x01, 0x09, 0x00], [0x08, 0x01, 0x10, 0x01, 0x2a, 0x02, 0x0a, 0x05],
    ] as [[UInt8]])
  func malformed(_ bytes: [UInt8]) {
    #expect(throws: Failure.self) { try CriuResponse(bytes) }
  }

  @Test("unknown fields of every type are skipped")
  func unknown() throws {
    let bytes: [UInt8] =
      [0x08, 0x01, 0x10, 0x01] + [0xf8, 0x07, 0x05] + [0xf9, 0x07, 0, 0, 0, 0, 0, 0, 0, 0] + [0xfd, 0x07, 0, 0, 0, 0]
      + [0xfa, 0x07, 0x01, 0x41]
    #expect(try CriuResponse(bytes).isSuccess)
  }
}

internal import Cgroups
package import RuntimeSpec
internal import Seccomp
internal import Security

/// What this runtime can do, whatever the machine can (features.md, features-linux.md).
package enum RuntimeFeatures {
  /// The version of swiftlet.
  package static let version = "0.1.0"

  package static func document() -> Features {
    var features = Features(ociVersionMin: SpecVersion.minimum, ociVersionMax: SpecVersion.current)
    features.hooks = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]
    features.mountOptions = MountOptions.knownNames
    var linux = LinuxFeatures()
    linux.namespaces = LinuxNamespaceType.allCases.map { $0.rawValue }.sorted()
    linux.capabilities = Capabilities.known
    linux.cgroup = CgroupFeatures(v1: true, v2: true, systemd: true, systemdUser: true, rdma: true)
    linux.seccomp = SeccompFeatures(
      enabled: true, actions: SeccompSupport.actions, operators: SeccompSupport.operators,
      archs: SeccompSupport.architectures, knownFlags: SeccompSupport.knownFlags,
      supportedFlags: SeccompSupport.supportedFlags)
    linux.apparmor = FeatureSwitch(enabled: true)
    linux.selinux = FeatureSwitch(enabled: true)
    linux.intelRdt = IntelRdtFeatures(enabled: true, schemata: true, monitoring: true)
    linux.memoryPolicy = MemoryPolicyFeatures(
      modes: MemoryPolicyModeType.allCases.map { $0.rawValue }, flags: MemoryPolicyFlagType.allCases.map { $0.rawValue }
    )
    linux.mountExtensions = MountExtensionFeatures(idmap: FeatureSwitch(enabled: true))
    linux.netDevices = FeatureSwitch(enabled: true)
    features.linux = linux
    features.annotations = [
      "io.github.seccomp.libseccomp.version": SeccompSupport.libraryVersion,
      "org.opencontainers.runc.checkpoint.enabled": "true",
    ]
    features.potentiallyUnsafeConfigAnnotations = [
      SystemdAnnotations.prefix, CheckpointOptions.criuAnnotation, Payload.keepGroupsAnnotation,
    ]
    return features
  }

  /// The version of the library that compiles filters, for `--version`.
  package static var libseccompVersion: String { SeccompSupport.libraryVersion }
}

// swift-tools-version: 6.2
import PackageDescription

/// With SWIFTLET_FUZZ in the environment (`make fuzz`) all is built for libFuzzer, and there is the program that runs it.
let isForFuzzing = Context.environment["SWIFTLET_FUZZ"] != nil
let sanitizing: [SwiftSetting] = isForFuzzing ? [.unsafeFlags(["-sanitize=fuzzer,address", "-enable-testing"])] : []

/// Every Swift target is compiled under the same rules: strict memory safety, explicit existentials and imports,
/// warnings as errors. Regular expressions and concurrency are not imported: nothing uses them, and the modules alone
/// would make a fifth of the executable.
let rules: [SwiftSetting] =
  sanitizing + [
    .unsafeFlags([
      "-Xfrontend", "-disable-implicit-string-processing-module-import",
      "-Xfrontend", "-disable-implicit-concurrency-module-import",
      // Types that are known when the program is compiled are not looked up by their names when it runs.
      "-Xfrontend", "-disable-concrete-type-metadata-mangled-name-accessors",
      // For the order of Sources/startup.order.
      "-Xfrontend", "-function-sections",
    ]),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
  ]

/// Tests call C functions and build fixtures freely, so they do without strict memory safety.
let testRules: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: rules)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: testRules)
}

let fuzzing: [Target] = [
  .executableTarget(
    name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz",
    swiftSettings: testRules + sanitizing + [.unsafeFlags(["-parse-as-library"])],
    linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])])
]

let package = Package(
  name: "swiftlet",
  products: [.executable(name: "swiftlet", targets: ["swiftlet"])],
  targets: [
    .executableTarget(
      name: "swiftlet", dependencies: ["Runtime", "RuntimeSpec", "JSON", "Linux"], swiftSettings: rules),
    library(
      "Runtime", ["Rootfs", "Cgroups", "SystemdBus", "Seccomp", "Security", "CRIU", "RuntimeSpec", "JSON", "Linux"]),
    library("Rootfs", ["Linux", "RuntimeSpec"]),
    library("Cgroups", ["SystemdBus", "Linux", "RuntimeSpec"]),
    library("SystemdBus", ["Linux"]),
    library("CRIU", ["Linux"]),
    library("Seccomp", ["CSeccomp", "Linux", "RuntimeSpec"]),
    library("Security", ["CCap", "CSELinux", "Linux", "RuntimeSpec"]),
    library("RuntimeSpec", ["JSON"]),
    library("JSON", []),
    library("Linux", ["CShim"]),
    .target(
      name: "CShim",
      cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
    .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
    .systemLibrary(name: "CCap", pkgConfig: "libcap", providers: [.apt(["libcap-dev"])]),
    .systemLibrary(name: "CSELinux", pkgConfig: "libselinux", providers: [.apt(["libselinux1-dev", "libpcre2-dev"])]),
    tests("JSONTests", ["JSON"]),
    .testTarget(
      name: "RuntimeSpecTests", dependencies: ["RuntimeSpec", "JSON"], exclude: ["Fixtures"], swiftSettings: testRules),
    tests("LinuxTests", ["Linux"]),
    tests("RootfsTests", ["Rootfs", "RuntimeSpec", "Linux"]),
    tests("CgroupsTests", ["Cgroups", "SystemdBus", "RuntimeSpec", "Linux"]),
    tests("SystemdBusTests", ["SystemdBus", "Linux"]),
    tests("CRIUTests", ["CRIU", "Linux"]),
    tests("SeccompTests", ["Seccomp", "RuntimeSpec", "Linux", "TestSupport"]),
    tests("SecurityTests", ["Security", "RuntimeSpec", "Linux", "TestSupport"]),
    tests("CommandTests", ["swiftlet"]),
    tests("IntegrationTests", []),
    .target(name: "TestSupport", dependencies: ["Linux"], path: "Tests/TestSupport", swiftSettings: testRules),
    // The parsers of what others write, each behind one function that takes bytes.
    .target(
      name: "FuzzTargets",
      dependencies: [
        "Runtime", "Rootfs", "Cgroups", "SystemdBus", "Seccomp", "CRIU", "RuntimeSpec", "JSON", "Linux",
      ],
      path: "Tests/FuzzTargets", exclude: ["Corpora"], swiftSettings: testRules + sanitizing),
    tests("FuzzTargetsTests", ["FuzzTargets"]),
  ] + (isForFuzzing ? fuzzing : []),
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c11
)

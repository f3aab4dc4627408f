/// The architectures of seccomp_arch_add(3).
///
/// The names are matched here instead of by the compiler: for an enumeration of this many texts Swift's library would
/// build a hash table at the first look-up.
package enum Arch: Equatable, Sendable, CaseIterable, RawRepresentable {
  case x86
  case x86_64
  case x32
  case arm
  case aarch64
  case mips
  case mips64
  case mips64n32
  case mipsel
  case mipsel64
  case mipsel64n32
  case ppc
  case ppc64
  case ppc64le
  case s390
  case s390x
  case parisc
  case parisc64
  case riscv64
  case loongarch64
  case m68k
  case sh
  case sheb

  /// Finds the architecture of a name such as `SCMP_ARCH_X86_64`.
  package init?(rawValue: String) {
    switch rawValue {
    case "SCMP_ARCH_X86_64": self = .x86_64
    case "SCMP_ARCH_X86": self = .x86
    case "SCMP_ARCH_X32": self = .x32
    case "SCMP_ARCH_AARCH64": self = .aarch64
    case "SCMP_ARCH_ARM": self = .arm
    case "SCMP_ARCH_MIPS": self = .mips
    case "SCMP_ARCH_MIPS64": self = .mips64
    case "SCMP_ARCH_MIPS64N32": self = .mips64n32
    case "SCMP_ARCH_MIPSEL": self = .mipsel
    case "SCMP_ARCH_MIPSEL64": self = .mipsel64
    case "SCMP_ARCH_MIPSEL64N32": self = .mipsel64n32
    case "SCMP_ARCH_PPC": self = .ppc
    case "SCMP_ARCH_PPC64": self = .ppc64
    case "SCMP_ARCH_PPC64LE": self = .ppc64le
    case "SCMP_ARCH_S390": self = .s390
    case "SCMP_ARCH_S390X": self = .s390x
    case "SCMP_ARCH_PARISC": self = .parisc
    case "SCMP_ARCH_PARISC64": self = .parisc64
    case "SCMP_ARCH_RISCV64": self = .riscv64
    case "SCMP_ARCH_LOONGARCH64": self = .loongarch64
    case "SCMP_ARCH_M68K": self = .m68k
    case "SCMP_ARCH_SH": self = .sh
    case "SCMP_ARCH_SHEB": self = .sheb
    default: return nil
    }
  }

  /// The name, such as `SCMP_ARCH_X86_64`.
  package var rawValue: String {
    switch self {
    case .x86: "SCMP_ARCH_X86"
    case .x86_64: "SCMP_ARCH_X86_64"
    case .x32: "SCMP_ARCH_X32"
    case .arm: "SCMP_ARCH_ARM"
    case .aarch64: "SCMP_ARCH_AARCH64"
    case .mips: "SCMP_ARCH_MIPS"
    case .mips64: "SCMP_ARCH_MIPS64"
    case .mips64n32: "SCMP_ARCH_MIPS64N32"
    case .mipsel: "SCMP_ARCH_MIPSEL"
    case .mipsel64: "SCMP_ARCH_MIPSEL64"
    case .mipsel64n32: "SCMP_ARCH_MIPSEL64N32"
    case .ppc: "SCMP_ARCH_PPC"
    case .ppc64: "SCMP_ARCH_PPC64"
    case .ppc64le: "SCMP_ARCH_PPC64LE"
    case .s390: "SCMP_ARCH_S390"
    case .s390x: "SCMP_ARCH_S390X"
    case .parisc: "SCMP_ARCH_PARISC"
    case .parisc64: "SCMP_ARCH_PARISC64"
    case .riscv64: "SCMP_ARCH_RISCV64"
    case .loongarch64: "SCMP_ARCH_LOONGARCH64"
    case .m68k: "SCMP_ARCH_M68K"
    case .sh: "SCMP_ARCH_SH"
    case .sheb: "SCMP_ARCH_SHEB"
    }
  }
}

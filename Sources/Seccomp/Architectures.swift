internal import CSeccomp
internal import RuntimeSpec

extension Arch {
  /// The name that seccomp_arch_resolve_name(3) takes.
  var libraryName: String {
    switch self {
    case .x86: "x86"
    case .x86_64: "x86_64"
    case .x32: "x32"
    case .arm: "arm"
    case .aarch64: "aarch64"
    case .mips: "mips"
    case .mips64: "mips64"
    case .mips64n32: "mips64n32"
    case .mipsel: "mipsel"
    case .mipsel64: "mipsel64"
    case .mipsel64n32: "mipsel64n32"
    case .ppc: "ppc"
    case .ppc64: "ppc64"
    case .ppc64le: "ppc64le"
    case .s390: "s390"
    case .s390x: "s390x"
    case .parisc: "parisc"
    case .parisc64: "parisc64"
    case .riscv64: "riscv64"
    case .loongarch64: "loongarch64"
    case .m68k: "m68k"
    case .sh: "sh"
    case .sheb: "sheb"
    }
  }

  /// libseccomp's token for it; nil when this libseccomp does not know it.
  var token: UInt32? {
    let token = unsafe seccomp_arch_resolve_name(libraryName)
    return token == 0 ? nil : token
  }
}

/// libseccomp's tokens are the kernel's AUDIT_ARCH_* values, except where two of its architectures are one for the
/// kernel.
enum ArchitectureToken {
  static let x86_64: UInt32 = 0xc000_003e
  static let x32: UInt32 = 0x4000_003e
  static let s390: UInt32 = 0x0000_0016
  static let s390x: UInt32 = 0x8000_0016

  /// The bit that tells an x32 system call number from one of x86_64.
  static let x32Bit: UInt32 = 0x4000_0000

  /// The architecture that this program is compiled for.
  static var native: UInt32 { seccomp_arch_native() }

  /// The bit of a token that says little-endian, __AUDIT_ARCH_LE.
  static let littleEndian: UInt32 = 0x4000_0000

  /// Whether the calls of an architecture have arguments of 64 bits: __AUDIT_ARCH_64BIT without
  /// __AUDIT_ARCH_CONVENTION_MIPS64_N32. Those of x32 count as 32 bits wide, as in libseccomp.
  static func isWide(_ token: UInt32) -> Bool { token & 0xa000_0000 == 0x8000_0000 }

  /// What the kernel puts into struct seccomp_data's `arch`.
  static func audit(_ token: UInt32) -> UInt32 {
    token == x32 ? x86_64 : token
  }
}

import FuzzTargets
import Glibc

/// A program that gives inputs of libFuzzer's to one target. The target is named by the environment, since the arguments
/// are libFuzzer's own, so that one program holds all.
@main
struct Fuzz {
  static func main() {
    // Not the library's own `main`: SwiftPM gives every program one under the program's name.
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(
      runDriver(&count, &arguments) { start, count in
        let bytes = Array(UnsafeBufferPointer(start: start, count: count))
        guard let name = getenv("FUZZ_TARGET"), let target = FuzzTarget(rawValue: String(cString: name)) else {
          print("FUZZ_TARGET must be one of \(FuzzTarget.allCases.map(\.rawValue).joined(separator: " "))")
          exit(2)
        }
        if let fault = target.check(bytes) { fatalError("\(target.rawValue): \(fault)") }
        return 0
      })
  }
}

/// libFuzzer's entry for programs with a `main` of their own.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ callback: @convention(c) (_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt
) -> CInt

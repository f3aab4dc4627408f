import FuzzTargets
import Glibc

/// What libFuzzer calls with each input. The target is named by the environment, so that one program holds all.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  guard let name = getenv("FUZZ_TARGET"), let target = FuzzTarget(rawValue: String(cString: name)) else {
    print("FUZZ_TARGET must be one of \(FuzzTarget.allCases.map(\.rawValue).joined(separator: " "))")
    exit(2)
  }
  if let fault = target.check(bytes) { fatalError("\(target.rawValue): \(fault)") }
  return 0
}

internal import Glibc

/// The little of the C library's arithmetic that the standard library lacks.
package enum Arithmetic {
  /// log2(3).
  package static func log2(_ value: Double) -> Double { Glibc.log2(value) }

  /// pow(3).
  package static func power(_ base: Double, _ exponent: Double) -> Double { Glibc.pow(base, exponent) }
}

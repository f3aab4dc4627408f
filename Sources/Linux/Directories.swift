internal import Glibc

extension Files {
  /// The names of the directories in `directory`, without `.` and `..`, going by the type that getdents64(2) tells.
  ///
  /// For file systems that always tell it, as cgroupfs does.
  package static func listDirectories(
    _ directory: borrowing FileDescriptor, _ name: @autoclosure () -> String
  ) throws(Failure) -> [PathBytes] {
    // DT_DIR
    try entries(directory, name()).filter { $0.type == 4 }.map { $0.name }
  }
}

/// The little of the C library's arithmetic that the standard library lacks.
package enum Arithmetic {
  /// log2(3).
  package static func log2(_ value: Double) -> Double { Glibc.log2(value) }

  /// pow(3).
  package static func power(_ base: Double, _ exponent: Double) -> Double { Glibc.pow(base, exponent) }
}

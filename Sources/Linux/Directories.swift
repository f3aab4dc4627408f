extension Files {
  /// The names in a directory, without `.` and `..`, in the kernel's order: for directories whose names are known to be
  /// text. Throws EILSEQ for one that is not UTF-8, since there is no String that names it.
  package static func list(
    _ directory: borrowing FileDescriptor, _ name: @autoclosure () -> String
  ) throws(Failure) -> [String] {
    var names: [String] = []
    var isText = true
    try forEachEntry(directory, name()) { bytes, _ in
      if let text = String(validating: bytes, as: UTF8.self) { names.append(text) } else { isText = false }
    }
    guard isText else { throw Failure("list \(name())", .illegalSequence) }
    return names
  }

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

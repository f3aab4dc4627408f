internal import CShim
internal import Glibc
internal import Synchronization

/// Two numbers in memory that a process has in common with the children that it makes from then on, mmap(2) MAP_SHARED:
/// a way to tell something that takes no system call, for a process whose system calls may be forbidden.
///
/// The memory stays until the last of the processes executes another program or ends.
@safe package struct SharedNumbers: Sendable {
  private let address: UInt

  /// Both numbers are 0.
  package init() throws(Failure) {
    let memory = unsafe mmap(
      nil, MemoryLayout<Atomic<Int>>.stride * 2, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)
    guard let memory = unsafe memory, unsafe memory != MAP_FAILED else { throw Failure("mmap", .last) }
    address = UInt(bitPattern: memory)
    for index in 0..<2 { unsafe pointer(index)?.initialize(to: Atomic(0)) }
  }

  /// The first or the second number.
  package subscript(index: Int) -> Int {
    get { unsafe pointer(index)?.pointee.load(ordering: .acquiring) ?? 0 }
    nonmutating set { unsafe pointer(index)?.pointee.store(newValue, ordering: .releasing) }
  }

  private func pointer(_ index: Int) -> UnsafeMutablePointer<Atomic<Int>>? {
    precondition(index == 0 || index == 1)
    return unsafe UnsafeMutablePointer(bitPattern: address)?.advanced(by: index)
  }
}

extension ProcessDescriptor {
  /// A copy of a descriptor that the process has, pidfd_getfd(2).
  ///
  /// Needs the rights of ptrace(2) over the process.
  package borrowing func copyDescriptor(_ number: Int32) throws(Failure) -> FileDescriptor {
    FileDescriptor(
      owning: try check(sw_pidfd_getfd(descriptor.raw, number), "copy descriptor \(number) of process \(pid)"))
  }
}

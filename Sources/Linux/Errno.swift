internal import CShim
internal import Glibc

/// An error number of the kernel, errno(3).
package struct Errno: Equatable, Hashable, Sendable {
  package let rawValue: Int32

  package init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  package static var notPermitted: Errno { Errno(rawValue: EPERM) }
  package static var notFound: Errno { Errno(rawValue: ENOENT) }
  package static var noSuchProcess: Errno { Errno(rawValue: ESRCH) }
  package static var interrupted: Errno { Errno(rawValue: EINTR) }
  package static var noDeviceOrAddress: Errno { Errno(rawValue: ENXIO) }
  package static var again: Errno { Errno(rawValue: EAGAIN) }
  package static var accessDenied: Errno { Errno(rawValue: EACCES) }
  package static var busy: Errno { Errno(rawValue: EBUSY) }
  package static var exists: Errno { Errno(rawValue: EEXIST) }
  package static var crossDevice: Errno { Errno(rawValue: EXDEV) }
  package static var noDevice: Errno { Errno(rawValue: ENODEV) }
  package static var notDirectory: Errno { Errno(rawValue: ENOTDIR) }
  package static var isDirectory: Errno { Errno(rawValue: EISDIR) }
  package static var invalidArgument: Errno { Errno(rawValue: EINVAL) }
  package static var textFileBusy: Errno { Errno(rawValue: ETXTBSY) }
  package static var noSpace: Errno { Errno(rawValue: ENOSPC) }
  package static var readOnlyFileSystem: Errno { Errno(rawValue: EROFS) }
  package static var nameTooLong: Errno { Errno(rawValue: ENAMETOOLONG) }
  package static var notImplemented: Errno { Errno(rawValue: ENOSYS) }
  package static var notEmpty: Errno { Errno(rawValue: ENOTEMPTY) }
  package static var symbolicLinkLoop: Errno { Errno(rawValue: ELOOP) }
  package static var notSupported: Errno { Errno(rawValue: EOPNOTSUPP) }
  package static var timedOut: Errno { Errno(rawValue: ETIMEDOUT) }
  package static var noChild: Errno { Errno(rawValue: ECHILD) }
  package static var notATerminal: Errno { Errno(rawValue: ENOTTY) }
  package static var noData: Errno { Errno(rawValue: ENODATA) }
  package static var badDescriptor: Errno { Errno(rawValue: EBADF) }
  package static var messageTooLong: Errno { Errno(rawValue: EMSGSIZE) }
  package static var brokenPipe: Errno { Errno(rawValue: EPIPE) }
  package static var noExec: Errno { Errno(rawValue: ENOEXEC) }
  package static var illegalSequence: Errno { Errno(rawValue: EILSEQ) }

  /// The C library's text in Go's spelling (a lower-case first letter), which engines match on.
  package var text: String {
    guard let pointer = unsafe strerror(rawValue) else { return "errno \(rawValue)" }
    var text = unsafe String(cString: pointer)
    let head = Array(text.utf8.prefix(2))
    if head.count == 2, (65...90).contains(head[0]), (97...122).contains(head[1]) {
      text = String(UnicodeScalar(head[0] + 32)) + text.dropFirst()
    }
    return text
  }
}

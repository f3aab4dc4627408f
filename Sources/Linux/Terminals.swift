internal import CShim
internal import Glibc

/// Pseudo-terminals, pty(7).
package enum Terminals {
  package struct WindowSize: Equatable, Sendable {
    package var rows: UInt16
    package var columns: UInt16

    package init(rows: UInt16, columns: UInt16) {
      self.rows = rows
      self.columns = columns
    }
  }

  /// Unlocks a master just opened from a ptmx file, and opens its other side without any path,
  /// ioctl_tty(2) TIOCGPTPEER.
  package static func openPeer(of master: borrowing FileDescriptor) throws(Failure) -> FileDescriptor {
    try check(sw_unlock_pty(master.raw), "unlock terminal")
    return FileDescriptor(
      owning: try check(sw_open_pty_peer(master.raw, O_RDWR | O_NOCTTY | O_CLOEXEC), "open terminal"))
  }

  /// The N of /dev/pts/N.
  package static func number(of master: borrowing FileDescriptor) throws(Failure) -> UInt32 {
    var number: UInt32 = 0
    try check(unsafe sw_get_pty_number(master.raw, &number), "terminal number")
    return number
  }

  package static func setSize(_ terminal: borrowing FileDescriptor, _ size: WindowSize) throws(Failure) {
    try check(sw_set_window_size(terminal.raw, size.rows, size.columns), "set terminal size")
  }

  /// The size of an inherited terminal; nil when the descriptor is none.
  package static func size(of number: Int32) -> WindowSize? {
    var pair: [UInt16] = [0, 0]
    guard unsafe sw_get_window_size(number, &pair) >= 0 else { return nil }
    return WindowSize(rows: pair[0], columns: pair[1])
  }

  /// Makes `number` the controlling terminal of this session, ioctl_tty(2) TIOCSCTTY.
  package static func makeControlling(_ number: Int32) throws(Failure) {
    try check(sw_set_controlling_terminal(number), "set controlling terminal")
  }

  /// What a terminal's mode was before it was made raw.
  package struct Mode: Sendable {
    fileprivate var bytes: [UInt8]
  }

  /// Passes every byte through, as cfmakeraw(3); nil when `number` is no terminal.
  package static func makeRaw(_ number: Int32) -> Mode? {
    var bytes = [UInt8](repeating: 0, count: 64)
    guard unsafe sw_make_terminal_raw(number, &bytes, bytes.count) >= 0 else { return nil }
    return Mode(bytes: bytes)
  }

  package static func restore(_ number: Int32, _ mode: Mode) {
    _ = unsafe sw_restore_terminal(number, mode.bytes, mode.bytes.count)
  }

  /// No carriage returns added on output: what the payload writes arrives as written.
  package static func disableNewlineTranslation(_ terminal: borrowing FileDescriptor) throws(Failure) {
    try check(sw_disable_onlcr(terminal.raw), "set terminal mode")
  }
}

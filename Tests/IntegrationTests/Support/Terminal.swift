import Glibc

/// The master side of a terminal: made here for a command that runs in the foreground, or received from the runtime.
final class Terminal {
  let master: Int32
  /// What was read from it.
  private(set) var text = ""

  /// Takes over a master.
  init(master: Int32) {
    self.master = master
    _ = fcntl(master, F_SETFL, O_NONBLOCK)
  }

  /// Makes a new terminal.
  convenience init(rows: UInt16 = 24, columns: UInt16 = 80) throws {
    let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    let setLock: UInt = 0x4004_5431  // TIOCSPTLCK
    var locked: Int32 = 0
    guard master >= 0, ioctl(master, setLock, &locked) == 0 else { throw TestFailure("cannot make a terminal") }
    self.init(master: master)
    resize(rows: rows, columns: columns)
  }

  /// The path of the other side.
  var path: String {
    var number: UInt32 = 0
    let getNumber: UInt = 0x8004_5430  // TIOCGPTN
    _ = ioctl(master, getNumber, &number)
    return "/dev/pts/\(number)"
  }

  func resize(rows: UInt16, columns: UInt16) {
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
  }

  func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.write(master, bytes, bytes.count)
  }

  /// Reads what there is, without waiting.
  func read() {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Glibc.read(master, &buffer, buffer.count)
      guard count > 0 else { return }
      text += String(decoding: buffer.prefix(count), as: UTF8.self)
    }
  }

  /// Reads until the text has `part`; returns whether it came.
  func waitFor(_ part: String, within seconds: Double = 10) -> Bool {
    eventually(within: seconds) {
      read()
      return text.contains(part)
    }
  }

  deinit {
    close(master)
  }
}

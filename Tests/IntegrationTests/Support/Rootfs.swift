import Foundation
import Glibc
import Testing

/// A root file system of a copy of the static busybox, the links that tests use, and the accounts of a small system.
enum BusyboxRootfs {
  static let busybox = Host.exists("/bin/busybox") ? "/bin/busybox" : "/usr/bin/busybox"

  private static let applets = [
    "awk", "basename", "cat", "chmod", "chown", "cp", "cut", "date", "dd", "df", "dirname", "echo", "env", "expr",
    "false", "find", "grep", "head", "hostname", "id", "ifconfig", "ionice", "ip", "kill", "ln", "ls", "mkdir",
    "mkfifo", "mknod", "mount", "mountpoint", "mv", "nice", "od", "ping", "printf", "ps", "pwd", "readlink", "rm",
    "rmdir", "sed", "seq", "sh", "sleep", "sort", "stat", "stty", "su", "sync", "tail", "tee", "test", "touch", "tr",
    "true", "tty", "umount", "uname", "unlink", "usleep", "wc", "whoami", "xargs",
  ]

  /// Makes it at `path`, which must not exist.
  static func make(at path: String) throws {
    for directory in ["bin", "dev", "etc", "home", "proc", "root", "run", "sys", "tmp", "usr", "usr/bin", "var"] {
      try Host.makeDirectory(path + "/" + directory)
    }
    chmod(path + "/tmp", 0o1777)
    try FileManager.default.copyItem(atPath: busybox, toPath: path + "/bin/busybox")
    chmod(path + "/bin/busybox", 0o755)
    for applet in applets { symlink("busybox", path + "/bin/" + applet) }
    try Host.write(
      """
      root:x:0:0:root:/root:/bin/sh
      user:x:1000:1000:user:/home/user:/bin/sh

      """, to: path + "/etc/passwd")
    try Host.write(
      """
      root:x:0:
      tty:x:5:
      user:x:1000:
      extra:x:2000:user

      """, to: path + "/etc/group")
  }
}

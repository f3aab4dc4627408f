"""A command on a pseudo-terminal of our own, as a person at a shell would run it."""

import errno
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

from processes import Result
from report import PATIENCE

# A script that shows its terminal, waits until ctr has passed on the size (after the start), and reads a line.
SHOW = """tty; for i in 0 1 2 3 4 5 6 7 8 9; do stty size 2>/dev/null | grep 33 && break; sleep 0.2; done
echo ready; read line; echo got $line; """


def run(arguments, rows=33, columns=111, text=b"", timeout=60):
    """Runs a command with a terminal as its standard streams and types `text` once it shows "ready"."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    with subprocess.Popen(arguments, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True) as process:
        os.close(theirs)
        shown, end = b"", time.monotonic() + timeout * PATIENCE
        try:
            while time.monotonic() < end:
                if not select.select([ours], [], [], 0.1)[0]:
                    if process.poll() is not None:
                        break
                    continue
                try:
                    data = os.read(ours, 65536)
                except OSError as error:
                    if error.errno != errno.EIO:
                        raise
                    break
                shown += data
                if text and b"ready" in shown:
                    for key in text:  # one after the other, as keys come: podman looks for its detach keys only so
                        os.write(ours, bytes([key]))
                        time.sleep(0.02)
                    text = b""
            process.wait(timeout=max(1, end - time.monotonic()))
        except BaseException:
            process.kill()
            raise
        finally:
            os.close(ours)
    return Result(arguments, process.returncode, shown.decode(errors="replace"), "")

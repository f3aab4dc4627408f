"""A daemon of a suite's own: its process, its log, and how it ends."""

import os
import re
import signal
import subprocess

from report import expect, wait_until


class Service:
    def __init__(self, name, work, programs=""):
        """`programs` is a directory of what the daemon is to find before the machine's own."""
        self.path = f"{programs}:" if programs else ""
        self.name, self.work, self.log = name, work, f"{work}/{name}.log"
        self.process = None

    @property
    def pid(self):
        return self.process.pid

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def start(self, command, is_ready):
        """Starts the daemon and waits until `is_ready` gives something true."""
        environment = {**os.environ, "PATH": f"{self.path}{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, cwd=self.work, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True, env=environment)
        wait_until(lambda: not self.is_running() or is_ready(), f"{self.name} answers")
        expect(self.is_running(), f"{self.name} ended at once:\n" + self.complaints())

    def stop(self, seconds=20):
        """Ends the daemon and waits for it; containers go on."""
        if self.is_running():
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def complaints(self, levels="error|fatal", noise="$^", lines=8):
        """The last lines of the log of these levels, shortened, without those that match `noise`."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            found = [line.rstrip()[:300] for line in file
                     if re.search(f"level=({levels})", line) and not re.search(noise, line)]
        return "\n".join(found[-lines:])

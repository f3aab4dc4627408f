"""The processes that the suite started, however deep and however daemonised.

The suite is a child subreaper: whatever a shim or a container leaves behind becomes its child, so that "ours" is
exactly "descends from this process" and nothing else on the machine is ever looked up or ended by name.
"""

import concurrent.futures
import ctypes
import os
import signal
import subprocess
import time

from report import PATIENCE

PR_SET_CHILD_SUBREAPER = 36


def become_subreaper():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def parents():
    """Process id to parent and state of every process of the machine."""
    table = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue
            table[int(name)] = (int(fields[1]), fields[0])
    return table


def descendants(of=None):
    """The process ids below `of` (this process by default), parents first."""
    table = parents()
    children = {}
    for pid, (parent, _) in table.items():
        children.setdefault(parent, []).append(pid)
    found, queue = [], [of or os.getpid()]
    while queue:
        for pid in sorted(children.get(queue.pop(0), [])):
            found.append(pid)
            queue.append(pid)
    return found


def reap_adopted(known):
    """Reaps the zombies that were reparented to this process; `known` are the pids that subprocess itself waits for."""
    me = os.getpid()
    for pid, (parent, state) in parents().items():
        if parent == me and state == "Z" and pid not in known:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace").strip() or "(no command line)"
    except OSError:
        return "(gone)"


def named(*lines):
    """The processes of ours whose command line is one of `lines`."""
    return [pid for pid in descendants() if command_line(pid) in lines]


def end_all(known=()):
    """Ends every descendant with SIGKILL, by pid, until none is left or five seconds have passed."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        left = [pid for pid in descendants() if pid not in known]
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        reap_adopted(known)
        time.sleep(0.02)


class Result:
    """What a command printed and how it ended."""

    def __init__(self, arguments, code, out, err):
        self.arguments, self.code, self.out, self.err = arguments, code, out, err

    def __str__(self):
        return (f"{' '.join(self.arguments)}: exit code {self.code}\n"
                f"stdout: {self.out.strip()}\nstderr: {self.err.strip()}")


def start(arguments):
    """Starts a command in a session of its own, with pipes for what it prints."""
    return subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, errors="replace", start_new_session=True)


def run(arguments, timeout=120):
    """Runs a command to its end; a timeout ends it by pid and counts as exit code -1."""
    return finish(start(arguments), timeout)


def finish(process, timeout=120):
    """Waits for a command that `start` started."""
    with process:
        try:
            out, err = process.communicate(timeout=timeout * PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            return Result(process.args, -1, out, err + f"\n(ended by the suite after {timeout} s)")
        except BaseException:
            process.kill()
            raise
    return Result(process.args, process.returncode, out, err)


def run_at_once(commands, timeout=120):
    """Runs all commands at the same time; the results are in the order of the commands."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=len(commands)) as pool:
        return list(pool.map(lambda arguments: run(arguments, timeout=timeout), commands))

"""A machine of the suite's own to attack: namespaces in which nothing of the real one is in danger or in the way.

The suite's processes live in their own pid, mount, network, ipc and uts namespaces. Mounts are shared as systemd has
them, but only among the suite's own, so that a mount which leaks out of a container is seen and does no harm; and when
the first process of the pid namespace ends, however it ends, everything that it started ends with it.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time

import host
import processes

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET = (
    0x20000, 0x4000000, 0x8000000, 0x20000000, 0x40000000)
MS_BIND, MS_REC, MS_PRIVATE, MS_SHARED = 0x1000, 0x4000, 1 << 18, 1 << 20
MNT_DETACH = 2
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result, what):
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def _mount(source, target, kind, flags, data=""):
    _check(_libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode()),
           f"mount {target}")


def arrange(work, without_unified):
    """Makes the namespaces of the calling process, which is the first of the new pid namespace."""
    _check(_libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")
    _check(_libc.unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET), "unshare")
    _mount("none", "/", "", MS_REC | MS_PRIVATE)
    _mount("proc", "/proc", "proc", 0)
    directory = os.open(work, os.O_PATH)
    # Other programs' mounts come and go, and would be taken for changes.
    for place in ("/tmp", "/var/tmp", "/run", "/mnt", "/srv", "/media"):
        for point in host.mounts(place):
            if point != place and not f"{work}/".startswith(point + "/"):
                _libc.umount2(point.encode(), MNT_DETACH)
    for place in ("/tmp", "/var/tmp", "/dev/shm"):
        if os.path.isdir(place):
            _mount("tmpfs", place, "tmpfs", 0, "mode=1777")
    os.makedirs(work, exist_ok=True)
    _mount(f"/proc/self/fd/{directory}", work, "", MS_BIND | MS_REC)
    os.close(directory)
    if without_unified:
        # As bench/v1ns: some runtimes refuse a machine with controllers in both hierarchies.
        _check(_libc.umount2(b"/sys/fs/cgroup/unified", 0), "umount /sys/fs/cgroup/unified")
    _mount("none", "/", "", MS_REC | MS_SHARED)


def run(work, cgroup, body, without_unified=False):
    """Runs `body` as the first process of the new namespaces and gives its exit code. Signals are passed on; at the end
    the cgroups of the name `cgroup` are removed."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        # One more process in between: whoever unshared a pid namespace cannot fork any more once its init has ended.
        _check(_libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")
        _check(_libc.unshare(CLONE_NEWPID), "unshare")
        first = os.fork()
        if first == 0:
            os._exit(first_process(work, without_unified, body))
        os._exit(accompany(first))
    try:
        return accompany(child)
    finally:
        remove_cgroups(cgroup)


def accompany(child):
    """Waits for a child, to which signals are passed on, and gives its exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: os.kill(child, number))
    while True:
        pid, status = os.wait()
        if pid == child:
            return os.waitstatus_to_exitcode(status) & 0xff


def first_process(work, without_unified, body):
    """The namespaces' init: it takes in the orphans, until the child that runs `body` ends."""
    try:
        arrange(work, without_unified)
        child = os.fork()
    except OSError as error:
        print(f"conformance/security: {error}", file=sys.stderr)
        return 70
    if child == 0:
        os._exit(guarded(body))
    return accompany(child)


def guarded(body):
    code = 70
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, interrupted)
        code = body()
    except SystemExit as end:
        code = end.code
    except BaseException as error:  # pylint: disable=broad-exception-caught
        print(f"conformance/security: {type(error).__name__}: {error}", file=sys.stderr)
        raise
    finally:
        sys.stdout.flush()
        os._exit(code if isinstance(code, int) else 70)


def others():
    """Every process of the namespaces but the init and this one."""
    return [pid for pid in processes.parents() if pid not in (1, os.getpid())]


def end_others():
    for pid in others():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def remove_tree(path):
    """As rm(1), which minds no depth: a container may have nested directories deeply."""
    subprocess.run(["rm", "-rf", "--one-file-system", path], check=False)


def interrupted(number, _):
    raise SystemExit(128 + number)


def remove_cgroups(name):
    """Removes the cgroups below /NAME; the processes that were in them may need a moment to be gone."""
    end = time.monotonic() + 10
    while host.cgroups(name):
        for path in host.cgroups(name):
            try:
                os.rmdir(path)
            except OSError:
                pass
        if time.monotonic() > end:
            raise OSError(f"cannot remove {host.cgroups(name)}")
        time.sleep(0.02)

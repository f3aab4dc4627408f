"""What a run may leave behind on a machine, looked for from outside, and its removal."""

import os
import shutil
import subprocess

import processes
from daemon import SHIM_RUNTIME_ROOT


def cgroup_hierarchies():
    """Mount points of every cgroup hierarchy of this machine."""
    points = []
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            fields, _, rest = line.partition(" - ")
            if rest.split()[0] in ("cgroup", "cgroup2"):
                points.append(fields.split()[4])
    return points


def cgroups(namespace):
    """The cgroups below /NAMESPACE in every hierarchy, deepest first, the parent directories themselves last."""
    found = []
    for point in cgroup_hierarchies():
        for directory, _, _ in os.walk(f"{point}/{namespace}", topdown=False):
            found.append(directory)
    return sorted(found, key=lambda path: -path.count("/"))


def mounts(below):
    """Mount points at or below a directory, last mounted first."""
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        points = [line.split()[4].replace("\\040", " ") for line in file]
    return [point for point in reversed(points) if point == below or point.startswith(below + "/")]


def names(directory):
    try:
        return sorted(os.listdir(directory))
    except FileNotFoundError:
        return []


def state(daemon, wanted=""):
    """State directories of containers; names that start with a dot are a runtime's own (a cache may stay)."""
    return [f"{root}/{daemon.namespace}/{entry}" for root in (daemon.runtime_root, SHIM_RUNTIME_ROOT)
            for entry in names(f"{root}/{daemon.namespace}") if not entry.startswith(".") and wanted in entry]


def find(daemon):
    """Every trace of a container, as lines of text; containerd itself still runs and does not count."""
    known = {daemon.process.pid}
    processes.reap_adopted(known)
    containerd = set(processes.descendants(daemon.process.pid)) | known
    table = processes.parents()
    found = [f"process {pid} ({table.get(pid, (0, 'gone'))[1]}): {processes.command_line(pid)}"
             for pid in processes.descendants() if pid not in containerd]
    found += [f"process below containerd: {processes.command_line(pid)}"
              for pid in processes.descendants(daemon.process.pid)]
    found += [f"mount {point}" for point in mounts(daemon.work)]
    # ctr's cgroups are /NAMESPACE/ID: the leaf is the runtime's to remove, the directory above it may stay.
    found += [f"cgroup {path}" for path in cgroups(daemon.namespace) if os.path.basename(path) != daemon.namespace]
    found += [f"state {path}" for path in state(daemon)]
    bundles = f"{daemon.work}/state/io.containerd.runtime.v2.task/{daemon.namespace}"
    found += [f"bundle {bundles}/{entry}" for entry in names(bundles)]
    found += [f"shim socket of {name}" for name in daemon.ids if os.path.exists(daemon.shim_socket(name))]
    return found


def clean(daemon):
    """Removes everything of a run, also after a failure; returns what could not be removed."""
    if daemon.process and daemon.process.poll() is None:
        daemon.remove_all()
    daemon.stop()
    processes.end_all()
    for point in mounts(daemon.work):
        subprocess.run(["umount", "-l", point], check=False)
    for path in cgroups(daemon.namespace):
        try:
            os.rmdir(path)
        except OSError:
            pass
    for path in map(daemon.shim_socket, daemon.ids):
        if os.path.exists(path):
            os.unlink(path)
    shutil.rmtree(f"{SHIM_RUNTIME_ROOT}/{daemon.namespace}", ignore_errors=True)
    for path in daemon.made_directories:
        try:
            os.rmdir(path)
        except OSError:
            pass
    if not mounts(daemon.work):
        shutil.rmtree(daemon.work, ignore_errors=True)
    left = [f"process {pid}" for pid in processes.descendants()] + mounts(daemon.work) + cgroups(daemon.namespace)
    return left + ([daemon.work] if os.path.exists(daemon.work) else [])

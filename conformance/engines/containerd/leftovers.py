"""What a run below containerd may leave behind on a machine, looked for from outside, and its removal."""

import os
import shutil

import host
import processes

# What the shim passes as --root when a container never got as far as a task; compiled into it.
SHIM_RUNTIME_ROOT = "/run/containerd/runc"


def state(daemon, wanted=""):
    """State directories of containers; names that no container can have are a runtime's own (a cache may stay)."""
    return [f"{root}/{daemon.namespace}/{entry}" for root in (daemon.runtime_root, SHIM_RUNTIME_ROOT)
            for entry in host.names(f"{root}/{daemon.namespace}") if entry[0] not in ".@" and wanted in entry]


def find(daemon):
    """Every trace of a container, as lines of text; containerd itself still runs and does not count."""
    known = {daemon.service.pid}
    processes.reap_adopted(known)
    containerd = set(processes.descendants(daemon.service.pid)) | known
    table = processes.parents()
    found = [f"process {pid} ({table.get(pid, (0, 'gone'))[1]}): {processes.command_line(pid)}"
             for pid in processes.descendants() if pid not in containerd]
    found += [f"process below containerd: {processes.command_line(pid)}"
              for pid in processes.descendants(daemon.service.pid)]
    found += [f"mount {point}" for point in host.mounts(daemon.work)]
    # ctr's cgroups are /NAMESPACE/ID: the leaf is the runtime's to remove, the directory above it may stay.
    found += [f"cgroup {path}" for path in host.cgroups(daemon.namespace) if os.path.basename(path) != daemon.namespace]
    found += [f"state {path}" for path in state(daemon)]
    return found + daemon.shims.leftovers()


def clean(daemon):
    """Removes everything of a run, also after a failure; returns what could not be removed."""
    if daemon.service.is_running():
        daemon.remove_all()
    daemon.service.stop()
    processes.end_all()
    host.unmount(daemon.work)
    host.remove_cgroups(daemon.namespace)
    shutil.rmtree(f"{SHIM_RUNTIME_ROOT}/{daemon.namespace}", ignore_errors=True)
    daemon.shims.clean()
    if not host.mounts(daemon.work):
        shutil.rmtree(daemon.work, ignore_errors=True)
    left = [f"process {pid}" for pid in processes.descendants()] + host.mounts(daemon.work)
    left += host.cgroups(daemon.namespace)
    return left + ([daemon.work] if os.path.exists(daemon.work) else [])

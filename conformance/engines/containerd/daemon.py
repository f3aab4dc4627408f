"""A containerd of our own: every directory, socket and namespace is private to one run of the suite."""

import os
import re
import shutil
import subprocess
import tempfile

import image
import leftovers
import processes
import shims
from leftovers import SHIM_RUNTIME_ROOT
from report import Failed, expect, wait_until
from service import Service

RUNTIME = "io.containerd.runc.v2"

UNUSED = [f"io.containerd.{name}" for name in (
    "grpc.v1.cri", "snapshotter.v1.aufs", "snapshotter.v1.btrfs", "snapshotter.v1.zfs", "snapshotter.v1.devmapper",
    "internal.v1.tracing", "tracing.processor.v1.otlp")]


def patient(command):
    """The command, if it is a script, with a rest before it: with every runtime ctr loses the output of what ends before
    ctr has opened its pipes."""
    return ("sh", "-c", "sleep 0.3; " + command[2], *command[3:]) if command[:2] == ("sh", "-c") else command


class Daemon:
    def __init__(self, runtime):
        self.runtime = os.path.abspath(runtime)
        self.work = tempfile.mkdtemp(prefix="swiftlet-containerd-")
        os.chmod(self.work, 0o711)  # a container's user namespace has to reach its rootfs
        self.namespace = "conformance-" + os.path.basename(self.work).rpartition("-")[2].replace("_", "x")
        self.runtime_root = f"{self.work}/runtime"
        self.shims = shims.Shims(self.work, self.namespace, SHIM_RUNTIME_ROOT)
        self.client = ["env", "CONTAINERD_SUPPRESS_DEPRECATION_WARNINGS=1", "ctr", "--address", self.shims.address,
                       "--namespace", self.namespace]
        self.service = Service("containerd", self.work)
        self.snapshotter = None

    def start(self):
        config = shims.configure(self.work, UNUSED)
        self.service.start(["containerd", "--config", config], lambda: self.ctr("version").code == 0)
        self.import_image()

    def describe(self):
        return f"{subprocess.getoutput('containerd --version')}, {self.snapshotter}"

    def leftovers(self):
        return leftovers.find(self)

    def clean(self):
        return leftovers.clean(self)

    def import_image(self):
        archive = f"{self.work}/image.tar"
        image.write(archive, shutil.which("busybox"), image.go_architecture())
        available = self.ctr("plugins", "ls").out
        for snapshotter in ("overlayfs", "native"):
            if not re.search(rf"snapshotter\S*\s+{snapshotter}\s.*\bok\b", available):
                continue
            self.snapshotter = snapshotter
            result = self.ctr("image", "import", "--snapshotter", snapshotter, archive)
            if result.code == 0 and self.run("probe", "true").code in (0, 127):
                return
            # What the runtime itself thinks of the probe is for the checks to say; only mounting has to work here.
            if "failed to mount" not in result.err:
                expect(result.code == 0, str(result))
                return
        raise Failed("neither overlayfs nor native works as a snapshotter:\n" + self.complaints())

    def ctr(self, *arguments, timeout=120):
        return processes.run([*self.client, *arguments], timeout=timeout)

    def run_arguments(self, name, *command, options=(), source=image.NAME):
        """The `ctr run` command line for a container `name`; with source None the options name a configuration."""
        self.shims.names.add(name)
        return [*self.client, "run", "--runtime", RUNTIME, "--runc-binary", self.runtime, "--runc-root",
                self.runtime_root, "--fifo-dir", f"{self.work}/fifo", "--snapshotter", self.snapshotter, *options,
                *([source] if source else []), name, *command]

    def run(self, name, *command, options=(), source=image.NAME):
        """Runs a container to its end and removes it."""
        arguments = self.run_arguments(name, *patient(command), options=("--rm", *options), source=source)
        result = processes.run(arguments)
        if result.code != 0:
            self.remove(name)  # ctr keeps a container whose task could not be made
        return result

    def detach(self, name, *command, options=(), source=image.NAME):
        """Starts a container that stays; gives the process id of its init."""
        result = processes.run(self.run_arguments(name, *command, options=("--detach", *options), source=source))
        expect(result.code == 0, str(result))
        return self.pid(name)

    def attach(self, name, *command, options=()):
        """Starts a container whose exit code is wanted later; gives its `ctr run` and, once it runs, its init's pid."""
        client = processes.start(self.run_arguments(name, *command, options=("--rm", *options)))
        wait_until(lambda: self.status(name) == "RUNNING" or client.poll() is not None, f"{name} starts")
        return client, self.pid(name)

    def finish(self, name):
        """Ends and removes a container the way that must succeed: kill, delete without force, and its container."""
        if self.status(name) == "RUNNING":
            result = self.ctr("task", "kill", "--signal", "SIGKILL", name)
            expect(result.code == 0, str(result))
        wait_until(lambda: self.status(name) == "STOPPED", f"{name} stops")
        for arguments in (("task", "delete", name), ("container", "delete", name)):
            result = self.ctr(*arguments)
            expect(result.code == 0, str(result))

    def tasks(self):
        """Container to (pid, status), from `ctr task ls`."""
        rows = [line.split() for line in self.ctr("task", "ls").out.splitlines()[1:]]
        return {row[0]: (int(row[1]), row[2]) for row in rows if len(row) == 3}

    def pid(self, name):
        return self.tasks().get(name, (0, ""))[0]

    def status(self, name):
        return self.tasks().get(name, (0, "NONE"))[1]

    def exec_arguments(self, name, exec_id, *command, options=()):
        return [*self.client, "task", "exec", "--exec-id", exec_id, "--fifo-dir", f"{self.work}/fifo", *options, name,
                *patient(command)]

    def exec(self, name, exec_id, *command, options=()):
        return processes.run(self.exec_arguments(name, exec_id, *command, options=options))

    def remove(self, name):
        """Removes task, container and snapshot of `name`, whatever state they are in."""
        if name in self.tasks():
            self.ctr("task", "kill", "--all", "--signal", "SIGKILL", name)
            self.ctr("task", "delete", "--force", name)
        self.ctr("container", "delete", name)
        self.ctr("snapshot", "--snapshotter", self.snapshotter, "delete", name)

    def remove_all(self):
        """Removes what a check that failed half-way has left."""
        for name in self.ctr("container", "ls", "--quiet").out.split():
            self.remove(name)

    def shim(self, name):
        """The process id of the shim of a running container."""
        table = processes.parents()
        pid = self.pid(name)
        expect(pid in table, f"{name} is not running")
        return table[pid][0]

    def complaints(self):
        """What containerd's log says, without the noise of every shim's end."""
        return self.service.complaints("warn|error|fatal", "copy shim log|cleaning up after shim")

"""What the docker and podman suites share: an engine that is driven by a docker-like command line."""

import json
import os
import shutil
import tempfile

import host
import image
import processes
from report import expect, wait_until

IMAGE = "localhost/swiftlet-conformance:1"
# Ends at once when it is asked to, which a shell's `sleep` as process 1 does not.
LOOP = ("sh", "-c", "trap 'exit 0' TERM; while true; do sleep 0.1; done")


class CommandLine:
    """Subclasses set `kind` and give `client` (the command with its global options) and what the suite calls."""

    kind = ""

    def __init__(self, runtime):
        self.runtime = runtime
        self.work = tempfile.mkdtemp(prefix=f"swiftlet-{self.kind}-")
        os.chmod(self.work, 0o711)  # a container's user namespace has to reach its rootfs
        self.cgroup = "conformance-" + os.path.basename(self.work).rpartition("-")[2].replace("_", "x")
        self.client = [self.kind]

    def cli(self, *arguments, timeout=120):
        return processes.run([*self.client, *arguments], timeout=timeout)

    def succeed(self, *arguments):
        """As `cli`, but a failing command fails the check; gives what it printed, without the last newline."""
        result = self.cli(*arguments)
        expect(result.code == 0, str(result))
        return result.out.rstrip("\n")

    def import_image(self):
        path = f"{self.work}/layer.tar"
        with open(path, "wb") as file:
            file.write(image.layer(shutil.which("busybox")))
        self.succeed("import", "--change", "ENV PATH=/bin", "--change", "ENV FROM_IMAGE=yes",
                     "--change", 'CMD ["/bin/sh"]', path, IMAGE)

    def common_options(self):
        return []

    def network_options(self):
        return []

    def run_arguments(self, *command, options=()):
        common = [] if "--network" in options else self.network_options()
        return [*self.client, "run", *self.common_options(), *common, *options, IMAGE, *command]

    def run(self, *command, options=(), timeout=120):
        """Runs a container to its end and removes it."""
        return processes.run(self.run_arguments(*command, options=("--rm", *options)), timeout=timeout)

    def detach(self, name, *command, options=()):
        """Starts a container that stays; gives the process id of its init."""
        result = processes.run(self.run_arguments(*(command or LOOP), options=("--detach", "--name", name, *options)))
        expect(result.code == 0, str(result))
        return self.pid(name)

    def inspect(self, name):
        return json.loads(self.succeed("inspect", name))[0]

    def state(self, name):
        return self.inspect(name)["State"]

    def status(self, name):
        return self.state(name)["Status"]

    def pid(self, name):
        return self.state(name)["Pid"]

    def wait_for(self, name, status):
        wait_until(lambda: self.status(name) == status, f"{name} is {status}")

    def exec(self, name, *command, options=()):
        return self.cli("exec", *options, name, *command)

    def remove(self, *names):
        """Ends and removes containers the way that must succeed."""
        for name in names:
            self.succeed("rm", "--force", name)

    def remove_all(self):
        """Removes what a check that failed half-way has left."""
        left = self.cli("ps", "--all", "--quiet", "--no-trunc").out.split()
        if left:
            self.cli("rm", "--force", *left)

    def common_leftovers(self, known):
        """Processes but `known` ones, cgroups and state, as lines of text."""
        processes.reap_adopted(known)
        table = processes.parents()
        found = [f"process {pid} ({table.get(pid, (0, 'gone'))[1]}): {processes.command_line(pid)}"
                 for pid in processes.descendants() if pid not in known]
        found += [f"cgroup {path}" for path in host.cgroups(self.cgroup) if os.path.basename(path) != self.cgroup]
        return found

    def remove_traces(self):
        """The end of every run, also of a failed one; gives what could not be removed."""
        processes.end_all()
        host.unmount(self.work)
        host.remove_cgroups(self.cgroup)
        if not host.mounts(self.work):
            shutil.rmtree(self.work, ignore_errors=True)
        left = [f"process {pid}" for pid in processes.descendants()] + host.mounts(self.work)
        left += host.cgroups(self.cgroup)
        return left + ([self.work] if os.path.exists(self.work) else [])

"""A podman of our own: storage, state, configuration and cgroup are private to one run. It has no daemon."""

import os
import re
import resource
import subprocess

import host
from engine import CommandLine
from report import expect

CONFIG = """[containers]
netns = "none"
default_ulimits = [{limits}]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "{work}/tmp"
static_dir = "{work}/static"
volume_path = "{work}/volumes"
hooks_dir = ["{work}/hooks"]
healthcheck_events = false
"""


def limits():
    """podman's own default limits are more than a machine without CAP_SYS_RESOURCE may give, and it lowers its own
    limit of processes before it starts conmon."""
    found = []
    for name, which, most in (("nofile", resource.RLIMIT_NOFILE, 1 << 20), ("nproc", resource.RLIMIT_NPROC, 1 << 15)):
        hard = resource.getrlimit(which)[1]
        value = most if hard == resource.RLIM_INFINITY else min(hard, most)
        found.append(f'"{name}={value}:{value}"')
    return ", ".join(found)


class Podman(CommandLine):
    kind = "podman"

    def __init__(self, runtime):
        super().__init__(runtime)
        self.driver = "overlay"
        os.makedirs(f"{self.work}/hooks")

    def start(self):
        with open(f"{self.work}/containers.conf", "w", encoding="utf-8") as file:
            file.write(CONFIG.format(work=self.work, limits=limits()))
        for self.driver in ("overlay", "vfs"):
            self.client = ["env", f"CONTAINERS_CONF={self.work}/containers.conf", "podman", "--root",
                           f"{self.work}/{self.driver}", "--runroot", f"{self.work}/run-{self.driver}",
                           "--storage-driver", self.driver, "--runtime", self.runtime]
            if self.cli("info").code == 0:
                break
        self.import_image()
        result = self.run("true")
        expect(result.code != 125, f"podman cannot run a container here: {result}")

    def common_options(self):
        return ["--cgroup-parent", f"/{self.cgroup}"]

    def describe(self):
        conmon = subprocess.getoutput("conmon --version").splitlines()[0]
        return f"{subprocess.getoutput('podman --version')}, {conmon}, cgroupfs, {self.driver}"

    def remove_all(self):
        self.cli("pod", "rm", "--all", "--force")
        super().remove_all()

    def default_root(self):
        """podman gives no --root: the state is where the runtime itself keeps it."""
        return f"/run/{os.path.basename(self.runtime)}"

    def leftovers(self):
        # podman's own: a cgroup for its conmons, which it keeps, and those of pods (named by their id alone) in
        # hierarchies that it does not know.
        found = [line for line in self.common_leftovers(set())
                 if not re.search(r"^cgroup .*/(conmon|[0-9a-f]{64})$", line)]
        inside = [point for point in host.mounts(self.work) if "/merged" in point or "/shm" in point]
        found += [f"mount {point}" for point in inside]
        ids = set(self.cli("ps", "--all", "--quiet", "--no-trunc").out.split())
        found += [f"container {name}" for name in ids]
        return found

    def complaints(self):
        return ""

    def clean(self):
        if os.path.exists(f"{self.work}/containers.conf"):
            self.remove_all()
        return self.remove_traces()

"""A podman of our own: storage, state, configuration and cgroup are private to one run. It has no daemon.

With systemd as manager of the cgroups they are in a slice, of the user's systemd where the user is an ordinary one.
"""

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
cgroup_manager = "{manager}"
events_logger = "file"
{tmp}
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
        self.manager = os.environ.get("CGROUP_MANAGER", "cgroupfs")
        self.rootless = os.geteuid() != 0
        self.slice = None
        if self.manager == "systemd":
            # Without a dash, which systemd reads as a slice in a slice.
            self.slice = self.cgroup.replace("-", "") + ".slice"
            self.cgroup = self.users_cgroup() + self.slice
        os.makedirs(f"{self.work}/hooks")

    def users_cgroup(self):
        """Where the systemd of an ordinary user has its slices, with a slash at the end."""
        uid = os.geteuid()
        return f"user.slice/user-{uid}.slice/user@{uid}.service/" if self.rootless else ""

    def cgroup_parent(self):
        """The value of --cgroup-parent. Without systemd an ordinary user's podman leaves the place to the runtime."""
        return self.slice or ("" if self.rootless else f"/{self.cgroup}")

    def first_id(self):
        """The first id that a container's user namespace can have on the host, or in the namespace of a podman without
        root, whose own user is 0 there."""
        return 1 if self.rootless else 200000

    def cgroup_of(self, identifier):
        return f"{self.cgroup}/libpod-{identifier}" + (".scope" if self.slice else "")

    def start(self):
        with open(f"{self.work}/containers.conf", "w", encoding="utf-8") as file:
            # The namespace of an ordinary user's podman is looked for at a fixed place before the configuration is read.
            tmp = "" if self.rootless else f'tmp_dir = "{self.work}/tmp"'
            file.write(CONFIG.format(work=self.work, limits=limits(), manager=self.manager, tmp=tmp))
        for self.driver in ("overlay", "vfs"):
            self.client = ["env", f"CONTAINERS_CONF={self.work}/containers.conf", "PODMAN_IGNORE_CGROUPSV1_WARNING=1",
                           "podman", "--root", f"{self.work}/{self.driver}", "--runroot",
                           f"{self.work}/run-{self.driver}", "--storage-driver", self.driver, "--runtime", self.runtime]
            if self.cli("info").code == 0:
                break
        self.import_image()
        result = self.run("true")
        expect(result.code != 125, f"podman cannot run a container here: {result}")

    def common_options(self):
        parent = self.cgroup_parent()
        return ["--cgroup-parent", parent] if parent else []

    def describe(self):
        conmon = subprocess.getoutput("conmon --version").splitlines()[0]
        return f"{subprocess.getoutput('podman --version')}, {conmon}, {self.manager}, {self.driver}"

    def remove_all(self):
        self.cli("pod", "rm", "--all", "--force")
        super().remove_all()

    def default_root(self):
        """podman gives no --root: the state is where the runtime itself keeps it."""
        return f"/run/{os.path.basename(self.runtime)}"

    def leftovers(self):
        # podman's own: a cgroup for its conmons, which it keeps, and those of pods (named by their id alone) in
        # hierarchies that it does not know.
        # An ordinary user's podman keeps a process that holds its user namespace.
        found = [line for line in self.common_leftovers(set())
                 if not re.search(r"^cgroup .*/(conmon|[0-9a-f]{64})$|: catatonit -P$", line)
                 and not line.endswith(f"/{self.cgroup}")]
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
            if self.rootless:
                self.cli("unshare", "rm", "-rf", self.work)  # files of the user's subordinate ids are among them
        if self.slice:
            subprocess.run(["systemctl", *(["--user"] if self.rootless else []), "stop", self.slice], check=False)
        return self.remove_traces()

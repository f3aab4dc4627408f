"""A dockerd and a containerd of our own: every directory, socket and cgroup is private to one run of the suite."""

import os
import shutil

import host
import shims
from engine import CommandLine
from service import Service

class Docker(CommandLine):
    kind = "docker"

    def __init__(self, runtime):
        super().__init__(runtime)
        # Debian's own client, which fits its daemon, before any other that is installed.
        program = shutil.which("docker", path="/usr/bin:" + os.environ.get("PATH", ""))
        self.client = [program, "--host", f"unix://{self.work}/d.sock", "--config", f"{self.work}/config"]
        self.containerd = Service("containerd", self.work)
        self.daemon = Service("dockerd", self.work)
        self.shims = shims.Shims(self.work, "moby")

    def start(self):
        with open(f"{self.work}/daemon.json", "w", encoding="utf-8") as file:
            file.write('{"live-restore": true}')
        config = shims.configure(self.work, ["io.containerd.grpc.v1.cri"])
        self.containerd.start([*self.containerd_prefix(), "containerd", "--config", config],
                              lambda: os.path.exists(self.shims.address))
        self.start_daemon()
        self.import_image()

    def containerd_prefix(self):
        return []

    def daemon_prefix(self):
        return []

    def daemon_options(self):
        """dockerd without a bridge: it needs no rules of a packet filter, which the machine may not have."""
        return ["--config-file", f"{self.work}/daemon.json", "--containerd", self.shims.address, "--data-root",
                f"{self.work}/data", "--exec-root", f"{self.work}/exec", "--pidfile", f"{self.work}/d.pid", "--host",
                f"unix://{self.work}/d.sock", "--bridge", "none", "--iptables=false", "--ip6tables=false",
                "--ip-forward=false", "--ip-masq=false", "--userland-proxy=false", "--cgroup-parent", f"/{self.cgroup}",
                "--exec-opt", "native.cgroupdriver=cgroupfs", "--add-runtime", f"under-test={self.runtime}",
                "--default-runtime", "under-test"]

    def start_daemon(self):
        self.daemon.start([*self.daemon_prefix(), "dockerd", *self.daemon_options()],
                          lambda: self.cli("version").code == 0)

    def network_options(self):
        return ["--network", "none"]

    def describe(self):
        info = self.cli("info", "--format", "{{.ServerVersion}}, containerd {{.ContainerdCommit.ID}}, {{.Driver}}, "
                        "{{.CgroupDriver}}").out.strip()
        return f"dockerd {info}"

    def detach(self, name, *command, options=()):
        pid = super().detach(name, *command, options=options)
        self.shims.names.add(self.inspect(name)["Id"])
        return pid

    def leftovers(self):
        known = {self.daemon.pid, self.containerd.pid}
        found = self.common_leftovers(known)
        found += [f"mount {point}" for point in host.mounts(self.work)
                  if "/merged" in point or "/mounts/shm" in point or "/rootfs" in point]
        state = f"{self.work}/exec/runtime-under-test/moby"
        found += [f"state {state}/{entry}" for entry in host.names(state) if entry[0] not in ".@"]
        return found + self.shims.leftovers()

    def complaints(self):
        return self.daemon.complaints()

    def clean(self):
        if self.daemon.is_running():
            self.remove_all()
        self.daemon.stop()
        self.containerd.stop()
        left = self.remove_traces()
        self.shims.clean()
        return left

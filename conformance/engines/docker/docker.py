"""A dockerd and a containerd of our own: every directory, socket and cgroup is private to one run of the suite."""

import json
import os
import shutil
import signal
import subprocess

import host
import shims
from engine import CommandLine
from service import Service

# What nvidia-container-runtime does: dockerd has no option for hooks, but runtimes that add some to the configuration.
WRAPPER = """#!/usr/bin/python3
import json, os, sys
arguments = sys.argv[1:]
if "create" in arguments:
    path = arguments[arguments.index("--bundle") + 1] + "/config.json"
    with open(path) as file:
        config = json.load(file)
    hooks = config.setdefault("hooks", {{}})
    for stage in ("prestart", "createRuntime", "createContainer", "poststart", "poststop"):
        script = "exec >>{log}; echo " + stage + "; cat; echo"
        if "FAILING_HOOK=" + stage in config["process"]["env"]:
            script = "echo the hook says no >&2; exit 1"
        hooks.setdefault(stage, []).append({{"path": "/bin/sh", "args": ["sh", "-c", script]}})
    hooks["startContainer"] = [{{"path": "/bin/sh", "args": ["sh", "-c", "echo startContainer >/hooked"]}}]
    with open(path, "w") as file:
        json.dump(config, file)
os.execv("{runtime}", ["{runtime}", *arguments])
"""


# BuildKit runs what it finds by the name of runc, whatever dockerd's runtimes are.
BUILDER = """#!/bin/sh
echo "$*" >>{log}
exec {runtime} "$@"
"""


def programs():
    """What a suite of dockerd needs, and its packages."""
    found = {"dockerd": "docker.io", "containerd": "containerd", "containerd-shim-runc-v2": "containerd",
             "busybox": "busybox-static", "runc": "runc"}
    if shutil.which("apt-cache") and "docker-cli" in subprocess.getoutput("apt-cache depends docker.io"):
        found["docker"] = "docker-cli"  # a package of its own since Debian 13
    return found


class Docker(CommandLine):
    kind = "docker"

    def __init__(self, runtime):
        super().__init__(runtime)
        # Debian's own client, which fits its daemon, before any other that is installed.
        program = shutil.which("docker", path="/usr/bin:" + os.environ.get("PATH", ""))
        self.client = [program, "--host", f"unix://{self.work}/d.sock", "--config", f"{self.work}/config"]
        self.containerd = Service("containerd", self.work)
        self.daemon = Service("dockerd", self.work, programs=f"{self.work}/bin")
        self.shims = shims.Shims(self.work, "moby")

    def start(self):
        self.configure({"live-restore": True, "experimental": True})  # checkpoints are
        with open(f"{self.work}/hooked", "w", encoding="utf-8") as file:
            file.write(WRAPPER.format(log=f"{self.work}/hooks.log", runtime=self.runtime))
        os.makedirs(f"{self.work}/bin")
        with open(f"{self.work}/bin/runc", "w", encoding="utf-8") as file:
            file.write(BUILDER.format(log=f"{self.work}/builder.log", runtime=self.runtime))
        for name in ("hooked", "bin/runc"):
            os.chmod(f"{self.work}/{name}", 0o755)
        with open(f"{self.work}/hooks.log", "w", encoding="utf-8"):
            os.chmod(f"{self.work}/hooks.log", 0o666)  # the container's root writes it too, which may be another's
        config = shims.configure(self.work, ["io.containerd.grpc.v1.cri"])
        self.containerd.start([*self.containerd_prefix(), "containerd", "--config", config],
                              lambda: os.path.exists(self.shims.address))
        self.start_daemon()
        self.import_image()

    def configure(self, settings):
        """Writes the daemon's configuration, and has it read anew if it runs."""
        with open(f"{self.work}/daemon.json", "w", encoding="utf-8") as file:
            json.dump(settings, file)
        if self.daemon.is_running():
            os.kill(self.daemon.pid, signal.SIGHUP)

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
                "--add-runtime", f"hooked={self.work}/hooked", "--default-runtime", "under-test"]

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

    def mounts(self):
        return host.mounts(self.work)

    def leftovers(self):
        known = {self.daemon.pid, self.containerd.pid}
        found = [line for line in self.common_leftovers(known) if not line.endswith(f"/{self.cgroup}/buildkit")]
        found += [f"mount {point}" for point in self.mounts()
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

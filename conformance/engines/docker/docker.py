"""A dockerd and a containerd of our own: every directory, socket and cgroup is private to one run of the suite."""

import hashlib
import os
import re
import shutil
import signal
import subprocess

import host
from engine import CommandLine
from report import expect, wait_until

SHIM_SOCKETS = "/run/containerd/s"  # compiled into the shim

CONTAINERD = """version = 2
root = "{work}/containerd/root"
state = "{work}/containerd/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "{work}/c.sock"
[plugins."io.containerd.internal.v1.opt"]
path = "{work}/opt"
"""


def stop(process):
    if process and process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Docker(CommandLine):
    kind = "docker"

    def __init__(self, runtime):
        super().__init__(runtime)
        # Debian's own client, which fits its daemon, before any other that is installed.
        program = shutil.which("docker", path="/usr/bin:" + os.environ.get("PATH", ""))
        self.client = [program, "--host", f"unix://{self.work}/d.sock", "--config", f"{self.work}/config"]
        self.containerd = None
        self.daemon = None
        self.ids = set()
        self.made_directories = [path for path in (SHIM_SOCKETS, os.path.dirname(SHIM_SOCKETS))
                                 if not os.path.exists(path)]

    def launch(self, log, *command):
        with open(f"{self.work}/{log}", "ab") as file:
            return subprocess.Popen(command, cwd=self.work, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                                    start_new_session=True,
                                    env={**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"})

    def start(self):
        with open(f"{self.work}/containerd.toml", "w", encoding="utf-8") as file:
            file.write(CONTAINERD.format(work=self.work))
        with open(f"{self.work}/daemon.json", "w", encoding="utf-8") as file:
            file.write('{"live-restore": true}')
        self.containerd = self.launch("containerd.log", "containerd", "--config", f"{self.work}/containerd.toml")
        wait_until(lambda: os.path.exists(f"{self.work}/c.sock") or self.containerd.poll() is not None,
                   "containerd runs")
        self.start_daemon()
        self.import_image()

    def start_daemon(self):
        """dockerd without a bridge: it needs no rules of a packet filter, which the machine may not have."""
        self.daemon = self.launch(
            "dockerd.log", "dockerd", "--config-file", f"{self.work}/daemon.json", "--containerd",
            f"{self.work}/c.sock", "--data-root", f"{self.work}/data", "--exec-root", f"{self.work}/exec", "--pidfile",
            f"{self.work}/d.pid", "--host", f"unix://{self.work}/d.sock", "--bridge", "none", "--iptables=false",
            "--ip6tables=false", "--ip-forward=false", "--ip-masq=false", "--userland-proxy=false", "--cgroup-parent",
            f"/{self.cgroup}", "--exec-opt", "native.cgroupdriver=cgroupfs", "--add-runtime",
            f"under-test={self.runtime}", "--default-runtime", "under-test")
        wait_until(lambda: self.cli("version").code == 0 or self.daemon.poll() is not None, "dockerd answers")
        expect(self.daemon.poll() is None, "dockerd ended at once:\n" + self.complaints())

    def network_options(self):
        return ["--network", "none"]

    def describe(self):
        info = self.cli("info", "--format", "{{.ServerVersion}}, containerd {{.ContainerdCommit.ID}}, {{.Driver}}, "
                        "{{.CgroupDriver}}").out.strip()
        return f"dockerd {info}"

    def shim_socket(self, identifier):
        key = "/".join((f"{self.work}/c.sock", "moby", identifier))
        return f"{SHIM_SOCKETS}/{hashlib.sha256(key.encode()).hexdigest()}"

    def detach(self, name, *command, options=()):
        pid = super().detach(name, *command, options=options)
        self.ids.add(self.inspect(name)["Id"])
        return pid

    def leftovers(self):
        known = {self.daemon.pid, self.containerd.pid}
        found = self.common_leftovers(known)
        found += [f"mount {point}" for point in host.mounts(self.work)
                  if "/merged" in point or "/mounts/shm" in point or "/rootfs" in point]
        state = f"{self.work}/exec/runtime-under-test/moby"
        found += [f"state {state}/{entry}" for entry in host.names(state) if entry[0] not in ".@"]
        bundles = f"{self.work}/containerd/state/io.containerd.runtime.v2.task/moby"
        found += [f"bundle {bundles}/{entry}" for entry in host.names(bundles)]
        found += [f"shim socket of {name}" for name in self.ids if os.path.exists(self.shim_socket(name))]
        return found

    def complaints(self, lines=8):
        with open(f"{self.work}/dockerd.log", encoding="utf-8", errors="replace") as file:
            found = [line.rstrip()[:300] for line in file if re.search("level=(error|fatal)", line)]
        return "\n".join(found[-lines:])

    def clean(self):
        if self.daemon and self.daemon.poll() is None:
            self.remove_all()
        stop(self.daemon)
        stop(self.containerd)
        left = self.remove_traces()
        for path in map(self.shim_socket, self.ids):
            if os.path.exists(path):
                os.unlink(path)
        for path in self.made_directories:
            try:
                os.rmdir(path)
            except OSError:
                pass
        return left

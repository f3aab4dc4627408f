"""A containerd of our own with its CRI plugin, driven as kubelet drives it: over its gRPC socket (runtime.v1)."""

import os
import re
import shutil
import tempfile

import grpc
import host
import image
import processes
import shims
from protobuf import Message, encode, mapping
from report import expect, wait_until
from service import Service

PAUSE = "docker.io/library/swiftlet-conformance-pause:1"
POD, CONTAINER, NODE = 0, 1, 2  # NamespaceMode
CREATED, RUNNING, EXITED = 0, 1, 2  # ContainerState
LOOP = ["sh", "-c", "trap 'exit 0' TERM; while true; do sleep 0.1; done"]

CONFIG = """[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{pause}"
stream_server_address = "127.0.0.1"
stream_server_port = "0"
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "{work}/cni"
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"
default_runtime_name = "under-test"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.under-test]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.under-test.options]
BinaryName = "{runtime}"
Root = "{work}/runtime"
"""

NETWORK = """{{"cniVersion": "0.4.0", "name": "conformance", "plugins": [
  {{"type": "ptp", "ipam": {{"type": "host-local", "dataDir": "{work}/ipam", "subnet": "10.254.77.0/24"}}}}]}}
"""


class CallFailed(Exception):
    """A call that the plugin refused; the text is its error."""


class Kubelet:
    def __init__(self, runtime):
        self.runtime = runtime
        self.work = tempfile.mkdtemp(prefix="swiftlet-cri-")
        os.chmod(self.work, 0o711)
        self.cgroup = "conformance-" + os.path.basename(self.work).rpartition("-")[2].replace("_", "x")
        self.service = Service("containerd", self.work)
        self.channel = None
        self.shims = shims.Shims(self.work, "k8s.io")

    def start(self):
        os.makedirs(f"{self.work}/cni")
        with open(f"{self.work}/cni/10-conformance.conflist", "w", encoding="utf-8") as file:
            file.write(NETWORK.format(work=self.work))
        self.start_daemon()
        for name, command in ((image.NAME, ("/bin/sh",)), (PAUSE, ("/bin/sleep", "1009"))):
            path = f"{self.work}/image.tar"
            image.write(path, shutil.which("busybox"), image.go_architecture(), name, command)
            result = processes.run(["ctr", "--address", self.shims.address, "--namespace", "k8s.io", "image", "import",
                                    path])
            expect(result.code == 0, str(result))

    def start_daemon(self):
        config = shims.configure(self.work, more=CONFIG.format(work=self.work, pause=PAUSE, runtime=self.runtime))
        self.channel = grpc.insecure_channel(f"unix://{self.shims.address}")
        self.service.start(["containerd", "--config", config], self.is_ready)

    def is_ready(self):
        try:
            conditions = self.call("Status", {}).message(1).messages(1)
        except CallFailed:
            return False
        ready = {condition.text(1): condition.integer(2) for condition in conditions}
        # containerd 2 adds one that says whether the configuration is of the newest form.
        return all(ready.get(name) for name in ("RuntimeReady", "NetworkReady"))

    def stop_daemon(self):
        if self.channel:
            self.channel.close()
        self.service.stop()

    def call(self, name, message, timeout=60):
        call = self.channel.unary_unary(f"/runtime.v1.RuntimeService/{name}")
        try:
            return Message(call(encode(message), timeout=timeout))
        except grpc.RpcError as error:
            raise CallFailed(f"{name}: {error.details()}") from None

    def major_version(self):
        """containerd's."""
        return int(self.call("Version", {}).text(3).lstrip("v").partition(".")[0])

    def describe(self):
        answer = self.call("Version", {})
        return f"{answer.text(2)} {answer.text(3)}, CRI {answer.text(4)}"

    def pod_config(self, name, namespaces=None, **more):
        """A PodSandboxConfig; its network is the machine's unless `namespaces` (a NamespaceOption) says otherwise."""
        security = {1: namespaces or {1: NODE, 2: CONTAINER}}
        return {1: {1: name, 2: f"{name}-uid", 3: "default"}, 3: f"{self.work}/logs",
                7: mapping({"example.org/pod": name}), 8: {1: f"/{self.cgroup}", 2: security, **more.get("linux", {})}}

    def run_pod(self, config):
        identifier = self.call("RunPodSandbox", {1: config}).text(1)
        self.shims.names.add(identifier)
        return identifier

    def create(self, pod, config, name, command, security=None, resources=None, namespaces=None, more=None):
        security = {3: namespaces or {1: NODE, 2: CONTAINER}, **(security or {})}
        container = {1: {1: name}, 2: {1: image.NAME}, 3: list(command), 11: f"{name}.log",
                     15: {1: resources or {}, 2: security}, **(more or {})}
        identifier = self.call("CreateContainer", {1: pod, 2: container, 3: config}).text(1)
        self.shims.names.add(identifier)
        return identifier

    def run(self, pod, config, name, command, **options):
        """Creates and starts a container; gives its id."""
        identifier = self.create(pod, config, name, command, **options)
        self.call("StartContainer", {1: identifier})
        return identifier

    def status(self, container):
        """(state, exit code, reason)"""
        found = self.call("ContainerStatus", {1: container}).message(1)
        return found.integer(3), found.integer(7), found.text(10)

    def wait(self, container):
        wait_until(lambda: self.status(container)[0] == EXITED, "the container ends")
        return self.status(container)[1]

    def pid(self, container):
        """The process id of init, from the verbose status."""
        answer = self.call("ContainerStatus", {1: container, 2: True})
        info = {entry.text(1): entry.text(2) for entry in answer.messages(2)}
        return int(re.search(r'"pid":\s*(\d+)', info["info"]).group(1))

    def exec(self, container, *command, timeout=20):
        """ExecSync: (exit code, standard output, standard error)"""
        answer = self.call("ExecSync", {1: container, 2: list(command), 3: timeout})
        return answer.integer(3), answer.text(1), answer.text(2)

    def log(self, name):
        """What a container wrote, without the prefixes of the log's format."""
        with open(f"{self.work}/logs/{name}.log", encoding="utf-8") as file:
            return "".join(line.split(" ", 3)[3] for line in file)

    def remove_pod(self, pod):
        self.call("StopPodSandbox", {1: pod})
        self.call("RemovePodSandbox", {1: pod})

    def remove_all(self):
        for pod in self.call("ListPodSandbox", {}).messages(1):
            self.remove_pod(pod.text(1))

    def leftovers(self):
        known = {self.service.pid}
        processes.reap_adopted(known)
        found = [f"process {pid}: {processes.command_line(pid)}" for pid in processes.descendants() if pid not in known]
        found += [f"cgroup {path}" for path in host.cgroups(self.cgroup) if os.path.basename(path) != self.cgroup]
        found += [f"mount {point}" for point in host.mounts(self.work)]
        state = f"{self.work}/runtime/k8s.io"
        found += [f"state {state}/{entry}" for entry in host.names(state) if entry[0] not in ".@"]
        return found + self.shims.leftovers()

    def complaints(self):
        return self.service.complaints()

    def clean(self):
        try:
            if self.service.is_running():
                self.remove_all()
        except CallFailed:
            pass
        self.stop_daemon()
        processes.end_all()
        host.unmount(self.work)
        host.remove_cgroups(self.cgroup)
        self.shims.clean()
        shutil.rmtree(self.work, ignore_errors=True)
        left = [f"process {pid}" for pid in processes.descendants()] + host.cgroups(self.cgroup)
        return left + ([self.work] if os.path.exists(self.work) else [])

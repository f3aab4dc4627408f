"""The containerd below a suite's engine: its configuration, and the sockets of its shims, which have a fixed place."""

import hashlib
import os

# Compiled into the shim.
SOCKETS = "/run/containerd/s"

CONFIG = """version = 2
root = "{work}/containerd/root"
state = "{work}/containerd/state"
disabled_plugins = {disabled}
[grpc]
address = "{work}/c.sock"
[plugins."io.containerd.internal.v1.opt"]
path = "{work}/opt"
"""


def configure(work, disabled=(), more=""):
    """Writes a configuration of containerd, without the plugins `disabled` and with the sections `more`."""
    os.makedirs(f"{work}/containerd", exist_ok=True)
    os.chmod(f"{work}/containerd", 0o711)  # a container's user namespace has to reach its root file system below it
    path = f"{work}/containerd.toml"
    with open(path, "w", encoding="utf-8") as file:
        file.write(CONFIG.format(work=work, disabled=list(disabled)) + more)
    return path


class Shims:
    def __init__(self, work, namespace, *directories):
        """`directories` are more of those that a shim may make, deepest first."""
        self.address, self.namespace = f"{work}/c.sock", namespace
        self.bundles = f"{work}/containerd/state/io.containerd.runtime.v2.task/{namespace}"
        self.names = set()  # of every container that was ever asked for
        self.made = [path for path in (SOCKETS, *directories, os.path.dirname(SOCKETS)) if not os.path.exists(path)]

    def socket(self, name):
        """Where the shim of a container listens: a hash of daemon, namespace and container."""
        key = "/".join((self.address, self.namespace, name))
        return f"{SOCKETS}/{hashlib.sha256(key.encode()).hexdigest()}"

    def forget(self, name):
        """Removes the socket of a shim that was killed, which leaves it whatever the runtime does."""
        if os.path.exists(self.socket(name)):
            os.unlink(self.socket(name))

    def leftovers(self):
        found = [f"bundle {self.bundles}/{entry}" for entry in
                 (sorted(os.listdir(self.bundles)) if os.path.isdir(self.bundles) else [])]
        return found + [f"shim socket of {name}" for name in sorted(self.names) if os.path.exists(self.socket(name))]

    def clean(self):
        """Removes the sockets, and the directories that were not there before and that nobody else uses."""
        for name in self.names:
            self.forget(name)
        for path in self.made:
            try:
                os.rmdir(path)
            except OSError:
                pass

"""A dockerd whose containers have a user namespace (--userns-remap), without a change to the machine's accounts.

It and its containerd live in a mount namespace of their own, in which /etc is an overlay with one more user and the
ranges of ids that belong to it.
"""

import os

import host
from docker import Docker

FIRST, COUNT = 200000, 65536
USER = "swiftlet-conformance"
ENTER = 'mount -t overlay overlay -o "lowerdir=/etc,upperdir=$1/upper,workdir=$1/work" /etc && shift && exec "$@"'


class RemappedDocker(Docker):
    def start(self):
        os.makedirs(f"{self.work}/etc/work")
        os.makedirs(f"{self.work}/etc/upper")
        ranges = f"{USER}:{FIRST}:{COUNT}"
        for name, line in (("passwd", f"{USER}:x:64001:64001::/nonexistent:/usr/sbin/nologin"),
                           ("group", f"{USER}:x:64001:"), ("subuid", ranges), ("subgid", ranges)):
            with open(f"{self.work}/etc/upper/{name}", "w", encoding="utf-8") as file:
                if os.path.exists(f"/etc/{name}"):
                    with open(f"/etc/{name}", encoding="utf-8") as machine:
                        file.write(machine.read())
                file.write(line + "\n")
        super().start()

    def containerd_prefix(self):
        return ["unshare", "--mount", "--propagation", "slave", "sh", "-c", ENTER, "sh", f"{self.work}/etc"]

    def daemon_prefix(self):
        return ["nsenter", f"--mount=/proc/{self.containerd.pid}/ns/mnt", "--"]

    def daemon_options(self):
        return [*super().daemon_options(), "--userns-remap", USER]

    def mounts(self):
        return host.mounts(self.work, self.containerd.pid)

    def describe(self):
        return super().describe() + ", with --userns-remap"

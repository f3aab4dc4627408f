"""The bundles: the same four for every runtime, each also with a process that stays (`-hold`)."""

import copy
import json
import os
import shutil

NAMES = ["minimal", "default", "seccomp", "binds"]
BINDS = 100
HERE = os.path.dirname(os.path.abspath(__file__))


def load(name):
    with open(f"{HERE}/{name}", encoding="utf-8") as file:
        return json.load(file)


def configuration(kind, work, cgroup):
    """default: what `runc spec` writes, with /bin/true; seccomp: with Docker's profile; binds: with 100 bind mounts;
    minimal: a pid and a mount namespace, /proc, and nothing else."""
    config = load("default.json")
    config["root"]["path"] = f"{work}/rootfs"
    config["linux"]["cgroupsPath"] = f"/{cgroup}/container"
    if kind == "minimal":
        config = {
            "ociVersion": config["ociVersion"], "root": {"path": f"{work}/rootfs"},
            "process": {"args": config["process"]["args"], "cwd": "/", "env": ["PATH=/bin"],
                        "user": {"uid": 0, "gid": 0}},
            "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}],
            "linux": {"cgroupsPath": config["linux"]["cgroupsPath"],
                      "namespaces": [{"type": "pid"}, {"type": "mount"}]},
        }
    elif kind == "seccomp":
        config["linux"]["seccomp"] = load("seccomp-docker.json")
    elif kind == "binds":
        config["mounts"] += [{"destination": f"/mnt/{i:02}", "type": "bind", "source": f"{work}/sources/{i:02}",
                              "options": ["rbind", "rprivate", "ro"]} for i in range(BINDS)]
    return config


def rootfs(path):
    """A root directory with the machine's static busybox; every mount point exists already."""
    for name in ("bin", "dev", "etc", "mnt", "proc", "sys", "tmp"):
        os.makedirs(f"{path}/{name}")
    for i in range(BINDS):
        os.makedirs(f"{path}/mnt/{i:02}")
    shutil.copy(shutil.which("busybox"), f"{path}/bin/busybox")
    for name in ("true", "sleep", "sh"):
        os.symlink("busybox", f"{path}/bin/{name}")


def make(work, cgroup):
    rootfs(f"{work}/rootfs")
    for i in range(BINDS):
        os.makedirs(f"{work}/sources/{i:02}")
    for kind in NAMES:
        config = configuration(kind, work, cgroup)
        hold = copy.deepcopy(config)
        hold["process"]["args"] = ["/bin/sleep", "1000000"]
        for name, content in ((kind, config), (f"{kind}-hold", hold)):
            os.makedirs(f"{work}/{name}")
            with open(f"{work}/{name}/config.json", "w", encoding="utf-8") as file:
                json.dump(content, file, indent=1)

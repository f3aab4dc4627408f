"""A busybox image made from the machine's own static busybox, as an OCI image layout in one tar file."""

import hashlib
import io
import json
import os
import subprocess
import tarfile

NAME = "docker.io/library/swiftlet-conformance:1"
MEDIA = "application/vnd.oci.image"
PASSWD = "root:x:0:0:root:/root:/bin/sh\nguest:x:1000:1000:guest:/home/guest:/bin/sh\n"
GROUP = "root:x:0:\nguest:x:1000:\nextra:x:2000:guest\n"


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def add(tar, name, data=None, kind=tarfile.REGTYPE, mode=0o755, link=""):
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.linkname = kind, mode, link
    entry.size = len(data) if data is not None else 0
    tar.addfile(entry, io.BytesIO(data) if data is not None else None)


def layer(busybox):
    with open(busybox, "rb") as file:
        program = file.read()
    applets = subprocess.run([busybox, "--list"], check=True, capture_output=True, text=True).stdout.split()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name in ("bin", "dev", "etc", "home", "home/guest", "proc", "root", "sys", "usr", "var"):
            add(tar, name, kind=tarfile.DIRTYPE)
        add(tar, "tmp", kind=tarfile.DIRTYPE, mode=0o1777)
        add(tar, "bin/busybox", program)
        for applet in applets:
            if applet != "busybox":
                add(tar, f"bin/{applet}", kind=tarfile.SYMTYPE, link="busybox")
        add(tar, "etc/passwd", PASSWD.encode(), mode=0o644)
        add(tar, "etc/group", GROUP.encode(), mode=0o644)
    return out.getvalue()


def write(path, busybox, machine, name=NAME, command=("/bin/sh",)):
    """Writes the image for the Go architecture name `machine` to `path`, ready for `ctr image import`."""
    files = layer(busybox)
    config = json.dumps({
        "architecture": machine, "os": "linux", "rootfs": {"type": "layers", "diff_ids": [digest(files)]},
        "config": {"Cmd": list(command), "Env": ["PATH=/bin", "FROM_IMAGE=yes"], "WorkingDir": "/"},
    }).encode()
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": f"{MEDIA}.manifest.v1+json",
        "config": {"mediaType": f"{MEDIA}.config.v1+json", "digest": digest(config), "size": len(config)},
        "layers": [{"mediaType": f"{MEDIA}.layer.v1.tar", "digest": digest(files), "size": len(files)}],
    }).encode()
    index = json.dumps({
        "schemaVersion": 2,
        "manifests": [{"mediaType": f"{MEDIA}.manifest.v1+json", "digest": digest(manifest), "size": len(manifest),
                       "annotations": {"io.containerd.image.name": name, "org.opencontainers.image.ref.name": "1"}}],
    }).encode()
    with tarfile.open(path, mode="w") as tar:
        add(tar, "oci-layout", b'{"imageLayoutVersion":"1.0.0"}', mode=0o644)
        add(tar, "index.json", index, mode=0o644)
        for data in (files, config, manifest):
            add(tar, "blobs/sha256/" + digest(data).partition(":")[2], data, mode=0o644)


def go_architecture():
    return {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}.get(os.uname().machine, os.uname().machine)

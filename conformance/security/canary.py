"""The host that no attack may change: a directory tree, mounts, kernel parameters, devices, accounts, the runtime."""

import hashlib
import os
import shutil
import stat

# Kernel parameters that attacks aim at; in the suite's namespaces those of net, uts and ipc are the suite's own.
PARAMETERS = [
    "kernel/core_pattern", "kernel/modprobe", "kernel/hostname", "kernel/domainname", "kernel/sysrq",
    "kernel/printk_ratelimit_burst", "kernel/panic_on_oops", "kernel/msgmax", "kernel/shmmni", "kernel/pid_max",
    "net/ipv4/ip_forward", "net/ipv4/ip_default_ttl", "vm/panic_on_oom", "vm/overcommit_memory", "fs/file-max",
]
DEVICES = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/tty", "/dev/ptmx", "/dev/console"]
ACCOUNTS = ["/etc/passwd", "/etc/group", "/etc/shadow", "/etc/hosts", "/etc/resolv.conf"]
TEXT = "canary of the host\n"


def digest(path):
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError as error:
        return f"unreadable ({error.strerror})"


def describe(path):
    status = os.lstat(path)
    kind = stat.S_IFMT(status.st_mode)
    line = f"{stat.filemode(status.st_mode)} {status.st_uid}:{status.st_gid} {status.st_rdev}"
    if kind == stat.S_IFREG:
        line += f" {status.st_mtime_ns} {digest(path)}"
    if kind == stat.S_IFLNK:
        line += f" -> {os.readlink(path)}"
    if kind == stat.S_IFDIR:
        line += f" {status.st_mtime_ns}"
    return line


def parameter(name):
    with open(f"/proc/sys/{name}", encoding="utf-8") as file:
        return file.read().rstrip("\n")


class Canary:
    """A snapshot of the host, with a directory tree at `path` made for it."""

    def __init__(self, path, runtime):
        self.path, self.runtime = path, runtime
        self.make_tree()
        self.devices = {device: os.lstat(device) for device in DEVICES if os.path.lexists(device)}
        self.before = self.look()

    def make_tree(self):
        os.makedirs(f"{self.path}/directory/inner")
        os.makedirs(f"{self.path}/bin")
        # Names that runtimes make, replace or remove in /dev, /proc, /sys and the top directory.
        for name in ("file", "ptmx", "console", "null", "core_pattern", "directory/file", ".krun_config.json"):
            with open(f"{self.path}/{name}", "w", encoding="utf-8") as file:
                file.write(TEXT)
        os.chmod(f"{self.path}/directory/file", 0o600)
        for name in ("passwd", "shadow"):
            if os.path.exists(f"/etc/{name}"):
                shutil.copy(f"/etc/{name}", f"{self.path}/{name}")
        os.symlink("file", f"{self.path}/link")

    def look(self):
        """One line for each thing, by its name."""
        found = {}
        for directory, directories, files in os.walk(self.path):
            for name in [".", *directories, *files]:
                found[os.path.normpath(f"{directory}/{name}")] = describe(f"{directory}/{name}")
        for name in PARAMETERS:
            if os.path.exists(f"/proc/sys/{name}"):
                found[f"/proc/sys/{name}"] = parameter(name)
        for path in DEVICES:
            if os.path.lexists(path):
                found[path] = f"{os.lstat(path).st_ino} {describe(path)}"
        for path in ACCOUNTS:
            found[path] = digest(path)
        found[self.runtime] = describe(self.runtime)
        with open("/proc/self/mountinfo", encoding="utf-8") as file:
            for line in file:
                found[f"mount {line.split()[0]} on {line.split()[4]}"] = " ".join(line.split()[2:])
        return found

    def changes(self):
        """What is not as it was, one line each."""
        now = self.look()
        lines = []
        for name in sorted(self.before.keys() | now.keys()):
            before, after = self.before.get(name), now.get(name)
            if before != after:
                lines.append(f"{name}: was {before or 'not there'}, is {after or 'gone'}")
        return lines

    def restore(self):
        """Puts back what can be put back."""
        for path, status in self.devices.items():
            now = os.lstat(path)
            if (now.st_uid, now.st_gid) != (status.st_uid, status.st_gid):
                os.chown(path, status.st_uid, status.st_gid, follow_symlinks=False)
            if now.st_mode != status.st_mode:
                os.chmod(path, stat.S_IMODE(status.st_mode))
        for name in PARAMETERS:
            before = self.before.get(f"/proc/sys/{name}")
            if before is not None and parameter(name) != before:
                with open(f"/proc/sys/{name}", "w", encoding="utf-8") as file:
                    file.write(before + "\n")

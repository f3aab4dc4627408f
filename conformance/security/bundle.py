"""Bundles, containers made of them, and what an attacker does with both; for any runtime with runc's command line."""

import json
import os
import re
import shutil
import signal
import subprocess
import time

import host
import machine
import processes
from canary import Canary
from report import Failed, wait_until

APPLETS = ("sh", "cat", "echo", "ls", "sleep", "true", "id", "grep", "mount", "umount", "mkdir", "ln", "rm", "mv", "touch",
           "readlink", "head", "wc", "stat", "find", "mknod", "dd", "cut", "pwd", "sort", "test", "cmp", "chmod", "ps",
           "kill", "unshare", "sha256sum", "printf", "env", "tr")
CAPABILITIES = ["CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD",
                "CAP_NET_BIND_SERVICE", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT"]
MASKED = ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"]
READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
PASSWD = "root:x:0:0:root:/root:/bin/sh\nguest:x:1000:1000:guest:/home/guest:/bin/sh\n"
GROUP = "root:x:0:\nguest:x:1000:\n"
# A path that leads to the top directory from wherever it starts.
UP = "../" * 16


def configuration(cgroup):
    return {
        "ociVersion": "1.0.2",
        "root": {"path": "rootfs"},
        "hostname": "attacker",
        "process": {
            "terminal": False, "cwd": "/", "args": ["true"], "env": ["PATH=/bin", "HOME=/root"],
            "user": {"uid": 0, "gid": 0}, "noNewPrivileges": True,
            "capabilities": {kind: list(CAPABILITIES) for kind in ("bounding", "effective", "permitted")},
        },
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"]},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
             "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
            {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
             "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
            {"destination": "/dev/shm", "type": "tmpfs", "source": "shm",
             "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
            {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]},
        ],
        "linux": {
            "cgroupsPath": cgroup,
            "namespaces": [{"type": kind} for kind in ("pid", "mount", "ipc", "uts", "network")],
            "maskedPaths": list(MASKED), "readonlyPaths": list(READ_ONLY),
            "resources": {"devices": [{"allow": False, "access": "rwm"}]},
        },
    }


class Suite:
    """What the cases share: the runtime, the directory of the run, and how often races are tried."""

    def __init__(self, runtime, work, cgroup, races):
        self.runtime, self.work, self.cgroup, self.races = runtime, work, cgroup, races
        self.attacker = f"{work}/attacker"
        self.count = 0
        self.mode, self.file_capabilities = 0, b""

    def look_at(self, original):
        """What rights the runtime's file gives whoever executes it; it may not be in sight any more later."""
        self.mode = os.stat(original).st_mode
        try:
            self.file_capabilities = os.getxattr(original, "security.capability")
        except OSError:
            self.file_capabilities = b""

    def attack(self):
        self.count += 1
        return Attack(self, f"attack{self.count}")


class Attack:
    """One bundle of an attacker, in a directory with a canary beside it."""

    def __init__(self, suite, name):
        self.suite, self.id = suite, name
        self.directory = f"{suite.work}/{name}"
        self.bundle, self.rootfs = f"{self.directory}/bundle", f"{self.directory}/bundle/rootfs"
        self.root = f"{self.directory}/state"
        self.helpers = []
        self.ids = {name}
        os.makedirs(self.bundle)
        self.make_rootfs()
        self.config = configuration(f"/{suite.cgroup}/{name}")
        self.canary = Canary(f"{self.directory}/canary", suite.runtime)

    def make_rootfs(self):
        for name in ("bin", "dev", "etc", "mnt", "proc", "root", "sys", "tmp", "home/guest"):
            os.makedirs(f"{self.rootfs}/{name}")
        os.chmod(f"{self.rootfs}/tmp", 0o1777)
        shutil.copy(shutil.which("busybox"), f"{self.rootfs}/bin/busybox")
        shutil.copy(self.suite.attacker, f"{self.rootfs}/bin/attacker")
        for name in APPLETS:
            os.symlink("busybox", f"{self.rootfs}/bin/{name}")
        self.write("etc/passwd", PASSWD)
        self.write("etc/group", GROUP)

    # The bundle

    @property
    def process(self):
        return self.config["process"]

    @property
    def linux(self):
        return self.config["linux"]

    def script(self, text):
        self.process["args"] = ["sh", "-c", text]

    def write(self, path, text, mode=0o644):
        with open(f"{self.rootfs}/{path}", "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(f"{self.rootfs}/{path}", mode)

    def remove(self, path):
        """Takes away whatever is there."""
        full = f"{self.rootfs}/{path}"
        if os.path.lexists(full) and (os.path.islink(full) or not os.path.isdir(full)):
            os.unlink(full)
        elif os.path.isdir(full):
            shutil.rmtree(full)

    def link(self, path, target):
        """A symbolic link in the root file system, in the place of what is there."""
        self.remove(path)
        os.symlink(target, f"{self.rootfs}/{path}")

    def directory_of(self, name):
        """A directory of the host beside the bundle, which containers share."""
        path = f"{self.directory}/{name}"
        os.makedirs(path, exist_ok=True)
        return path

    @property
    def canary_from_root(self):
        """The canary as an absolute path with `..` in front, which leaves a root only when links are followed there."""
        return "/" + UP + self.canary.path.lstrip("/")

    def bind(self, source, destination, options=("rbind",)):
        self.config["mounts"].append({"destination": destination, "type": "bind", "source": source,
                                      "options": list(options)})

    def drop_mounts(self, prefix):
        self.config["mounts"] = [mount for mount in self.config["mounts"]
                                 if mount["destination"] != prefix and not mount["destination"].startswith(prefix + "/")]

    def replace_mount(self, destination, **mount):
        self.config["mounts"] = [{"destination": destination, **mount} if old["destination"] == destination else old
                                 for old in self.config["mounts"]]

    def without_namespace(self, kind):
        self.linux["namespaces"] = [entry for entry in self.linux["namespaces"] if entry["type"] != kind]

    def add_namespace(self, kind, **more):
        self.without_namespace(kind)
        self.linux["namespaces"].append({"type": kind, **more})

    def add_capabilities(self, *names):
        for kind in ("bounding", "effective", "permitted"):
            self.process["capabilities"][kind] += [name for name in names
                                                   if name not in self.process["capabilities"][kind]]

    def user_namespace(self, first=100000):
        self.add_namespace("user")
        for kind in ("uidMappings", "gidMappings"):
            self.linux[kind] = [{"containerID": 0, "hostID": first, "size": 65536}]
        for directory, directories, files in os.walk(self.rootfs):
            for name in [".", *directories, *files]:
                os.chown(f"{directory}/{name}", first, first, follow_symlinks=False)

    # The runtime

    def save(self):
        with open(f"{self.bundle}/config.json", "w", encoding="utf-8") as file:
            json.dump(self.config, file)

    def command(self, *arguments):
        return [self.suite.runtime, "--root", self.root, *arguments]

    def call(self, *arguments, timeout=60, **options):
        """Runs the runtime; `options` are those of subprocess. A timeout counts as exit code -1."""
        # Not pipes: a container that `create` left waiting would hold them open.
        out, err = (open(f"{self.directory}/{name}", "w+b") for name in ("stdout", "stderr"))
        with out, err, empty_input() as nothing:
            options = {"stdin": nothing, "stdout": out, "stderr": err, "cwd": self.directory,
                       "start_new_session": True, **options}
            with subprocess.Popen(self.command(*arguments), **options) as process:
                try:
                    code = process.wait(timeout)
                except BaseException as error:
                    process.kill()
                    if not isinstance(error, subprocess.TimeoutExpired):
                        raise
                    code = -1
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read(1 << 20).decode(errors="replace"))
        return processes.Result(process.args, code, *texts)

    def run(self, *options, name=None, **more):
        self.save()
        name = self.id if name is None else name
        self.ids.add(name)
        return self.call("run", "--bundle", self.bundle, *options, name, **more)

    def create(self, *options, name=None, **more):
        self.save()
        name = self.id if name is None else name
        self.ids.add(name)
        return self.call("create", "--bundle", self.bundle, *options, name, **more)

    def start(self, **more):
        return self.call("start", self.id, **more)

    def up(self, *arguments):
        """Has the container run `arguments` (a long sleep by default); it must be possible."""
        self.process["args"] = list(arguments or ("sleep", "1000"))
        for result in (self.create(), self.start()):
            if result.code != 0:
                raise Failed(f"a container without the attack does not start: {result}")

    def exec(self, *arguments, options=(), **more):
        return self.call("exec", *options, self.id, *arguments, **more)

    def delete(self, name=None):
        return self.call("delete", "--force", name or self.id)

    # Attackers on the host's side

    def helper(self, *arguments):
        """Starts the attacker's program on the host; `end` ends it and gives what it printed."""
        process = subprocess.Popen([self.suite.attacker, *arguments], stdout=subprocess.PIPE, text=True,
                                   start_new_session=True)
        self.helpers.append(process)
        return process

    def end(self, process):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=10)
        self.helpers.remove(process)
        return out

    def racing(self, first, second, attempt):
        """Calls `attempt` as often as races are tried, while two names are exchanged all the time."""
        exchange = self.helper("exchange", first, second)
        try:
            for number in range(self.suite.races):
                attempt(number)
                changes = self.canary.changes()
                if changes:
                    raise Failed(f"the host was changed in attempt {number + 1}:\n" + "\n".join(changes[:5]))
        finally:
            count = int(self.end(exchange) or 0)
        if count < 10 * self.suite.races:
            raise Failed(f"the names were exchanged only {count} times")
        return f"{self.suite.races} attempts, {count} exchanges"

    # The end

    def close(self):
        """Takes everything away, and gives what the runtime left over."""
        for helper in list(self.helpers):
            helper.kill()
            helper.wait()
        left = []
        if os.path.isdir(self.root):
            for name in sorted(self.ids | set(os.listdir(self.root))):
                if not name.startswith(".") and "/" not in name and len(name) < 200:
                    self.delete(name)
            left = [f"state {name}" for name in os.listdir(self.root) if not name.startswith(".")]
        try:
            wait_until(lambda: not machine.others(), "processes end", seconds=3)
        except Failed:
            left += [f"process {processes.command_line(pid)}" for pid in machine.others()]
        machine.end_others()
        wait_until(lambda: not machine.others(), "processes that were killed end")
        left += [f"cgroup {path}" for path in host.cgroups(self.suite.cgroup)
                 if os.path.basename(path) != self.suite.cgroup]
        for path in host.cgroups(self.suite.cgroup):
            try:
                os.rmdir(path)
            except OSError:
                time.sleep(0.05)
        for point in host.mounts(self.directory):
            subprocess.run(["umount", "-l", point], check=False)
        self.canary.restore()
        if not host.mounts(self.directory):
            machine.remove_tree(self.directory)
        return left


def empty_input():
    """A standard input that is at its end and is not the null device, which runtimes treat in their own ways."""
    reading, writing = os.pipe()
    os.close(writing)
    return os.fdopen(reading, "rb")


def last_line(result):
    lines = [line for line in result.err.strip().splitlines() if line] or [""]
    text = re.sub(r'^time="[^"]*" level=\w+ msg=', "", lines[-1])
    return text if len(text) < 150 else text[:147] + "..."


def refused(result, what="the runtime accepts it"):
    """The runtime must refuse, by an error and not by a crash or by hanging."""
    if result.code == 0:
        raise Failed(f"{what}: {result}")
    if result.code < 0:
        raise Failed(f"the runtime {'hangs' if result.code == -1 else f'crashes (signal {-result.code})'}: {result}")
    if not result.err.strip():
        raise Failed(f"no error message: {result}")
    return f"refused: {last_line(result)}"


def harmless(result, evidence):
    """Either refused, or what the payload prints shows that it got nothing."""
    if evidence in result.out:
        raise Failed(f"the attack succeeded: {result}")
    if result.code < 0:
        raise Failed(f"the runtime {'hangs' if result.code == -1 else 'crashes'}: {result}")
    return f"refused: {last_line(result)}" if result.code else "contained"

"""The files of /proc, /sys and /dev that the runtime itself uses, replaced by the attacker (rules R3, R5, R6)."""

import json
import os
import socket
import subprocess
import tempfile

from bundle import harmless, last_line, refused
from cases import case
from report import Skipped, expect, expect_equal

# A parameter of the host that nothing depends on.
KNOB = "/proc/sys/kernel/printk_ratelimit_burst"
DEVICES = {"zero": 5, "full": 7, "random": 8, "urandom": 9, "tty": 0x500 - 0x100}


def volume_for_dev(a, null):
    """A volume over /dev whose `null` is what the attacker wants: a link's target, or None for nothing."""
    volume = a.directory_of("volume")
    for name, minor in DEVICES.items():
        if not os.path.lexists(f"{volume}/{name}"):
            os.mknod(f"{volume}/{name}", 0o020666, os.makedev(1, minor) if minor < 256 else os.makedev(5, 0))
    os.makedirs(f"{volume}/pts", exist_ok=True)
    os.makedirs(f"{volume}/shm", exist_ok=True)
    if os.path.lexists(f"{volume}/null"):
        os.unlink(f"{volume}/null")
    if null:
        os.symlink(null, f"{volume}/null")
    a.drop_mounts("/dev")
    a.bind(volume, "/dev")
    return volume


# What the payload of a mask attack does: the mask must be neither missing nor the host's parameter. What it writes is
# what it has read, so that nothing changes even when the attack succeeds.
MASK_PROBE = f"""for f in /proc/timer_list /proc/keys; do
  [ -e $f ] || continue
  text=$(head -c 4096 $f 2>/dev/null)
  [ -z "$text" ] || echo "EVIL $f is readable: $(echo "$text" | head -n 1)"
  own=$(stat -c %d:%i $f); knob=$(stat -c %d:%i {KNOB})
  [ "$own" != "$knob" ] || echo "EVIL $f is {KNOB}"
done"""


@case("CVE-2025-31133")
def null_device_is_a_link(a):
    """/dev/null of a volume, which would be mounted over masked paths, is a link to a parameter, is missing or false."""
    texts = []
    for null in (KNOB, f"/proc/self/root{KNOB}", "/etc/passwd", "zero", None):
        volume_for_dev(a, null)
        a.linux["maskedPaths"] = ["/proc/timer_list", "/proc/keys"]
        a.linux["readonlyPaths"] = []
        a.script(MASK_PROBE)
        texts.append(f"/dev/null -> {null}: " + harmless(a.run(), "EVIL"))
    return texts[0].partition(": ")[2]


@case("CVE-2025-31133 (race)")
def null_device_is_exchanged(a):
    """The same while the right device and the link are exchanged."""
    volume = volume_for_dev(a, None)
    os.mknod(f"{volume}/null", 0o020666, os.makedev(1, 3))
    os.symlink(KNOB, f"{volume}/evil")
    a.linux["maskedPaths"] = ["/proc/timer_list", "/proc/keys"]
    a.linux["readonlyPaths"] = []
    a.script(MASK_PROBE)
    return a.racing(f"{volume}/null", f"{volume}/evil",
                    lambda number: harmless(a.run(name=f"{a.id}-{number}"), "EVIL"))


def console_socket(a):
    listener = socket.socket(socket.AF_UNIX)
    path = tempfile.mktemp(prefix="console", dir="/tmp")
    listener.bind(path)
    listener.listen(200)
    return path, listener


@case("CVE-2025-52565")
def terminal_is_a_link(a):
    """/dev/pts is a volume whose numbers are links to a parameter: it would be mounted on /dev/console, writable."""
    mounts = list(a.config["mounts"])
    for ptmx in (None, KNOB, "5:2"):
        a.config["mounts"] = list(mounts)
        volume = volume_for_pts(a, f"pts-{ptmx is None}-{ptmx == KNOB}", ptmx)
        a.replace_mount("/dev/pts", type="bind", source=volume, options=["rbind"])
        terminal_of(a)
    # The terminals are made by a devpts elsewhere: the master is right, and only the other side's name is false.
    a.config["mounts"] = mounts
    a.drop_mounts("/dev")
    volume = a.directory_of("dev")
    os.rename(volume_for_pts(a, "pts", "/realpts/ptmx"), f"{volume}/pts")
    os.symlink("/realpts/ptmx", f"{volume}/ptmx")
    for name, minor in {"null": 3, **DEVICES}.items():
        os.mknod(f"{volume}/{name}", 0o020666, os.makedev(1, minor) if minor < 256 else os.makedev(5, 0))
    a.bind(volume, "/dev")
    a.config["mounts"].append({"destination": "/realpts", "type": "devpts", "source": "devpts",
                               "options": ["newinstance", "ptmxmode=0666"]})
    return terminal_of(a)


@case("CVE-2025-52565 (race)")
def terminal_is_exchanged(a):
    """/dev/pts is a link that is exchanged: where the terminals are, or where each of their names is a link to a parameter.
    The mount on /dev/console is made of the one, and the streams are opened in the other."""
    volume = volume_for_dev(a, None)
    os.mknod(f"{volume}/null", 0o020666, os.makedev(1, 3))
    os.rmdir(f"{volume}/pts")
    for name, target in (("pts", "/realpts"), ("false", "/slow0"), ("ptmx", "/realpts/ptmx")):
        os.symlink(target, f"{volume}/{name}")
    # A way that takes the kernel milliseconds, while the names are exchanged for the next look.
    for number in range(30):
        os.symlink("/" + "tmp/../" * 560 + (f"slow{number + 1}" if number < 29 else "falsepts"),
                   f"{a.rootfs}/slow{number}")
    os.makedirs(f"{a.rootfs}/falsepts")
    os.symlink("/realpts/ptmx", f"{a.rootfs}/falsepts/ptmx")
    for number in range(30):
        os.symlink(KNOB, f"{a.rootfs}/falsepts/{number}")
    a.config["mounts"].append({"destination": "/realpts", "type": "devpts", "source": "devpts",
                               "options": ["newinstance", "ptmxmode=0666"]})
    return a.racing(f"{volume}/pts", f"{volume}/false", lambda number: terminal_of(a))


def volume_for_pts(a, name, ptmx):
    """A directory for /dev/pts in which every terminal is a link to a parameter."""
    volume = a.directory_of(name)
    for number in range(30):
        os.symlink(KNOB, f"{volume}/{number}")
    if ptmx == "5:2":
        os.mknod(f"{volume}/ptmx", 0o020666, os.makedev(5, 2))
    elif ptmx:
        os.symlink(ptmx, f"{volume}/ptmx")
    return volume


def terminal_of(a):
    """Makes a container with a terminal, and looks at what it has as /dev/console."""
    a.process["terminal"] = True
    a.process["args"] = ["sleep", "60"]
    path, listener = console_socket(a)
    with listener:
        result = a.create("--console-socket", path, timeout=20)
        if result.code == 0:
            pid = json.loads(a.call("state", a.id).out)["pid"]
            knob, console = os.stat(KNOB), os.stat(f"/proc/{pid}/root/dev/console")
            expect((knob.st_dev, knob.st_ino) != (console.st_dev, console.st_ino)
                   and os.path.basename(KNOB) not in console_source(pid), f"/dev/console is {KNOB}")
        a.delete()
    os.unlink(path)
    return f"refused: {last_line(result)}" if result.code else "contained"


def console_source(pid):
    """The root of the mount on a container's /dev/console."""
    with open(f"/proc/{pid}/mountinfo", encoding="utf-8") as file:
        return next((line.split()[3] for line in file if line.split()[4] == "/dev/console"), "")


@case("CVE-2025-52881")
def writes_to_proc_are_redirected(a):
    """/proc is covered so that a label, a parameter or a score is written to a file of the attacker's choice."""
    volume = a.directory_of("volume")
    os.makedirs(f"{volume}/attr")
    os.makedirs(f"{volume}/net/ipv4")
    os.symlink(KNOB, f"{volume}/net/ipv4/ip_forward")
    for name in ("attr/exec", "attr/current", "oom_score_adj"):
        with open(f"{volume}/{name}", "w", encoding="utf-8"):
            pass
    mounts = list(a.config["mounts"])
    texts = []
    for destination, source in (("/proc", volume), ("/proc/thread-self/attr", f"{volume}/attr"),
                                ("/proc/self/attr", f"{volume}/attr"), ("/proc/self", volume),
                                ("/proc/sys/net", f"{volume}/net"), ("/proc/sys", volume), ("/proc/1", volume)):
        a.config["mounts"] = list(mounts)
        a.bind(source, destination)
        a.linux["sysctl"] = {"net.ipv4.ip_forward": "7"}
        a.process["oomScoreAdj"] = 100
        texts.append(refused(a.run(), f"a volume over {destination}"))
    a.config["mounts"] = [*mounts, {"destination": "/proc/sys/net", "type": "tmpfs", "source": "tmpfs"}]
    refused(a.run(), "a tmpfs over /proc/sys/net")
    return texts[0]


@case("CVE-2025-52881 (race)")
def mount_target_below_proc_is_exchanged(a):
    """A volume's link to /proc/self/attr and the like, exchanged with a directory that is a mount's destination."""
    volume = a.directory_of("volume")
    os.makedirs(f"{volume}/d/net/ipv4")
    os.symlink("/proc/sys", f"{volume}/link")
    source = a.directory_of("source")
    os.makedirs(f"{source}/ipv4")
    os.symlink(KNOB, f"{source}/ipv4/ip_forward")
    os.makedirs(f"{a.rootfs}/vol")
    a.bind(volume, "/vol")
    a.bind(source, "/vol/d/net")
    a.linux["sysctl"] = {"net.ipv4.ip_forward": "7"}
    a.script("[ ! -L /proc/sys/net/ipv4/ip_forward ] || echo EVIL /proc is covered")
    return a.racing(f"{volume}/d", f"{volume}/link",
                    lambda number: harmless(a.run(name=f"{a.id}-{number}"), "EVIL"))


@case("CVE-2023-25809")
def cgroups_without_a_namespace(a):
    """In a user namespace, without a cgroup namespace, /sys of the host is bound: its cgroups must not be writable."""
    a.config["mounts"] = [mount for mount in a.config["mounts"] if mount["destination"] != "/sys"]
    a.bind("/sys", "/sys", ("rbind", "nosuid", "noexec", "nodev", "ro"))
    a.config["mounts"].append({"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
                               "options": ["nosuid", "noexec", "nodev", "relatime", "ro"]})
    a.script("""for f in /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/*/cgroup.procs /sys/fs/cgroup/*/tasks; do
      [ -e $f ] && (echo 0 > $f) 2>/dev/null && echo EVIL wrote to $f; done
      mkdir /sys/fs/cgroup/evil /sys/fs/cgroup/*/evil 2>/dev/null && echo EVIL made a cgroup; echo looked""")
    # As root, and as an ordinary user's root: the kernel's own owner checks don't help where the cgroup is delegated.
    result = a.run()
    text = harmless(result, "EVIL")
    expect(result.code != 0 or "looked" in result.out, f"{result}")
    a.add_namespace("user")
    for kind in ("uidMappings", "gidMappings"):
        a.linux[kind] = [{"containerID": 0, "hostID": 0, "size": 65536}]
    text = harmless(a.run(), "EVIL")
    return text


@case("CVE-2022-0492", "CVE-2022-0185", "CVE-2022-0847")
def release_agent_and_own_binary(a):
    """Without CAP_SYS_ADMIN no cgroup hierarchy can be mounted, nor from a user namespace made inside; the release agent
    is out of reach."""
    a.config["mounts"].append({"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
                               "options": ["nosuid", "noexec", "nodev", "relatime", "ro"]})
    a.script("""mkdir -p /tmp/c
      mount -t cgroup -o memory cgroup /tmp/c 2>/dev/null && echo EVIL mounted
      mount -t cgroup -o rdma cgroup /tmp/c 2>/dev/null && echo EVIL mounted rdma
      for f in /sys/fs/cgroup/*/release_agent; do (echo /evil > $f) 2>/dev/null && echo EVIL wrote to $f; done
      mount -o remount,rw /sys/fs/cgroup 2>/dev/null && echo EVIL remounted
      (echo 1 > /proc/sys/kernel/printk_ratelimit_burst) 2>/dev/null && echo EVIL wrote to /proc/sys; echo looked""")
    result = a.run()
    harmless(result, "EVIL")
    expect("looked" in result.out, f"{result}")
    return "contained"


@case("CVE-2017-5226", "CVE-2023-28100")
def keystrokes_for_the_caller(a):
    """The payload types into the caller's terminal (TIOCSTI), which it has as a standard stream or not."""
    import fcntl
    import pty
    import struct
    import termios
    results = []
    for terminal in (False, True):
        ours, theirs = pty.openpty()
        attributes = termios.tcgetattr(theirs)
        attributes[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(theirs, termios.TCSANOW, attributes)
        a.process["terminal"] = terminal
        a.process["args"] = ["attacker", "inject", "evil\n"]
        # Its own session with this controlling terminal, as a shell has it.
        result = a.run(stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        waiting = struct.unpack("I", fcntl.ioctl(theirs, termios.FIONREAD, struct.pack("I", 0)))[0]
        os.close(theirs)
        os.close(ours)
        expect_equal(waiting, 0, f"bytes typed into the caller's terminal (terminal: {terminal})")
        results.append(result.code)
    return f"contained: exit codes {results}"


@case("CVE-2019-12439", "CVE-2020-5291")
def predictable_names_in_tmp(a):
    """Names in world-writable directories, which another user could have made before (watched with inotify)."""
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    watcher = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if watcher < 0:
        raise Skipped("no inotify")
    for place in ("/tmp", "/var/tmp", "/dev/shm"):
        libc.inotify_add_watch(watcher, place.encode(), 0x100 | 0x80 | 0x40)  # IN_CREATE, IN_MOVED_TO, IN_MOVED_FROM
    names = []
    for _ in range(2):
        a.up("sleep", "100")
        a.exec("true")
        a.delete()
        names.append(created_names(watcher))
    os.close(watcher)
    same = sorted(set(names[0]) & set(names[1]))
    expect(not same, f"made in world-writable directories: {same}")
    return f"{len(set(names[0]))} names, none twice" if names[0] else "none"


def created_names(watcher):
    """The names of inotify events that are waiting."""
    try:
        data = os.read(watcher, 65536)
    except BlockingIOError:
        return []
    names, offset = [], 0
    while offset < len(data):
        length = int.from_bytes(data[offset + 12:offset + 16], "little")
        names.append(data[offset + 16:offset + 16 + length].rstrip(b"\0").decode())
        offset += 16 + length
    return names


@case("R3 (devices)")
def devices_as_streams(a):
    """With devices and files of the host as standard streams, payloads of other users run, which could be made their
    owners, and then change their permissions for everybody."""
    a.process["user"] = {"uid": 1000, "gid": 1000}
    a.process["args"] = ["sh", "-c", "chmod 600 /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2; true"]
    codes = []
    for names in (("/dev/null",) * 3, ("/dev/zero", "/dev/full", "/dev/null"), (f"{a.canary.path}/file", None, None)):
        files = [open(name or os.devnull, "rb+" if index and name else "rb", buffering=0) for index, name in enumerate(names)]
        streams = dict(zip(("stdin", "stdout", "stderr"), files))
        if not names[1]:
            del streams["stdout"], streams["stderr"]
        codes.append(a.run(**streams).code)
        for file in files:
            file.close()
    a.up()
    codes.append(a.exec("true", options=("--user", "1:1"), stdin=subprocess.DEVNULL).code)
    return f"contained: exit codes {codes}"

"""Descriptors, the executable, and processes that join a container which an attacker controls (rules R1, R4, R9)."""

import json
import os
import shutil
import subprocess

from bundle import UP, harmless, last_line, refused
from canary import TEXT
from cases import case
from report import Failed, Skipped, expect, expect_equal, wait_until

ROUNDS = 100


def watching(a, *arguments, capabilities=()):
    """A container whose first process is a program of the attacker's, and what that has written."""
    a.add_capabilities(*capabilities)
    command = " ".join(f"'{word}'" for word in arguments)
    a.up("sh", "-c", f"attacker {command} > /tmp/found & exec sleep 1000")
    found = f"{a.rootfs}/tmp/found"

    def read():
        with open(found, encoding="utf-8", errors="replace") as file:
            return file.read()
    wait_until(lambda: os.path.exists(found) and "watching" in read(), "the attacker's program runs", seconds=10)
    return read


@case("CVE-2016-9962")
def exec_is_spied_upon(a):
    """A process with CAP_SYS_PTRACE in the container looks through every process that `exec` makes for the host's files."""
    found = watching(a, "spy", TEXT.strip(), f"{a.canary.path}/file", capabilities=("CAP_SYS_PTRACE",))
    for number in range(ROUNDS):
        a.exec("true", options=("--detach",) if number % 2 else ())
    expect("FOUND" not in found(), f"a file of the host was read: {found()}")
    return f"contained: {ROUNDS} times exec"


@case("CVE-2016-9962 (ptrace)")
def exec_is_traced(a):
    """The container's root, without CAP_SYS_PTRACE, attaches to the process that `exec` makes before its program runs."""
    found = watching(a, "seize")
    for _ in range(ROUNDS):
        a.exec("true")
    expect("SEIZED" not in found(), f"the runtime's process was traced: {found()}")
    return f"contained: {ROUNDS} times exec"


@case("CVE-2019-5736")
def executable_is_overwritten(a):
    """The runtime is made to execute itself (#!/proc/self/exe), and is overwritten through /proc/PID/exe meanwhile."""
    a.write("bin/evil", "#!/proc/self/exe\n", 0o755)
    found = watching(a, "overwrite", capabilities=("CAP_DAC_OVERRIDE", "CAP_SYS_PTRACE"))
    for _ in range(30):
        a.exec("/bin/evil", timeout=20)
        a.exec("true")
    expect("OVERWRITTEN" not in found(), found())
    changes = a.canary.changes()
    expect(not changes, "\n".join(changes))
    return "contained"


@case("CVE-2019-5736 (run)")
def executable_is_the_program(a):
    """The container's own program is the runtime's executable; then, with libraries of the image."""
    a.write("bin/evil", "#!/proc/self/exe\n", 0o755)
    for arguments in (["/bin/evil"], ["/proc/self/exe"], ["/proc/self/exe", "--version"]):
        a.process["args"] = arguments
        result = a.run(timeout=20)
        expect(not a.canary.changes(), "\n".join(a.canary.changes()))
    library = f"{a.rootfs}/lib64/evil.so"
    os.makedirs(os.path.dirname(library))
    source = f"{a.directory}/evil.c"
    with open(source, "w", encoding="utf-8") as file:
        file.write(r"""#include <fcntl.h>
          #include <stdio.h>
          #include <unistd.h>
          __attribute__((constructor)) static void evil(void) {
            char path[64];
            int file = open("/proc/self/exe", O_RDONLY);
            sprintf(path, "/proc/self/fd/%d", file);
            for (int i = 0; i < 100; i++) {
              int writable = open(path, O_WRONLY);
              if (writable >= 0) { write(1, "EVIL\n", 5); write(writable, "#!evil\n", 7); _exit(0); }
            }
            write(1, "loaded\n", 7);
          }""")
    subprocess.run(["cc", "-w", "-shared", "-fPIC", "-o", library, source], check=True)
    for line in subprocess.run(["ldd", a.suite.runtime], capture_output=True, text=True, check=False).stdout.splitlines():
        path = next((word for word in line.split() if word.startswith("/")), None)
        if path:
            os.makedirs(a.rootfs + os.path.dirname(path), exist_ok=True)
            shutil.copy(path, a.rootfs + path)
    a.process["env"] += ["LD_PRELOAD=/lib64/evil.so", "LD_LIBRARY_PATH=/lib64"]
    a.process["args"] = ["/proc/self/exe", "--version"]
    result = a.run(timeout=20)
    harmless(result, "EVIL")
    expect(not a.canary.changes(), "\n".join(a.canary.changes()))
    return "contained" + (", the image's library was loaded" if "loaded" in result.out else "")


def with_open_directories(a):
    """What makes a command inherit descriptors 3 to 50 on a directory of the host, as a careless caller does."""
    directory = os.open(a.canary.path, os.O_RDONLY | os.O_DIRECTORY)

    def prepare():
        for number in range(3, 51):
            if number != directory:
                os.dup2(directory, number, inheritable=True)
        os.set_inheritable(directory, True)
    return {"preexec_fn": prepare, "close_fds": False}, directory


EVIDENCE = "canary-of-the-attack"


@case("CVE-2024-21626")
def working_directory_is_a_descriptor(a):
    """process.cwd and the program are named through the runtime's own descriptors: /proc/self/fd/N."""
    inherit, directory = with_open_directories(a)
    tool = f"{a.directory}/tool"
    shutil.copy(shutil.which("busybox"), tool)
    mark = os.path.basename(a.suite.work)
    texts = []
    try:
        for number in range(3, 51):
            for options in ({}, inherit) if number % 8 == 0 else ({},):
                a.process["cwd"] = f"/proc/self/fd/{number}"
                a.script(f"ls {UP}tmp {UP}proc/1/root/tmp 2>/dev/null; cat {UP}{a.canary.path[1:]}/file")
                texts.append(check_cwd(a.run(**options), mark))
                a.process["cwd"] = "/"
            a.process["args"] = [f"/proc/self/fd/{number}/{UP}{tool}", "echo", EVIDENCE]
            texts.append(harmless(a.run(), EVIDENCE))
        for number in range(3, 12):
            a.link("w", f"/proc/self/fd/{number}")
            a.process["cwd"] = "/w"
            a.script(f"cat {UP}{a.canary.path[1:]}/file; ls {UP}tmp")
            texts.append(check_cwd(a.run(), mark))
    finally:
        os.close(directory)
    return f"{sum(text.startswith('refused') for text in texts)} of {len(texts)} refused, the others contained"


def check_cwd(result, mark):
    if mark in result.out or TEXT.strip() in result.out:
        raise Failed(f"the working directory is outside of the root: {result}")
    return harmless(result, EVIDENCE)


@case("CVE-2024-21626 (exec)")
def working_directory_of_exec_is_a_descriptor(a):
    """The same for a process that joins, also by a link that the container made."""
    a.up()
    mark = os.path.basename(a.suite.work)
    texts = []
    inherit, directory = with_open_directories(a)
    try:
        for number in range(3, 51):
            look = ("sh", "-c", f"cat {UP}{a.canary.path[1:]}/file; ls {UP}tmp")
            for options in ({}, inherit) if number % 8 == 0 else ({},):
                texts.append(check_cwd(a.exec(*look, options=("--cwd", f"/proc/self/fd/{number}"), **options), mark))
            if number < 12:
                a.link("w", f"/proc/self/fd/{number}")
                texts.append(check_cwd(a.exec(*look, options=("--cwd", "/w")), mark))
    finally:
        os.close(directory)
    return f"{sum(text.startswith('refused') for text in texts)} of {len(texts)} refused, the others contained"


@case("CVE-2016-8649")
def descriptors_of_the_payload(a):
    """What a process has open when it starts, of `run` and of `exec`, with a caller that leaves descriptors open."""
    inherit, directory = with_open_directories(a)
    try:
        a.process["args"] = ["attacker", "fds"]
        lists = {"run": a.run(**inherit)}
        a.up()
        lists["exec"] = a.exec("attacker", "fds", **inherit)
    finally:
        os.close(directory)
    for verb, result in lists.items():
        expect(result.code == 0, f"{result}")
        more = [line for line in result.out.splitlines() if int(line.split()[0]) > 2 and "/proc/" not in line]
        expect(not more, f"{verb} leaves open: {more}")
    return "only the standard streams"


@case("CVE-2020-15257")
def abstract_sockets(a):
    """Sockets without a file, which a container in the host's network namespace could connect to."""
    def abstract():
        with open("/proc/net/unix", encoding="utf-8") as file:
            return [line.split()[7] for line in file if len(line.split()) > 7 and line.split()[7].startswith("@")]
    before = abstract()
    a.without_namespace("network")
    a.process["args"] = ["sleep", "1000"]
    found = []
    a.save()
    expect(a.create().code == 0, "create")
    found += abstract()
    a.start()
    found += abstract()
    a.exec("sleep", "100", options=("--detach",))
    found += abstract()
    found = sorted(set(found) - set(before))
    expect(not found, f"abstract sockets: {found}")
    return "none"


@case("CVE-2025-52881 (exec)")
def exec_into_a_false_proc(a):
    """The container covers its own /proc, then somebody runs a program in it with a score, a label and a terminal."""
    a.add_capabilities("CAP_SYS_ADMIN")
    a.linux["maskedPaths"], a.linux["readonlyPaths"] = [], []
    a.up()
    cover = """mkdir -p /tmp/p && mount -t proc proc /tmp/p && mount -t tmpfs tmpfs /proc || exit 1
      knob=/tmp/p/sys/kernel/printk_ratelimit_burst
      mkdir -p /proc/self/attr /proc/thread-self/attr /proc/self/fd /proc/self/task
      for f in oom_score_adj attr/exec attr/current attr/apparmor/exec setgroups; do
        ln -s $knob /proc/self/$f 2>/dev/null; ln -s $knob /proc/thread-self/$f 2>/dev/null
      done; echo covered"""
    covered = a.exec("sh", "-c", cover)
    if "covered" not in covered.out:
        raise Skipped(f"cannot cover /proc: {covered.err.strip()}")
    process = f"{a.directory}/process.json"
    with open(process, "w", encoding="utf-8") as file:
        json.dump({**a.process, "args": ["id"], "oomScoreAdj": 7}, file)
    result = a.exec(options=("--process", process))
    return f"refused: {last_line(result)}" if result.code else "contained"


@case("CVE-2022-47952")
def errors_tell_of_files(a):
    """An ordinary user learns from an error whether a file exists that only root can see."""
    os.chmod(a.canary.path + "/directory", 0o700)
    a.canary.before = a.canary.look()
    texts = []
    for name in ("file", "missing"):
        path = f"{a.canary.path}/directory/{name}"
        for arguments in (("create", "--bundle", path, "x"), ("--log", path, "state", "x"),
                          ("run", "--bundle", path, "x")):
            result = a.call(*arguments, user=65534, group=65534, extra_groups=[], env={"PATH": "/usr/bin:/bin"})
            expect(result.code != 0, f"{result}")
            texts.append((name, result.err.replace(path, "PATH")))
    for index in range(3):
        one, other = texts[index][1], texts[index + 3][1]
        one, other = (" ".join(word for word in text.split() if not word.startswith('time="')) for text in (one, other))
        expect_equal(one, other, "what an ordinary user is told of an existing and of a missing file")
    return "the same for both"


@case("CVE-2017-5985", "CVE-2018-6556", "CVE-2026-39402")
def no_privileged_helper(a):
    """The runtime's file has no set-id bit and no capabilities."""
    expect(a.suite.mode & 0o6000 == 0, f"mode {a.suite.mode:o}")
    expect(not a.suite.file_capabilities, "it has file capabilities")
    return "neither"


@case("CVE-2025-31133 (exec)")
def null_device_of_exec(a):
    """The container replaces its own /dev/null; a program with the null device as its streams is run in it."""
    a.up()
    a.exec("sh", "-c", "rm /dev/null; ln -s /proc/sys/kernel/printk_ratelimit_burst /dev/null")
    result = a.exec("sh", "-c", "readlink /proc/self/fd/0; echo 1 >&0; echo looked",
                    stdin=subprocess.DEVNULL)
    expect("printk" not in result.out, f"{result}")
    return refused(result) if result.code else "contained"


@case("CVE-2024-21626 (preserve-fds)")
def descriptors_that_nobody_preserved(a):
    """`exec --preserve-fds` with numbers that the caller left free, which are the runtime's own descriptors then."""
    found = watching(a, "spy", TEXT.strip(), f"{a.canary.path}/file", capabilities=("CAP_SYS_PTRACE",))
    codes = [a.exec("true", options=("--preserve-fds", str(count))).code for count in (1, 5, 30) for _ in range(20)]
    expect("FOUND" not in found(), f"a file of the host was read: {found()}")
    return "refused" if all(codes) else "contained"


@case("R11 (state)")
def state_of_another_user(a):
    """Another user could have made the state directory, which names the processes that root kills."""
    a.up()
    os.chown(f"{a.root}/{a.id}", 65534, 65534)
    try:
        result = a.call("kill", a.id, "KILL")
    finally:
        os.chown(f"{a.root}/{a.id}", 0, 0)
    return refused(result, "it is acted on")


@case("R11 (pid file)")
def pid_file_through_a_link(a):
    """Where a pid file is made first, another user has put a link to a file of the host."""
    directory = a.directory_of("pids")
    os.symlink(f"{a.canary.path}/file", f"{directory}/.pid")
    a.process["args"] = ["sleep", "1000"]
    result = a.create("--pid-file", f"{directory}/pid")
    return f"refused: {last_line(result)}" if result.code else "contained"

"""What a container may see and do, and its limits as the files outside show them."""

import os
import re
import subprocess

import host
from report import Skipped, expect, expect_equal, expect_match


def with_options(engine, options, check):
    pid = engine.detach("limited", options=options)
    check(pid)
    engine.remove("limited")


def memory_and_cpu_limits(engine):
    def check(pid):
        expect_equal(host.cgroup_file(pid, "memory", "memory.limit_in_bytes", "memory.max"), "67108864", "memory limit")
        expect_equal(host.cgroup_file(pid, "cpu", "cpu.cfs_quota_us", "cpu.max").split()[0], "50000", "CPU quota")
        expect_equal(host.cgroup_file(pid, "cpuset", "cpuset.cpus", "cpuset.cpus"), "0", "CPUs")
        expect_equal(host.cgroup_file(pid, "pids", "pids.max", "pids.max"), "17", "limit of processes")
    with_options(engine, ("--memory", "64m", "--cpus", "0.5", "--cpuset-cpus", "0", "--pids-limit", "17"), check)


def oom_kill_is_reported(engine):
    limits = ("--memory", "32m", "--memory-swap", "32m")
    dd = "dd if=/dev/zero of=/dev/null bs=200M count=1"
    # The engine is told while the container still runs: its end, at the same moment, may come first.
    engine.detach("oom", "sh", "-c", f"{dd}; sleep 2; exit 3", options=limits)
    expect_equal(engine.succeed("wait", "oom"), "3", "exit code of a container that survives")
    told = engine.state("oom")["OOMKilled"]
    if engine.kind == "podman" and not told:
        engine.remove("oom")
        raise Skipped("conmon 2.1.6 does not tell podman of a process that is not the container's first, with any runtime")
    expect_equal(told, True, "OOMKilled")
    engine.remove("oom")
    engine.detach("oom-init", *dd.split(), options=limits)
    expect_equal(engine.succeed("wait", "oom-init"), "137", "exit code of a container that does not")
    engine.remove("oom-init")


def read_only(engine):
    result = engine.run("sh", "-c", "touch /file; echo $?; touch /tmp/x/file && echo tmpfs; touch /dev/shm/f && "
                        "echo shm", options=("--read-only", "--tmpfs", "/tmp/x:size=1m,mode=1777"))
    expect_equal(result.out, "1\ntmpfs\nshm\n", f"touch in three places: {result}")


def tmpfs_options(engine):
    result = engine.run("sh", "-c", "grep ' /scratch ' /proc/mounts", options=(
        "--tmpfs", "/scratch:size=1m,mode=700,noexec"))
    expect_match(result.out, r"tmpfs /scratch tmpfs rw,.*noexec.*size=1024k,mode=700", "options of the tmpfs")


def volumes(engine):
    source = f"{engine.work}/source"
    os.makedirs(source, exist_ok=True)
    with open(f"{source}/file", "w", encoding="utf-8") as file:
        file.write("from the host\n")
    result = engine.run("sh", "-c", "cat /ro/file; touch /ro/new; touch /rw/new && echo made", options=(
        "--volume", f"{source}:/ro:ro", "--volume", f"{source}:/rw"))
    expect_equal((result.code, result.out), (0, "from the host\nmade\n"), "volumes")
    expect_match(result.err, "/ro/new: Read-only file system", "touch in a read-only volume")
    engine.succeed("volume", "create", "kept")
    engine.run("sh", "-c", "echo kept >/data/file", options=("--volume", "kept:/data"))
    expect_equal(engine.run("cat", "/data/file", options=("--volume", "kept:/data")).out, "kept\n", "a named volume")
    engine.succeed("volume", "rm", "kept")


def volume_propagation(engine):
    """A mount that the host makes below a volume arrives in the container with rslave, and not with rprivate."""
    if os.geteuid() != 0:
        raise Skipped("an ordinary user cannot make mounts on the host")
    source = f"{engine.work}/propagated"
    os.makedirs(f"{source}/private", exist_ok=True)
    subprocess.run(["mount", "--bind", source, source], check=True)
    subprocess.run(["mount", "--make-shared", source], check=True)
    try:
        for name, option in (("slave", "rslave"), ("private", "rprivate")):
            engine.detach(name, options=("--volume", f"{source}:/mnt:{option}"))
        subprocess.run(["mount", "-t", "tmpfs", "propagated", f"{source}/private"], check=True)
        try:
            show = ("grep", "-c", " /mnt/private ", "/proc/mounts")
            expect_equal(engine.exec("slave", *show).out, "1\n", "mounts that arrive with rslave")
            expect_equal(engine.exec("private", *show).out, "0\n", "mounts that arrive with rprivate")
            engine.remove("slave", "private")
        finally:
            subprocess.run(["umount", f"{source}/private"], check=True)
    finally:
        subprocess.run(["umount", "-l", source], check=True)


def devices(engine):
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        raise Skipped("this machine has no /dev/fuse that the user may open")
    result = engine.run("sh", "-c", "ls -l /dev/fuse; exec 3<>/dev/fuse && echo opened", options=(
        "--device", "/dev/fuse:/dev/fuse:rwm"))
    expect_match(result.out, r"10, 229.*\n(.*\n)*opened", f"a device: {result}")
    result = engine.run("sh", "-c", "mknod /tmp/fuse c 10 229 && (exec 3<>/tmp/fuse)", options=())
    expect(result.code != 0, "a device that was not given must not open")


def capabilities(engine):
    show = ("sh", "-c", "grep CapBnd /proc/self/status")
    bounding = lambda options: int(re.search(r"CapBnd:\s*(\w+)", engine.run(*show, options=options).out).group(1), 16)
    plain = bounding(())
    expect_equal(plain & ~bounding(("--cap-drop", "CHOWN")), 1, "what --cap-drop CHOWN takes away")
    expect_equal(bounding(("--cap-add", "NET_ADMIN")) & ~plain, 1 << 12, "what --cap-add NET_ADMIN gives")
    expect_equal(bounding(("--cap-drop", "ALL")), 0, "what --cap-drop ALL leaves")


def no_new_privileges(engine):
    result = engine.run("grep", "NoNewPrivs", "/proc/self/status", options=("--security-opt", "no-new-privileges"))
    expect_match(result.out, r"NoNewPrivs:\s*1", "no_new_privs")


def seccomp_profile(engine):
    result = engine.run("sh", "-c", "grep Seccomp: /proc/self/status; unshare -n true; echo $?")
    expect_match(result.out, r"Seccomp:\s*2\n1\n", f"the default profile: {result}")
    profile = f"{engine.work}/profile.json"
    with open(profile, "w", encoding="utf-8") as file:
        file.write('{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], '
                   '"action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}')
    result = engine.run("mkdir", "/dir", options=("--security-opt", f"seccomp={profile}"))
    expect_match(result.err, "Function not implemented", f"a profile from a file: {result}")
    result = engine.run("grep", "Seccomp:", "/proc/self/status", options=("--security-opt", "seccomp=unconfined"))
    expect_match(result.out, r"Seccomp:\s*0", "unconfined")


def privileged(engine):
    # An engine gives all capabilities of the kernel, or those that it has itself.
    last = int(open("/proc/sys/kernel/cap_last_cap", encoding="utf-8").read())
    if engine.kind == "docker" and int(host.status_field(os.getpid(), "CapBnd"), 16) != (2 << last) - 1:
        raise Skipped("this machine's root lacks a capability that dockerd gives to a privileged container")
    result = engine.run("sh", "-c", "grep -E 'CapBnd|Seccomp:' /proc/self/status; mkdir /m && "
                        "mount -t tmpfs none /m && echo mounted", options=("--privileged",))
    expect_match(result.out, r"Seccomp:\s*0", f"seccomp: {result}")
    expect_match(result.out, "mounted", f"a mount: {result}")
    bounding = int(re.search(r"CapBnd:\s*(\w+)", result.out).group(1), 16)
    expect_equal(bounding, int(host.status_field(os.getpid(), "CapBnd"), 16), "bounding set")


def masked_and_read_only_paths(engine):
    masked = ("/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware")
    paths = [path for path in masked if os.path.exists(path)]
    script = "for p in $@; do if test -d $p; then ls $p | wc -l; else head -c 1 $p | wc -c; fi; done"
    result = engine.run("sh", "-c", f"{script}; echo 1 >/proc/sys/kernel/panic", "sh", *paths)
    expect_equal(result.out.split(), ["0"] * len(paths), f"bytes or entries of {paths}")
    expect_match(result.err, "Read-only file system", "a write to /proc/sys")


def ulimits(engine):
    result = engine.run("sh", "-c", "ulimit -Sn; ulimit -Hn; ulimit -c", options=(
        "--ulimit", "nofile=123:456", "--ulimit", "core=0", "--ulimit", "nproc=1000:1000"))
    expect_equal((result.code, result.out), (0, "123\n456\n0\n"), f"limits: {result}")


def sysctls(engine):
    result = engine.run("cat", "/proc/sys/kernel/msgmax", "/proc/sys/net/ipv4/ip_forward", options=(
        "--sysctl", "kernel.msgmax=12345", "--sysctl", "net.ipv4.ip_forward=1"))
    expect_equal((result.code, result.out), (0, "12345\n1\n"), f"parameters of the kernel: {result}")


def shm_size_and_oom_score(engine):
    result = engine.run("sh", "-c", "grep /dev/shm /proc/mounts; cat /proc/self/oom_score_adj", options=(
        "--shm-size", "2m", "--oom-score-adj", "321"))
    expect_match(result.out, r"size=2048k", "size of /dev/shm")
    expect_match(result.out, r"\n321\n", "oom_score_adj")


def shared_namespaces(engine):
    owner = engine.detach("owner", options=("--ipc", "shareable"))
    guest = engine.detach("guest", options=("--pid", "container:owner", "--network", "container:owner",
                                            "--ipc", "container:owner"))
    for name in ("pid", "net", "ipc"):
        expect_equal(host.namespace(guest, name), host.namespace(owner, name), f"{name} namespace")
    expect(host.namespace(guest, "mnt") != host.namespace(owner, "mnt"), "mount namespaces must differ")
    # Without a pid namespace of its own, what a container leaves behind is found through its cgroup.
    engine.remove("guest")
    expect_equal(engine.status("owner"), "running", "status of the owner")
    engine.remove("owner")


def host_namespaces(engine):
    pid = engine.detach("of-host", options=("--pid", "host", "--ipc", "host", "--uts", "host"))
    for name in ("pid", "ipc", "uts"):
        expect_equal(host.namespace(pid, name), host.namespace(os.getpid(), name), f"{name} namespace")
    engine.remove("of-host")


CHECKS = [memory_and_cpu_limits, oom_kill_is_reported, read_only, tmpfs_options, volumes, volume_propagation, devices,
          capabilities, no_new_privileges, seccomp_profile, privileged, masked_and_read_only_paths, ulimits, sysctls,
          shm_size_and_oom_score, shared_namespaces, host_namespaces]

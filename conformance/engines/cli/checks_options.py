"""Options that change what a container may do, is limited to or is signalled with, beyond the usual ones."""

import os
import re
import subprocess
import time

import host
import processes
import terminal
from report import Skipped, expect, expect_equal, expect_match, wait_until

MIB = 1 << 20


def full_set():
    with open("/proc/sys/kernel/cap_last_cap", encoding="utf-8") as file:
        return (2 << int(file.read())) - 1


def capabilities_of(text):
    return int(re.search(r"CapBnd:\s*(\w+)", text).group(1), 16)


def exec_privileged(engine):
    needs_root()
    own = int(host.status_field(os.getpid(), "CapBnd"), 16)
    if engine.kind == "docker" and own != full_set():
        raise Skipped("this machine's root lacks a capability that dockerd gives to a privileged process")
    engine.detach("exec-privileged")
    show = ("grep", "CapBnd", "/proc/self/status")
    plain, full = (capabilities_of(engine.exec("exec-privileged", *show, options=options).out)
                   for options in ((), ("--privileged",)))
    expect(not plain >> 21 & 1, "an ordinary exec lacks CAP_SYS_ADMIN")
    expect_equal(full, own, "bounding set of a privileged exec")
    engine.remove("exec-privileged")


def exec_as_user_of_the_container(engine):
    engine.detach("exec-user")
    result = engine.exec("exec-user", "sh", "-c", "id -u; id -G; echo $HOME", options=("--user", "guest"))
    expect_equal((result.code, result.out), (0, "1000\n1000 2000\n/home/guest\n"), f"user by name: {result}")
    result = engine.exec("exec-user", "id", "-G", options=("--user", "1000:2000"))
    expect_equal((result.code, result.out.split()[:1]), (0, ["2000"]), f"user and group: {result}")
    expect(engine.exec("exec-user", "true", options=("--user", "nobody-here")).code != 0, "an unknown user must fail")
    engine.remove("exec-user")


def exec_with_standard_input(engine):
    engine.detach("exec-input")
    path = f"{engine.work}/input"
    with open(path, "wb") as file:
        file.write(b"x" * 3000000)
    result = processes.run(["sh", "-c", '"$@" <' + path, "sh", *engine.client, "exec", "-i", "exec-input", "wc", "-c"])
    expect_equal((result.code, result.out), (0, "3000000\n"), f"standard input of an exec: {result}")
    engine.remove("exec-input")


def attach_and_detach(engine):
    """The detach keys leave the container running; a second client finds its terminal as it was."""
    engine.detach("detached", "sh", "-c", "echo ready; while read line; do echo got $line; test $line = end && exit 3; "
                  "done", options=("-it",))
    attach = [*engine.client, "attach", "--detach-keys", "ctrl-x,x", "detached"]
    # What was written before is the engine's to show; a line that is sent gives an answer with every engine.
    result = terminal.run(["sh", "-c", '(sleep 1; echo ready) & exec "$@"', "sh", *attach], text=b"first\n\x18x")
    expect(engine.status("detached") == "running", f"the container runs on after the detach keys: {result}")
    result = terminal.run(["sh", "-c", '(sleep 1; echo ready) & exec "$@"', "sh", *attach], text=b"end\n")
    expect_match(result.out, "got end", f"the second client: {result}")
    expect_equal(engine.succeed("wait", "detached"), "3", "exit code")
    engine.remove("detached")


def stop_signal(engine):
    engine.detach("stop-signal", "sh", "-c", "trap 'exit 12' USR1; trap 'exit 9' TERM; while true; do sleep 0.1; done",
                  options=("--stop-signal", "USR1"))
    engine.exec("stop-signal", "sleep", "0.3")  # the trap is not set at once
    engine.succeed("stop", "--time", "20", "stop-signal")
    expect_equal(engine.state("stop-signal")["ExitCode"], 12, "exit code of the trap of SIGUSR1")
    engine.remove("stop-signal")


def restart_policy_after_a_kill(engine):
    pid = engine.detach("risen", options=("--restart", "always"))
    os.kill(pid, 9)
    wait_until(lambda: engine.pid("risen") not in (0, pid) and engine.status("risen") == "running", "it runs again")
    engine.remove("risen")


def top_with_columns(engine):
    engine.detach("topped")
    columns = ("-o", "pid,comm") if engine.kind == "docker" else ("hpid", "comm")
    lines = engine.succeed("top", "topped", *columns).splitlines()
    expect(any(line.split() == [str(engine.pid("topped")), "sh"] for line in lines), f"init in {lines}")
    engine.remove("topped")


def needs_cgroupfs(engine):
    needs_root()
    if engine.kind == "podman" and os.environ.get("CGROUP_MANAGER") == "systemd":
        raise Skipped("systemd names the cgroups")


def needs_root():
    if os.geteuid() != 0:
        raise Skipped("needs root")


def cgroup_parent(engine):
    needs_cgroupfs(engine)
    parent = f"{engine.cgroup}/of-one"
    pid = engine.detach("parented", options=("--cgroup-parent", f"/{parent}"))
    with open(f"/proc/{pid}/cgroup", encoding="utf-8") as file:
        paths = [line.rstrip("\n").split(":", 2)[1:] for line in file]
    path = next(path for names, path in paths if "memory" in names.split(",") or not names)
    expect(path.startswith(f"/{parent}/"), f"cgroup {path}")
    engine.remove("parented")
    wait_until(lambda: host.remove_cgroups(parent) or not host.cgroups(parent), "its monitor has left the cgroup")


def cgroup_namespace(engine):
    needs_cgroupfs(engine)
    show = "grep -E ':(|memory):' /proc/self/cgroup | cut -d: -f3"
    private = engine.run("sh", "-c", show, options=("--cgroupns", "private"))
    expect_equal((private.code, set(private.out.split())), (0, {"/"}), f"cgroups in a private namespace: {private}")
    shared = engine.run("sh", "-c", show, options=("--cgroupns", "host"))
    expect(shared.code == 0 and all(path.startswith(f"/{engine.cgroup}") or path == "/" for path in shared.out.split())
           and engine.cgroup in shared.out, f"cgroups as the machine's namespace shows: {shared}")


def more_limits(engine):
    pid = engine.detach("more-limits", options=(
        "--cpu-shares", "512", "--cpu-period", "50000", "--cpu-quota", "20000", "--memory", "64m", "--memory-swap",
        "96m", "--memory-reservation", "32m"))
    expect(host.cgroup_file(pid, "cpu", "cpu.shares", "cpu.weight") in ("512", "20", "59"), "CPU shares")
    quota = host.cgroup_file(pid, "cpu", "cpu.cfs_quota_us", "cpu.max")
    period = host.cgroup_file(pid, "cpu", "cpu.cfs_period_us", "cpu.max")
    expect_equal((quota.split()[0], period.split()[-1]), ("20000", "50000"), "CPU quota and period")
    swap = int(host.cgroup_file(pid, "memory", "memory.memsw.limit_in_bytes", "memory.swap.max"))
    expect(swap in (96 * MIB, 32 * MIB), f"limit of memory and swap, or of swap: {swap}")
    reservation = host.cgroup_file(pid, "memory", "memory.soft_limit_in_bytes", "memory.low")
    expect_equal(reservation, str(32 * MIB), "memory reservation")
    engine.remove("more-limits")


def update_of_cpus_and_processes(engine):
    if engine.cli("update", "--help").code != 0:
        raise Skipped(f"this {engine.kind} has no update")
    has_pids = "--pids-limit" in engine.cli("update", "--help").out  # podman has it since 4.5
    pid = engine.detach("updated", options=() if has_pids else ("--pids-limit", "33"))
    engine.succeed("update", "--cpus", "0.5", "--cpuset-cpus", "0", *(("--pids-limit", "33") if has_pids else ()),
                   "updated")
    quota = host.cgroup_file(pid, "cpu", "cpu.cfs_quota_us", "cpu.max").split()[0]
    expect_equal((quota, host.cgroup_file(pid, "cpuset", "cpuset.cpus", "cpuset.cpus"),
                  host.cgroup_file(pid, "pids", "pids.max", "pids.max")), ("50000", "0", "33"),
                 "CPU quota, CPUs, limit of processes")
    result = engine.exec("updated", "sh", "-c", "echo x >/dev/null && grep Cpus_allowed_list /proc/self/status")
    expect_match(result.out, r":\s*0\n", f"CPUs of an exec: {result}")
    engine.remove("updated")


def device_permissions(engine):
    needs_root()
    if not os.path.exists("/dev/fuse"):
        raise Skipped("this machine has no /dev/fuse")
    result = engine.run("sh", "-c", "(exec 3</seen) && echo read; (exec 3<>/seen) || echo refused", options=(
        "--device", "/dev/fuse:/seen:r"))
    expect_equal(result.out, "read\nrefused\n", f"a device that may be read: {result}")
    result = engine.run("sh", "-c", "mknod /tmp/fuse c 10 229 && (exec 3<>/tmp/fuse) && echo opened", options=(
        "--device-cgroup-rule", "c 10:229 rwm"))
    expect_equal(result.out, "opened\n", f"a device whose rule was given: {result}")


def ipc_modes(engine):
    result = engine.run("sh", "-c", "grep ' /dev/shm ' /proc/mounts", options=("--ipc", "none"))
    expect_equal((result.code, result.out), (1, ""), f"/dev/shm with --ipc none: {result}")
    result = engine.run("sh", "-c", "grep -c ' /dev/shm ' /proc/mounts; readlink /proc/self/ns/ipc", options=(
        "--ipc", "private"))
    count, namespace = result.out.split()
    expect_equal(count, "1", "mounts of /dev/shm")
    expect(namespace != host.namespace(os.getpid(), "ipc"), "a namespace of its own")


def masks_taken_away(engine):
    option = "systempaths=unconfined" if engine.kind == "docker" else "unmask=ALL"
    result = engine.run("sh", "-c", "grep -c -E ' /proc/(kcore|sys|keys|timer_list) ' /proc/mounts", options=(
        "--security-opt", option))
    expect_equal(result.out, "0\n", f"mounts that mask: {result}")


def propagation_to_the_machine(engine):
    needs_root()
    source = f"{engine.work}/outwards"
    os.makedirs(f"{source}/made", exist_ok=True)
    subprocess.run(["mount", "--bind", source, source], check=True)
    # A group of its own: below systemd it would be that of the mount around it.
    for propagation in ("--make-private", "--make-shared"):
        subprocess.run(["mount", propagation, source], check=True)
    try:
        engine.detach("mounter", options=("--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined", "--volume",
                                          f"{source}:/mnt:rshared"))
        result = engine.exec("mounter", "mount", "-t", "tmpfs", "inside", "/mnt/made")
        expect_equal((result.code, host.mounts(f"{source}/made")), (0, [f"{source}/made"]), f"mounts: {result}")
        engine.remove("mounter")
    finally:
        host.unmount(source)


def deaf_container_is_removed(engine):
    """What handles no signal and has many processes goes at once with `rm --force`."""
    engine.detach("crowd", "sh", "-c", "trap '' TERM INT HUP; for i in 1 2 3 4 5 6 7 8; do (trap '' TERM; sleep 1012) "
                  "& done; echo set; while true; do sleep 0.1; done")
    wait_until(lambda: "set" in engine.cli("logs", "crowd").out, "the processes run")
    started = time.monotonic()
    engine.cli("rm", "--force", *(("--time", "0") if engine.kind == "podman" else ()), "crowd")
    expect(time.monotonic() - started < 8, "rm --force takes long")
    wait_until(lambda: not processes.named("sleep 1012"), "all processes end")


CHECKS = [exec_privileged, exec_as_user_of_the_container, exec_with_standard_input, attach_and_detach, stop_signal,
          restart_policy_after_a_kill, top_with_columns, cgroup_parent, cgroup_namespace, more_limits,
          update_of_cpus_and_processes, device_permissions, ipc_modes, masks_taken_away, propagation_to_the_machine,
          deaf_container_is_removed]

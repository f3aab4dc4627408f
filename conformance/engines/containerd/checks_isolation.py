"""What a container may see and do, as `ctr run` configures it, and its limits as the cgroup files outside show them."""

import json
import os
import re

from checks_life import LOOP
from host import cgroup_file
from report import Skipped, expect, expect_equal, expect_match, wait_until


def detached_with(daemon, name, options, check):
    pid = daemon.detach(name, *LOOP, options=options)
    check(pid)
    daemon.finish(name)


def memory_limit(daemon):
    detached_with(daemon, "memory", ("--memory-limit", "67108864"), lambda pid: expect_equal(
        cgroup_file(pid, "memory", "memory.limit_in_bytes", "memory.max"), "67108864", "memory limit"))


def cpu_limit(daemon):
    def check(pid):
        quota = cgroup_file(pid, "cpu", "cpu.cfs_quota_us", "cpu.max")
        expect_equal(quota.split()[0], "50000", "quota of half a CPU")
    detached_with(daemon, "cpu", ("--cpus", "0.5"), check)


def memory_limit_ends_process(daemon):
    """Both a limit that does not hold and a container that cannot be removed after it was hit would show here."""
    result = daemon.run("oom", "sh", "-c", "dd if=/dev/zero of=/dev/null bs=200M count=1; echo dd ended with $?",
                        options=("--memory-limit", "33554432"))
    expect_match(result.out, "dd ended with (137|1)", str(result))
    expect("dd ended with 0" not in result.out, "200 MB fit below a limit of 32 MB")


def configuration_file(daemon, name, change):
    """Writes a config.json: ctr's default for this image with a rootfs of its own, then changed by `change`."""
    config = json.loads(daemon.ctr("oci", "spec").out)
    rootfs = f"{daemon.work}/{name}"
    os.makedirs(f"{rootfs}/bin")
    for directory in ("dev", "proc", "sys", "run", "tmp", "etc"):
        os.makedirs(f"{rootfs}/{directory}")
    with open("/usr/bin/busybox" if os.path.exists("/usr/bin/busybox") else "/bin/busybox", "rb") as source:
        with open(f"{rootfs}/bin/busybox", "wb") as target:
            target.write(source.read())
    os.chmod(f"{rootfs}/bin/busybox", 0o755)
    config["root"] = {"path": rootfs, "readonly": False}
    config["process"]["args"] = ["/bin/busybox", "sleep", "1006"]
    config["process"]["env"] = ["PATH=/bin"]
    config["linux"]["cgroupsPath"] = f"/{daemon.namespace}/{name}"
    change(config)
    path = f"{daemon.work}/{name}.json"
    with open(path, "w", encoding="utf-8") as file:
        json.dump(config, file)
    return path


def pids_limit(daemon):
    """`ctr run` has no flag for it: the limit comes with a configuration file, and without a snapshot."""
    def change(config):
        config["linux"]["resources"]["pids"] = {"limit": 17}
    path = configuration_file(daemon, "pids", change)
    pid = daemon.detach("pids", options=("--config", path), source=None)
    expect_equal(cgroup_file(pid, "pids", "pids.max", "pids.max"), "17", "limit of processes")
    daemon.finish("pids")


def rlimits_hostname_and_user(daemon):
    def change(config):
        config["hostname"] = "from-config"
        config["process"]["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 123, "hard": 456}]
        config["process"]["user"] = {"uid": 1000, "gid": 1000, "additionalGids": [2000]}
        config["process"]["args"] = ["/bin/busybox", "sh", "-c", "ulimit -Sn; ulimit -Hn; hostname; id -u; id -G"]
    path = configuration_file(daemon, "rlimits", change)
    result = daemon.run("rlimits", options=("--config", path), source=None)
    expect_equal((result.code, result.out), (0, "123\n456\nfrom-config\n1000\n1000 2000\n"),
                 f"limits, host name, user and groups: {result}")


def read_only_rootfs(daemon):
    result = daemon.run("readonly", "sh", "-c", "touch /file; echo $?; touch /dev/shm/file && echo shm",
                        options=("--read-only",))
    expect_equal(result.out, "1\nshm\n", "touch /file and /dev/shm/file")
    expect_match(result.err, "Read-only file system", "touch /file")


def writable_rootfs(daemon):
    result = daemon.run("writable", "sh", "-c", "echo text >/file && cat /file")
    expect_equal((result.code, result.out), (0, "text\n"), "a file in the root directory")


def environment_and_directory(daemon):
    result = daemon.run("environment", "sh", "-c", "echo $ADDED $FROM_IMAGE; pwd",
                        options=("--env", "ADDED=added", "--cwd", "/tmp/made/by/runtime"))
    expect_equal((result.code, result.out), (0, "added yes\n/tmp/made/by/runtime\n"), "environment and directory")


def bind_mounts(daemon):
    source = f"{daemon.work}/source"
    os.makedirs(source)
    with open(f"{source}/file", "w", encoding="utf-8") as file:
        file.write("from the host\n")
    result = daemon.run("binds", "sh", "-c", "cat /ro/file; touch /ro/new; touch /rw/deep/new && echo made", options=(
        "--mount", f"type=bind,src={source},dst=/ro,options=rbind:ro",
        "--mount", f"type=bind,src={source},dst=/rw/deep,options=rbind:rw",
        "--mount", "type=tmpfs,dst=/scratch,options=size=1m"))
    expect_equal((result.code, result.out), (0, "from the host\nmade\n"), "bind mounts")
    expect_match(result.err, "/ro/new: Read-only file system", "touch in a read-only bind mount")
    expect_equal(sorted(os.listdir(source)), ["file", "new"], "the directory on the host")


def pid_namespace(daemon):
    result = daemon.run("own-pid", "sh", "-c", "echo $$; ls -d /proc/[0-9]* | wc -l; ls -l /proc/self/fd | wc -l")
    lines = result.out.splitlines()
    expect_equal(lines[0], "1", "pid of init")
    expect(int(lines[1]) < 6, f"{lines[1]} processes are visible in /proc")


def no_descriptor_is_inherited(daemon):
    result = daemon.run("descriptors", "sh", "-c", "ls /proc/1/fd; true")
    numbers = {int(word) for word in result.out.split()} - {10, 255}  # the shell's own
    expect_equal(numbers, {0, 1, 2}, "descriptors of init")


def capabilities(daemon):
    show = ("sh", "-c", "grep -E 'Cap(Eff|Bnd)|NoNewPrivs' /proc/self/status")
    plain = daemon.run("caps", *show).out
    dropped = daemon.run("caps-drop", *show, options=("--cap-drop", "CAP_NET_RAW")).out
    everything = daemon.run("caps-all", *show, options=("--privileged",)).out
    value = lambda text: int(re.search(r"CapBnd:\s*(\w+)", text).group(1), 16)
    expect_match(plain, r"NoNewPrivs:\s*1", "no_new_privs")
    expect_equal(value(plain) & ~value(dropped), 1 << 13, "what --cap-drop CAP_NET_RAW takes away")
    expect(value(everything) & (1 << 21), "a privileged container has CAP_SYS_ADMIN")
    expect(not value(plain) & (1 << 21), "an ordinary container lacks CAP_SYS_ADMIN")


def seccomp_profile(daemon):
    result = daemon.run("seccomp", "sh", "-c", "grep Seccomp: /proc/self/status; unshare -n true; echo $?",
                        options=("--seccomp", "--cap-add", "CAP_SYS_PTRACE"))
    expect_match(result.out, r"Seccomp:\s*2\n1\n", str(result))
    expect_match(result.err, "Operation not permitted", "unshare below the profile")


def masked_and_read_only_paths(daemon):
    masked = ("/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware")
    paths = [path for path in masked if os.path.exists(path)]
    script = "for p in $@; do if test -d $p; then ls $p | wc -l; else head -c 1 $p | wc -c; fi; done"
    result = daemon.run("masks", "sh", "-c", f"{script}; echo 1 >/proc/sys/kernel/panic", "sh", *paths)
    expect_equal(result.out.split(), ["0"] * len(paths), f"bytes or entries of {paths}")
    expect_match(result.err, "Read-only file system", "a write to /proc/sys")


def devices(daemon):
    """The device rules, not a missing capability, must keep a container from the machine's disk."""
    with open("/proc/partitions", encoding="utf-8") as file:
        disks = [line.split()[:2] for line in file if line.strip()][1:]
    if not disks:
        raise Skipped("this machine has no block device")
    major, minor = disks[0]
    result = daemon.run("devices", "sh", "-c", "echo x >/dev/null && head -c 4 /dev/urandom | wc -c; "
                        f"mknod /tmp/disk b {major} {minor}; cat /tmp/disk | head -c 1 | wc -c")
    expect_equal(result.out, "4\n0\n", f"bytes from /dev/urandom and from a disk: {result}")
    expect_match(result.err, r"/tmp/disk.*Operation not permitted", "open of a disk")


def user_namespace(daemon):
    result = daemon.run("userns", "sh", "-c", "id -u; cat /proc/self/uid_map; touch /file && stat -c %u /file",
                        options=("--uidmap", "0:200000:65536", "--gidmap", "0:200000:65536"))
    expect_equal(result.code, 0, str(result))
    expect_equal(result.out.split(), ["0", "0", "200000", "65536", "0"], "user namespace")


def shared_network_namespace(daemon):
    pid = daemon.detach("net-owner", "sh", "-c", "echo served | nc -l -p 8080; sleep 1000")
    guest = daemon.detach("net-guest", *LOOP, options=("--with-ns", f"network:/proc/{pid}/ns/net"))
    expect_equal(os.readlink(f"/proc/{guest}/ns/net"), os.readlink(f"/proc/{pid}/ns/net"), "network namespaces")
    expect(os.readlink(f"/proc/{guest}/ns/mnt") != os.readlink(f"/proc/{pid}/ns/mnt"), "mount namespaces must differ")
    expect(os.readlink(f"/proc/{pid}/ns/net") != os.readlink("/proc/self/ns/net"), "not the host's network")
    results = []
    wait_until(lambda: results.append(daemon.exec("net-guest", f"e{len(results)}", "sh", "-c",
                                                  "nc 127.0.0.1 8080 </dev/null"))
               or results[-1].code == 0,
               "the guest reaches the owner over the loopback device")
    expect_equal(results[-1].out, "served\n", "what the guest read")
    daemon.finish("net-guest")
    daemon.finish("net-owner")


CHECKS = [memory_limit, cpu_limit, pids_limit, memory_limit_ends_process, rlimits_hostname_and_user, read_only_rootfs,
          writable_rootfs, environment_and_directory, bind_mounts, pid_namespace, no_descriptor_is_inherited,
          capabilities, seccomp_profile, masked_and_read_only_paths, devices, user_namespace, shared_network_namespace]

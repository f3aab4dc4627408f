"""Pods and containers as kubelet makes them."""

import concurrent.futures
import contextlib
import os
import re
import signal
import subprocess
import time

import host
import processes
from kubelet import CONTAINER, EXITED, LOOP, NODE, POD, RUNNING, CallFailed
from protobuf import mapping
from report import Failed, Skipped, expect, expect_equal, expect_match, wait_until


@contextlib.contextmanager
def pod(kubelet, name, namespaces=None, **more):
    """A running pod: gives its id and configuration, and removes it when the check has passed."""
    config = kubelet.pod_config(name, namespaces, **more)
    identifier = kubelet.run_pod(config)
    yield identifier, config
    kubelet.remove_pod(identifier)


def refused(call, *arguments, **named):
    """The error of a call that must fail."""
    try:
        call(*arguments, **named)
    except CallFailed as error:
        return str(error)
    raise Failed(f"{call.__name__} must fail")


def life_of_a_container(kubelet):
    with pod(kubelet, "life") as (where, config):
        container = kubelet.run(where, config, "life", ["sh", "-c", "echo out; echo err >&2; exit 7"])
        expect_equal(kubelet.wait(container), 7, "exit code")
        expect_equal(sorted(kubelet.log("life").splitlines()), ["err", "out"], "the log")
        kubelet.call("RemoveContainer", {1: container})


def command_not_found(kubelet):
    with pod(kubelet, "nope") as (where, config):
        container = kubelet.create(where, config, "nope", ["/nope"])
        error = refused(kubelet.call, "StartContainer", {1: container})
        expect_match(error, 'exec: "/nope": stat /nope: no such file or directory', "the error")
        expect_equal(kubelet.status(container)[:2], (EXITED, 128), "state and exit code")


def exec_sync(kubelet):
    with pod(kubelet, "exec") as (where, config):
        container = kubelet.run(where, config, "exec", LOOP)
        expect_equal(kubelet.exec(container, "sh", "-c", "echo out; echo err >&2; exit 6"), (6, "out\n", "err\n"),
                     "exec")
        expect_match(refused(kubelet.exec, container, "/nope"), "no such file or directory", "/nope")
        expect_match(refused(kubelet.exec, container, "sleep", "1010", timeout=1), "timeout", "a slow probe")
        wait_until(lambda: not processes.named("sleep 1010"), "the probe's process is ended")
        expect_equal(kubelet.status(container)[0], RUNNING, "state")


def stop_within_and_after_the_timeout(kubelet):
    with pod(kubelet, "stop") as (where, config):
        polite = kubelet.run(where, config, "polite", ["sh", "-c", "trap 'exit 9' TERM; echo set; while true; do "
                                                       "sleep 0.1; done"])
        deaf = kubelet.run(where, config, "deaf", ["sh", "-c", "trap '' TERM; echo set; while true; do sleep 0.1; "
                                                   "done"])
        wait_until(lambda: "set" in kubelet.log("polite") and "set" in kubelet.log("deaf"), "the traps are set")
        started = time.monotonic()
        kubelet.call("StopContainer", {1: polite, 2: 30})
        expect(time.monotonic() - started < 20, "stop waits for the whole timeout")
        kubelet.call("StopContainer", {1: deaf, 2: 1})
        expect_equal((kubelet.status(polite)[1], kubelet.status(deaf)[1]), (9, 137), "exit codes")


def shared_namespaces(kubelet):
    namespaces = {1: NODE, 2: POD}
    with pod(kubelet, "shared", namespaces) as (where, config):
        pids = [kubelet.pid(kubelet.run(where, config, name, LOOP, namespaces=namespaces)) for name in ("one", "two")]
        for name in ("net", "ipc", "uts", "pid"):
            expect_equal(host.namespace(pids[0], name), host.namespace(pids[1], name), f"{name} namespace")
        expect(host.namespace(pids[0], "pid") != host.namespace(os.getpid(), "pid"), "not the machine's processes")
        expect(host.namespace(pids[0], "mnt") != host.namespace(pids[1], "mnt"), "mount namespaces must differ")


def host_namespaces(kubelet):
    namespaces = {1: NODE, 2: NODE, 3: NODE}
    with pod(kubelet, "node", namespaces) as (where, config):
        pid = kubelet.pid(kubelet.run(where, config, "node", LOOP, namespaces=namespaces))
        for name in ("net", "ipc", "pid"):
            expect_equal(host.namespace(pid, name), host.namespace(os.getpid(), name), f"{name} namespace")


def pod_network(kubelet):
    if not os.path.exists("/usr/lib/cni/ptp"):
        raise Skipped("needs containernetworking-plugins")
    namespaces = {1: POD, 2: CONTAINER}
    with pod(kubelet, "network", namespaces) as (where, config):
        container = kubelet.run(where, config, "network", LOOP, namespaces=namespaces)
        address = kubelet.call("PodSandboxStatus", {1: where}).message(1).message(5).text(1)
        expect_match(address, r"^10\.254\.77\.\d+$", "address of the pod")
        expect_match(kubelet.exec(container, "ip", "addr", "show", "eth0")[1], re.escape(address), "eth0 inside")


def resources_and_their_update(kubelet):
    with pod(kubelet, "limits") as (where, config):
        container = kubelet.run(where, config, "limits", LOOP, resources={
            1: 100000, 2: 50000, 3: 512, 4: 67108864, 5: 500, 6: "0"})
        pid = kubelet.pid(container)
        expect_equal(host.cgroup_file(pid, "memory", "memory.limit_in_bytes", "memory.max"), "67108864", "memory")
        expect_equal(host.cgroup_file(pid, "cpu", "cpu.cfs_quota_us", "cpu.max").split()[0], "50000", "CPU quota")
        with open(f"/proc/{pid}/oom_score_adj", encoding="utf-8") as file:
            expect_equal(file.read(), "500\n", "oom_score_adj")
        kubelet.call("UpdateContainerResources", {1: container, 2: {2: 25000, 4: 134217728}})
        expect_equal(host.cgroup_file(pid, "memory", "memory.limit_in_bytes", "memory.max"), "134217728", "new memory")
        expect_equal(host.cgroup_file(pid, "cpu", "cpu.cfs_quota_us", "cpu.max").split()[0], "25000", "new CPU quota")
        stats = kubelet.call("ContainerStats", {1: container}).message(1)
        expect(stats.message(2).message(2).integer(1) > 0, "CPU time in the statistics")
        expect(stats.message(3).message(2).integer(1) > 0, "memory in the statistics")


def oom_kill_is_reported(kubelet):
    with pod(kubelet, "oom") as (where, config):
        container = kubelet.run(where, config, "oom", ["sh", "-c", "dd if=/dev/zero of=/dev/null bs=200M count=1; "
                                                       "sleep 2; exit 3"], resources={4: 33554432})
        expect_equal(kubelet.wait(container), 3, "exit code")
        wait_until(lambda: kubelet.status(container)[2] == "OOMKilled", "the reason is OOMKilled", seconds=5)


def security_context(kubelet):
    with pod(kubelet, "security") as (where, config):
        script = "id -u; id -G; grep -E 'CapBnd|NoNewPrivs|Seccomp:' /proc/self/status; touch /file"
        container = kubelet.run(where, config, "security", ["sh", "-c", script], security={
            1: {1: ["NET_ADMIN"], 2: ["CHOWN"]}, 5: {1: 1000}, 12: {1: 1000}, 7: True, 8: [2000], 11: True,
            15: {1: 0}})
        expect_equal(kubelet.wait(container), 1, "exit code of touch in a read-only root")
        log = kubelet.log("security")
        expect_match(log, r"(?m)^1000\n1000 2000$", "user and groups")
        bounding = int(re.search(r"CapBnd:\s*(\w+)", log).group(1), 16)
        expect_equal((bounding >> 12 & 1, bounding & 1), (1, 0), "NET_ADMIN and CHOWN")
        expect_match(log, r"NoNewPrivs:\s*1", "no_new_privs")
        expect_match(log, r"Seccomp:\s*2", "the default profile")
        expect_match(log, "Read-only file system", "touch")


def mounts_devices_and_sysctls(kubelet):
    source = f"{kubelet.work}/source"
    os.makedirs(source, exist_ok=True)
    with open(f"{source}/file", "w", encoding="utf-8") as file:
        file.write("from the host\n")
    subprocess.run(["mount", "--bind", source, source], check=True)
    subprocess.run(["mount", "--make-shared", source], check=True)
    try:
        mounted(kubelet, source)
    finally:
        subprocess.run(["umount", "-l", source], check=True)


def mounted(kubelet, source):
    with pod(kubelet, "mounts", linux={3: mapping({"kernel.shm_rmid_forced": "1"})}) as (where, config):
        container = kubelet.run(where, config, "mounts", LOOP, more={
            7: [{1: "/ro", 2: source, 3: True}, {1: "/slave", 2: source, 5: 1}],
            8: [{1: "/dev/zero-again", 2: "/dev/zero", 3: "r"}], 6: [{1: "ADDED", 2: "added"}], 5: "/home/guest"})
        script = "pwd; echo $ADDED; cat /ro/file /proc/sys/kernel/shm_rmid_forced; head -c 3 /dev/zero-again | wc -c"
        expect_equal(kubelet.exec(container, "sh", "-c", script)[:2], (0, "/home/guest\nadded\nfrom the host\n1\n3\n"),
                     "directory, environment, mount, parameter of the kernel, device")
        expect_match(kubelet.exec(container, "touch", "/ro/new")[2], "Read-only file system", "a read-only mount")
        mounts = kubelet.exec(container, "cat", "/proc/self/mountinfo")[1]
        expect_match(mounts, r" /slave .* master:\d+", "a mount with propagation from the host")
        expect(not re.search(r" /ro .* (master|shared):", mounts), "a mount without propagation")


def daemon_restarts_with_live_containers(kubelet):
    with pod(kubelet, "survivor") as (where, config):
        container = kubelet.run(where, config, "survivor", LOOP)
        pid = kubelet.pid(container)
        kubelet.stop_daemon()
        expect(os.path.exists(f"/proc/{pid}"), "the container runs on without its daemon")
        kubelet.start_daemon()
        expect_equal((kubelet.status(container)[0], kubelet.pid(container)), (RUNNING, pid), "state and pid")
        expect_equal(kubelet.exec(container, "echo", "back")[1], "back\n", "exec after the restart")


def shim_dies(kubelet):
    if kubelet.major_version() >= 2:
        raise Skipped("containerd 2 leaves the containers of a pod whose shim dies, whatever the runtime")
    config = kubelet.pod_config("orphan")
    where = kubelet.run_pod(config)
    container = kubelet.run(where, config, "orphan", LOOP)
    pid = kubelet.pid(container)
    os.kill(processes.parents()[pid][0], signal.SIGKILL)
    wait_until(lambda: processes.reap_adopted({kubelet.service.pid}) or not os.path.exists(f"/proc/{pid}"), "init ends")
    wait_until(lambda: kubelet.status(container)[0] == EXITED, "the plugin notices")
    kubelet.remove_pod(where)
    kubelet.shims.forget(where)


def hundred_in_a_row(kubelet):
    with pod(kubelet, "row") as (where, config):
        for number in range(100):
            container = kubelet.run(where, config, f"row-{number}", ["sh", "-c", f"exit {number}"])
            expect_equal(kubelet.wait(container), number, f"exit code of run {number}")
            kubelet.call("RemoveContainer", {1: container})


def twenty_pods_at_once(kubelet):
    def one(number):
        config = kubelet.pod_config(f"storm-{number}")
        where = kubelet.run_pod(config)
        code = kubelet.wait(kubelet.run(where, config, f"storm-{number}", ["sh", "-c", f"exit {number}"]))
        kubelet.remove_pod(where)
        return code
    with concurrent.futures.ThreadPoolExecutor(max_workers=20) as pool:
        expect_equal(list(pool.map(one, range(20))), list(range(20)), "exit codes")


CHECKS = [life_of_a_container, command_not_found, exec_sync, stop_within_and_after_the_timeout, shared_namespaces,
          host_namespaces, pod_network, resources_and_their_update, oom_kill_is_reported, security_context,
          mounts_devices_and_sysctls, daemon_restarts_with_live_containers, shim_dies, hundred_in_a_row,
          twenty_pods_at_once]

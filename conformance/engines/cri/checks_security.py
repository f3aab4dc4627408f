"""Security contexts of pods and containers beyond the default one, and pods that lose a part of themselves."""

import json
import os
import re
import signal
import subprocess

import host
import processes
from checks_pods import pod, refused
from kubelet import CONTAINER, EXITED, LOOP, NODE, POD, RUNNING
from report import Skipped, expect, expect_equal, expect_match, wait_until

RUNTIME_DEFAULT, UNCONFINED, LOCALHOST = range(3)  # ProfileType
NOT_READY = 1  # PodSandboxState
PRIVILEGED_POD = {2: {1: {1: NODE, 2: CONTAINER}, 6: True}}


def ended(kubelet, where, config, name, script, **options):
    """Runs a script to its end as a container; gives its exit code and its log."""
    container = kubelet.run(where, config, name, ["sh", "-c", script], **options)
    return kubelet.wait(container), kubelet.log(name)


def privileged_container(kubelet):
    with pod(kubelet, "privileged", linux=PRIVILEGED_POD) as (where, config):
        code, log = ended(kubelet, where, config, "privileged", "grep -E 'CapBnd|Seccomp:' /proc/self/status; "
                          "mkdir /m && mount -t tmpfs none /m && echo mounted; ls /dev/full /dev/kmsg; "
                          "test -w /proc/sys/kernel/panic && echo writable", security={2: True})
        if code != 0 and "kmsg" in log and not os.path.exists("/dev/kmsg"):
            raise Skipped("this machine has no /dev/kmsg")
        bounding = int(re.search(r"CapBnd:\s*(\w+)", log).group(1), 16)
        expect_equal(bounding, int(host.status_field(os.getpid(), "CapBnd"), 16), "bounding set")
        expect_match(log, r"Seccomp:\s*0", "no seccomp filter")
        expect_match(log, "(?s)mounted.*/dev/full.*writable", "a mount, the machine's devices, kernel parameters")


def seccomp_profiles(kubelet):
    path = f"{kubelet.work}/seccomp.json"
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
            {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}, file)
    script = "grep Seccomp: /proc/self/status; mkdir /directory; unshare -U true"
    with pod(kubelet, "seccomp") as (where, config):
        profiles = {RUNTIME_DEFAULT: {1: RUNTIME_DEFAULT}, UNCONFINED: {1: UNCONFINED},
                    LOCALHOST: {1: LOCALHOST, 2: path}}
        logs = [ended(kubelet, where, config, f"seccomp-{kind}", script, security={15: profile})[1]
                for kind, profile in profiles.items()]
        expect_equal([re.search(r"Seccomp:\s*(\d)", log).group(1) for log in logs], ["2", "0", "2"], "filters")
        expect_match(logs[RUNTIME_DEFAULT], "unshare.*Operation not permitted", "the default profile")
        expect_equal(logs[UNCONFINED].count("\n"), 1, f"complaints without a profile: {logs[UNCONFINED]}")
        expect_match(logs[LOCALHOST], "mkdir.*Function not implemented", "a profile of the machine")


def apparmor_profiles(kubelet):
    has_apparmor = os.path.isdir("/sys/kernel/security/apparmor")
    with pod(kubelet, "apparmor") as (where, config):
        code, log = ended(kubelet, where, config, "unconfined", "cat /proc/self/attr/current || true", security={
            16: {1: UNCONFINED}})
        expect_equal(code, 0, f"exit code without a profile: {log}")
        if has_apparmor:
            expect_match(log, "unconfined", "label without a profile")
        else:
            expect_match(refused(kubelet.create, where, config, "confined", ["true"], security={
                16: {1: LOCALHOST, 2: "localhost/none"}}), "(?i)apparmor", "the error where there is no AppArmor")


def user_namespace_of_a_pod(kubelet):
    if not os.path.exists("/usr/lib/cni/ptp"):
        raise Skipped("needs containernetworking-plugins")
    ranges = [{1: 200000, 2: 0, 3: 65536}]
    namespaces = {1: POD, 2: CONTAINER, 5: {1: POD, 2: ranges, 3: ranges}}
    with pod(kubelet, "userns", namespaces) as (where, config):
        code, log = ended(kubelet, where, config, "userns", "cat /proc/self/uid_map; touch /file && stat -c %u /file",
                          namespaces=namespaces)
        if re.match(r"\s*0\s+0\s", log):
            raise Skipped("containerd before 1.7 does not know user namespaces of pods, and ignores them")
        expect_equal((code, log.split()), (0, ["0", "200000", "65536", "0"]), "user namespace")


def propagation_in_both_directions(kubelet):
    """A mount below a volume arrives on the machine with Bidirectional (what a storage driver's pod needs), and stays
    inside with HostToContainer."""
    source = f"{kubelet.work}/propagated"
    os.makedirs(f"{source}/both", exist_ok=True)
    os.makedirs(f"{source}/inside", exist_ok=True)
    subprocess.run(["mount", "--bind", source, source], check=True)
    subprocess.run(["mount", "--make-shared", source], check=True)
    try:
        with pod(kubelet, "both", linux=PRIVILEGED_POD) as (where, config):
            container = kubelet.run(where, config, "both", LOOP, security={2: True}, more={
                7: [{1: "/both", 2: source, 5: 2}, {1: "/slave", 2: source, 5: 1}]})
            for point in ("/both/both", "/slave/inside"):
                expect_equal(kubelet.exec(container, "mount", "-t", "tmpfs", "made-inside", point)[0], 0, "mount")
            expect_equal(sorted(set(host.mounts(source)) - {source}), [f"{source}/both"], "mounts on the machine")
            expect_equal(kubelet.exec(container, "umount", "/both/both")[0], 0, "unmount")
            expect_equal(host.mounts(f"{source}/both"), [], "mounts on the machine after the unmount")
    finally:
        host.unmount(source)


def recursively_read_only_mount_is_offered(kubelet):
    """containerd 2 asks `features` whether the runtime has it; before, a mount below a read-only one stays writable."""
    answer = kubelet.call("Status", {})
    handlers = {handler.text(1): handler.message(2) for handler in answer.messages(3)}
    if "under-test" not in handlers:
        raise Skipped("containerd before 2.0 tells kubelet nothing of what a runtime has")
    found = handlers["under-test"]
    expect_equal((found.integer(1), found.integer(2)), (1, 1), "recursive read-only mounts and user namespaces")


def pod_loses_its_sandbox(kubelet):
    """kubelet then ends the pod's containers and makes another sandbox for it."""
    with pod(kubelet, "lost") as (where, config):
        container = kubelet.run(where, config, "lost", LOOP)
        pause = next(pid for pid in processes.named("/bin/sleep 1009"))
        os.kill(pause, signal.SIGKILL)
        wait_until(lambda: kubelet.call("PodSandboxStatus", {1: where}).message(1).integer(3) == NOT_READY,
                   "the pod is not ready")
        kubelet.call("StopPodSandbox", {1: where})
        expect_equal(kubelet.status(container)[0], EXITED, "state of the container of a stopped pod")
        again = kubelet.run_pod({**config, 1: {**config[1], 4: 1}})
        expect_equal(kubelet.status(kubelet.run(again, config, "again", LOOP))[0], RUNNING, "state in the next sandbox")
        kubelet.remove_pod(again)


def daemon_is_killed(kubelet):
    """What ends while there is no containerd has its exit code when there is one again."""
    if kubelet.major_version() >= 2:
        raise Skipped("containerd 2 loses the exit code, and the shim of the pod, whatever the runtime")
    with pod(kubelet, "killed") as (where, config):
        container = kubelet.run(where, config, "killed", ["sh", "-c", "sleep 1; exit 5"])
        survivor = kubelet.run(where, config, "survivor", LOOP)
        pid = kubelet.pid(container)
        kubelet.service.kill()
        wait_until(lambda: not os.path.exists(f"/proc/{pid}"), "the container ends while there is no daemon")
        kubelet.start_daemon()
        wait_until(lambda: kubelet.status(container)[0] == EXITED, "the plugin notices")
        expect_equal(kubelet.status(container)[1], 5, "exit code")
        expect_equal(kubelet.exec(survivor, "echo", "back")[1], "back\n", "exec in the other container")


def statistics_of_a_pod(kubelet):
    with pod(kubelet, "stats") as (where, config):
        for name in ("one", "two"):
            kubelet.run(where, config, name, LOOP)
        linux = kubelet.call("PodSandboxStats", {1: where}).message(1).message(2)
        expect(linux.message(1).message(2).integer(1) > 0, "CPU time of the pod")
        expect(linux.message(2).message(4).integer(1) > 0, "memory of the pod")
        expect_equal(sorted(one.message(1).message(2).text(1) for one in linux.messages(5)), ["one", "two"],
                     "containers in the statistics")


CHECKS = [privileged_container, seccomp_profiles, apparmor_profiles, user_namespace_of_a_pod,
          propagation_in_both_directions, recursively_read_only_mount_is_offered, pod_loses_its_sandbox,
          daemon_is_killed, statistics_of_a_pod]

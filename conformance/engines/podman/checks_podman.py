"""What only podman has: pods, user namespaces by option, hooks, descriptors, conmon, its own exit codes."""

import json
import os
import signal
import time

import host
import processes
from engine import IMAGE
from report import expect, expect_equal, expect_match, wait_until


def pod_shares_namespaces(engine):
    engine.succeed("pod", "create", "--name", "pod", *engine.common_options(), "--infra-image", IMAGE,
                   "--infra-command", "/bin/sleep 1008",
                   "--share", "net,ipc,uts,pid")
    loop = ("sh", "-c", "trap 'exit 0' TERM; while true; do sleep 0.1; done")
    pids = []
    for name in ("first", "second"):
        engine.succeed("run", "--detach", "--pod", "pod", "--name", name, IMAGE, *loop)
        pids.append(engine.pid(name))
    for name in ("net", "ipc", "uts", "pid"):
        expect_equal(host.namespace(pids[0], name), host.namespace(pids[1], name), f"{name} namespace")
    expect(host.namespace(pids[0], "mnt") != host.namespace(pids[1], "mnt"), "mount namespaces must differ")
    described = json.loads(engine.succeed("pod", "inspect", "pod"))
    described = described[0] if isinstance(described, list) else described  # podman 5 describes several
    expect_equal(described["NumContainers"], 3, "containers of the pod")
    engine.succeed("pod", "pause", "pod")
    expect_equal(engine.status("first"), "paused", "status in a paused pod")
    engine.succeed("pod", "unpause", "pod")
    engine.succeed("pod", "stop", "--time", "1", "pod")
    engine.succeed("pod", "rm", "--force", "pod")


def user_namespace(engine):
    first = engine.first_id()
    result = engine.run("sh", "-c", "id -u; cat /proc/self/uid_map; touch /file && stat -c %u /file",
                        options=("--uidmap", f"0:{first}:60000", "--gidmap", f"0:{first}:60000"))
    expect_equal((result.code, result.out.split()), (0, ["0", "0", str(first), "60000", "0"]),
                 f"user namespace: {result}")


def hooks(engine):
    log = f"{engine.work}/hook.log"
    script = f"{engine.work}/hook.sh"
    with open(script, "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\necho $1 >>{log}\ncat >>{log}\necho >>{log}\n")
    os.chmod(script, 0o755)
    path = f"{engine.work}/hooks/hook.json"
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"version": "1.0.0", "hook": {"path": script, "args": ["hook", "called"]},
                   "when": {"annotations": {"^hooked$": "^yes$"}},
                   "stages": ["createRuntime", "poststart", "poststop"]}, file)
    try:
        engine.detach("hooked", options=("--annotation", "hooked=yes"))
        engine.remove("hooked")
    finally:
        os.unlink(path)
    with open(log, encoding="utf-8") as file:
        lines = file.read().splitlines()
    states = [json.loads(line) for line in lines if line.startswith("{")]
    expect_equal(len(states), 3, f"hooks that were called, in {lines}")
    expect(all(state["annotations"]["hooked"] == "yes" for state in states), "annotations in the state")
    expect_equal([state["status"] for state in states][2], "stopped", "status in the poststop hook")


def failing_hook(engine):
    path = f"{engine.work}/hooks/failing.json"
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"version": "1.0.0", "hook": {"path": "/bin/false"}, "when": {"always": True},
                   "stages": ["createRuntime"]}, file)
    try:
        result = engine.run("true")
    finally:
        os.unlink(path)
    expect(result.code in (125, 126), f"exit code of {result}")
    expect_match(result.err, "hook", "the error")


def preserved_descriptors(engine):
    path = f"{engine.work}/descriptor"
    with open(path, "w", encoding="utf-8") as file:
        file.write("through 3\n")
    result = processes.run(["sh", "-c", f'exec 3<{path}; "$@"', "sh", *engine.run_arguments(
        "sh", "-c", "cat <&3", options=("--rm", "--preserve-fds", "1"))])
    expect_equal((result.code, result.out), (0, "through 3\n"), f"a descriptor: {result}")


def conmon_dies(engine):
    """Without conmon the container goes on; podman ends and removes it."""
    pid = engine.detach("orphan")
    identifier = engine.inspect("orphan")["Id"]
    conmon = processes.parents()[pid][0]
    expect_match(processes.command_line(conmon), "conmon", "the parent of init")
    os.kill(conmon, signal.SIGKILL)
    # The suite has become the parent of init, and podman waits until init's parent has reaped it.
    client = processes.start([*engine.client, "rm", "--force", "--time", "1", "orphan"])
    while client.poll() is None:
        processes.reap_adopted({client.pid})
        time.sleep(0.02)
    result = processes.finish(client)
    wait_until(lambda: processes.reap_adopted(set()) or not os.path.exists(f"/proc/{pid}"), "init ends")
    expect(engine.cli("container", "exists", "orphan").code == 1, f"the container is still there: {result}")
    # podman itself never asks the runtime to delete such a container; a user who does finds nothing left.
    result = processes.run([engine.runtime, "delete", "--force", identifier])
    expect(result.code == 0, str(result))
    expect_equal(host.cgroups(engine.cgroup_of(identifier)), [], "cgroups after the delete")


def info_names_the_runtime(engine):
    info = json.loads(engine.succeed("info", "--format", "json"))
    expect_equal(info["host"]["ociRuntime"]["path"], engine.runtime, "path")
    expect_match(info["host"]["ociRuntime"]["version"], "version", "version")


CHECKS = [pod_shares_namespaces, user_namespace, hooks, failing_hook, preserved_descriptors, conmon_dies,
          info_names_the_runtime]

"""What only dockerd has: the daemon's restart, the death of a shim, what `docker info` and a failed start say."""

import json
import os
import re
import signal

import checks_build
import host
import processes
from engine import IMAGE
from report import expect, expect_equal, expect_match, wait_until


def daemon_restarts_with_live_containers(engine):
    pid = engine.detach("survivor", "sh", "-c", "trap 'exit 8' TERM; i=0; while true; do i=$((i+1)); echo $i >/count; "
                        "sleep 0.1; done")
    engine.daemon.stop()
    expect(os.path.exists(f"/proc/{pid}"), "the container runs on without its daemon")
    engine.start_daemon()
    expect_equal((engine.status("survivor"), engine.pid("survivor")), ("running", pid), "status and pid")
    expect_equal(engine.exec("survivor", "test", "-s", "/count").code, 0, "exec after the restart")
    engine.succeed("stop", "survivor")
    expect_equal(engine.state("survivor")["ExitCode"], 8, "exit code of the trap")
    engine.remove("survivor")


def daemon_is_killed(engine):
    pid = engine.detach("abandoned", "sh", "-c", "sleep 2; exit 5")
    engine.daemon.kill()
    wait_until(lambda: not os.path.exists(f"/proc/{pid}"), "the container ends while there is no daemon")
    engine.start_daemon()
    wait_until(lambda: engine.status("abandoned") == "exited", "the daemon notices")
    expect_equal(engine.state("abandoned")["ExitCode"], 5, "exit code")
    engine.remove("abandoned")


def shim_dies(engine):
    """Without its shim containerd calls `delete --force`, which must end the container and remove its cgroup."""
    pid = engine.detach("orphan")
    identifier = engine.inspect("orphan")["Id"]
    os.kill(processes.parents()[pid][0], signal.SIGKILL)
    known = {engine.daemon.pid, engine.containerd.pid}
    wait_until(lambda: processes.reap_adopted(known) or not os.path.exists(f"/proc/{pid}"), "init ends")
    wait_until(lambda: engine.status("orphan") == "exited", "the daemon notices")
    wait_until(lambda: not host.cgroups(f"{engine.cgroup}/{identifier}"), "the cgroups are removed")
    engine.shims.forget(identifier)
    engine.remove("orphan")


def info_accepts_the_runtime(engine):
    expect_equal(engine.succeed("info", "--format", "{{.DefaultRuntime}}"), "under-test", "default runtime")
    with open(f"{engine.work}/dockerd.log", encoding="utf-8") as file:
        expect("failed to parse" not in file.read(), "dockerd can read the version of the runtime")


def failed_start_in_the_state(engine):
    """What dockerd reads of the state: pid, start, exit code, error text."""
    result = processes.run(engine.run_arguments("/nope", options=("--name", "failed")))
    expect_equal(result.code, 127, f"exit code of {result}")
    state = engine.state("failed")
    expect_equal(state["ExitCode"], 127, "exit code in the state")
    expect_match(state["Error"], "/nope.*no such file or directory", "error in the state")
    engine.remove("failed")


def daemon_stops_its_containers(engine):
    """Without live-restore they end with their daemon, and those whose policy says so come back with the next."""
    engine.configure({"live-restore": False})
    try:
        pids = [engine.detach("policy", options=("--restart", "always")), engine.detach("plain")]
        wait_until(lambda: engine.succeed("info", "--format", "{{.LiveRestoreEnabled}}") == "false", "the setting is read")
        engine.daemon.stop(seconds=40)
        expect_equal([os.path.exists(f"/proc/{pid}") for pid in pids], [False, False], "containers after their daemon")
        engine.start_daemon()
        wait_until(lambda: engine.status("policy") == "running", "a container with a policy comes back")
        expect_equal((engine.status("plain"), engine.state("plain")["ExitCode"]), ("exited", 0), "the other one")
        engine.remove("policy", "plain")
    finally:
        engine.configure({"live-restore": True})


def hooks_of_a_wrapper(engine):
    result = engine.run("cat", "/hooked", options=("--runtime", "hooked"))
    expect_equal((result.code, result.out), (0, "startContainer\n"), f"the hook inside: {result}")
    wait_until(lambda: re.search(r"poststop\n{.*}", hook_log(engine)), "the last hook has run")
    lines = hook_log(engine).splitlines()
    stages = ["prestart", "createRuntime", "createContainer", "poststart", "poststop"]
    expect_equal([line for line in lines if line in stages], stages, "the order of the hooks")
    states = [json.loads(line) for line in lines if line.startswith("{")]
    expect_equal((len(states), len({state["id"] for state in states}), states[-1]["status"]), (5, 1, "stopped"),
                 "states that the hooks were given")


def hook_log(engine):
    with open(f"{engine.work}/hooks.log", encoding="utf-8") as file:
        return file.read()


def failing_hooks(engine):
    for stage in ("prestart", "createRuntime", "createContainer"):
        result = engine.run("echo", "ran", options=("--runtime", "hooked", "--env", f"FAILING_HOOK={stage}"))
        expect((result.code, result.out) != (0, "ran\n") and result.code in (125, 126, 127, 128), str(result))
        expect_match(result.err, "hook", f"the error of a failing {stage} hook")


def image_is_built_by_buildkit(engine):
    """It calls `run` and no `create`, without dockerd's containerd."""
    log = f"{engine.work}/builder.log"
    checks_build.builds_and_runs(engine, "kit", kit=True)
    with open(log, encoding="utf-8") as file:
        expect_equal(len(re.findall(r" run .*--bundle", file.read())), 3, "containers of the build")
    result = checks_build.build(engine, "failing-kit", f"FROM {IMAGE}\nRUN exit 7\n", kit=True)
    expect_equal(result.code, 1, f"exit code of {result}")
    expect_match(result.out + result.err, "exit code: 7", "what it says of the command")


CHECKS = [image_is_built_by_buildkit, daemon_restarts_with_live_containers, daemon_is_killed, shim_dies,
          info_accepts_the_runtime, failed_start_in_the_state, daemon_stops_its_containers, hooks_of_a_wrapper,
          failing_hooks]

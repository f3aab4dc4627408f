"""What is done with a running container: exec, stop, kill, pause, stats, top, update, restart, health, copy."""

import json
import time

import host
import processes
import terminal
from report import NOT_YET, NotYet, Skipped, expect, expect_equal, expect_match, wait_until


def exec_output_and_exit_code(engine):
    engine.detach("exec")
    result = engine.exec("exec", "sh", "-c", "echo out; echo err >&2; exit 6")
    expect_equal((result.code, result.out, result.err), (6, "out\n", "err\n"), "exec")
    result = engine.exec("exec", "sh", "-c", "id -u; pwd; echo $ADDED", options=(
        "--user", "1000", "--workdir", "/tmp", "--env", "ADDED=yes"))
    expect_equal((result.code, result.out), (0, "1000\n/tmp\nyes\n"), "user, directory and environment")
    engine.remove("exec")


def exec_joins_the_container(engine):
    pid = engine.detach("exec-in")
    result = engine.exec("exec-in", "sh", "-c", "for n in mnt pid net ipc uts; do readlink /proc/self/ns/$n; done")
    expect_equal(result.out.split(), [host.namespace(pid, name) for name in ("mnt", "pid", "net", "ipc", "uts")],
                 "namespaces of the new process")
    own = engine.exec("exec-in", "cat", "/proc/self/cgroup").out
    expect_equal(own, engine.exec("exec-in", "cat", "/proc/1/cgroup").out, "cgroups of init and of the new process")
    engine.remove("exec-in")


def exec_with_terminal(engine):
    engine.detach("exec-tty")
    result = terminal.run([*engine.client, "exec", "-it", "exec-tty", "sh", "-c", terminal.SHOW + "exit 3"],
                          text=b"typed\n")
    expect_equal(result.code, 3, f"exit code of {result.out!r}")
    expect_match(result.out, r"/dev/pts/\d+\r+\n", "tty")
    expect_match(result.out, r"33 111\r+\n", "size of the terminal")
    expect_match(result.out, "got typed", "what was typed")
    engine.remove("exec-tty")


def exec_command_not_found(engine):
    engine.detach("exec-nope")
    # dockerd 20.10 says 126 whatever the reason is, with runc as well.
    missing = (127,) if engine.kind == "podman" else (126, 127)
    for command, codes, text in (("/nope", missing, "stat /nope: no such file or directory"),
                                 ("nope", missing, "executable file not found in"),
                                 ("/etc", (126,), "permission denied"), ("/etc/passwd", (126,), "permission denied")):
        result = engine.exec("exec-nope", command)
        expect(result.code in codes, f"exit code of {result}")
        expect_match(result.out + result.err, f"(?i){text}", command)
    expect_equal(engine.status("exec-nope"), "running", "status after the failed execs")
    engine.remove("exec-nope")


def exec_detached_and_top(engine):
    pid = engine.detach("exec-detach")
    engine.succeed("exec", "--detach", "exec-detach", "sleep", "1007")
    wait_until(lambda: processes.named("sleep 1007"), "the process runs")
    expect_match(engine.succeed("top", "exec-detach"), "sleep 1007", "top")
    expect(pid in processes.descendants(), "init descends from the engine")
    engine.remove("exec-detach")
    expect(not processes.named("sleep 1007"), "the process ends with its container")


def execs_at_once(engine):
    engine.detach("exec-many")
    results = processes.run_at_once([[*engine.client, "exec", "exec-many", "sh", "-c", f"echo {i}; exit {i}"]
                                     for i in range(10)])
    expect_equal([(result.code, result.out) for result in results], [(i, f"{i}\n") for i in range(10)], "ten execs")
    engine.remove("exec-many")


def stop_within_timeout(engine):
    engine.detach("polite", "sh", "-c", "trap 'exit 9' TERM; while true; do sleep 0.1; done")
    engine.exec("polite", "sleep", "0.3")  # the trap is not set at once
    started = time.monotonic()
    engine.succeed("stop", "--time", "20", "polite")
    expect(time.monotonic() - started < 15, "stop waits for the whole timeout")
    expect_equal(engine.state("polite")["ExitCode"], 9, "exit code of the trap")
    engine.remove("polite")


def stop_after_timeout(engine):
    engine.detach("deaf", "sh", "-c", "trap '' TERM; while true; do sleep 0.1; done")
    engine.exec("deaf", "sleep", "0.3")
    engine.succeed("stop", "--time", "1", "deaf")
    expect_equal(engine.state("deaf")["ExitCode"], 137, "exit code after SIGKILL")
    engine.remove("deaf")


def kill_with_signals(engine):
    engine.detach("signals", "sh", "-c", "trap 'echo usr1' USR1; trap 'exit 11' HUP; echo set; while true; do "
                  "sleep 0.1; done")
    wait_until(lambda: "set" in engine.cli("logs", "signals").out, "the traps are set")
    engine.succeed("kill", "--signal", "USR1", "signals")
    wait_until(lambda: "usr1" in engine.cli("logs", "signals").out, "SIGUSR1 arrives")
    engine.succeed("kill", "--signal", "1", "signals")
    expect_equal(engine.succeed("wait", "signals"), "11", "exit code of the trap")
    expect(engine.cli("kill", "signals").code != 0, "kill of a stopped container must fail")
    engine.remove("signals")


def pause_and_unpause(engine):
    engine.detach("paused")
    result = engine.cli("pause", "paused")
    if result.code != 0 and NOT_YET.search(result.err):
        raise NotYet(result.err)
    expect(result.code == 0, str(result))
    expect_equal(engine.status("paused"), "paused", "status after pause")
    expect(engine.exec("paused", "true").code != 0, "exec into a paused container must fail")
    engine.succeed("unpause", "paused")
    expect_equal(engine.exec("paused", "echo", "back").out, "back\n", "exec after unpause")
    engine.remove("paused")


def remove_of_paused(engine):
    engine.detach("frozen")
    engine.succeed("pause", "frozen")
    engine.succeed("rm", "--force", "frozen")
    expect(engine.cli("inspect", "frozen").code != 0, "the container is gone")


def stats(engine):
    engine.detach("stats", options=("--memory", "64m"))
    lines = engine.succeed("stats", "--no-stream", "--format", "{{json .}}" if engine.kind == "docker" else "json",
                           "stats")
    found = json.loads(lines)
    found = found[0] if isinstance(found, list) else found
    text = json.dumps(found)
    expect_match(text, r"/ (64MiB|67\.11MB)", "memory limit in the statistics")
    expect(int(str(found.get("PIDs", found.get("pids", "0")))) >= 1, f"number of processes in {text}")
    engine.remove("stats")


def update_limits(engine):
    if engine.cli("update", "--help").code != 0:
        raise Skipped(f"this {engine.kind} has no update")
    pid = engine.detach("updated", options=("--memory", "64m", "--memory-swap", "64m"))
    engine.succeed("update", "--memory", "128m", "--memory-swap", "128m", "--cpu-shares", "512", "updated")
    expect_equal(host.cgroup_file(pid, "memory", "memory.limit_in_bytes", "memory.max"), "134217728", "memory limit")
    # A runtime's formula for v2 is the linear one of runc 1.1, or the kernel's own nearest to the default, of runc 1.4.
    expect(host.cgroup_file(pid, "cpu", "cpu.shares", "cpu.weight") in ("512", "20", "59"), "CPU shares")
    engine.remove("updated")


def restart(engine):
    first = engine.detach("restarted")
    engine.succeed("restart", "--time", "5", "restarted")
    expect_equal(engine.status("restarted"), "running", "status")
    expect(engine.pid("restarted") != first, "the process is another")
    engine.remove("restarted")


def health_check(engine):
    engine.detach("healthy", options=("--health-cmd", "test -e /healthy", "--health-interval", "500ms",
                                      "--health-retries", "1"))

    def health():
        if engine.kind == "podman":
            engine.cli("healthcheck", "run", "healthy")  # without systemd nothing else starts it
        state = engine.state("healthy")
        return (state.get("Health") or state.get("Healthcheck"))["Status"]
    wait_until(lambda: health() == "unhealthy", "the container is unhealthy")
    engine.succeed("exec", "healthy", "touch", "/healthy")
    wait_until(lambda: health() == "healthy", "the container is healthy")
    engine.remove("healthy")


def copy_in_and_out(engine):
    engine.detach("copied")
    with open(f"{engine.work}/in", "w", encoding="utf-8") as file:
        file.write("in and out\n")
    engine.succeed("cp", f"{engine.work}/in", "copied:/tmp/file")
    expect_equal(engine.exec("copied", "cat", "/tmp/file").out, "in and out\n", "the copy inside")
    engine.succeed("cp", "copied:/tmp/file", f"{engine.work}/out")
    with open(f"{engine.work}/out", encoding="utf-8") as file:
        expect_equal(file.read(), "in and out\n", "the copy outside")
    engine.remove("copied")


CHECKS = [exec_output_and_exit_code, exec_joins_the_container, exec_with_terminal, exec_command_not_found,
          exec_detached_and_top, execs_at_once, stop_within_timeout, stop_after_timeout, kill_with_signals,
          pause_and_unpause, remove_of_paused, stats, update_limits, restart, health_check, copy_in_and_out]

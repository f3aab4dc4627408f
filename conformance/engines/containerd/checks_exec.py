"""More processes in a running container: exec with and without a terminal, ps and metrics."""

import os
import re

import processes
import terminal
from checks_life import LOOP
from report import expect, expect_equal, expect_match, wait_until


def with_container(name, options=()):
    """Gives a check a running container, and ends and removes it when the check has passed."""
    def wrap(check):
        def checked(daemon):
            pid = daemon.detach(name, *LOOP, options=options)
            check(daemon, name, pid)
            daemon.finish(name)
        checked.__name__ = check.__name__
        return checked
    return wrap


@with_container("exec")
def exec_output_and_exit_code(daemon, name, _):
    result = daemon.exec(name, "e1", "sh", "-c", "echo out; echo err >&2; exit 6")
    expect_equal((result.code, result.out, result.err), (6, "out\n", "err\n"), "exec")
    expect_equal(daemon.exec(name, "e2", "true").code, 0, "exit code of a second exec")


@with_container("exec-in")
def exec_joins_the_container(daemon, name, pid):
    result = daemon.exec(name, "e1", "sh", "-c", "for n in mnt pid net ipc uts; do for p in 1 self; do "
                         "readlink /proc/$p/ns/$n; done; done; cat /proc/self/cgroup; echo -; cat /proc/1/cgroup")
    expect(result.code == 0, str(result))
    lines = result.out.splitlines()
    expect_equal(lines[0:10:2], lines[1:10:2], "namespaces of init and of the new process")
    expect_equal(lines[0], os.readlink(f"/proc/{pid}/ns/mnt"), "mount namespace seen from outside")
    own, _, init = "\n".join(lines[10:]).partition("\n-\n")
    expect_equal(own, init, "cgroups of init and of the new process")


@with_container("exec-user")
def exec_as_user(daemon, name, _):
    result = daemon.exec(name, "e1", "sh", "-c", "id -u; id -g; pwd", options=("--user", "1000", "--cwd", "/tmp"))
    expect_equal((result.code, result.out, result.err), (0, "1000\n1000\n/tmp\n", ""), "user, group, directory")


@with_container("exec-tty")
def exec_with_terminal(daemon, name, _):
    result = terminal.run(daemon.exec_arguments(name, "e1", "sh", "-c", terminal.SHOW + "exit 3", options=("--tty",)),
                          text=b"typed\n")
    expect_equal(result.code, 3, f"exit code of {result.out!r}")
    expect_match(result.out, r"/dev/pts/\d+\r+\n", "tty")
    expect_match(result.out, r"33 111\r+\n", "size of the terminal")
    expect_match(result.out, r"got typed", "what was typed")


@with_container("exec-nope")
def exec_command_not_found(daemon, name, _):
    result = daemon.exec(name, "e1", "/nope")
    expect(result.code != 0, "a command that is not there must not start")
    expect_match(result.err, r'exec: "/nope": stat /nope: no such file or directory', "/nope")
    expect_equal(daemon.status(name), "RUNNING", "status of the container after the failed exec")


@with_container("exec-detach")
def exec_detached_and_ps(daemon, name, pid):
    result = daemon.exec(name, "e1", "sleep", "1005", options=("--detach",))
    expect(result.code == 0, str(result))
    wait_until(lambda: processes.named("sleep 1005"), "the process runs")
    result = daemon.ctr("task", "ps", name)
    expect(result.code == 0, str(result))
    pids = {int(word) for word in re.findall(r"^(\d+)", result.out, re.MULTILINE)}
    expect(pid in pids, f"{pid} (init) in {pids}")
    found = [p for p in pids if processes.command_line(p) == "sleep 1005"]
    expect_equal(len(found), 1, f"processes of the exec in {pids}")
    expect_match(result.out, rf"(?m)^{found[0]}\s+.*e1", "ps names the exec")
    result = daemon.ctr("task", "kill", "--exec-id", "e1", "--signal", "SIGKILL", name)
    expect(result.code == 0, str(result))
    wait_until(lambda: processes.command_line(found[0]) != "sleep 1005", "the process ends")
    expect_equal(daemon.status(name), "RUNNING", "status of the container after the kill of the exec")


@with_container("metrics", options=("--memory-limit", "134217728"))
def metrics(daemon, name, _):
    result = daemon.ctr("task", "metrics", "--format", "json", name)
    expect(result.code == 0, str(result))
    expect_match(result.out, r'"?(usage|usage_in_bytes)"?\s*:\s*\{?', "memory in the metrics")
    expect_match(result.out, r"134217728", "the memory limit in the metrics")


@with_container("exec-many")
def execs_at_once(daemon, name, _):
    results = processes.run_at_once([daemon.exec_arguments(name, f"e{i}", "sh", "-c", f"echo {i}; exit {i}")
                                     for i in range(10)])
    expect_equal([(result.code, result.out) for result in results], [(i, f"{i}\n") for i in range(10)], "ten execs")


CHECKS = [exec_output_and_exit_code, exec_joins_the_container, exec_as_user, exec_with_terminal, exec_command_not_found,
          exec_detached_and_ps, metrics, execs_at_once]

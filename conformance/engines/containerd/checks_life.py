"""The life of a container: run, start, kill, delete, and what a failing start says."""

import os
import signal

import host
import leftovers
import processes
import terminal
from report import NOT_YET, NotYet, expect, expect_equal, expect_match, wait_until

LOOP = ("sh", "-c", "while true; do sleep 1; done")


def exit_code_0(daemon):
    result = daemon.run("zero", "echo", "hello")
    expect_equal((result.code, result.out, result.err), (0, "hello\n", ""), "echo hello")


def exit_code_7(daemon):
    expect_equal(daemon.run("seven", "sh", "-c", "exit 7").code, 7, "exit code of exit 7")


def both_streams(daemon):
    result = daemon.run("streams", "sh", "-c", "echo to-out; echo to-err >&2")
    expect_equal((result.code, result.out, result.err), (0, "to-out\n", "to-err\n"), "stdout and stderr")


def killed_by_signal(daemon):
    client, pid = daemon.attach("signalled", *LOOP)
    os.kill(pid, signal.SIGKILL)
    expect_equal(processes.finish(client).code, 137, "exit code of a task ended by SIGKILL")


def command_not_found(daemon):
    result = daemon.run("nope", "/nope")
    expect(result.code != 0, "a command that is not there must not start")
    expect_match(result.err, 'OCI runtime create failed: .*exec: "/nope": stat /nope: no such file or directory',
                 "/nope")


def command_not_in_path(daemon):
    result = daemon.run("nope-path", "nope")
    expect(result.code != 0, "a command that is not there must not start")
    expect_match(result.err, r'exec: "nope": executable file not found in \$PATH', "nope")


def command_not_executable(daemon):
    result = daemon.run("nope-perm", "/etc/passwd")
    expect(result.code != 0, "a file that is not executable must not start")
    expect_match(result.err, r'exec: "/etc/passwd": permission denied', "/etc/passwd")


def missing_mount_source(daemon):
    result = daemon.run("nope-mount", "true", options=("--mount", "type=bind,src=/nope/source,dst=/mnt,options=rbind"))
    expect(result.code != 0, "a bind mount of a missing source must fail")
    expect_match(result.err, r"/nope/source.*no such file or directory", "missing source")


def detached(daemon):
    pid = daemon.detach("detached", *LOOP)
    expect_equal(daemon.status("detached"), "RUNNING", "status")
    expect(os.path.exists(f"/proc/{pid}"), "init runs")
    expect(daemon.shim("detached") in processes.descendants(), "init is a child of the shim")
    daemon.finish("detached")
    expect(not os.path.exists(f"/proc/{pid}"), "init is gone after the delete")


def kill_with_term(daemon):
    client, _ = daemon.attach("term", "sh", "-c", "trap 'exit 9' TERM; while true; do sleep 0.1; done")
    # The trap is not set at once, and a signal that init does not handle is dropped.
    wait_until(lambda: daemon.ctr("task", "kill", "--signal", "SIGTERM", "term").code != 0
               or client.poll() is not None, "SIGTERM ends the task")
    expect_equal(processes.finish(client).code, 9, "exit code of the trap")


def kill_of_stopped(daemon):
    daemon.detach("stopped", "true")
    wait_until(lambda: daemon.status("stopped") == "STOPPED", "the task stops")
    result = daemon.ctr("task", "kill", "--signal", "SIGKILL", "stopped")
    expect(result.code != 0, "kill of a stopped task must fail")
    expect_match(result.err, "process already finished: not found", "kill of a stopped task")
    daemon.finish("stopped")


def delete_of_running(daemon):
    daemon.detach("busy", *LOOP)
    result = daemon.ctr("task", "delete", "busy")
    expect(result.code != 0, "delete of a running task must fail")
    expect_equal(daemon.status("busy"), "RUNNING", "status after the refused delete")
    result = daemon.ctr("task", "delete", "--force", "busy")
    expect(result.code == 0, str(result))
    expect_equal(daemon.status("busy"), "NONE", "status after the forced delete")


def kill_all_of_shared_pid_namespace(daemon):
    """Without a pid namespace of its own, what a container's init leaves behind is found through its cgroup."""
    pid = daemon.detach("pid-owner", *LOOP)
    daemon.detach("pid-guest", "sh", "-c", "sleep 1001 & sleep 1002 & exec sleep 1003",
                  options=("--with-ns", f"pid:/proc/{pid}/ns/pid"))
    sleepers = ("sleep 1001", "sleep 1002", "sleep 1003")
    wait_until(lambda: len(processes.named(*sleepers)) == 3, "three processes run in the guest")
    daemon.ctr("task", "kill", "--all", "--signal", "SIGKILL", "pid-guest")
    wait_until(lambda: not processes.named(*sleepers), "kill --all ends all three")
    expect_equal(daemon.status("pid-owner"), "RUNNING", "status of the owner of the namespace")
    daemon.finish("pid-guest")
    daemon.finish("pid-owner")


def init_ends_shared_pid_namespace(daemon):
    pid = daemon.detach("pid-owner-2", *LOOP)
    client, _ = daemon.attach("pid-guest-2", "sh", "-c", "sleep 1004 & sleep 0.2; exit 3",
                              options=("--with-ns", f"pid:/proc/{pid}/ns/pid"))
    expect_equal(processes.finish(client).code, 3, "exit code of the guest")
    wait_until(lambda: not processes.named("sleep 1004"), "the guest's other process is ended")
    daemon.finish("pid-owner-2")


def started_again(daemon):
    daemon.detach("again", "sh", "-c", "echo x >>/runs; exit $(wc -l </runs)")
    wait_until(lambda: daemon.status("again") == "STOPPED", "the first task stops")
    expect_equal(daemon.ctr("task", "delete", "again").code, 0, "delete of the first task")
    for number in (2, 3):
        result = daemon.ctr("task", "start", "--fifo-dir", f"{daemon.work}/fifo", "again")
        expect_equal(result.code, number, f"exit code of start {number}: {result}")


def shim_dies(daemon):
    """Without its shim containerd calls `delete --force`, which must end the container and remove its cgroup."""
    pid = daemon.detach("orphan", *LOOP)
    os.kill(daemon.shim("orphan"), signal.SIGKILL)
    wait_until(lambda: daemon.status("orphan") in ("NONE", "STOPPED"), "containerd notices")
    wait_until(lambda: processes.reap_adopted({daemon.service.pid}) or not os.path.exists(f"/proc/{pid}"), "init ends")
    wait_until(lambda: not leftovers.state(daemon, "orphan"), "the runtime's state is removed")
    wait_until(lambda: not host.cgroups(f"{daemon.namespace}/orphan"), "the cgroups are removed")
    daemon.shims.forget("orphan")


def pause_and_resume(daemon):
    daemon.detach("paused", *LOOP)
    result = daemon.ctr("task", "pause", "paused")
    if result.code != 0 and NOT_YET.search(result.err):
        raise NotYet(result.err)
    expect(result.code == 0, str(result))
    expect_equal(daemon.status("paused"), "PAUSED", "status after pause")
    result = daemon.exec("paused", "e1", "true")
    expect(result.code != 0, "exec into a paused container must fail")
    result = daemon.ctr("task", "resume", "paused")
    expect(result.code == 0, str(result))
    expect_equal(daemon.status("paused"), "RUNNING", "status after resume")
    daemon.finish("paused")


def run_with_terminal(daemon):
    result = terminal.run(daemon.run_arguments(
        "tty", "sh", "-c", terminal.SHOW + "exit 5", options=("--rm", "--tty")),
        text=b"typed\n")
    expect_equal(result.code, 5, f"exit code of {result.out!r}")
    expect_match(result.out, r"/dev/(pts/0|console)\r+\n", "tty")
    expect_match(result.out, r"33 111\r+\n", "size of the terminal")
    expect_match(result.out, r"got typed", "what was typed")


CHECKS = [exit_code_0, exit_code_7, both_streams, killed_by_signal, command_not_found, command_not_in_path,
          command_not_executable, missing_mount_source, detached, kill_with_term, kill_of_stopped, delete_of_running,
          kill_all_of_shared_pid_namespace, init_ends_shared_pid_namespace, started_again, shim_dies, pause_and_resume,
          run_with_terminal]

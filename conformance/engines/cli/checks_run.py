"""Running a container: output, exit codes and what a failing start says."""

import os
import signal
import time

import processes
import terminal
from engine import IMAGE
from report import expect, expect_equal, expect_match, wait_until


def output_and_exit_code(engine):
    result = engine.run("sh", "-c", "echo out; echo err >&2; exit 7")
    expect_equal((result.code, result.out, result.err), (7, "out\n", "err\n"), "run")


def standard_input(engine):
    path = f"{engine.work}/typed"
    with open(path, "w", encoding="utf-8") as file:
        file.write("typed\n")
    result = processes.run(["sh", "-c", '"$@" <' + path, "sh", *engine.run_arguments("cat", options=("--rm", "-i"))])
    expect_equal((result.code, result.out), (0, "typed\n"), "standard input")


def command_not_found(engine):
    result = engine.run("/nope")
    expect_equal(result.code, 127, f"exit code of {result}")
    expect_match(result.err, "(?i)/nope.*no such file or directory", "/nope")


def command_not_in_path(engine):
    result = engine.run("nope")
    expect_equal(result.code, 127, f"exit code of {result}")
    expect_match(result.err, "executable file .?nope.? not found in|executable file not found in", "nope")


def command_not_executable(engine):
    for path in ("/etc/passwd", "/etc"):
        result = engine.run(path)
        expect_equal(result.code, 126, f"exit code of {result}")
        expect_match(result.err, "(?i)permission denied", path)


def missing_bind_source(engine):
    result = engine.run("true", options=("--mount", "type=bind,source=/nope/source,target=/mnt"))
    expect(result.code in (125, 126), f"exit code of {result}")
    expect_match(result.err, "(?i)/nope/source.*no such file or directory|does not exist: /nope/source",
                 "missing source")


def killed_by_signal(engine):
    pid = engine.detach("signalled")
    os.kill(pid, signal.SIGKILL)
    expect_equal(engine.succeed("wait", "signalled"), "137", "exit code of a container ended by SIGKILL")
    engine.remove("signalled")


def terminal_of_run(engine):
    result = terminal.run(engine.run_arguments("sh", "-c", terminal.SHOW + "exit 5", options=("--rm", "-it")),
                          text=b"typed\n")
    expect_equal(result.code, 5, f"exit code of {result.out!r}")
    expect_match(result.out, r"/dev/(pts/0|console)\r+\n", "tty")
    expect_match(result.out, r"33 111\r+\n", "size of the terminal")
    expect_match(result.out, "got typed", "what was typed")


def attach(engine):
    engine.detach("attached", "sh", "-c", "until test -e /go; do echo from the container; sleep 0.2; done; exit 4")
    client = processes.start([*engine.client, "attach", "--no-stdin", "attached"])
    time.sleep(3)
    engine.succeed("exec", "attached", "touch", "/go")
    expect_match(processes.finish(client).out, "(?m)^from the container$", "attach")
    expect_equal(engine.succeed("wait", "attached"), "4", "exit code")
    engine.remove("attached")


def logs(engine):
    engine.detach("logged", "sh", "-c", "for i in 1 2 3; do echo line $i; done; echo bad >&2")
    engine.succeed("wait", "logged")
    result = engine.cli("logs", "logged")
    expect_equal((result.code, result.out, result.err), (0, "line 1\nline 2\nline 3\n", "bad\n"), "logs")
    engine.remove("logged")


def create_start_and_remove(engine):
    engine.succeed("create", *engine.common_options(), *engine.network_options(), "--name", "made", IMAGE,
                   "sh", "-c", "exit 3")
    expect_equal(engine.status("made"), "created", "status")
    engine.succeed("start", "made")
    expect_equal(engine.succeed("wait", "made"), "3", "exit code")
    engine.wait_for("made", "exited")  # podman 5 has the exit code before that
    engine.remove("made")


def environment_directory_user_and_name(engine):
    result = engine.run("sh", "-c", "echo $ADDED $FROM_IMAGE; pwd; id -u; id -G; hostname", options=(
        "--env", "ADDED=added", "--workdir", "/home/guest", "--user", "1000:1000", "--group-add", "2000",
        "--hostname", "named"))
    expect_equal((result.code, result.out), (0, "added yes\n/home/guest\n1000\n1000 2000\nnamed\n"),
                 "environment, directory, user and host name")


def no_descriptor_is_inherited(engine):
    result = engine.run("sh", "-c", "ls /proc/1/fd; true")
    expect_equal({int(word) for word in result.out.split()} - {10, 255}, {0, 1, 2}, "descriptors of init")


def restart_policy(engine):
    engine.detach("again", "sh", "-c", "echo run; exit 1", options=("--restart", "on-failure:2"))
    wait_until(lambda: engine.cli("logs", "again").out == "run\n" * 3 and engine.status("again") == "exited",
               "the container runs three times")
    engine.remove("again")


def init_process(engine):
    result = engine.run("sh", "-c", "tr '\\0' ' ' </proc/1/cmdline", options=("--init",))
    expect_match(result.out, "init", f"process 1 with --init: {result}")


def started_again(engine):
    engine.detach("twice", "sh", "-c", "echo x >>/runs; exit $(wc -l </runs)")
    expect_equal(engine.succeed("wait", "twice"), "1", "exit code of the first run")
    engine.succeed("start", "twice")
    expect_equal(engine.succeed("wait", "twice"), "2", "exit code of the second run")
    engine.remove("twice")


CHECKS = [output_and_exit_code, standard_input, command_not_found, command_not_in_path, command_not_executable,
          missing_bind_source, killed_by_signal, terminal_of_run, attach, logs, create_start_and_remove,
          environment_directory_user_and_name, no_descriptor_is_inherited, restart_policy, init_process, started_again]

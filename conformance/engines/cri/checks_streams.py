"""What `kubectl exec`, `attach`, `port-forward` and `logs` come to: the plugin's streaming server and its log files."""

import os
import re
import struct

import processes
from checks_pods import pod, refused
from kubelet import CONTAINER, LOOP, POD
from report import Skipped, expect, expect_equal, expect_match, wait_until
from streaming import STDERR, STDIN, STDOUT, Stream

SIZE = "until stty size | grep 33; do sleep 0.1; done; "


def execute(kubelet, container, *command, tty=False, stdin=False):
    """A stream to a new process of a container; with a terminal there is no stream of errors."""
    return Stream(kubelet.call("Exec", {1: container, 2: list(command), 3: tty, 4: stdin, 5: True, 6: not tty}).text(1))


def attach(kubelet, container, tty=False, stdin=False):
    return Stream(kubelet.call("Attach", {1: container, 2: stdin, 3: tty, 4: True, 5: not tty}).text(1))


def exec_stream(kubelet):
    with pod(kubelet, "stream") as (where, config):
        container = kubelet.run(where, config, "stream", LOOP)
        with execute(kubelet, container, "sh", "-c", "echo out; echo err >&2; exit 6") as stream:
            expect_equal((stream.exit_code(), stream.text(STDOUT), stream.text(STDERR)), (6, "out\n", "err\n"), "exec")
        with execute(kubelet, container, "sh", "-c", "read line; echo got $line", stdin=True) as stream:
            stream.send(STDIN, b"typed\n")
            expect_equal((stream.exit_code(), stream.text(STDOUT)), (0, "got typed\n"), "exec with standard input")
        with execute(kubelet, container, "sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x") as stream:
            expect_equal((stream.exit_code(), len(stream.text(STDOUT))), (0, 3000000), "a long output")


def exec_stream_with_terminal(kubelet):
    with pod(kubelet, "stream-tty") as (where, config):
        container = kubelet.run(where, config, "stream-tty", LOOP)
        script = f"tty; {SIZE}echo ready; read line; echo got $line; exit 5"
        with execute(kubelet, container, "sh", "-c", script, tty=True, stdin=True) as stream:
            stream.resize(33, 111)
            stream.wait_for("ready")
            stream.send(STDIN, b"typed\n")
            expect_equal(stream.exit_code(), 5, "exit code")
            expect_match(stream.text(STDOUT), r"^/dev/pts/\d+\r\n(.*\n)*33 111\r\n(.*\n)*got typed\r\n$", "terminal")


def exec_stream_ends_with_its_container(kubelet):
    with pod(kubelet, "stream-end") as (where, config):
        container = kubelet.run(where, config, "stream-end", LOOP)
        with execute(kubelet, container, "sh", "-c", "echo begun; sleep 1011") as stream:
            stream.wait_for("begun")
            kubelet.call("StopContainer", {1: container, 2: 1})
            expect_equal(stream.exit_code(), 137, "exit code of an exec whose container is stopped")
        expect(not processes.named("sleep 1011"), "the process of the exec is ended")
        expect_match(refused(kubelet.call, "Exec", {1: container, 2: ["true"], 5: True}), "not running|EXITED",
                     "exec in a stopped container")


def attach_to_a_container(kubelet):
    with pod(kubelet, "attach") as (where, config):
        script = "until test -e /go; do sleep 0.1; done; read line; echo got $line; echo err >&2; exit 4"
        container = kubelet.run(where, config, "attach", ["sh", "-c", script], more={12: True, 13: True})
        with attach(kubelet, container, stdin=True) as stream:
            stream.send(STDIN, b"typed\n")
            kubelet.exec(container, "touch", "/go")
            stream.wait_for("got typed\n")
            stream.wait_for("err\n", channel=STDERR)
        expect_equal(kubelet.wait(container), 4, "exit code")
        expect_match(kubelet.log("attach"), "got typed", "the log")


def attach_to_a_terminal(kubelet):
    with pod(kubelet, "attach-tty") as (where, config):
        script = f"{SIZE}tty; read line; echo got $line; exit 3"
        container = kubelet.run(where, config, "attach-tty", ["sh", "-c", script], more={12: True, 14: True})
        with attach(kubelet, container, tty=True, stdin=True) as stream:
            stream.resize(33, 111)
            stream.wait_for("/dev/")
            stream.send(STDIN, b"typed\n")
            stream.wait_for("got typed")
            expect_match(stream.text(STDOUT), r"33 111\r\n(/dev/pts/0|/dev/console)\r\n", "the terminal")
        expect_equal(kubelet.wait(container), 3, "exit code")


def port_forward(kubelet):
    if not os.path.exists("/usr/lib/cni/ptp"):
        raise Skipped("needs containernetworking-plugins")
    namespaces = {1: POD, 2: CONTAINER}
    with pod(kubelet, "forward", namespaces) as (where, config):
        served = "read line; echo served $line"
        container = kubelet.run(where, config, "forward", ["nc", "-l", "-p", "8080", "-e", "sh", "-c", served],
                                namespaces=namespaces)
        listening = lambda: ":1F90 " in kubelet.exec(container, "cat", "/proc/net/tcp", "/proc/net/tcp6")[1]
        wait_until(listening, "the container listens")
        with Stream(kubelet.call("PortForward", {1: where, 2: [8080]}).text(1) + "?port=8080") as stream:
            stream.send(0, b"asked\n")
            stream.wait_for("served asked\n", channel=0)
            expect_equal(struct.unpack("<H", stream.channels[0][:2])[0], 8080, "the number of the port")


def log_files(kubelet):
    """A log's lines have their time and stream; a line without an end is cut, and a terminal has one stream."""
    with pod(kubelet, "logs") as (where, config):
        script = "echo out; echo err >&2; head -c 20000 /dev/zero | tr '\\0' x"
        kubelet.wait(kubelet.run(where, config, "logs", ["sh", "-c", script]))
        with open(f"{kubelet.work}/logs/logs.log", encoding="utf-8") as file:
            lines = file.read().splitlines()
        for line in lines:
            expect_match(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\S+ std(out|err) [FP] ", "a line of the log")
        short = sorted(line.split(" ", 1)[1] for line in lines if len(line) < 100)
        expect_equal(short, ["stderr F err", "stdout F out"], "the short lines")
        expect_equal(sum(len(line.split(" ", 3)[3]) for line in lines if len(line) > 100), 20000, "the long line")


def log_is_reopened(kubelet):
    with pod(kubelet, "reopen") as (where, config):
        container = kubelet.run(where, config, "reopen", ["sh", "-c", "i=0; while true; do i=$((i+1)); echo $i; sleep "
                                                          "0.05; done"])
        path = f"{kubelet.work}/logs/reopen.log"
        wait_until(lambda: kubelet.log("reopen"), "the log has lines")
        os.rename(path, f"{path}.1")
        kubelet.call("ReopenContainerLog", {1: container})
        wait_until(lambda: kubelet.log("reopen").count("\n") > 3, "the new log has lines")
        kubelet.call("StopContainer", {1: container, 2: 0})
        with open(f"{path}.1", encoding="utf-8") as file:
            numbers = re.findall(r" F (\d+)\n", file.read()) + kubelet.log("reopen").split()
        expect_equal(numbers, [str(number + 1) for number in range(len(numbers))], "the lines of both files")


def terminal_of_a_container(kubelet):
    with pod(kubelet, "tty") as (where, config):
        container = kubelet.run(where, config, "tty", ["sh", "-c", "tty; test -t 0 && test -t 1 && test -t 2"],
                                more={14: True})
        expect_equal(kubelet.wait(container), 0, "exit code")
        expect_match(kubelet.log("tty"), r"^(/dev/pts/0|/dev/console)\r?\n$", "the log")


CHECKS = [exec_stream, exec_stream_with_terminal, exec_stream_ends_with_its_container, attach_to_a_container,
          attach_to_a_terminal, port_forward, log_files, log_is_reopened, terminal_of_a_container]
